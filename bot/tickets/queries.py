"""Named questions to the ticket store."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Text, and_, bindparam, func, literal_column, or_, select
from sqlalchemy.engine import Row

from bot.storage.transaction import Transaction
from bot.tickets.lifecycle import TicketState, clock_runs, is_in_hand, is_open
from bot.tickets.models import (
    URGENT,
    Kind,
    Ticket,
    ticket_events,
    ticket_followers,
    ticket_numbers,
    tickets,
)
from bot.tickets.rows import ticket_of, tickets_of

_here = tickets.c.tenant == bindparam("of_tenant")
_OPEN = [state.value for state in TicketState if is_open(state)]
_IN_HAND = [state.value for state in TicketState if is_in_hand(state)]
_CLOCK_RUNS = [state.value for state in TicketState if clock_runs(state)]
_RAISED_LEVEL = 2  # the community's own desk; a worker's is 1
_NOT_COUNTED = [TicketState.MERGED.value, TicketState.WITHDRAWN.value]

_BY_ID = select(tickets).where(_here, tickets.c.id == bindparam("of_id"))
_BY_NUMBER = select(tickets).where(_here, tickets.c.number == bindparam("of_number"))
_OWNED = (
    select(tickets)
    .where(_here, tickets.c.owner_id == bindparam("of_owner"), tickets.c.state.in_(_OPEN))
    .order_by(tickets.c.due_at, tickets.c.id)
)
_REPORTED = (
    select(tickets)
    .where(_here, tickets.c.reporter_id == bindparam("of_person"))
    .order_by(tickets.c.id.desc())
    .limit(20)
)
_FOLLOWED = (
    select(tickets)
    .join(
        ticket_followers,
        and_(ticket_followers.c.tenant == tickets.c.tenant, ticket_followers.c.ticket_id == tickets.c.id),
    )
    .where(_here, ticket_followers.c.person_id == bindparam("of_person"))
    .order_by(tickets.c.id.desc())
    .limit(20)
)
_of_unit = bindparam("of_unit", type_=Text)
_SAME_MATTER = (
    select(tickets)
    .where(
        _here,
        tickets.c.compound == bindparam("of_compound"),
        tickets.c.building == bindparam("of_building"),
        tickets.c.category == bindparam("of_category"),
        tickets.c.state.in_(_OPEN),
        tickets.c.created_at >= bindparam("since"),
        or_(_of_unit.is_(None), tickets.c.unit.is_(None), tickets.c.unit == _of_unit),
    )
    .order_by(tickets.c.id)
    .limit(1)  # when the power is off, hundreds report the same
)
_FILED_SINCE = (
    select(tickets)
    .where(
        _here,
        tickets.c.compound == bindparam("of_compound"),
        tickets.c.kind == Kind.REQUEST,
        tickets.c.state.in_(_OPEN),
        tickets.c.created_at >= bindparam("since"),
    )
    .order_by(tickets.c.id.desc())
    .limit(20)
)
_FOLLOWERS = select(ticket_followers.c.person_id).where(
    ticket_followers.c.tenant == bindparam("of_tenant"), ticket_followers.c.ticket_id == bindparam("of_id")
)
_JOINED_WITH = select(ticket_followers.c.words).where(
    ticket_followers.c.tenant == bindparam("of_tenant"),
    ticket_followers.c.ticket_id == bindparam("of_id"),
    ticket_followers.c.person_id == bindparam("of_person"),
)
_AT_BUILDING = (
    select(tickets)
    .where(
        _here,
        tickets.c.compound == bindparam("of_compound"),
        tickets.c.building == bindparam("of_building"),
        tickets.c.state.in_(_OPEN),
    )
    .order_by(tickets.c.due_at, tickets.c.id)
)
_WAITING_FOR_OWNER = (
    select(tickets)
    .where(
        _here,
        tickets.c.state.in_([TicketState.SUBMITTED, TicketState.ACCEPTED, TicketState.NEEDS_INFO]),
        tickets.c.owner_id.is_(None),
    )
    .order_by(tickets.c.id)
)
_OF_EVERYBODY = (
    select(tickets.c.owner_id, tickets.c.number)
    .where(_here, tickets.c.owner_id.is_not(None), tickets.c.state.in_([*_IN_HAND, TicketState.ON_HOLD]))
    .order_by(tickets.c.id)
)
_RAISED = (
    select(tickets)
    .where(
        _here,
        tickets.c.state.in_([*_IN_HAND, TicketState.ON_HOLD, TicketState.SUBMITTED, TicketState.ACCEPTED]),
        tickets.c.level >= _RAISED_LEVEL,
    )
    .order_by(tickets.c.due_at, tickets.c.id)
)
_FALLING_DUE = (
    select(tickets)
    .where(
        _here,
        tickets.c.state.in_(_CLOCK_RUNS),
        tickets.c.due_at > bindparam("since"),
        tickets.c.due_at <= bindparam("until_"),
    )
    .order_by(tickets.c.due_at, tickets.c.id)
)
_TURNING_AMBER = (
    select(tickets)
    .where(
        _here,
        tickets.c.state.in_(_CLOCK_RUNS),
        tickets.c.amber_at > bindparam("since"),
        tickets.c.amber_at <= bindparam("until_"),
    )
    .order_by(tickets.c.amber_at, tickets.c.id)
)
_PROVISIONAL = (
    select(tickets)
    .where(_here, tickets.c.state.in_(_OPEN), tickets.c.provisional.is_(True))
    .order_by(tickets.c.id)
)
_WITH_EVENT = (
    select(ticket_events.c.ticket_id)
    .where(
        ticket_events.c.tenant == bindparam("of_tenant"),
        ticket_events.c.ticket_id.in_(bindparam("of_tickets", expanding=True)),
        ticket_events.c.what == bindparam("of_what"),
        ticket_events.c.at > bindparam("since"),
    )
    .distinct()
)
_URGENT_UNTAKEN = (
    select(tickets)
    .where(
        _here,
        tickets.c.state.in_([TicketState.ASSIGNED, TicketState.REOPENED]),
        # Written out: a store takes an index of some rows only where it sees that these are meant.
        tickets.c.urgency.in_([literal_column(f"'{urgency}'") for urgency in URGENT]),
        tickets.c.round_started_at > bindparam("since"),
        tickets.c.round_started_at <= bindparam("until_"),
    )
    .order_by(tickets.c.id)
)
_RESOLVED_BEFORE = (
    select(tickets)
    .where(
        _here,
        tickets.c.state == TicketState.RESOLVED,
        tickets.c.resolved_at > bindparam("since"),
        tickets.c.resolved_at <= bindparam("until_"),
    )
    .order_by(tickets.c.id)
)
_LATEST = select(tickets).where(_here).order_by(tickets.c.id.desc()).limit(1)
_ALL = select(tickets).where(_here).order_by(tickets.c.id)
_COUNT = select(func.count()).select_from(tickets).where(_here, tickets.c.state.not_in(_NOT_COUNTED))
_COUNT_REPORTED = (
    select(func.count()).select_from(tickets).where(_here, tickets.c.reporter_id == bindparam("of_person"))
)
_EVENTS = (
    select(ticket_events)
    .where(ticket_events.c.tenant == bindparam("of_tenant"), ticket_events.c.ticket_id == bindparam("of_id"))
    .order_by(ticket_events.c.id)
)
_LAST_NUMBER = select(ticket_numbers.c.last).where(
    ticket_numbers.c.tenant == bindparam("of_tenant"), ticket_numbers.c.month == bindparam("of_month")
)


def by_id(tx: Transaction, ticket_id: int) -> Ticket | None:
    return ticket_of(tx.fetch_one(_BY_ID, of_id=ticket_id))


def by_number(tx: Transaction, number: str) -> Ticket | None:
    return ticket_of(tx.fetch_one(_BY_NUMBER, of_number=number))


def owned_by(tx: Transaction, person_id: int) -> list[Ticket]:
    """Open tickets of an owner, the one due first first."""
    return tickets_of(tx.fetch(_OWNED, of_owner=person_id))


def in_anybodys_hands(tx: Transaction) -> dict[int, list[str]]:
    """Owner -> numbers of what they have to deal with."""
    found: dict[int, list[str]] = {}
    for row in tx.fetch(_OF_EVERYBODY):
        found.setdefault(row.owner_id, []).append(row.number)
    return found


def reported_by(tx: Transaction, person_id: int) -> list[Ticket]:
    """The latest tickets a person reported or joined, newest first."""
    found = tickets_of(tx.fetch(_REPORTED, of_person=person_id)) + tickets_of(
        tx.fetch(_FOLLOWED, of_person=person_id)
    )
    return sorted(found, key=lambda ticket: ticket.id, reverse=True)


def same_matter(
    tx: Transaction, *, compound: str, building: str, unit: str | None, category: str, since: datetime
) -> Ticket | None:
    """An open ticket about the same place and category; a ticket without unit covers the building."""
    row = tx.fetch_one(
        _SAME_MATTER,
        of_compound=compound, of_building=building, of_unit=unit, of_category=category, since=since,
    )  # fmt: skip
    return ticket_of(row)


def filed_since(tx: Transaction, compound: str, since: datetime) -> list[Ticket]:
    """Open matters of a compound that are no older, newest first."""
    return tickets_of(tx.fetch(_FILED_SINCE, of_compound=compound, since=since))


def followers(tx: Transaction, ticket_id: int) -> list[int]:
    return [row.person_id for row in tx.fetch(_FOLLOWERS, of_id=ticket_id)]


def joined_with(tx: Transaction, ticket_id: int, person_id: int) -> str | None:
    """What somebody said who joined a ticket; None where they did not."""
    words: str | None = tx.fetch_value(_JOINED_WITH, of_id=ticket_id, of_person=person_id)
    return words


def at_building(tx: Transaction, compound: str, building: str) -> list[Ticket]:
    return tickets_of(tx.fetch(_AT_BUILDING, of_compound=compound, of_building=building))


def waiting_for_owner(tx: Transaction) -> list[Ticket]:
    return tickets_of(tx.fetch(_WAITING_FOR_OWNER))


def raised(tx: Transaction) -> list[Ticket]:
    """Tickets somebody has sent up a level or that had to be done again, the one due first first."""
    return tickets_of(tx.fetch(_RAISED))


def falling_due(tx: Transaction, since: datetime, until: datetime) -> list[Ticket]:
    """Tickets that somebody has to deal with, or to give out, whose time runs out in (since, until]."""
    return tickets_of(tx.fetch(_FALLING_DUE, since=since, until_=until))


def turning_amber(tx: Transaction, since: datetime, until: datetime) -> list[Ticket]:
    """Tickets somebody has to deal with whose time begins to run short in (since, until]."""
    return tickets_of(tx.fetch(_TURNING_AMBER, since=since, until_=until))


def provisional(tx: Transaction) -> list[Ticket]:
    """Open tickets whose times rest on holidays that were not announced when they were counted."""
    return tickets_of(tx.fetch(_PROVISIONAL))


def with_event(tx: Transaction, ticket_ids: Sequence[int], what: str, since: datetime) -> set[int]:
    """Those of the tickets to which this has happened since."""
    if not ticket_ids:
        return set()
    return {row.ticket_id for row in tx.fetch(_WITH_EVENT, of_tickets=ticket_ids, of_what=what, since=since)}


def urgent_untaken(tx: Transaction, since: datetime, until: datetime) -> list[Ticket]:
    """Emergencies and P1 whose round began in (since, until] and that nobody has picked up."""
    return tickets_of(tx.fetch(_URGENT_UNTAKEN, since=since, until_=until))


def resolved_between(tx: Transaction, since: datetime, until: datetime) -> list[Ticket]:
    """Tickets that have been waiting for the resident's word since a moment in (since, until]."""
    return tickets_of(tx.fetch(_RESOLVED_BEFORE, since=since, until_=until))


