"""Waking those who wait for something to come into a chat."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Bells:
    """One bell for each listener, by chat. Used on the event loop only."""

    def __init__(self) -> None:
        self._by_chat: dict[str, set[asyncio.Event]] = {}
        self._listeners = 0

    @property
    def listeners(self) -> int:
        return self._listeners

    def listeners_of(self, chat: str) -> int:
        return len(self._by_chat.get(chat, ()))

    @contextmanager
    def listening(self, chat: str) -> Iterator[asyncio.Event]:
        bell = asyncio.Event()
        self._by_chat.setdefault(chat, set()).add(bell)
        self._listeners += 1
        try:
            yield bell
        finally:
            self._listeners -= 1
            self._by_chat[chat].discard(bell)
            if not self._by_chat[chat]:
                del self._by_chat[chat]

    def ring(self, chat: str) -> None:
        for bell in self._by_chat.get(chat, ()):
            bell.set()

    def ring_all(self) -> None:
        for chat in self._by_chat:
            self.ring(chat)


async def wait(bell: asyncio.Event, patience: float) -> bool:
    """Whether the bell rang within `patience` seconds; it is silent again afterwards."""
    try:
        async with asyncio.timeout(patience):
            await bell.wait()
    except TimeoutError:
        return False
    bell.clear()
    return True
