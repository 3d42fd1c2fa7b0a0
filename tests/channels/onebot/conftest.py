"""A OneBot channel behind a real server, and a gateway of our own that connects to it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from starlette.applications import Starlette

from bot.channels.onebot.channel import Account, OneBot
from bot.channels.photos import PhotoStore
from bot.clock import MovableClock
from bot.messaging import Address, Answer, Button, InboundMessage, OutboundMessage
from tests.channels.wechat.conftest import serving
from tests.channels.wechat.notebook import MemoryNotebook
from tests.counterparts.onebot import Gateway

TOKEN = "neighbours-0123456789"
NAME = "gateway"
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@dataclass
class Bot:
    """Stands for everything behind the channel: keeps what it hears."""

    received: list[InboundMessage] = field(default_factory=list)
    answer: Callable[[InboundMessage], Awaitable[Answer]] | None = None

    async def receive(self, message: InboundMessage) -> Answer:
        self.received.append(message)
        return await self.answer(message) if self.answer is not None else Answer()


@dataclass
class World:
    channel: OneBot
    gateway: Gateway  # not connected yet
    bot: Bot
    photos: Path
    clock: MovableClock
    url: str

    async def heard(self, count: int = 1) -> list[InboundMessage]:
        await until(lambda: len(self.bot.received) >= count)
        return self.bot.received


def to(chat: str, text: str, *buttons: Button, is_group: bool = False, number: int = 1) -> OutboundMessage:
    return OutboundMessage(number, Address(NAME, chat, is_group), text, buttons)


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - whatever is waited for rings no bell
            await asyncio.sleep(0.005)


@asynccontextmanager
async def a_world(**settings: Any) -> AsyncIterator[World]:
    """The bot's side running; `settings` change the account."""
    clock, bot = MovableClock(NOON), Bot()
    with TemporaryDirectory() as folder:
        account = Account(NAME, TOKEN, **settings)
        photos = PhotoStore(Path(folder))
        channel = OneBot(account, notebook=MemoryNotebook(clock), clock=clock, photos=photos)
        async with serving(Starlette(routes=list(channel.routes(bot.receive)))) as base:
            url = f"ws{base.removeprefix('http')}/onebot/{NAME}"
            yield World(channel, Gateway(url, TOKEN), bot, Path(folder), clock, url)
            await channel.close()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        yield world


@pytest.fixture
async def joined(world: World) -> AsyncIterator[World]:
    """With the gateway connected."""
    async with world.gateway.connected():
        await until(lambda: world.channel._myself)
        yield world
