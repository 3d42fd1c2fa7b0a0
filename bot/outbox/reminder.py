"""What the clock brings about: the contract of everything that happens because time has passed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.storage.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Due:
    """One occurrence: when it falls due (aware), and the key that tells it from every other."""

    at: datetime
    key: str


class Reminder(Protocol):
    """One rule of the clock. It keeps no state: the store says what is due and what was done."""

    @property
    def name(self) -> str: ...

    def due(self, tx: Transaction, since: datetime, until: datetime) -> Sequence[Due]:
        """What falls due in (since, until]. Of a list that is sent daily or weekly, only the newest:
        yesterday's list is of no use today."""
        ...

    def fire(self, tx: Transaction, due: Due) -> None:
        """Do it. Doing it twice must be the same as doing it once."""
        ...
