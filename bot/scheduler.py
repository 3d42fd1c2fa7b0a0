"""The clock's edge: each tick asks every reminder what has fallen due since the last one.

A tick is safe to run twice and by several processes, and one that was missed is made good by the next:
what was done is in the store, never in a timer.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Column, Table, bindparam, select

from bot.outbox.reminder import Due, Reminder
from bot.storage.base import Moment, metadata, tenant_column
from bot.storage.database import is_away
from bot.storage.transaction import Transaction

log = logging.getLogger(__name__)

ticks = Table("ticks", metadata, tenant_column(), Column("ticked_until", Moment, nullable=False))

_LAST = select(ticks.c.ticked_until).where(ticks.c.tenant == bindparam("of_tenant"))
_LONGEST_GAP = timedelta(days=14)
"""What fell due longer ago than this is history: a store from last year must not ring anybody."""
_A_DAY = timedelta(days=1)


class Scheduler:
    def __init__(self, reminders: Sequence[Reminder]) -> None:
        self._reminders = reminders

    def tick(self, tx: Transaction, now: datetime) -> int:
        """Do all that fell due since the last tick, in order; how many occurrences that were."""
        since = self._since(tx, now)
        if since is None:
            self._mark(tx, now)
            return 0
        if now <= since:
            return 0
        fallen_due = self._collect(tx, since, now)
        for reminder, due in fallen_due:
            self._fire(tx, reminder, due)
        self._mark(tx, now)
        return len(fallen_due)

    def next_moment(self, tx: Transaction, until: datetime) -> datetime | None:
        """When the next occurrence falls due, if that is not after `until`.

        Looks a day ahead at a time: of a daily list only the newest in a span is told.
        """
        since = self.last_tick(tx)
        while since is not None and since < until:
            ahead = min(since + _A_DAY, until)
            if fallen_due := self._collect(tx, since, ahead):
                return fallen_due[0][1].at
            since = ahead
        return None

    def last_tick(self, tx: Transaction) -> datetime | None:
        last: datetime | None = tx.fetch_value(_LAST)
        return last

    def _fire(self, tx: Transaction, reminder: Reminder, due: Due) -> None:
        try:
            with tx.apart():
                reminder.fire(tx, due)
        except Exception as failure:
            if is_away(failure):
                raise
            # Tried again it would fail again, and stop every other reminder.
            log.exception("reminder failed", extra={"reminder": reminder.name, "occasion": due.key})

    def _since(self, tx: Transaction, now: datetime) -> datetime | None:
        last = self.last_tick(tx)
        return None if last is None else max(last, now - _LONGEST_GAP)

    def _mark(self, tx: Transaction, now: datetime) -> None:
        tx.put(ticks, ticked_until=now)

    def _collect(self, tx: Transaction, since: datetime, until: datetime) -> list[tuple[Reminder, Due]]:
        fallen_due = [
            (reminder, due) for reminder in self._reminders for due in reminder.due(tx, since, until)
        ]
        return sorted(fallen_due, key=lambda pair: (pair[1].at, pair[1].key))
