"""A 服务号 channel behind a real HTTP server, and a platform of our own on the other side."""

import base64
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import uvicorn
from starlette.applications import Starlette

from bot.channels.photos import PhotoStore
from bot.channels.wechat.account import Account
from bot.channels.wechat.channel import OfficialAccount
from bot.clock import MovableClock
from bot.messaging import Address, Answer, InboundMessage, OutboundMessage
from tests.channels.wechat.notebook import MemoryNotebook
from tests.counterparts.wechat.caller import Account as CallerAccount
from tests.counterparts.wechat.caller import Caller
from tests.counterparts.wechat.platform import Platform

APP_ID = "wx0123456789abcdef"
SECRET = "s" * 32
TOKEN = "neighbours"
AES_KEY = base64.b64encode(bytes(range(32))).decode().rstrip("=")

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass
class Bot:
    """Stands for everything behind the channel: echoes, unless told to do something else."""

    received: list[InboundMessage] = field(default_factory=list)
    carried: list[OutboundMessage] = field(default_factory=list)
    left: list[OutboundMessage] = field(default_factory=list)
    answer: Callable[[InboundMessage], Awaitable[Answer]] | None = None

    async def receive(self, message: InboundMessage) -> Answer:
        self.received.append(message)
        if self.answer is not None:
            return await self.answer(message)
        return says(message, f"收到：{message.text}")

    async def settle(self, carried: Sequence[OutboundMessage], left: Sequence[OutboundMessage]) -> None:
        self.carried += carried
        self.left += left


def says(message: InboundMessage, *texts: str) -> Answer:
    address = Address(message.channel, message.chat)
    return Answer(tuple(OutboundMessage(number, address, text) for number, text in enumerate(texts, 1)))


def to(openid: str, text: str, *, message_id: int = 1) -> OutboundMessage:
    return OutboundMessage(message_id, Address("wechat", openid), text)


@dataclass
class World:
    platform: Platform
    channel: OfficialAccount
    bot: Bot
    clock: MovableClock
    notebook: MemoryNotebook
    caller: Caller  # encrypted
    plain: Caller
    url: str
    api_base: str
    session: aiohttp.ClientSession


@asynccontextmanager
async def serving(application: Starlette) -> AsyncIterator[str]:
    """The application on a free port of this machine."""
    config = uvicorn.Config(application, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config.load()
        server.lifespan = config.lifespan_class(config)
        await server.startup(sockets=[listener])
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            await server.shutdown(sockets=[listener])


@asynccontextmanager
async def a_world(photos: Path | None = None, **settings: Any) -> AsyncIterator[World]:
    """Everything running; `settings` change the account, pictures are kept in `photos`."""
    clock = MovableClock(NOON)
    platform = Platform(app_id=APP_ID, secret=SECRET, clock=clock)
    notebook = MemoryNotebook(clock)
    bot = Bot()
    # A new connection for each callback: a server that failed closes its own.
    connector = aiohttp.TCPConnector(force_close=True)
    async with platform.running() as api_base, aiohttp.ClientSession(connector=connector) as session:
        account = Account("wechat", APP_ID, TOKEN, SECRET, AES_KEY, api_base, **settings)
        channel = OfficialAccount(
            account,
            notebook=notebook,
            clock=clock,
            settle=bot.settle,
            photos=PhotoStore(photos) if photos else None,
        )
        async with serving(Starlette(routes=list(channel.routes(bot.receive)))) as base:
            url = f"{base}/wechat"
            caller = Caller(url, CallerAccount(APP_ID, TOKEN, AES_KEY), platform, session, encrypted=True)
            plain = Caller(url, CallerAccount(APP_ID, TOKEN, AES_KEY), platform, session, encrypted=False)
            yield World(platform, channel, bot, clock, notebook, caller, plain, url, api_base, session)
        await channel.close()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        yield world


def with_buttons(message: OutboundMessage, *labels: str) -> OutboundMessage:
    from bot.messaging import Button

    return replace(message, buttons=tuple(Button(label, label) for label in labels))
