"""What a channel has to remember across processes and restarts; the store implements it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Entry:
    """A short text that is forgotten after `until`."""

    value: str
    until: datetime


class Notebook(Protocol):
    """Small entries under the channel's own keys, shared by all processes. A forgotten entry is absent.

    Raises StoreAway (bot.messaging) where the store does not answer.
    """

    async def get(self, key: str) -> Entry | None: ...

    async def put(self, entries: Mapping[str, Entry]) -> None: ...

    async def put_if_absent(self, key: str, entry: Entry) -> Entry:
        """The entry that stands: the given one, or the one that was there first."""
        ...

    async def add(self, key: str, amount: int, *, until: datetime) -> int | None:
        """Add to the number under `key`, in one step, and return the sum; an absent one counts as 0 and is
        kept `until`. None, and nothing is changed, where the sum would be negative."""
        ...
