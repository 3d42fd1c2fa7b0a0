"""What the owner of a ticket does with it, and the community's desk in their place."""

from datetime import datetime

from bot.clock import local_day, to_local
from bot.community.models import Person
from bot.community.speech import sentence, spoken_day
from bot.outbox.models import Purpose
from bot.storage.transaction import Transaction
from bot.tickets import ledger, queries
from bot.tickets.desk.filing import Filing
from bot.tickets.escalation import Level, most_extension_days
from bot.tickets.lifecycle import Actor, Move, RefusalReason, TicketState, TransitionRefused
from bot.tickets.limits import check_extension, check_hold, check_return
from bot.tickets.models import Ticket
from bot.tickets.notices import tell_residents

_DESK = (Actor.DISPATCHER, Actor.SECRETARY)


class Handling(Filing):
    def take(self, tx: Transaction, ticket: Ticket, by: Person, now: datetime) -> Ticket:
        """收到: the owner has it in hand; the resident hears who."""
        actor = self.actor_of(tx, ticket, by, now)
        return self._step(tx, ticket, Move.TAKE, actor, by=by, now=now, accepted_at=now)

    def accept_case(self, tx: Transaction, ticket: Ticket, by: Person, now: datetime) -> Ticket:
        """受理: it is the community's to deal with; who does it is still to be found."""
        return self._step(tx, ticket, Move.ACCEPT_CASE, self.actor_of(tx, ticket, by, now), by=by, now=now)

    def claim(self, tx: Transaction, ticket: Ticket, by: Person, now: datetime) -> Ticket:
        """The desk keeps a ticket that waits for an owner; any other ticket stays as it is."""
        if ticket.state not in (TicketState.SUBMITTED, TicketState.ACCEPTED):
            return ticket
        actor = self.actor_of(tx, ticket, by, now)
        if actor not in _DESK:
            return ticket
        return self._step(tx, ticket, Move.ASSIGN, actor, by=by, words=by.name or "", now=now, owner_id=by.id)

    def take_over(self, tx: Transaction, ticket: Ticket, by: Person, now: datetime) -> Ticket:
        """收到 from somebody further down the duty order, about an urgent ticket nobody has picked up."""
        if by.staff_name is None or by.staff_name not in self.duty.order(tx, ticket, now):
            raise TransitionRefused(RefusalReason.NOT_YOURS)
        ticket = self._step(
            tx, ticket, Move.TRANSFER, Actor.ASSIGNEE, by=by, words=by.staff_name, now=now, owner_id=by.id
        )
        return self.take(tx, ticket, by, now)

    def transfer(self, tx: Transaction, ticket: Ticket, by: Person, to: str, now: datetime) -> Ticket:
        """转: hand it over to another of the staff; a ticket nobody owns is given out the same way."""
        return self._assign(tx, ticket, to, self.actor_of(tx, ticket, by, now), by=by, now=now)

    def give_back(self, tx: Transaction, ticket: Ticket, by: Person, reason: str, now: datetime) -> Ticket:
        """退: back to the dispatcher with a reason; once by each, and twice at most."""
        before = [event.actor_id for event in queries.happened(tx, ticket, Move.RETURN)]
        check_return(ticket.returns, by_the_same=by.id in before)
        actor = self.actor_of(tx, ticket, by, now)
        return self._step(
            tx, ticket, Move.RETURN, actor, by=by, words=reason, now=now,
            owner_id=None, returns=ticket.returns + 1, accepted_at=None,
        )  # fmt: skip

    def decline(self, tx: Transaction, ticket: Ticket, by: Person, reason: str, now: datetime) -> Ticket:
        """不予受理: nothing for us; the resident hears why, and where to go."""
        actor = self.actor_of(tx, ticket, by, now)
        return self._step(
            tx, ticket, Move.DECLINE, actor, by=by, words=reason, now=now, outcome=reason, closed_at=now
        )

    def extend(
        self, tx: Transaction, ticket: Ticket, by: Person, days: int, reason: str, now: datetime
    ) -> Ticket:
        """延: more working days, once and before it is due; the resident hears why."""
        actor = self.actor_of(tx, ticket, by, now)
        check_extension(
            working_days=days,
            most_days=most_extension_days(Level(ticket.level)),
            extended_before=ticket.extended,
            due_at=ticket.due_at,
            now=now,
        )
        return self._step(
            tx, ticket, Move.EXTEND, actor, by=by, words=f"{days} {reason}".strip(), now=now,
            told={"reason": reason}, extended=True,
        )  # fmt: skip

    def recount(self, tx: Transaction, ticket: Ticket, now: datetime) -> Ticket:
        """The holidays have become known: the times counted anew; where the promised one moves, the history
        has both and the residents hear the new one."""
        due = ledger.due_columns(self.clocks.recounted(tx, ticket))
        if due["due_at"] == ticket.due_at:
            return ledger.change(tx, ticket, **due)
        words = f"{to_local(ticket.due_at):%Y-%m-%d %H:%M} → {to_local(due['due_at']):%Y-%m-%d %H:%M}"
        return self._step(tx, ticket, Move.RECOUNT, Actor.SYSTEM, by=None, words=words, now=now, **due)

    def hold(
        self, tx: Transaction, ticket: Ticket, by: Person, until: datetime, reason: str, now: datetime
    ) -> Ticket:
        """挂起: waits for parts, a season, a vote, until a date; the clock stands, and the resident hears
        why and until when."""
        actor = self.actor_of(tx, ticket, by, now)
        check_hold(ticket.state, urgent=ticket.is_urgent, until=until, now=now)
        return self._step(
            tx, ticket, Move.HOLD, actor, by=by, words=reason, now=now,
            told={"until": spoken_day(self._knowledge(), local_day(until))}, held_until=until,
        )  # fmt: skip

    def resume(self, tx: Transaction, ticket: Ticket, by: Person | None, now: datetime) -> Ticket:
        """The date of the hold has come, or the worker goes on before it. The promised times move by the
        pause."""
        actor = self.actor_of(tx, ticket, by, now) if by else Actor.SYSTEM
        return self._step(
            tx, ticket, Move.RESUME, actor, by=by, now=now,
            accepted_at=ticket.accepted_at or now, held_until=None,
        )  # fmt: skip

    def resolve(self, tx: Transaction, ticket: Ticket, by: Person, outcome: str, now: datetime) -> Ticket:
        """好了: done, with what was done; everybody concerned is asked once whether it is solved."""
        actor = self.actor_of(tx, ticket, by, now)
        return self._step(
            tx, ticket, Move.RESOLVE, actor, by=by, words=outcome, now=now, outcome=outcome, resolved_at=now
        )

    def explain(
        self, tx: Transaction, ticket: Ticket, by: Person, basis: str, contact: str, now: datetime
    ) -> Ticket:
        """依规办不了: the resident hears which rule forbids it and whom to ask, and may still disagree."""
        actor = self.actor_of(tx, ticket, by, now)
        told = {"basis": basis, "contact": contact}
        outcome = sentence(self._knowledge(), "notice.outcome_explained", told)
        return self._step(
            tx, ticket, Move.EXPLAIN, actor, by=by, words=outcome, now=now,
            told=told, outcome=outcome, resolved_at=now, closed_at=now,
        )  # fmt: skip

    def speak(self, tx: Transaction, ticket: Ticket, by: Person, words: str, now: datetime) -> None:
        """回复: a word to the residents concerned, through the bot."""
        self.actor_of(tx, ticket, by, now)
        ledger.note(tx, ticket, "contact", by=by.id, now=now, words=words)
        tell_residents(
            tx,
            self._knowledge(),
            "notice.reply",
            ticket,
            now=now,
            purpose=Purpose.RELAY,
            owner=by.name or "",
            words=words,
        )
