"""How much one visitor of an open page may ask of the bot: nobody there has an account."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from math import ceil

from starlette.exceptions import HTTPException
from starlette.requests import Request

from bot.channels.visitor import Visitor
from bot.clock import Clock

_A_MINUTE = timedelta(minutes=1)
_TEN_MINUTES = timedelta(minutes=10)
_A_DAY = timedelta(days=1)
_MOST_KEPT = 20_000  # visitors remembered; beyond it those are forgotten that have not come for long


@dataclass(frozen=True)  # no slots: its defaults are those of the settings
class Limits:
    messages_a_minute: int = 30
    photos_in_ten_minutes: int = 10
    newcomers_in_ten_minutes: int = 60


class _Refused(Exception):
    def __init__(self, wait: timedelta) -> None:
        super().__init__(wait)
        self.wait = wait


class Door:
    """Counts in this process only: that keeps off a script that floods the page, and costs no query.

    `is_emergency` says whether a text is let through whatever was said before.
    """

    def __init__(self, limits: Limits, *, is_emergency: Callable[[str], bool], clock: Clock) -> None:
        self._messages = _Allowance(limits.messages_a_minute, _A_MINUTE, clock)
        self._photos = _Allowance(limits.photos_in_ten_minutes, _TEN_MINUTES, clock)
        self._newcomers = _Allowance(limits.newcomers_in_ten_minutes, _TEN_MINUTES, clock)
        self._met = _Allowance(1, _A_DAY, clock)
        self._is_emergency = is_emergency

    def let_in(self, request: Request, visitor: Visitor, text: str | None = None) -> None:
        """A line, or a photo where there is no text. Raises 429: what was handed in is not taken, and the
        same again, after a while, will be."""
        kind = self._photos if text is None else self._messages
        try:
            self._meet(request, visitor)
            kind.take(visitor.account)
        except _Refused as refused:
            if text is None or not self._is_emergency(text):
                headers = {"Retry-After": str(ceil(refused.wait.total_seconds()))}
                raise HTTPException(429, headers=headers) from refused

    def _meet(self, request: Request, visitor: Visitor) -> None:
        """Visitors are made up at no cost, addresses are not. A whole building may share one, so it is
        newcomers that are counted; where a proxy hides all addresses behind its own, nothing is."""
        host = request.client.host if request.client is not None else ""
        if self._met.has_room(visitor.account) and not _is_this_machine(host):
            self._newcomers.take(host)
            self._met.take(visitor.account)


class _Allowance:
    """At most `most` in any span of `within`, for each key."""

    def __init__(self, most: int, within: timedelta, clock: Clock) -> None:
        self._most = most
        self._within = within
        self._clock = clock
        self._taken: dict[str, deque[datetime]] = {}  # the key used longest ago first

    def has_room(self, key: str) -> bool:
        return len(self._recent(key)) < self._most

    def take(self, key: str) -> None:
        taken = self._recent(key)
        now = self._clock.now()
        if len(taken) >= self._most:
            raise _Refused(taken[0] + self._within - now)
        taken.append(now)
        self._taken[key] = self._taken.pop(key, taken)
        if len(self._taken) > _MOST_KEPT:
            del self._taken[next(iter(self._taken))]

    def _recent(self, key: str) -> deque[datetime]:
        taken = self._taken.get(key, deque())
        while taken and taken[0] + self._within <= self._clock.now():
            taken.popleft()
        return taken


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return True  # a socket file: no address to count
