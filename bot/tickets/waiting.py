"""Tickets that wait: for the date of their hold, for somebody to ring the resident (回访)."""

from datetime import datetime

from sqlalchemy import and_, bindparam, exists, or_, select

from bot.storage.transaction import Transaction
from bot.tickets.lifecycle import Move, TicketState
from bot.tickets.models import Solved, Ticket, ticket_events, ticket_followers, tickets
from bot.tickets.rows import tickets_of

_here = tickets.c.tenant == bindparam("of_tenant")
_HELD_UNTIL = (
    select(tickets)
    .where(
        _here,
        tickets.c.state == TicketState.ON_HOLD,
        tickets.c.held_until > bindparam("since"),
        tickets.c.held_until <= bindparam("until_"),
    )
    .order_by(tickets.c.id)
)
_CALLED_BACK = exists().where(
    ticket_events.c.tenant == tickets.c.tenant,
    ticket_events.c.ticket_id == tickets.c.id,
    ticket_events.c.what == Move.CALL_BACK,
    ticket_events.c.at >= tickets.c.resolved_at,
)
_TO_CALL_BACK = (
    select(tickets)
    .where(
        _here,
        tickets.c.state.in_([TicketState.RESOLVED, TicketState.CLOSED]),
        tickets.c.resolved_at > bindparam("since"),
        tickets.c.solved == Solved.UNANSWERED,
        tickets.c.reporter_id.is_not(None),
        or_(tickets.c.operator_id.is_(None), tickets.c.operator_id != tickets.c.reporter_id),
        tickets.c.owner_id != bindparam("of_person"),
        ~_CALLED_BACK,
    )
    .order_by(tickets.c.resolved_at, tickets.c.id)
)

_ASKED = (
    select(tickets, ticket_events.c.at.label("asked_at"))
    .join(
        ticket_events,
        and_(ticket_events.c.tenant == tickets.c.tenant, ticket_events.c.ticket_id == tickets.c.id),
    )
    .where(
        _here,
        tickets.c.state == TicketState.NEEDS_INFO,
        ticket_events.c.what == Move.ASK,
        ticket_events.c.at > bindparam("since"),
        ticket_events.c.at <= bindparam("until_"),
    )
    .order_by(tickets.c.id)
)
# The latest is chosen here: asked for it alone, PostgreSQL may read every ticket there is from the newest on.
_ASKED_OF = select(tickets).where(
    _here,
    tickets.c.state == TicketState.NEEDS_INFO,
    or_(
        tickets.c.reporter_id == bindparam("of_person"),
        exists().where(
            ticket_followers.c.tenant == tickets.c.tenant,
            ticket_followers.c.ticket_id == tickets.c.id,
            ticket_followers.c.person_id == bindparam("of_person"),
        ),
    ),
)


def asked_between(tx: Transaction, since: datetime, until: datetime) -> list[tuple[int, datetime]]:
    """Tickets (ids) that wait for an answer to a question put in (since, until], with that moment."""
    return [(row.id, row.asked_at) for row in tx.fetch(_ASKED, since=since, until_=until)]


def asked_of(tx: Transaction, person: int) -> Ticket | None:
    """The latest matter about which this resident has been asked something."""
    asked = tickets_of(tx.fetch(_ASKED_OF, of_person=person))
    return max(asked, key=lambda ticket: ticket.id, default=None)


def held_until(tx: Transaction, since: datetime, until: datetime) -> list[Ticket]:
    """Tickets on hold whose date comes in (since, until]."""
    return tickets_of(tx.fetch(_HELD_UNTIL, since=since, until_=until))


def to_call_back(tx: Transaction, *, by: int, since: datetime) -> list[Ticket]:
    """Matters done after `since` by others than `by`, whose resident has not said whether it is solved, and
    whom nobody has rung; the one done first first."""
    return tickets_of(tx.fetch(_TO_CALL_BACK, of_person=by, since=since))
