"""Not more messages than the platform takes: overall, in one chat, and in one group."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from bot.messaging import NotYet

_MARGIN: Final = 1.005  # an event loop's clock may be some thousandths of a second off
_PATIENCE: Final = 5.0  # seconds; a message that has to wait longer goes back to the outbox
_MANY_LANES: Final = 1000


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` messages in any span of that many seconds."""

    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Limits:
    """What the platform allows one bot."""

    overall: Limit = Limit(30, 1)
    chat: Limit = Limit(1, 1)
    group: Limit = Limit(20, 60)


class Pacer:
    """Holds for one process; several that share a bot are told by the platform when it is too much."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._overall = _Window(self._limits.overall)
        self._lanes: dict[str, _Lane] = {}

    @asynccontextmanager
    async def turn(self, chat: str, *, is_group: bool) -> AsyncIterator[None]:
        """Within it, one message may be sent to this chat. Raises NotYet where that would take long."""
        lane = self._lane(chat, is_group=is_group)
        if (wait := lane.wait()) > _PATIENCE:
            raise NotYet("enough was said in this chat for now", retry_after=wait)
        taken: list[_Window] = []
        try:
            try:
                async with asyncio.timeout(_PATIENCE):
                    await asyncio.sleep(max(0.0, lane.held()))
                    for window in (*lane.windows, self._overall):
                        await window.take()
                        taken.append(window)
            except TimeoutError as error:
                while taken:
                    taken.pop().leave()
                wait = max(lane.wait(), self._overall.wait())
                raise NotYet("too much is to be said at once", retry_after=wait) from error
            yield
        finally:
            for window in taken:
                window.give_back()

    def hold(self, chat: str, *, seconds: float, is_group: bool) -> None:
        """The platform wants to hear nothing in this chat for so long."""
        self._lane(chat, is_group=is_group).hold(seconds)

    def _lane(self, chat: str, *, is_group: bool) -> "_Lane":
        if chat not in self._lanes:
            if len(self._lanes) >= _MANY_LANES:
                self._lanes = {name: lane for name, lane in self._lanes.items() if not lane.is_idle()}
            limits = (self._limits.chat, self._limits.group) if is_group else (self._limits.chat,)
            self._lanes[chat] = _Lane(*limits)
        return self._lanes[chat]


class _Window:
    """As many places as messages are allowed. A place is free again one span after its message was answered:
    then, however long either was on its way, the platform sees them a span apart."""

    def __init__(self, limit: Limit) -> None:
        self._places = asyncio.Semaphore(limit.count)
        self._span = limit.seconds * _MARGIN
        self._free_at: deque[float] = deque()
        self._busy = 0

    async def take(self) -> None:
        self._busy += 1
        try:
            await self._places.acquire()
        except asyncio.CancelledError:
            self._busy -= 1
            raise

    def leave(self) -> None:
        """Nothing was sent after all."""
        self._busy -= 1
        self._places.release()

    def give_back(self) -> None:
        loop = asyncio.get_running_loop()
        at = loop.time() + self._span
        self._free_at.append(at)
        loop.call_at(at, self._free)

    def wait(self) -> float:
        """Seconds until there is a place, as far as that is known."""
        if not self._places.locked() or not self._free_at:
            return 0.0
        return self._free_at[0] - asyncio.get_running_loop().time()

    def is_idle(self) -> bool:
        return self._busy == 0

    def _free(self) -> None:
        self._busy -= 1
        self._free_at.popleft()
        self._places.release()


class _Lane:
    """One chat. Times are the event loop's, in seconds."""

    def __init__(self, *limits: Limit) -> None:
        self.windows = [_Window(limit) for limit in limits]
        self._held_until = 0.0

    def wait(self) -> float:
        return max(self.held(), *(window.wait() for window in self.windows))

    def held(self) -> float:
        return self._held_until - asyncio.get_running_loop().time()

    def hold(self, seconds: float) -> None:
        self._held_until = asyncio.get_running_loop().time() + seconds

    def is_idle(self) -> bool:
        """Whether nothing would change if it were made anew."""
        return self.held() <= 0 and all(window.is_idle() for window in self.windows)
