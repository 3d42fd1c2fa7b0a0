"""法律咨询提醒: one hour before, to the resident and to the lawyer."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bot.offers import bookings
from bot.offers.models import BookingState
from bot.offers.notices import remind_of_booking, tell_lawyer
from bot.outbox.reminder import Due
from bot.storage.transaction import Transaction
from knowledge.model import Knowledge

AHEAD = timedelta(hours=1)


class BookingReminder:
    name = "booking_reminder"

    def __init__(self, *, knowledge: Callable[[], Knowledge]) -> None:
        self._knowledge = knowledge

    def due(self, tx: Transaction, since: datetime, until: datetime) -> Sequence[Due]:
        """A reminder that is late is still sent, but not of what has begun."""
        return [
            Due(booking.start_at - AHEAD, str(booking.id))
            for booking in bookings.starting_between(tx, max(since + AHEAD, until), until + AHEAD)
        ]

    def fire(self, tx: Transaction, due: Due) -> None:
        booking = bookings.by_id(tx, int(due.key))
        if booking is None or booking.state is not BookingState.BOOKED:
            return
        knowledge = self._knowledge()
        remind_of_booking(tx, knowledge, booking, now=due.at)
        tell_lawyer(tx, knowledge, "legal.lawyer_reminder", booking, now=due.at)
