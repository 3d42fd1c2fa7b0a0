"""Opening a ticket, and naming who owns it."""

from collections.abc import Mapping
from datetime import datetime

from bot.community.identity import staff_person
from bot.community.models import Person
from bot.storage.transaction import Transaction
from bot.tickets import ledger, queries
from bot.tickets.desk.office import NOTHING, Office
from bot.tickets.lifecycle import Actor, Move, Party, TicketState
from bot.tickets.limits import check_on_spot
from bot.tickets.models import Draft, Ticket
from bot.tickets.numbers import month_of, this_months_number

_IN_QUEUE = (TicketState.SUBMITTED, TicketState.ACCEPTED)


class Filing(Office):
    def open(self, tx: Transaction, draft: Draft, now: datetime) -> Ticket:
        """File a matter, find who is responsible, and push it to them."""
        return self._dispatch(tx, self._file(tx, draft, now), now)

    def close_on_spot(self, tx: Transaction, draft: Draft, by: Person, outcome: str, now: datetime) -> Ticket:
        """Open and close in one message (L0)."""
        check_on_spot(draft.urgency)
        ticket = self._file(tx, draft, now, owner_id=by.id)
        return self._step(
            tx, ticket, Move.CLOSE_ON_SPOT, Actor.ASSIGNEE, by=by, words=outcome, now=now,
            level=0, outcome=outcome, resolved_at=now, closed_at=now,
        )  # fmt: skip

    def _file(self, tx: Transaction, draft: Draft, now: datetime, *, owner_id: int | None = None) -> Ticket:
        serial = queries.next_serial(tx, month_of(now))
        number = this_months_number(self._knowledge().community, serial, now)
        due = self.clocks.of_report(draft.kind, draft.category, draft.urgency, draft.place, now)
        return ledger.add(tx, draft, number=number, due=due, now=now, owner_id=owner_id)

    def _dispatch(self, tx: Transaction, ticket: Ticket, now: datetime) -> Ticket:
        """Name the owner. Where nobody serves the place the dispatcher owns it meanwhile; what says too
        little of its place or its category waits in the dispatcher's queue."""
        owner = self.duty.owner_of(tx, ticket, now)
        if isinstance(owner, str):
            return self._assign(tx, ticket, owner, Actor.SYSTEM, by=None, now=now)
        dispatcher = self.duty.dispatcher(tx, now)
        if dispatcher is not None and owner.is_gap:
            return self._assign(tx, ticket, dispatcher, Actor.SYSTEM, by=None, now=now, key="notice.gap")
        self._tell(
            tx, ticket, Party.DISPATCHER, "notice.unowned", now=now,
            values={"contact": self._contact(tx, ticket)}, after=self._pictures(ticket.photos, now),
        )  # fmt: skip
        return ticket

    def _assign(
        self,
        tx: Transaction,
        ticket: Ticket,
        name: str,
        actor: Actor,
        *,
        by: Person | None,
        now: datetime,
        key: str | None = None,
        told: Mapping[str, str] = NOTHING,
    ) -> Ticket:
        """Give a ticket that waits, or that somebody has, to one of the staff."""
        owner = staff_person(tx, name)
        assert owner is not None, "every name of people.yaml is a person in the store"
        move = Move.ASSIGN if ticket.state in _IN_QUEUE else Move.TRANSFER
        return self._step(
            tx, ticket, move, actor, by=by, words=name, now=now, key=key, told=told, owner_id=owner.id
        )
