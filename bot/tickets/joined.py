"""Two people turn out to be one: their tickets are one person's."""

from sqlalchemy import BindParameter, bindparam, delete, select, update

from bot.storage.transaction import Transaction
from bot.tickets.models import ticket_events, ticket_followers, tickets

_person: BindParameter[int] = bindparam("new_person")
_REPORTED = (
    update(tickets)
    .where(tickets.c.tenant == bindparam("of_tenant"), tickets.c.reporter_id == bindparam("of_person"))
    .values(reporter_id=_person)
)
_DID = (
    update(ticket_events)
    .where(
        ticket_events.c.tenant == bindparam("of_tenant"), ticket_events.c.actor_id == bindparam("of_person")
    )
    .values(actor_id=_person)
)
_theirs = (
    ticket_followers.c.tenant == bindparam("of_tenant"),
    ticket_followers.c.person_id == bindparam("of_person"),
)
_BOTH_FOLLOW = delete(ticket_followers).where(
    *_theirs,
    ticket_followers.c.ticket_id.in_(
        select(ticket_followers.c.ticket_id).where(
            ticket_followers.c.tenant == bindparam("of_tenant"), ticket_followers.c.person_id == _person
        )
    ),
)
_FOLLOWS = update(ticket_followers).where(*_theirs).values(person_id=_person)


def join_tickets(tx: Transaction, goes: int, stays: int) -> None:
    """What one of them reported, joined or did is the other's."""
    for statement in (_REPORTED, _DID, _BOTH_FOLLOW, _FOLLOWS):
        tx.change(statement, of_person=goes, new_person=stays)
