"""快到期: the owner hears of it where none of the lists comes in time to say so."""

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.community.identity import person_by_id
from bot.outbox.reminder import Due
from bot.storage.transaction import Transaction
from bot.tickets import queries
from bot.tickets.lifecycle import clock_runs
from bot.tickets.models import Ticket
from bot.tickets.notices import tell_staff
from bot.tickets.occasions import newest_occurrence
from bot.tickets.working_time import WorkCalendar
from knowledge.model import Knowledge

_LISTS = ("worker_morning_list", "worker_due_tomorrow")


class TicketAmber:
    name = "ticket_amber"

    def __init__(self, *, knowledge: Callable[[], Knowledge], calendar: Callable[[], WorkCalendar]) -> None:
        self._knowledge = knowledge
        self._calendar = calendar

    def due(self, tx: Transaction, since: datetime, until: datetime) -> Sequence[Due]:
        return [
            Due(ticket.amber_at, f"{ticket.id}/{ticket.round}/{ticket.due_at:%Y%m%d%H%M}")
            for ticket in queries.turning_amber(tx, since, until)
            if not self._is_listed(ticket)
        ]

    def fire(self, tx: Transaction, due: Due) -> None:
        ticket_id, _, occasion = due.key.partition("/")
        ticket = queries.by_id(tx, int(ticket_id))
        if ticket is None or ticket.owner_id is None or not clock_runs(ticket.state):
            return
        owner = person_by_id(tx, ticket.owner_id)
        name = owner.staff_name if owner is not None else None
        tell_staff(tx, self._knowledge(), name, "notice.amber", ticket, now=due.at, occasion=occasion)

    def _is_listed(self, ticket: Ticket) -> bool:
        """Whether a list goes out between the amber mark and the due time."""
        rules = [rule for rule in self._knowledge().reminders if rule.kind in _LISTS]
        calendar = self._calendar()
        return any(newest_occurrence(rule, calendar, ticket.amber_at, ticket.due_at) for rule in rules)
