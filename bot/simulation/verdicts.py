"""What must have been kept, looked up in the store afterwards. Nothing here trusts the outbox's own
reckoning: the hour is read off the clock, a day's pushes are counted, urgency is the ticket's."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, bindparam, func, select

from bot.clock import local_day, to_local
from bot.community import directory
from bot.community.identity import person_by_id
from bot.community.models import people
from bot.conversation.models import inbox
from bot.outbox.models import DeliveryState, Purpose, outbox
from bot.storage.transaction import Transaction
from bot.tickets import queries
from bot.tickets.lifecycle import TABLE, Move, TicketState, is_open
from bot.tickets.models import Ticket, ticket_events
from knowledge.model import Knowledge, QuietHours, RoleName

RESIDENT = "resident"

_PUSHED = (
    select(
        outbox.c.person_id,
        outbox.c.purpose,
        outbox.c.urgent,
        outbox.c.ticket_id,
        outbox.c.text,
        outbox.c.created_at,
        outbox.c.sent_at,
        people.c.roster_key,
    )
    .join(people, (people.c.tenant == outbox.c.tenant) & (people.c.id == outbox.c.person_id))
    .where(
        outbox.c.tenant == bindparam("of_tenant"),
        outbox.c.answers.is_(None),
        outbox.c.state == DeliveryState.SENT,
    )
    .order_by(outbox.c.sent_at, outbox.c.id)
)
_DELIVERY = (
    select(
        outbox.c.state,
        func.count().label("number"),
        func.min(outbox.c.not_before).label("earliest"),
    )
    .where(outbox.c.tenant == bindparam("of_tenant"))
    .group_by(outbox.c.state)
)
_FAILED_TURNS = (
    select(func.count())
    .select_from(inbox)
    .where(inbox.c.tenant == bindparam("of_tenant"), inbox.c.failed.is_(True))
)
_EVENTS = (
    select(ticket_events)
    .where(ticket_events.c.tenant == bindparam("of_tenant"))
    .order_by(ticket_events.c.ticket_id, ticket_events.c.id)
)

_UNSETTLED = (DeliveryState.LEASED, DeliveryState.UNKNOWN, DeliveryState.GIVEN_UP)


class Promise(StrEnum):
    """What is promised whatever happens."""

    QUIET_NIGHTS = "quiet_nights"
    WORKER_BUDGET = "worker_budget"
    LEADER_BUDGET = "leader_budget"
    RESIDENT_BUDGET = "resident_budget"
    SAID_ONCE = "said_once"  # nothing that is done once tells a person the same twice
    OWNED = "owned"  # every open ticket has an owner in office, or stands in the dispatcher's list
    MOVES = "moves"  # every history walks the table of moves
    NUMBERS = "numbers"  # no number is given twice
    DELIVERED = "delivered"
    NO_FAILURE = "no_failure"  # of a turn or a reminder


@dataclass(slots=True)
class Findings:
    """What was found in the stores of one or several communities."""

    broken: dict[Promise, list[str]] = field(default_factory=dict)  # what broke it, one line each
    pushes: Counter[tuple[int, str]] = field(default_factory=Counter)  # by local hour and role
    sent: int = 0  # messages of all kinds, answers included
    folded: int = 0
    tickets: list[Ticket] = field(default_factory=list)

    def complain(self, promise: Promise, what: str) -> None:
        self.broken.setdefault(promise, []).append(what)


def look_back(tx: Transaction, knowledge: Knowledge, now: datetime, findings: Findings) -> None:
    """Look through everything that has happened in one community."""
    tickets = {ticket.id: ticket for ticket in queries.every(tx)}
    findings.tickets += tickets.values()
    _check_owners(tx, tickets.values(), knowledge, now, findings)
    _check_histories(tx.fetch(_EVENTS), tickets, findings)
    _check_pushes(tx.fetch(_PUSHED), tickets, knowledge, findings)
    _check_delivery(tx, now, findings)


def _check_owners(
    tx: Transaction, tickets: Iterable[Ticket], knowledge: Knowledge, now: datetime, findings: Findings
) -> None:
    listed = {ticket.id for ticket in queries.waiting_for_owner(tx)}
    for ticket in tickets:
        if not is_open(ticket.state) or ticket.id in listed:
            continue
        owner = person_by_id(tx, ticket.owner_id) if ticket.owner_id is not None else None
        member = directory.member(knowledge, owner.staff_name if owner else None, local_day(now))
        if not directory.may_work_tickets(member):
            findings.complain(Promise.OWNED, f"{ticket.number} {ticket.state}")


def _check_histories(events: Sequence[Row[Any]], tickets: Mapping[int, Ticket], findings: Findings) -> None:
    moves = {move.value: move for move in Move}
    stands: dict[int, TicketState] = {}
    for event in events:
        after = TicketState(event.to_state)
        before = stands.get(event.ticket_id)
        stands[event.ticket_id] = after
        if before is None and event.from_state is None:  # it was opened
            continue
        move = moves.get(event.what)  # None: noted, and no move at all
        rule = TABLE.get((before, move)) if before is not None and move is not None else None
        if move is None or (rule is not None and rule.to is None):
            leads_to = before
        else:
            leads_to = rule.to if rule is not None else None
        if event.from_state != before or after is not leads_to:
            number = tickets[event.ticket_id].number
            findings.complain(Promise.MOVES, f"{number} {event.from_state} {event.what} {event.to_state}")
    for ticket in tickets.values():
        if stands.get(ticket.id) is not ticket.state:
            findings.complain(Promise.MOVES, f"{ticket.number} {stands.get(ticket.id)} != {ticket.state}")
    numbers = Counter(ticket.number for ticket in tickets.values())
    for number, times in numbers.items():
        if times > 1:
            findings.complain(Promise.NUMBERS, number)


def _check_pushes(
    pushes: Sequence[Row[Any]], tickets: Mapping[int, Ticket], knowledge: Knowledge, findings: Findings
) -> None:
    by_day: Counter[tuple[int, str, str]] = Counter()
    by_matter: Counter[tuple[int, int]] = Counter()
    promised: set[tuple[int, str, datetime]] = set()
    for push in pushes:
        ticket = tickets.get(push.ticket_id)
        is_urgent = ticket.is_urgent if ticket is not None else push.urgent
        local = to_local(push.sent_at)
        role = _role(knowledge, push.roster_key)
        findings.pushes[local.hour, role] += 1
        what = f"{role} {local:%m-%d %H:%M} {push.text[:30]}"
        if _is_night(local.time(), knowledge.quiet) and not is_urgent:
            findings.complain(Promise.QUIET_NIGHTS, what)
        if (push.person_id, push.text, push.created_at) in promised:
            findings.complain(Promise.SAID_ONCE, what)
        promised.add((push.person_id, push.text, push.created_at))
        if is_urgent or push.purpose == Purpose.RELAY:
            continue
        if role == RESIDENT and ticket is not None:
            by_matter[push.person_id, ticket.id] += 1
            # A matter that is done again is told again how it ended.
            if by_matter[push.person_id, ticket.id] > knowledge.budget.resident_per_matter * ticket.round:
                findings.complain(Promise.RESIDENT_BUDGET, what)
        elif role != RESIDENT:
            day = f"{local:%m-%d}"
            by_day[push.person_id, day, push.purpose] += 1
            _check_day(by_day, push, day, role, knowledge, what, findings)


def _check_day(
    by_day: Mapping[tuple[int, str, str], int],
    push: Row[Any],
    day: str,
    role: str,
    knowledge: Knowledge,
    what: str,
    findings: Findings,
) -> None:
    budget = knowledge.budget
    if role == RoleName.BUILDING_LEADER:
        if sum(by_day[push.person_id, day, purpose] for purpose in Purpose) > budget.leader_a_day:
            findings.complain(Promise.LEADER_BUDGET, what)
    elif role != RoleName.LAWYER:  # the lawyer hears of every booking
        # One digest and so many single pushes; a second list is one of the singles.
        singles = sum(by_day[push.person_id, day, purpose] for purpose in Purpose)
        singles -= min(1, by_day[push.person_id, day, Purpose.DIGEST])
        if singles > budget.worker_singles_a_day:
            findings.complain(Promise.WORKER_BUDGET, what)


def _check_delivery(tx: Transaction, now: datetime, findings: Findings) -> None:
    for row in tx.fetch(_DELIVERY):
        state, number, earliest = row.state, row.number, row.earliest
        if state == DeliveryState.SENT:
            findings.sent += number
        elif state == DeliveryState.FOLDED:
            findings.folded += number
        elif state in _UNSETTLED or (state == DeliveryState.WAITING and earliest <= now):
            findings.complain(Promise.DELIVERED, f"{number} {state}")
    if failed := tx.fetch_value(_FAILED_TURNS):
        findings.complain(Promise.NO_FAILURE, str(failed))


def _role(knowledge: Knowledge, roster_key: str | None) -> str:
    kind, _, name = (roster_key or "").partition(":")
    member = knowledge.staff.get(name) if kind == "staff" else None
    return member.role if member is not None else RESIDENT


def _is_night(clock: time, quiet: QuietHours) -> bool:
    if quiet.end < quiet.start:  # over midnight
        return not quiet.end <= clock < quiet.start
    return quiet.start <= clock < quiet.end
