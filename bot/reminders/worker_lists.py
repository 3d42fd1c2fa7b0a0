"""早清单、明天到期: what everybody who handles tickets has in hand, once in the morning; what falls due next,
once at the end of the afternoon. Whoever stands in for somebody away gets theirs as well."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain

from bot.clock import local_day
from bot.community import cover, directory
from bot.community.identity import staff_person
from bot.outbox.calls import note_asked
from bot.outbox.enqueue import Push, enqueue_all
from bot.outbox.models import Purpose
from bot.outbox.reminder import Due
from bot.storage.transaction import Transaction
from bot.tickets import queries
from bot.tickets.calls import calls_to_make
from bot.tickets.desk import TicketDesk
from bot.tickets.digests import due_list, morning_list, roster_today
from bot.tickets.gaps import find_gaps
from bot.tickets.lifecycle import Move, clock_runs
from bot.tickets.models import Ticket
from bot.tickets.occasions import newest_occurrence
from bot.tickets.working_time import WorkCalendar
from knowledge.model import Knowledge, StaffMember

MORNING = "worker_morning_list"
TOMORROW = "worker_due_tomorrow"

_LONGEST_BREAK = timedelta(days=14)  # between two morning lists, over holidays
_A_MOMENT = timedelta(seconds=1)


class WorkerLists:
    """Both lists; whoever has nothing in hand gets nothing."""

    name = "worker_lists"

    def __init__(
        self, desk: TicketDesk, *, knowledge: Callable[[], Knowledge], calendar: Callable[[], WorkCalendar]
    ) -> None:
        self._desk = desk
        self._knowledge = knowledge
        self._calendar = calendar

    def due(self, tx: Transaction, since: datetime, until: datetime) -> Sequence[Due]:
        found = []
        for rule in self._knowledge().reminders:
            if rule.kind in (MORNING, TOMORROW):
                moment = newest_occurrence(rule, self._calendar(), since, until)
                if moment is not None:
                    found.append(Due(moment, f"{rule.kind}/{local_day(moment)}"))
        return found

    def fire(self, tx: Transaction, due: Due) -> None:
        knowledge = self._knowledge()
        here = self._desk.duty.presence(tx, due.at)
        on_desk = self._desk.duty.desk_today(tx, due.at)
        calls = calls_to_make(tx, knowledge, due.at) if due.key.startswith(MORNING) else {}
        pushes: list[Push] = []
        to_ring: dict[str, list[int]] = {}
        for member in knowledge.staff.values():
            person = staff_person(tx, member.name)
            if person is None or here.there(member.name) != member.name or not _works(member, due.at):
                continue
            mine = _in_hand(tx, member.name)
            of_absent = {name: _in_hand(tx, name) for name in here.stands_in_for(member.name)}
            people = filter(None, (staff_person(tx, name) for name in (member.name, *of_absent)))
            asked = [calls[one.id] for one in people if one.id in calls]
            if due.key.startswith(MORNING):
                text = morning_list(
                    knowledge,
                    mine=mine,
                    of_absent=of_absent,
                    unowned=queries.waiting_for_owner(tx) if member.name in on_desk else [],
                    raised=_raised_by_others(tx, mine) if directory.is_secretary(member) else [],
                    moved=self._moved(tx, [*mine, *chain.from_iterable(of_absent.values())], due.at),
                    calls=[line for one in asked for line in one.lines],
                    roster_lines=self._roster_lines(tx, due.at) if member.name in on_desk[:1] else [],
                    now=due.at,
                )
            else:
                text = self._due_next(knowledge, mine, of_absent, due.at)
            if text is not None:
                push = Push(f"{due.key}/{person.id}", person.id, text)
                pushes.append(push)
                to_ring[push.dedupe_key] = list(chain.from_iterable(one.message_ids for one in asked))
        for key in enqueue_all(tx, pushes, purpose=Purpose.DIGEST, now=due.at):
            note_asked(tx, to_ring[key])

    def _moved(self, tx: Transaction, tickets: Sequence[Ticket], now: datetime) -> list[Ticket]:
        """Those whose time the calendar has moved since the last morning list."""
        before = (
            newest_occurrence(rule, self._calendar(), now - _LONGEST_BREAK, now - _A_MOMENT)
            for rule in self._knowledge().reminders
            if rule.kind == MORNING
        )
        since = max(filter(None, before), default=now - _LONGEST_BREAK)
        met = queries.with_event(tx, [ticket.id for ticket in tickets], Move.RECOUNT, since)
        return [ticket for ticket in tickets if ticket.id in met]

    def _roster_lines(self, tx: Transaction, now: datetime) -> list[str]:
        knowledge, today = self._knowledge(), local_day(now)
        duty = self._desk.duty
        gaps = find_gaps(knowledge, duty.roster(tx, now), self._calendar(), days=1, in_hand=duty.in_hand(tx))
        return roster_today(knowledge, cover.from_day(tx, today), gaps, today)

    def _due_next(
        self,
        knowledge: Knowledge,
        mine: Sequence[Ticket],
        of_absent: Mapping[str, Sequence[Ticket]],
        now: datetime,
    ) -> str | None:
        """What falls due by the end of the next working day, and what has today."""
        today = local_day(now)
        next_day = self._calendar().working_day_after(today, count=1)

        def falling_due(tickets: Sequence[Ticket]) -> list[Ticket]:
            return [ticket for ticket in tickets if today <= local_day(ticket.due_at) <= next_day]

        theirs = {name: falling_due(tickets) for name, tickets in of_absent.items()}
        return due_list(knowledge, falling_due(mine), theirs, now)


def _works(member: StaffMember, now: datetime) -> bool:
    return member.serves_on(local_day(now)) and directory.may_work_tickets(member)


def _raised_by_others(tx: Transaction, mine: Sequence[Ticket]) -> list[Ticket]:
    """What has come up to the secretary, said once more: a push too many for one day is not sent."""
    numbers = {ticket.id for ticket in mine}
    return [ticket for ticket in queries.raised(tx) if ticket.id not in numbers and clock_runs(ticket.state)]


def _in_hand(tx: Transaction, name: str) -> list[Ticket]:
    person = staff_person(tx, name)
    if person is None:
        return []
    return [ticket for ticket in queries.owned_by(tx, person.id) if clock_runs(ticket.state)]
