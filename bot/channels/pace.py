"""Keeping to a platform's rate, together with all other processes."""

import itertools
from datetime import datetime, timedelta
from uuid import uuid4

from bot.clock import Clock
from bot.messaging import NotYet
from bot.notebook import Entry, Notebook


class Pace:
    """At most `times` in any span of `within`: that many slots, each free again after the span."""

    def __init__(self, times: int, within: timedelta, *, notebook: Notebook, clock: Clock) -> None:
        self._times = times
        self._within = within
        self._notebook = notebook
        self._clock = clock
        self._me = uuid4().hex
        self._turns = itertools.count()
        self._next: dict[str, int] = {}  # the slot that this process took longest ago
        self._full_until: dict[str, datetime] = {}

    async def take(self, key: str) -> None:
        """Take one turn of `key`'s. Raises NotYet where none is left, with the time until one is."""
        now = self._clock.now()
        if (full_until := self._full_until.get(key, now)) > now:
            raise _not_yet(full_until - now)
        soonest = now + self._within
        for step in range(self._times):
            slot = (self._next.get(key, 0) + step) % self._times
            mine = Entry(f"{self._me}/{next(self._turns)}", now + self._within)
            standing = await self._notebook.put_if_absent(f"pace/{key}/{slot}", mine)
            if standing == mine:
                self._next[key] = (slot + 1) % self._times
                return
            soonest = min(soonest, standing.until)
        self._full_until[key] = soonest
        raise _not_yet(soonest - now)


def _not_yet(wait: timedelta) -> NotYet:
    return NotYet("the platform takes no more for now", retry_after=wait.total_seconds())
