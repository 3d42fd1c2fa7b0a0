"""活动提醒: the afternoon before, to everybody who has a place."""

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.clock import from_local
from bot.offers import signups
from bot.offers.activities import reminded_at
from bot.offers.notices import tell_signed_up
from bot.outbox.reminder import Due
from bot.storage.transaction import Transaction
from knowledge.model import Knowledge


class ActivityReminder:
    name = "activity_reminder"

    def __init__(self, *, knowledge: Callable[[], Knowledge]) -> None:
        self._knowledge = knowledge

    def due(self, tx: Transaction, since: datetime, until: datetime) -> Sequence[Due]:
        """A reminder that is late is still sent, but not of what has begun."""
        return [
            Due(at, activity.id)
            for activity in self._knowledge().activities.values()
            if since < (at := reminded_at(activity)) <= until < from_local(activity.starts_at)
        ]

    def fire(self, tx: Transaction, due: Due) -> None:
        knowledge = self._knowledge()
        activity = knowledge.activities.get(due.key)
        if activity is None:
            return
        seated = signups.seated(tx, activity)
        tell_signed_up(tx, knowledge, "volunteering.reminder", activity, seated, now=due.at)
