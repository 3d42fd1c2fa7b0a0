"""How it ended, in the resident's own words: solved, not solved, rated, or nothing at all; and 回访."""

from datetime import datetime

from bot.community.models import Person
from bot.storage.transaction import Transaction
from bot.tickets import ledger
from bot.tickets.desk.office import Office
from bot.tickets.escalation import Level, raised
from bot.tickets.lifecycle import Actor, Move, Party, RefusalReason, TicketState, TransitionRefused
from bot.tickets.limits import check_reopening
from bot.tickets.models import Satisfaction, Solved, Ticket
from bot.tickets.notices import tell_staff

_SECOND_ROUND = 2


class Verdicts(Office):
    def confirm(
        self, tx: Transaction, ticket: Ticket, by: Person, satisfaction: Satisfaction, now: datetime
    ) -> Ticket:
        """“修好了”: closed, solved, with the resident's own rating or none. Said before the owner said so,
        the owner need not come any more."""
        actor = self._resident(tx, ticket, by, now)
        if actor is Actor.FOLLOWER:  # somebody who joined may say so for all; the reporter can still reopen
            actor = Actor.REPORTER
        closed = self._step(
            tx, ticket, Move.CONFIRM, actor, by=by, now=now,
            closed_at=now, solved=Solved.YES, satisfaction=satisfaction,
        )  # fmt: skip
        self._tell_dissatisfied(tx, closed, satisfaction, now)
        return closed

    def answer_late(self, tx: Transaction, ticket: Ticket, by: Person, now: datetime) -> Ticket:
        """“解决了” about a matter that was closed because nobody had answered."""
        ticket = ledger.change(tx, ticket, solved=Solved.YES)
        ledger.note(tx, ticket, "answer_late", by=by.id, now=now)
        return ticket

    def rate(
        self, tx: Transaction, ticket: Ticket, by: Person, satisfaction: Satisfaction, now: datetime
    ) -> Ticket:
        """A rating given after closing; one per round. Raises TransitionRefused for a second one."""
        if ticket.satisfaction is not Satisfaction.UNRATED:
            raise TransitionRefused(RefusalReason.RATED_BEFORE)
        ticket = ledger.change(tx, ticket, satisfaction=satisfaction)
        ledger.note(tx, ticket, "rate", by=by.id, now=now, words=satisfaction)
        self._tell_dissatisfied(tx, ticket, satisfaction, now)
        return ticket

    def reopen(self, tx: Transaction, ticket: Ticket, by: Person, words: str, now: datetime) -> Ticket:
        """“没修好”: a second round, in half the time and one level higher."""
        check_reopening(ticket.closed_at, now)
        knowledge = self._knowledge()
        due = self.clocks.of_next_round(ticket, now)
        actor = self._resident(tx, ticket, by, now)
        if actor is Actor.ASSIGNEE:  # who did the work does not open it again in the resident's name
            raise TransitionRefused(RefusalReason.NOT_YOURS)
        ticket = self._step(
            tx, ticket, Move.REOPEN, actor, by=by, words=words, now=now,
            solved=Solved.NO, satisfaction=Satisfaction.UNRATED, closed_at=None, resolved_at=None,
            round=ticket.round + 1, round_started_at=now, level=raised(Level(ticket.level)),
            extended=False, **ledger.due_columns(due),
        )  # fmt: skip
        if ticket.round > _SECOND_ROUND:
            to, owner = self.duty.presence(tx, now).secretary(), self.owner_name(tx, ticket) or ""
            tell_staff(tx, knowledge, to, "notice.reopened_again", ticket, now=now, words=words, owner=owner)
        return ticket

    def close_unrated(self, tx: Transaction, ticket: Ticket, now: datetime) -> Ticket:
        """Nobody answered: closed, and shown as 未评价, never as satisfied. They are told so, and how to
        have it done again."""
        return self._step(
            tx, ticket, Move.CLOSE_UNRATED, Actor.SYSTEM, by=None, now=now, closed_at=now,
            occasion=f"round{ticket.round}",
        )  # fmt: skip

    def call_back(
        self,
        tx: Transaction,
        ticket: Ticket,
        by: Person,
        satisfaction: Satisfaction,
        words: str,
        now: datetime,
        *,
        solved: bool | None,
    ) -> Ticket:
        """回访: what the resident said on the phone to somebody other than the owner. `solved` is None where
        nobody picked up. Raises TransitionRefused."""
        actor = self.actor_of(tx, ticket, by, now)
        if actor is Actor.ASSIGNEE:
            raise TransitionRefused(RefusalReason.CALLED_BACK_BY_OWNER)
        ticket = self._step(tx, ticket, Move.CALL_BACK, actor, by=by, words=words, now=now)
        if solved is None:
            return ticket
        if not solved:
            return self.reopen(tx, ticket, by, words, now)
        if ticket.state is TicketState.RESOLVED:
            return self.confirm(tx, ticket, by, satisfaction, now)
        if ticket.solved is Solved.UNANSWERED:
            ticket = self.answer_late(tx, ticket, by, now)
        if satisfaction is not Satisfaction.UNRATED:
            ticket = self.rate(tx, ticket, by, satisfaction, now)
        return ticket

    def _tell_dissatisfied(
        self, tx: Transaction, ticket: Ticket, satisfaction: Satisfaction, now: datetime
    ) -> None:
        """The community hears of it, as the resident is promised."""
        if satisfaction is Satisfaction.DISSATISFIED:
            values = {"owner": self.owner_name(tx, ticket) or ""}
            self._tell(tx, ticket, Party.DISPATCHER, "notice.dissatisfied", now=now, values=values)
