"""What people are going to say, in the order of time."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count


@dataclass(frozen=True, slots=True)
class Line:
    """Something somebody will say: in private, or in a group."""

    at: datetime
    account: str
    name: str
    text: str
    group: str | None = None


class Diary:
    def __init__(self) -> None:
        self._entries: list[tuple[datetime, int, Line]] = []
        self._order: Iterator[int] = count()

    def plan(self, line: Line) -> None:
        heapq.heappush(self._entries, (line.at, next(self._order), line))

    def next_at(self) -> datetime | None:
        return self._entries[0][0] if self._entries else None

    def take(self) -> Line:
        return heapq.heappop(self._entries)[2]
