"""What a button sends back when it is pressed: what it says, or where that is noted if it is too long."""

import hashlib
import re
from collections.abc import Sequence
from datetime import timedelta

from bot.channels.telegram.inbound import Press
from bot.channels.telegram.reply import LONGEST_DATA
from bot.clock import Clock
from bot.messaging import Button
from bot.notebook import Entry, Notebook

_KEPT = timedelta(days=180)  # buttons stay in a chat for ever; who presses one later says what stands on it
_REFERENCE = re.compile(r"#[0-9a-f]{40}")


class Buttons:
    def __init__(self, notebook: Notebook, clock: Clock) -> None:
        self._notebook = notebook
        self._clock = clock

    async def rows(self, buttons: Sequence[Button]) -> list[tuple[str, str]]:
        """Label and data of each button."""
        noted = {_reference(button.says): button.says for button in buttons if not _fits(button.says)}
        if noted:
            until = self._clock.now() + _KEPT
            await self._notebook.put({_key(data): Entry(says, until) for data, says in noted.items()})
        return [
            (button.label, button.says if _fits(button.says) else _reference(button.says))
            for button in buttons
        ]

    async def says(self, press: Press) -> str:
        if not _REFERENCE.fullmatch(press.data):
            return press.data
        entry = await self._notebook.get(_key(press.data))
        return entry.value if entry is not None else press.label


def _fits(says: str) -> bool:
    return len(says.encode()) <= LONGEST_DATA and not _REFERENCE.fullmatch(says)


def _reference(says: str) -> str:
    return f"#{hashlib.sha256(says.encode()).hexdigest()[:40]}"


def _key(data: str) -> str:
    return f"button/{data[1:]}"
