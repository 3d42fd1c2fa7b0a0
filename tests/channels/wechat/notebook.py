"""The channel's notebook in memory. The store's own is tested by the store's tests."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bot.clock import Clock
from bot.messaging import StoreAway
from bot.notebook import Entry


class MemoryNotebook:
    """`is_away`: it does not answer."""

    def __init__(self, clock: Clock) -> None:
        self.is_away = False
        self._clock = clock
        self._entries: dict[str, Entry] = {}

    async def get(self, key: str) -> Entry | None:
        self._be_there()
        entry = self._entries.get(key)
        return entry if entry is not None and self._clock.now() < entry.until else None

    async def put(self, entries: Mapping[str, Entry]) -> None:
        self._be_there()
        self._entries.update(entries)

    async def put_if_absent(self, key: str, entry: Entry) -> Entry:
        standing = await self.get(key)
        if standing is None:
            self._entries[key] = entry
        return standing or entry

    async def add(self, key: str, amount: int, *, until: datetime) -> int | None:
        standing = await self.get(key)
        total = amount + (int(standing.value) if standing else 0)
        if total < 0:
            return None
        self._entries[key] = replace(standing, value=str(total)) if standing else Entry(str(total), until)
        return total

    def _be_there(self) -> None:
        if self.is_away:
            raise StoreAway
