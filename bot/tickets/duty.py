"""Who has to deal with a ticket, read from today's roster, its rota, and who is on leave."""

from collections.abc import Callable
from datetime import datetime

from bot.clock import local_day
from bot.community import cover
from bot.community.identity import person_by_id
from bot.community.models import Person
from bot.storage.transaction import Transaction
from bot.tickets import ledger, queries
from bot.tickets.models import Kind, Ticket
from bot.tickets.on_call import Swap, on_call
from bot.tickets.routing import (
    Assignee,
    MatterPlace,
    NoOwner,
    NoOwnerReason,
    Roster,
    duty_order,
    route,
)
from bot.tickets.working_time import Calendars
from knowledge.model import Category, Knowledge, RoleName
from knowledge.presence import Presence


class Duty:
    def __init__(self, knowledge: Callable[[], Knowledge], calendars: Callable[[], Calendars]) -> None:
        self._knowledge = knowledge
        self._calendars = calendars

    def owner_of(self, tx: Transaction, ticket: Ticket, now: datetime) -> str | NoOwner:
        """The name of who should own it, or why nobody is named."""
        if ticket.kind is not Kind.REQUEST:  # somebody who wants to speak to a person, a wish, a topic
            name = self.dispatcher(tx, now)
        elif ticket.is_urgent:
            name = next(iter(self.order(tx, ticket, now)), None)
        else:
            found = route(_where(ticket), self._category(ticket), self.roster(tx, now))
            return found.name if isinstance(found, Assignee) else found
        return name or NoOwner(NoOwnerReason.NOBODY_AVAILABLE)

    def order(self, tx: Transaction, ticket: Ticket, now: datetime) -> tuple[str, ...]:
        """Who is rung about an urgent ticket, one after the other."""
        return duty_order(_where(ticket), self._category(ticket), self.roster(tx, now))

    def step_in(self, tx: Transaction, ticket: Ticket, by: Person, now: datetime) -> Ticket:
        """Whoever stands in for an owner who is away owns the ticket from their first word about it on."""
        owner = person_by_id(tx, ticket.owner_id) if ticket.owner_id is not None else None
        name = owner.staff_name if owner is not None else None
        if name is None or owner == by or self.presence(tx, now).there(name) != by.staff_name:
            return ticket
        ledger.note(tx, ticket, "stand_in", by=by.id, now=now, words=name)
        return ledger.change(tx, ticket, owner_id=by.id)

    def dispatcher(self, tx: Transaction, now: datetime) -> str | None:
        """Who takes what nobody else does, or whoever stands in for them."""
        here = self.presence(tx, now)
        found = here.dispatcher()
        return here.there(found) or found

    def desk_today(self, tx: Transaction, now: datetime) -> list[str]:
        """Who acts for the community today, stand-ins included: the secretary before the dispatcher."""
        here = self.presence(tx, now)
        names = [*here.all_there(RoleName.SECRETARY), *here.all_there(RoleName.DISPATCHER)]
        return list(dict.fromkeys(names))

    def presence(self, tx: Transaction, now: datetime) -> Presence:
        return cover.presence(tx, self._knowledge(), local_day(now))

    def in_hand(self, tx: Transaction) -> dict[str, list[str]]:
        """Name of an owner, on the roster or no more -> numbers of what they have to deal with."""
        owned = queries.in_anybodys_hands(tx)
        people = {person_id: person_by_id(tx, person_id) for person_id in owned}
        return {
            person.staff_name: owned[person_id]
            for person_id, person in people.items()
            if person is not None and person.staff_name is not None
        }

    def roster(self, tx: Transaction, now: datetime) -> Roster:
        knowledge, calendar = self._knowledge(), self._calendars().community
        return Roster(
            presence=self.presence(tx, now),
            grids=knowledge.grids,
            responsibilities=knowledge.responsibilities,
            on_call=on_call(knowledge.rota, calendar, now, agreed_swaps(tx, now)),
            is_open=calendar.next_working_moment(now) == now,
        )

    def _category(self, ticket: Ticket) -> Category | None:
        return self._knowledge().categories.get(ticket.category) if ticket.category else None


def agreed_swaps(tx: Transaction, now: datetime) -> list[Swap]:
    """The swaps that matter now and later."""
    return [
        Swap(change.first_day, change.shift, change.asker, change.other)
        for change in cover.swaps(tx, local_day(now))
        if change.shift is not None
    ]


def _where(ticket: Ticket) -> MatterPlace:
    return MatterPlace(ticket.place.compound, ticket.place.building)
