"""What is heard is dealt with side by side, but within one chat one thing after another."""

import asyncio
from collections.abc import Coroutine

_MOST = 1000  # waiting or under way; then the gateway has to wait
_LAST_WHILE = 5.0  # seconds


class Turns:
    def __init__(self) -> None:
        self._room = asyncio.Semaphore(_MOST)
        self._last: dict[str, asyncio.Task[None]] = {}

    async def add(self, chat: str, work: Coroutine[None, None, None]) -> None:
        """Returns when there is room, not when it is done."""
        await self._room.acquire()
        task = asyncio.get_running_loop().create_task(self._do(work, after=self._last.get(chat)))
        self._last[chat] = task
        task.add_done_callback(lambda done: self._forget(chat, done))

    async def finish(self) -> None:
        """Give what is under way a last while."""
        if self._last:
            await asyncio.wait(self._last.values(), timeout=_LAST_WHILE)

    async def _do(self, work: Coroutine[None, None, None], *, after: asyncio.Task[None] | None) -> None:
        if after is not None:
            await asyncio.wait((after,))
        try:
            await work
        finally:
            self._room.release()

    def _forget(self, chat: str, done: asyncio.Task[None]) -> None:
        if self._last.get(chat) is done:
            del self._last[chat]
