"""Who has to deal with a ticket, read from today's roster."""

from collections.abc import Callable
from datetime import datetime

from bot.clock import local_day
from bot.community import directory
from bot.tickets.models import Kind, Ticket
from bot.tickets.routing import Assignee, MatterPlace, Roster, duty_order, route
from knowledge.model import Category, Knowledge


class Duty:
    def __init__(self, knowledge: Callable[[], Knowledge]) -> None:
        self._knowledge = knowledge

    def owner_of(self, ticket: Ticket, now: datetime) -> str | None:
        """The name of who should own it; None where nobody is responsible for the place."""
        if ticket.kind is not Kind.REQUEST:  # somebody who wants to speak to a person, a wish, a topic
            on_duty = directory.dispatcher(self._knowledge(), local_day(now))
            return on_duty.name if on_duty else None
        if ticket.is_urgent:
            return next(iter(self.order(ticket, now)), None)
        found = route(_where(ticket), self._category(ticket), self._roster(now))
        return found.name if isinstance(found, Assignee) else None

    def order(self, ticket: Ticket, now: datetime) -> tuple[str, ...]:
        """Who is rung about an urgent ticket, one after the other."""
        return duty_order(_where(ticket), self._category(ticket), self._roster(now))

    def _category(self, ticket: Ticket) -> Category | None:
        return self._knowledge().categories.get(ticket.category) if ticket.category else None

    def _roster(self, now: datetime) -> Roster:
        knowledge = self._knowledge()
        return Roster(list(knowledge.staff.values()), knowledge.grids, local_day(now), frozenset())


def _where(ticket: Ticket) -> MatterPlace:
    return MatterPlace(ticket.place.compound, ticket.place.building)
