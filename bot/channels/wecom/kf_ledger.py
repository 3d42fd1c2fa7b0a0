"""What 微信客服 still lets us say to whom, and through which account: kept by us, shared by all processes."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta

from bot.channels.wecom.kf_inbound import Happening, Item
from bot.clock import Clock
from bot.notebook import Entry, Notebook

MESSAGES = 5
"""How many may follow what a customer says, within `LASTS`."""

LASTS = timedelta(hours=48)

_WELCOME_LASTS = timedelta(seconds=20)
_SCENE_LASTS = timedelta(minutes=10)
_KEPT = timedelta(days=30)

_CUSTOMERS_DOING = frozenset({Happening.SAID, Happening.ENTERED})


class Ledger:
    def __init__(self, notebook: Notebook, clock: Clock) -> None:
        self._notebook = notebook
        self._clock = clock

    async def note(self, items: Iterable[Item]) -> None:
        """What customers did, in its order. Read again, it changes nothing."""
        done = [item for item in items if item.happening in _CUSTOMERS_DOING]
        latest = {item.person: item for item in done}
        are_news = await asyncio.gather(*(self._is_news(item) for item in latest.values()))
        with_news = {person for person, is_news in zip(latest, are_news, strict=True) if is_news}
        entries: dict[str, Entry] = {}
        for item in done:
            if item.person in with_news:
                entries |= _entries(item)
        if entries:
            await self._notebook.put(entries)

    async def account(self, person: str) -> str | None:
        """The account that the customer last spoke with."""
        return await self._value(f"account/{person}")

    async def scene(self, person: str) -> str | None:
        """What the link said that the customer came by, a moment ago."""
        return await self._value(f"scene/{person}")

    async def is_open(self, person: str) -> bool:
        """Whether the customer spoke within the last 48 hours, as far as we know."""
        return await self._value(f"room/{person}") is not None

    async def take(self, person: str) -> bool:
        """Room for one message; False where none is left."""
        return await self._add(person, -1) is not None

    async def give_back(self, person: str) -> None:
        await self._add(person, 1)

    async def close(self, person: str) -> None:
        """Nothing more may be said until the customer speaks again."""
        await self._notebook.put({f"room/{person}": Entry("0", self._clock.now() + LASTS)})

    async def welcome_code(self, person: str) -> str | None:
        return await self._value(f"welcome/{person}")

    async def use_up_welcome(self, person: str, code: str) -> None:
        await self._notebook.put({f"welcome/{person}": Entry(code, self._clock.now())})

    async def _is_news(self, item: Item) -> bool:
        standing = await self._notebook.get(f"last/{item.person}")
        noted = _last(item)
        return standing is None or (standing.until <= noted.until and standing.value != noted.value)

    async def _add(self, person: str, amount: int) -> int | None:
        return await self._notebook.add(f"room/{person}", amount, until=self._clock.now())

    async def _value(self, key: str) -> str | None:
        entry = await self._notebook.get(key)
        return entry.value if entry is not None else None


def _entries(item: Item) -> dict[str, Entry]:
    entries = {
        f"last/{item.person}": _last(item),
        f"account/{item.person}": Entry(item.account, item.at + _KEPT),
    }
    if item.happening is Happening.SAID:
        entries[f"room/{item.person}"] = Entry(str(MESSAGES), item.at + LASTS)
    if item.welcome_code:
        entries[f"welcome/{item.person}"] = Entry(item.welcome_code, item.at + _WELCOME_LASTS)
    if item.scene:
        entries[f"scene/{item.person}"] = Entry(item.scene, item.at + _SCENE_LASTS)
    return entries


def _last(item: Item) -> Entry:
    return Entry(item.message.id if item.message is not None else "", item.at + _KEPT)
