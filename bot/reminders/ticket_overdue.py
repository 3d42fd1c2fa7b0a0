"""超期: the owner is reminded at once, the community secretary hears of it on the first late morning."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bot.community.identity import person_by_id
from bot.community.models import Person
from bot.outbox.reminder import Due
from bot.storage.transaction import Transaction
from bot.tickets import queries
from bot.tickets.desk import TicketDesk
from bot.tickets.escalation import SAME_DAY, Notice, Recipient, lateness_notices
from bot.tickets.lifecycle import clock_runs
from bot.tickets.models import Ticket
from bot.tickets.notices import tell_staff
from bot.tickets.working_time import Calendars
from knowledge.model import Knowledge

_LATEST_STEP = timedelta(days=10)
"""How long after the due time the last step may come: a first late morning after a long holiday."""


class TicketOverdue:
    name = "ticket_overdue"

    def __init__(
        self, desk: TicketDesk, *, knowledge: Callable[[], Knowledge], calendars: Callable[[], Calendars]
    ) -> None:
        self._desk = desk
        self._knowledge = knowledge
        self._calendars = calendars

    def due(self, tx: Transaction, since: datetime, until: datetime) -> Sequence[Due]:
        """Everything late is looked through only when an office opens: the other steps come soon or never."""
        step = _LATEST_STEP if self._calendars().any_opens(since, until) else SAME_DAY
        return [
            Due(notice.at, f"{ticket.id}/{ticket.round}/{ticket.due_at:%Y%m%d%H%M}/{notice.step}/{notice.to}")
            for ticket in queries.falling_due(tx, since - step, until)
            for notice in self._notices(ticket)
            if since < notice.at <= until
        ]

    def fire(self, tx: Transaction, due: Due) -> None:
        ticket_id, _, occasion = due.key.partition("/")
        ticket = queries.by_id(tx, int(ticket_id))
        if ticket is None or not clock_runs(ticket.state):
            return
        knowledge = self._knowledge()
        for notice in self._notices(ticket):
            if occasion.endswith(f"{notice.step}/{notice.to}"):
                owner = person_by_id(tx, ticket.owner_id) if ticket.owner_id is not None else None
                is_unowned = owner is None and notice.to is Recipient.ASSIGNEE
                name = self._recipient(tx, notice, owner, due.at)
                key = "notice.overdue_unowned" if is_unowned else f"notice.overdue_{notice.to}"
                nobody = knowledge.replies["notice.nobody"]
                tell_staff(
                    tx, knowledge, name, key, ticket,
                    now=due.at, occasion=occasion, owner=(owner.name if owner else None) or nobody,
                )  # fmt: skip

    def _notices(self, ticket: Ticket) -> tuple[Notice, ...]:
        calendar = self._calendars().at(ticket.place.compound)
        return lateness_notices(due_at=ticket.due_at, urgency=ticket.urgency, calendar=calendar)

    def _recipient(self, tx: Transaction, notice: Notice, owner: Person | None, now: datetime) -> str | None:
        """Where nobody owns it, the dispatcher stands in for the owner."""
        if notice.to is Recipient.ASSIGNEE and owner is not None:
            return owner.staff_name
        if notice.to is not Recipient.SECRETARY:
            return self._desk.duty.dispatcher(tx, now)
        return self._desk.duty.presence(tx, now).secretary()
