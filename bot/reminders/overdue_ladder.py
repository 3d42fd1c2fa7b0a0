"""超期升级: a ticket that stays late climbs to the community, and then to the subdistrict."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bot.outbox.reminder import Due
from bot.storage.transaction import Transaction
from bot.tickets import queries
from bot.tickets.desk import TicketDesk
from bot.tickets.escalation import Level, climb_at
from bot.tickets.lifecycle import is_in_hand
from bot.tickets.models import Ticket
from bot.tickets.working_time import Calendars
from knowledge.model import Knowledge

_LONGEST_HOLIDAY = timedelta(days=10)
_LATE_DAY = timedelta(days=3)  # how far apart two working days can lie, weekends counted


class OverdueLadder:
    name = "overdue_ladder"

    def __init__(
        self,
        desk: TicketDesk,
        *,
        knowledge: Callable[[], Knowledge],
        calendars: Callable[[], Calendars],
    ) -> None:
        self._desk = desk
        self._knowledge = knowledge
        self._calendars = calendars

    def due(self, tx: Transaction, since: datetime, until: datetime) -> Sequence[Due]:
        climbs = self._knowledge().coordination.climbs
        if not climbs or not self._calendars().any_opens(since, until):
            return []
        reach = _LONGEST_HOLIDAY + _LATE_DAY * max(days for _, days in climbs)
        return [
            Due(at, f"{ticket.id}/{rung}")
            for ticket in queries.falling_due(tx, since - reach, until)
            for rung, days in climbs
            if is_in_hand(ticket.state)
            and ticket.level < rung
            and since < (at := self._climbs_at(ticket, days)) <= until
        ]

    def fire(self, tx: Transaction, due: Due) -> None:
        ticket_id, rung = (int(part) for part in due.key.split("/"))
        ticket = queries.by_id(tx, ticket_id)
        days = dict(self._knowledge().coordination.climbs)[rung]
        if (
            ticket is not None
            and is_in_hand(ticket.state)
            and ticket.level < rung
            and self._climbs_at(ticket, days) == due.at  # not extended, held or done anew in the meantime
        ):
            self._desk.escalate_late(tx, ticket, Level(rung), days, due.at)

    def _climbs_at(self, ticket: Ticket, days: int) -> datetime:
        calendar = self._calendars().at(ticket.place.compound)
        return climb_at(ticket.due_at, days_late=days, calendar=calendar)
