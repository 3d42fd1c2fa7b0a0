"""How many 客服消息 somebody may still be sent, kept by us because the platform only tells by refusing.

What a person does replaces the room there was; it does not add up. The platform stays the judge: where
nothing is known of somebody, a message may be tried.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.channels.wechat.inbound import Trigger
from bot.clock import Clock
from bot.messaging import StoreAway
from bot.notebook import Entry, Notebook


@dataclass(frozen=True, slots=True)
class Allowance:
    messages: int
    lasts: timedelta


AFTER_A_MESSAGE = Allowance(5, timedelta(hours=48))
AFTER_AN_ACT = Allowance(3, timedelta(minutes=1))  # following, scanning, pressing a menu item

_WRITE_AFTER = 1.0  # seconds
_ACTS_KEPT = 10_000


@dataclass(slots=True)
class _Brief:
    left: int
    until: datetime


class QuotaLedger:
    """Openings are written together, a second late, so that a callback costs no write of its own."""

    def __init__(self, notebook: Notebook, clock: Clock) -> None:
        self._notebook = notebook
        self._clock = clock
        self._unwritten: dict[str, Entry] = {}
        self._writing: asyncio.Task[None] | None = None
        # Only the process that was called answers the act, within a minute: nobody else needs to know.
        self._brief: dict[str, _Brief] = {}

    def open(self, openid: str, trigger: Trigger) -> None:
        now = self._clock.now()
        if trigger is Trigger.MESSAGE:
            self._note(openid, AFTER_A_MESSAGE.messages)
            return
        if len(self._brief) >= _ACTS_KEPT:
            self._brief = {person: brief for person, brief in self._brief.items() if brief.until > now}
        self._brief[openid] = _Brief(AFTER_AN_ACT.messages, now + AFTER_AN_ACT.lasts)

    def close(self, openid: str) -> None:
        """Nothing more may be sent until the person acts again."""
        self._brief.pop(openid, None)
        self._note(openid, 0)

    async def take(self, openid: str) -> bool:
        """Use up one message. False where we know that the platform would refuse it."""
        brief = self._brief.get(openid)
        if brief is not None and brief.left and brief.until > self._clock.now():
            brief.left -= 1
            return True
        await self._write_first(openid)
        until = self._clock.now() + AFTER_A_MESSAGE.lasts
        if await self._notebook.add(_key(openid), -1, until=until) is not None:
            return True
        return await self._notebook.get(_key(openid)) is None

    async def give_back(self, openid: str) -> None:
        """A message that was taken was not sent after all."""
        if await self._notebook.get(_key(openid)) is not None:
            await self._notebook.add(_key(openid), 1, until=self._clock.now() + AFTER_A_MESSAGE.lasts)

    async def left(self, openid: str) -> int:
        """How many messages may be sent now, as far as we know."""
        await self._write_first(openid)
        entry = await self._notebook.get(_key(openid))
        brief = self._brief.get(openid)
        still = brief.left if brief is not None and brief.until > self._clock.now() else 0
        return still + (int(entry.value) if entry else 0)

    async def write(self) -> None:
        """Write what is noted; also called when the process ends. Raises StoreAway, and keeps it."""
        entries, self._unwritten = self._unwritten, {}
        if not entries:
            return
        try:
            await self._notebook.put(entries)
        except StoreAway:
            self._unwritten = entries | self._unwritten
            raise

    def _note(self, openid: str, messages: int) -> None:
        self._unwritten[_key(openid)] = Entry(str(messages), self._clock.now() + AFTER_A_MESSAGE.lasts)
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write_soon())

    async def _write_first(self, openid: str) -> None:
        if _key(openid) in self._unwritten:
            await self.write()

    async def _write_soon(self) -> None:
        await asyncio.sleep(_WRITE_AFTER)
        self._writing = None
        try:
            await self.write()
        except StoreAway:
            self._writing = asyncio.get_running_loop().create_task(self._write_soon())


def _key(openid: str) -> str:
    return f"quota/{openid}"
