"""网格员早清单、明天到期: what a worker has in hand, once in the morning; what falls due next, once at the
end of the afternoon."""

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.clock import local_day
from bot.community import directory
from bot.community.identity import staff_person
from bot.community.speech import sentence
from bot.outbox.calls import note_asked
from bot.outbox.enqueue import enqueue
from bot.outbox.models import Purpose
from bot.outbox.reminder import Due
from bot.storage.transaction import Transaction
from bot.tickets import queries
from bot.tickets.calls import calls_to_make
from bot.tickets.lifecycle import TicketState
from bot.tickets.lists import listed, task_list
from bot.tickets.models import Ticket
from bot.tickets.occasions import newest_occurrence
from bot.tickets.working_time import WorkCalendar
from knowledge.model import Knowledge, StaffMember

MORNING = "worker_morning_list"
TOMORROW = "worker_due_tomorrow"


class WorkerLists:
    """Both lists of everybody who handles tickets; whoever has nothing in hand gets nothing."""

    name = "worker_lists"

    def __init__(self, *, knowledge: Callable[[], Knowledge], calendar: Callable[[], WorkCalendar]) -> None:
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
        today = local_day(due.at)
        calls = calls_to_make(tx, knowledge, due.at) if due.key.startswith(MORNING) else {}
        for member in knowledge.staff.values():
            if not member.serves_on(today) or not directory.may_work_tickets(member):
                continue
            person = staff_person(tx, member.name)
            if person is None:
                continue
            in_hand = [
                ticket
                for ticket in queries.owned_by(tx, person.id)
                if ticket.state is not TicketState.RESOLVED
            ]
            text = (
                self._morning(tx, knowledge, member, in_hand, due.at)
                if due.key.startswith(MORNING)
                else self._tomorrow(knowledge, in_hand, due.at)
            )
            asked = calls.get(person.id)
            if asked is not None:
                head = sentence(knowledge, "list.calls", {"count": len(asked.lines)})
                text = "\n".join([*([text] if text else []), head, *asked.lines])
            if text is not None:
                is_new = enqueue(
                    tx,
                    dedupe_key=f"{due.key}/{person.id}",
                    person_id=person.id,
                    purpose=Purpose.DIGEST,
                    text=text,
                    now=due.at,
                )
                if asked is not None and is_new:
                    note_asked(tx, asked.message_ids)

    def _morning(
        self,
        tx: Transaction,
        knowledge: Knowledge,
        member: StaffMember,
        in_hand: list[Ticket],
        now: datetime,
    ) -> str | None:
        unowned = queries.waiting_for_owner(tx) if directory.is_desk(member) else []
        return task_list(knowledge, in_hand, unowned, now) if in_hand or unowned else None

    def _tomorrow(self, knowledge: Knowledge, in_hand: list[Ticket], now: datetime) -> str | None:
        """What falls due by the end of the next working day, and what has today."""
        today = local_day(now)
        next_day = self._calendar().working_day_after(today, count=1)
        falling_due = [ticket for ticket in in_hand if today <= local_day(ticket.due_at) <= next_day]
        if not falling_due:
            return None
        head = sentence(knowledge, "list.due_tomorrow", {"count": len(falling_due)})
        return f"{head}\n{listed(knowledge, falling_due, now)}"
