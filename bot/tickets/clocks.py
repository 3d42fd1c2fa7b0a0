"""The times of one ticket: what its category and its place promise, and what has moved them since."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Row

from bot.storage.transaction import Transaction
from bot.tickets import queries
from bot.tickets.lifecycle import Move, TicketState, clock_runs
from bot.tickets.models import Kind, Place, Ticket
from bot.tickets.routing import MatterPlace
from bot.tickets.sla import (
    CONSULTATION,
    EMERGENCY,
    UNCATEGORISED,
    DueTimes,
    Extension,
    Pause,
    SlaPolicy,
    due_times,
    in_place,
    second_round,
)
from bot.tickets.working_time import Calendars
from knowledge.model import Knowledge


class Clocks:
    def __init__(self, knowledge: Callable[[], Knowledge], calendars: Callable[[], Calendars]) -> None:
        self._knowledge = knowledge
        self._calendars = calendars

    def of_report(
        self, kind: Kind, category: str | None, urgency: str, place: Place, now: datetime
    ) -> DueTimes:
        """What is promised about a matter reported now."""
        policy = self._policy(kind, category, urgency, place)
        return due_times(policy, calendar=self._calendars().at(place.compound), start=now)

    def of_next_round(self, ticket: Ticket, now: datetime) -> DueTimes:
        """What is promised where it has to be done again: half the time."""
        policy = second_round(self._policy(ticket.kind, ticket.category, ticket.urgency, ticket.place))
        return due_times(policy, calendar=self._calendars().at(ticket.place.compound), start=now)

    def recounted(self, tx: Transaction, ticket: Ticket) -> DueTimes:
        """The times of the present round counted anew: by today's calendar, and by all that has moved them,
        as the history has it."""
        policy = self._policy(ticket.kind, ticket.category, ticket.urgency, ticket.place)
        return due_times(
            second_round(policy) if ticket.round > 1 else policy,
            calendar=self._calendars().at(ticket.place.compound),
            start=ticket.round_started_at,
            moved=tuple(_moved(queries.history(tx, ticket.id), ticket.round_started_at)),
        )

    def is_provisional(self, ticket: Ticket) -> bool:
        """Whether the time it is due still rests on holidays that nobody has announced."""
        calendar = self._calendars().at(ticket.place.compound)
        return calendar.is_provisional(ticket.round_started_at, ticket.due_at)

    def _policy(self, kind: Kind, category: str | None, urgency: str, place: Place) -> SlaPolicy:
        if kind is Kind.CONSULTATION:
            return CONSULTATION
        knowledge = self._knowledge()
        found = knowledge.categories.get(category) if category else None
        if found is None:
            return EMERGENCY if urgency == "E" else UNCATEGORISED
        policy = SlaPolicy(found.accept_within, found.contact_within, found.resolve_within)
        where = MatterPlace(place.compound, place.building)
        return in_place(policy, knowledge.local_clocks, where, found.code)


def _moved(events: Sequence[Row[Any]], start: datetime) -> Iterator[Pause | Extension]:
    """The pauses and extensions since `start` that are over, in their order."""
    stands_since: datetime | None = None
    for event in events:
        if event.at < start:
            continue
        if event.what == Move.EXTEND:
            yield Extension(int(event.words.split()[0]))  # written as “3 等配件”
        runs = clock_runs(TicketState(event.to_state))
        if runs and stands_since is not None:
            yield Pause(stands_since, event.at)
        stands_since = None if runs else stands_since or event.at
