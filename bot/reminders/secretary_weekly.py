"""书记周清单: what is late, where nobody is responsible, and what waits for a signature; once a week."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bot.clock import local_day
from bot.community import cover
from bot.community.identity import staff_person
from bot.outbox.enqueue import enqueue
from bot.outbox.models import Purpose
from bot.outbox.reminder import Due
from bot.storage.transaction import Transaction
from bot.tickets import queries
from bot.tickets.desk import TicketDesk
from bot.tickets.digests import secretary_week
from bot.tickets.gaps import find_gaps
from bot.tickets.letters import drafted_since
from bot.tickets.occasions import newest_occurrence
from bot.tickets.working_time import WorkCalendar
from knowledge.model import Knowledge

KIND = "secretary_weekly"
_A_WEEK = 7  # days
_A_YEAR = timedelta(days=366)


class SecretaryWeekly:
    name = KIND

    def __init__(
        self, desk: TicketDesk, *, knowledge: Callable[[], Knowledge], calendar: Callable[[], WorkCalendar]
    ) -> None:
        self._desk = desk
        self._knowledge = knowledge
        self._calendar = calendar

    def due(self, tx: Transaction, since: datetime, until: datetime) -> Sequence[Due]:
        rules = [rule for rule in self._knowledge().reminders if rule.kind == KIND]
        moments = [newest_occurrence(rule, self._calendar(), since, until) for rule in rules]
        return [Due(moment, f"{KIND}/{local_day(moment)}") for moment in moments if moment is not None]

    def fire(self, tx: Transaction, due: Due) -> None:
        knowledge, duty = self._knowledge(), self._desk.duty
        names = duty.desk_today(tx, due.at)
        person = staff_person(tx, names[0]) if names else None
        if person is None:
            return
        text = secretary_week(
            knowledge,
            late=queries.falling_due(tx, due.at - _A_YEAR, due.at),
            gaps=find_gaps(
                knowledge, duty.roster(tx, due.at), self._calendar(), days=_A_WEEK, in_hand=duty.in_hand(tx)
            ),
            changes=cover.from_day(tx, local_day(due.at)),
            to_sign=drafted_since(tx, knowledge, due.at - timedelta(days=_A_WEEK)),
            now=due.at,
        )
        if text is not None:
            enqueue(
                tx,
                dedupe_key=f"{due.key}/{person.id}",
                person_id=person.id,
                purpose=Purpose.DIGEST,
                text=text,
                now=due.at,
            )
