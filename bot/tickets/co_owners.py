"""协办: who was called in to help with a ticket. The owner stays responsible."""

from datetime import datetime

from sqlalchemy import and_, bindparam, delete, select

from bot.storage.transaction import Transaction
from bot.tickets.lifecycle import TicketState, is_open
from bot.tickets.models import Ticket, ticket_co_owners, tickets
from bot.tickets.rows import tickets_of

_of_ticket = (
    ticket_co_owners.c.tenant == bindparam("of_tenant"),
    ticket_co_owners.c.ticket_id == bindparam("of_id"),
)
_ALL = (
    select(ticket_co_owners.c.person_id)
    .where(*_of_ticket)
    .order_by(ticket_co_owners.c.added_at, ticket_co_owners.c.person_id)
)
_HELPED = (
    select(tickets)
    .join(
        ticket_co_owners,
        and_(ticket_co_owners.c.tenant == tickets.c.tenant, ticket_co_owners.c.ticket_id == tickets.c.id),
    )
    .where(
        tickets.c.tenant == bindparam("of_tenant"),
        ticket_co_owners.c.person_id == bindparam("of_person"),
        tickets.c.state.in_([state.value for state in TicketState if is_open(state)]),
    )
    .order_by(tickets.c.due_at, tickets.c.id)
)
_REMOVE = delete(ticket_co_owners).where(*_of_ticket, ticket_co_owners.c.person_id == bindparam("of_person"))


def add(tx: Transaction, ticket_id: int, person_id: int, now: datetime) -> bool:
    """False where the person helps already."""
    return tx.add_if_new(ticket_co_owners, ticket_id=ticket_id, person_id=person_id, added_at=now)


def remove(tx: Transaction, ticket_id: int, person_id: int) -> None:
    tx.change(_REMOVE, of_id=ticket_id, of_person=person_id)


def of_ticket(tx: Transaction, ticket_id: int) -> list[int]:
    """Ids of those who help, in the order in which they were called in."""
    return [row.person_id for row in tx.fetch(_ALL, of_id=ticket_id)]


def helped_by(tx: Transaction, person_id: int) -> list[Ticket]:
    """Open tickets of others to which this person was called in."""
    return tickets_of(tx.fetch(_HELPED, of_person=person_id))
