"""The ladder: a ticket goes up by a word or by the clock; departments are called in; letters are drafted."""

from datetime import datetime, timedelta

from bot.community.identity import person_by_id, staff_person
from bot.community.models import Person
from bot.community.speech import sentence, spoken_moment
from bot.storage.transaction import Transaction
from bot.tickets import co_owners, whistles
from bot.tickets.desk.office import Office
from bot.tickets.escalation import Level, direct_line, next_rung
from bot.tickets.letters import Letter, letter_name
from bot.tickets.lifecycle import Actor, Move, RefusalReason, TransitionRefused, next_state
from bot.tickets.models import Ticket, Whistle
from bot.tickets.notices import rung_name, tell_staff
from knowledge.model import Department, SlaUnit, Span


class Ladder(Office):
    def escalate(self, tx: Transaction, ticket: Ticket, by: Person, reason: str, now: datetime) -> Ticket:
        """报上去: one rung up; whoever stands there hears, and so does the resident."""
        actor = self.actor_of(tx, ticket, by, now)
        rung = next_rung(Level(ticket.level), actor)
        return self._climb(tx, ticket, rung, actor, by=by, reason=reason, now=now)

    def open_direct_line(
        self, tx: Transaction, ticket: Ticket, by: Person, reason: str, now: datetime
    ) -> Ticket:
        """直通车: straight to the top, by the secretary or the subdistrict."""
        actor = self.actor_of(tx, ticket, by, now)
        rung = direct_line(Level(ticket.level), actor)
        return self._climb(tx, ticket, rung, actor, by=by, reason=reason, now=now)

    def escalate_late(
        self, tx: Transaction, ticket: Ticket, rung: Level, days_late: int, now: datetime
    ) -> Ticket:
        """It is so many working days late: the clock sends it up."""
        reason = sentence(self._knowledge(), "notice.reason_late", {"days": days_late})
        return self._climb(tx, ticket, rung, Actor.SYSTEM, by=None, reason=reason, now=now)

    def _climb(
        self,
        tx: Transaction,
        ticket: Ticket,
        rung: Level,
        actor: Actor,
        *,
        by: Person | None,
        reason: str,
        now: datetime,
    ) -> Ticket:
        knowledge = self._knowledge()
        told = {"rung": rung_name(knowledge, rung)}
        if by is None:
            told["owner"] = knowledge.community.bot_name
        return self._step(
            tx, ticket, Move.ESCALATE, actor, by=by, words=reason, now=now, told=told, level=rung
        )

    # -- 吹哨 ---------------------------------------------------------------------------------------

    def whistle(
        self, tx: Transaction, ticket: Ticket, by: Person, department: Department, words: str, now: datetime
    ) -> Whistle:
        """吹哨: a department is called in, with a time to answer and a time to be there."""
        actor = self.actor_of(tx, ticket, by, now)
        next_state(ticket.state, Move.WHISTLE, actor)
        if any(one.department == department.name for one in self._open_whistles(tx, ticket)):
            raise TransitionRefused(RefusalReason.WHISTLED_ALREADY)
        contact = staff_person(tx, department.contact) if department.contact else None
        call = whistles.new(
            ticket_id=ticket.id,
            department=department.name,
            contact_id=contact.id if contact else None,
            caller_id=by.id,
            now=now,
            answer_due_at=self._answer_due(ticket, now),
            arrival_due_at=self._arrival_due(ticket, now),
        )
        whistles.add(tx, call)
        if contact is not None and contact.id != ticket.owner_id:
            co_owners.add(tx, ticket.id, contact.id, now)
        noted = f"{department.name} {words}".strip()
        self._step(
            tx, ticket, Move.WHISTLE, actor, by=by, words=noted, now=now,
            told={**self._told_of(call), "words": words, "contact": self._contact(tx, ticket)},
            level=max(ticket.level, Level.L4),
        )  # fmt: skip
        return call

    def answer_whistle(
        self, tx: Transaction, ticket: Ticket, by: Person, words: str, now: datetime, *, promised: str = ""
    ) -> Whistle:
        """响应: the department, or whoever rang it up, says that it comes. `promised`: when it says it
        will be there, as it is spoken; empty where only its limit can be told."""
        waiting = [one for one in self._open_whistles(tx, ticket) if one.answered_at is None]
        call = self._meant(tx, ticket, by, waiting, Move.ANSWER_WHISTLE, words, now, promised=promised)
        whistles.note(tx, call, answered_at=now)
        return call

    def arrive(self, tx: Transaction, ticket: Ticket, by: Person, words: str, now: datetime) -> Whistle:
        """到场: somebody of the department is there."""
        call = self._meant(tx, ticket, by, self._open_whistles(tx, ticket), Move.ARRIVE, words, now)
        whistles.note(tx, call, answered_at=call.answered_at or now, arrived_at=now)
        return call

    def _meant(
        self,
        tx: Transaction,
        ticket: Ticket,
        by: Person,
        calls: list[Whistle],
        move: Move,
        words: str,
        now: datetime,
        *,
        promised: str = "",
    ) -> Whistle:
        """The call somebody answers: one to them, the one named, or the only one."""
        if not calls:
            raise TransitionRefused(RefusalReason.NOT_WHISTLED)
        to_them = [one for one in calls if one.contact_id == by.id]
        named = [one for one in to_them or calls if one.department in words]
        if not named and not to_them and len(calls) > 1:
            raise TransitionRefused(RefusalReason.SEVERAL_WHISTLED)
        call = (named or to_them or calls)[0]
        actor = self.actor_of(tx, ticket, by, now)
        noted = f"{call.department} {words}".strip()
        told = {**self._told_of(call, promised), "words": words}
        self._step(tx, ticket, move, actor, by=by, words=noted, now=now, told=told)
        return call

    def whistle_late(self, tx: Transaction, call: Whistle, ticket: Ticket, key: str, at: datetime) -> None:
        """Nobody answered, or came, in time: whoever called and the secretary are told, or who stands in for
        them."""
        knowledge, here = self._knowledge(), self.duty.presence(tx, at)
        caller = person_by_id(tx, call.caller_id)
        names = [caller.staff_name if caller else None, here.secretary()]
        by_who_is_there = {here.there(name): name for name in reversed(names) if name is not None}
        told = self._told_of(call)
        for name in by_who_is_there.values():  # who stands in for both hears it once
            tell_staff(
                tx, knowledge, name, key, ticket, now=at, occasion=f"whistle{call.id}",
                department=call.department, answer_by=told["answer_by"], arrive_by=told["arrive_by"],
            )  # fmt: skip

    def _open_whistles(self, tx: Transaction, ticket: Ticket) -> list[Whistle]:
        return [one for one in whistles.of_ticket(tx, ticket.id) if one.arrived_at is None]

    def _told_of(self, call: Whistle, promised: str = "") -> dict[str, str]:
        knowledge = self._knowledge()
        told = {
            "department": call.department,
            "answer_by": spoken_moment(knowledge, call.answer_due_at),
            "arrive_by": spoken_moment(knowledge, call.arrival_due_at),
            "promised": promised,
        }
        arrives = "notice.arrives_promised" if promised else "notice.arrives_by"
        return told | {"arrives": sentence(knowledge, arrives, told)}

    def _answer_due(self, ticket: Ticket, now: datetime) -> datetime:
        """Minutes are those of the office, unless it is urgent."""
        within = self._knowledge().coordination.answer_within
        if within.unit is SlaUnit.MINUTES and not ticket.is_urgent:
            return self._calendar(ticket).add_working_time(timedelta(minutes=within.amount), now)
        return self._calendar(ticket).add(within, now)

    def _arrival_due(self, ticket: Ticket, now: datetime) -> datetime:
        """By the urgency, else within the time of the matter; never before an answer is due."""
        within: Span | None = self._knowledge().coordination.arrive_within.get(ticket.urgency)
        arrival = self._calendar(ticket).add(within, now) if within is not None else ticket.due_at
        return max(arrival, self._answer_due(ticket, now))

    # -- 督办 ---------------------------------------------------------------------------------------

    def note_letter(self, tx: Transaction, ticket: Ticket, by: Person, letter: Letter, now: datetime) -> None:
        """提醒函, 交办单: that a letter was drafted stands in the history; a person signs and sends it."""
        actor = self.actor_of(tx, ticket, by, now)
        name = letter_name(self._knowledge(), letter)
        self._step(tx, ticket, Move.SUPERVISE, actor, by=by, words=name, now=now)
