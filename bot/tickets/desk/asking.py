"""待补充: what is missing is asked of the resident; the clock stands until they answer."""

from dataclasses import replace
from datetime import datetime

from bot.community.identity import person_by_id, reachable
from bot.community.models import Person
from bot.storage.transaction import Transaction
from bot.tickets import ledger
from bot.tickets.desk.filing import Filing
from bot.tickets.lifecycle import Actor, Move, Party, next_state
from bot.tickets.limits import check_asking
from bot.tickets.models import Place, Ticket


class Asking(Filing):
    def ask(self, tx: Transaction, ticket: Ticket, by: Person, words: str, now: datetime) -> Ticket:
        """问居民: one question to them. Refused where it must not wait, or where nothing reaches them."""
        actor = self.actor_of(tx, ticket, by, now)
        next_state(ticket.state, Move.ASK, actor)
        reporters = [ticket.reporter_id] if ticket.reporter_id is not None else []
        check_asking(urgent=ticket.is_urgent, reached=bool(reachable(tx, reporters)))
        return self._step(tx, ticket, Move.ASK, actor, by=by, words=words, now=now)

    def complete_info(
        self, tx: Transaction, ticket: Ticket, by: Person, words: str, place: Place, now: datetime
    ) -> Ticket:
        """The answer, by the resident or by whoever rang them: it goes on with whoever had it, else with
        whoever is responsible now. The promised times move by the pause."""
        actor = self._resident(tx, ticket, by, now)
        if place != ticket.place:
            ticket = ledger.change(
                tx, ticket, compound=place.compound, building=place.building, unit=place.unit,
                room=place.room, place_text=place.text,
            )  # fmt: skip
            ticket = replace(ticket, place=place)
        ticket = self._step(tx, ticket, Move.COMPLETE_INFO, actor, by=by, words=words, now=now)
        owner = person_by_id(tx, ticket.owner_id) if ticket.owner_id is not None else None
        if owner is not None and owner.staff_name is not None:
            return self._assign(
                tx, ticket, owner.staff_name, Actor.SYSTEM, by=by if by.staff_name else None, now=now,
                key="notice.completed", told={"words": words},
            )  # fmt: skip
        ticket = self._dispatch(tx, ticket, now)
        self._tell(tx, ticket, Party.OWNER, "notice.supplemented", by=by, now=now, values={"words": words})
        return ticket

    def expire(self, tx: Transaction, ticket: Ticket, now: datetime) -> Ticket:
        """Nobody answered: withdrawn; they hear how to have it done after all."""
        return self._step(tx, ticket, Move.EXPIRE, Actor.SYSTEM, by=None, now=now, closed_at=now)