def latest(tx: Transaction) -> Ticket | None:
    return ticket_of(tx.fetch_one(_LATEST))


def every(tx: Transaction) -> list[Ticket]:
    return tickets_of(tx.fetch(_ALL))


def count(tx: Transaction) -> int:
    """All tickets but merged and withdrawn ones."""
    return int(tx.fetch_value(_COUNT))


def count_reported_by(tx: Transaction, person_id: int) -> int:
    """All matters this person ever reported."""
    return int(tx.fetch_value(_COUNT_REPORTED, of_person=person_id))


def history(tx: Transaction, ticket_id: int) -> Sequence[Row[Any]]:
    return tx.fetch(_EVENTS, of_id=ticket_id)


def happened(tx: Transaction, ticket: Ticket, what: str) -> Sequence[Row[Any]]:
    """What of one kind is in the history of a ticket, the oldest first."""
    return [event for event in history(tx, ticket.id) if event.what == what]


def next_serial(tx: Transaction, month: str) -> int:
    """The next serial number of a month (“2611”), counted in the caller's transaction."""
    waiting = tx.pending_put(ticket_numbers, (month,))
    last = waiting["last"] if waiting else tx.fetch_value(_LAST_NUMBER, of_month=month) or 0
    tx.put(ticket_numbers, month=month, last=last + 1)
    return int(last) + 1
