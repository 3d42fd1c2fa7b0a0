"""放假安排定了: due times counted before a year's holidays were announced are counted anew once they are.

The change stands in the ticket's history; the residents hear the new time, the owner in the next morning's
list.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bot.outbox.reminder import Due
from bot.storage.transaction import Transaction
from bot.tickets import queries
from bot.tickets.desk import TicketDesk
from bot.tickets.lifecycle import is_open
from bot.tickets.working_time import Calendars

_A_MOMENT = timedelta(seconds=1)


class CalendarKnown:
    name = "calendar_known"

    def __init__(self, desk: TicketDesk, *, calendars: Callable[[], Calendars]) -> None:
        self._desk = desk
        self._calendars = calendars
        self._settled: Calendars | None = None  # nothing is left to count anew by these

    def due(self, tx: Transaction, since: datetime, until: datetime) -> Sequence[Due]:
        """At once, whenever it has become known. Asked of the store only when the calendar is another."""
        calendars = self._calendars()
        if calendars is self._settled:
            return []
        known = [ticket for ticket in queries.provisional(tx) if not self._desk.clocks.is_provisional(ticket)]
        if not known:
            self._settled = calendars
        return [Due(min(since + _A_MOMENT, until), str(ticket.id)) for ticket in known]

    def fire(self, tx: Transaction, due: Due) -> None:
        ticket = queries.by_id(tx, int(due.key))
        if ticket is not None and ticket.provisional and is_open(ticket.state):
            self._desk.recount(tx, ticket, due.at)
