"""Messages that a platform takes only in several parts."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from bot.clock import Clock
from bot.notebook import Entry, Notebook

_KEPT = timedelta(hours=48)

Part = TypeVar("Part")


class Progress:
    """Remembers how much of a message went out: tried again, it goes on where it broke off."""

    def __init__(self, notebook: Notebook, clock: Clock) -> None:
        self._notebook = notebook
        self._clock = clock

    async def send(
        self, message_id: int, parts: Sequence[Part], send_part: Callable[[Part, int], Awaitable[None]]
    ) -> None:
        """`send_part` gets each part and its number, from 1."""
        if len(parts) == 1:
            await send_part(parts[0], 1)
            return
        key = f"parts/{message_id}"
        entry = await self._notebook.get(key)
        done = int(entry.value) if entry else 0
        for number, part in enumerate(parts[done:], done + 1):
            await send_part(part, number)
            await self._notebook.put({key: Entry(str(number), self._clock.now() + _KEPT)})
