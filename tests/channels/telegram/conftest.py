"""A Telegram channel behind a real HTTP server, and a platform of our own on the other side."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from starlette.applications import Starlette

from bot.channels.photos import PhotoStore
from bot.channels.telegram.account import Account, Mode
from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.pacing import Limit, Limits
from bot.clock import MovableClock
from bot.messaging import Address, Answer, Button, InboundMessage, OutboundMessage
from tests.channels.wechat.conftest import serving
from tests.channels.wechat.notebook import MemoryNotebook
from tests.counterparts.telegram.people import Chat, Json, People
from tests.counterparts.telegram.platform import Platform

TOKEN = "42:AAH0123456789abcdefghijklmnopqrstuvwx"
SECRET = "neighbours-42_x"
NAME = "tg"
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
UNPACED = Limits(*[Limit(1_000_000, 1)] * 3)


@dataclass
class Bot:
    """Stands for everything behind the channel: answers nothing by itself, and keeps what it hears."""

    received: list[InboundMessage] = field(default_factory=list)
    answer: Callable[[InboundMessage], Awaitable[Answer]] | None = None

    async def receive(self, message: InboundMessage) -> Answer:
        self.received.append(message)
        return await self.answer(message) if self.answer is not None else Answer()


@dataclass
class World:
    platform: Platform
    people: People
    resident: Chat
    group: Chat
    account: Account
    channel: Telegram
    bot: Bot
    photos: Path
    clock: MovableClock
    notebook: MemoryNotebook
    url: str

    async def hear(self, update: Json | None) -> InboundMessage | None:
        """Deliver an update; what the bot heard of it."""
        before = len(self.bot.received)
        status = await self.platform.deliver(update)
        assert status in (200, 204), status
        return self.bot.received[-1] if len(self.bot.received) > before else None

    def to(self, chat: Chat, text: str, *buttons: Button, message_id: int = 1) -> OutboundMessage:
        return OutboundMessage(message_id, Address(NAME, str(chat.id), chat.is_group), text, buttons)

    def another_process(self) -> Telegram:
        return a_channel(self.account, self.notebook, self.clock, self.photos)


def a_channel(
    account: Account,
    notebook: MemoryNotebook,
    clock: MovableClock,
    photos: Path,
    *,
    pace: Limits | None = UNPACED,
) -> Telegram:
    return Telegram(account, notebook=notebook, clock=clock, photos=PhotoStore(photos), limits=pace)


@asynccontextmanager
async def a_world(
    *,
    limits: Mapping[str, tuple[int, float]] | None = None,
    pace: Limits | None = UNPACED,
    reads_groups: bool = True,
    **settings: Any,
) -> AsyncIterator[World]:
    """Everything running. `limits` are those that the platform keeps, `pace` those that the channel keeps
    (None: as in life); `settings` change the account."""
    clock = MovableClock(NOON)
    platform = Platform(TOKEN, reads_groups=reads_groups, limits=limits or {})
    people, notebook, bot = platform.people, MemoryNotebook(clock), Bot()
    with TemporaryDirectory() as folder:
        photos = Path(folder)
        async with platform.running() as api_base:
            values = {"token": TOKEN, "webhook_secret": SECRET, "api_base": api_base, **settings}
            account = Account(NAME, **values)
            channel = a_channel(account, notebook, clock, photos, pace=pace)
            async with serving(Starlette(routes=list(channel.routes(bot.receive)))) as base:
                url = f"{base}/telegram/{NAME}"
                if account.mode is Mode.WEBHOOK:
                    platform.webhook["url"], platform.secret = url, SECRET
                resident, group = people.person(501, "王阿姨"), people.group(-4001, "幸福里业主群")
                yield World(
                    platform, people, resident, group, account, channel, bot, photos, clock, notebook, url
                )
            await channel.close()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        yield world
