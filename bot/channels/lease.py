"""Who of several processes does a thing that only one may do."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from bot.clock import Clock
from bot.messaging import StoreAway
from bot.notebook import Entry, Notebook

SPAN = timedelta(seconds=15)
_KEYS = 8  # as many spans as are ever remembered


class Lease:
    """Time is cut into spans. Who holds one may take the next before anybody else can, so the holder changes
    only where it stops asking, and nobody's time overlaps another's."""

    def __init__(self, name: str, *, notebook: Notebook, clock: Clock, span: timedelta = SPAN) -> None:
        self.renew_every = span.total_seconds() / 3  # seconds
        self._name = name
        self._span = span
        self._notebook = notebook
        self._clock = clock
        self._me = uuid4().hex

    async def hold(self) -> bool:
        """Whether it is this process's turn, for as long as this is asked every `renew_every` seconds. Where
        the store cannot tell, it is nobody's."""
        span = self._span_of(self._clock.now())
        try:
            if not await self._take(span):
                return False
            await self._take(span + 1)
        except StoreAway:
            return False
        return True

    async def lost(self) -> None:
        """Ask again and again; returns once it is no longer this process's turn."""
        is_ours = True
        while is_ours:
            await asyncio.sleep(self.renew_every)
            is_ours = await self.hold()

    async def do_while_held(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """For ever: do `work` while it is this process's turn, from its beginning each time. It is cancelled
        when the turn is lost. Raises what it raises."""
        try:
            while True:
                if await self.hold():
                    await until_one_ends(work(), self.lost())
                await asyncio.sleep(self.renew_every)
        finally:
            await self._give_up()

    async def _give_up(self) -> None:
        """A process that ends lets the next one begin at once."""
        now = self._clock.now()
        span = self._span_of(now)
        with suppress(StoreAway):
            for key in (self._key(span), self._key(span + 1)):
                standing = await self._notebook.get(key)
                if standing is not None and standing.value == self._me:
                    await self._notebook.put({key: Entry(self._me, now)})

    async def _take(self, span: int) -> bool:
        until = datetime.fromtimestamp((span + 1) * self._span.total_seconds(), UTC)
        standing = await self._notebook.put_if_absent(self._key(span), Entry(self._me, until))
        return standing == Entry(self._me, until)

    def _span_of(self, moment: datetime) -> int:
        return int(moment.timestamp() // self._span.total_seconds())

    def _key(self, span: int) -> str:
        return f"lease/{self._name}/{span % _KEYS}"


async def until_one_ends(*works: Coroutine[None, None, None]) -> None:
    """Do them side by side; the first that ends, ends all. Raises what it raises."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
