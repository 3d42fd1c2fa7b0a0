"""Telling the outbox what passive replies carried."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from bot.messaging import OutboundMessage

Settle = Callable[[Sequence[OutboundMessage], Sequence[OutboundMessage]], Awaitable[None]]
"""Told, a moment after replies, which messages they carried and which are left over for the outbox to send.
A message that was carried in part is left over with the rest of its text."""

_SETTLE_AFTER = 0.2  # seconds


class Settlements:
    """Settles for many replies at once, so that a reply costs no second transaction of its own."""

    def __init__(self, settle: Settle) -> None:
        self._settle = settle
        self._carried: list[OutboundMessage] = []
        self._left: list[OutboundMessage] = []
        self._writing: asyncio.Task[None] | None = None

    def add(self, carried: Sequence[OutboundMessage], left: Sequence[OutboundMessage]) -> None:
        self._carried += carried
        self._left += left
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write_soon())

    async def write(self) -> None:
        carried, left = self._carried, self._left
        self._carried, self._left = [], []
        if carried or left:
            await self._settle(carried, left)

    async def _write_soon(self) -> None:
        await asyncio.sleep(_SETTLE_AFTER)
        self._writing = None
        await self.write()
