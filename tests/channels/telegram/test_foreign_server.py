"""Our Telegram channel against a mock of the Bot API that is not ours: telemelya, from PyPI.

It needs an environment of its own, and a redis-server among the programs:

    python3 -m venv tests/counterparts/telegram/.venv
    tests/counterparts/telegram/.venv/bin/pip install telemelya==0.2.2

It knows private chats only, and calls without the secret: a relay of ours adds it, as the platform would.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from starlette.applications import Starlette

from bot.channels.telegram.account import Account
from bot.channels.telegram.channel import Telegram
from bot.clock import SystemClock
from bot.messaging import Address, Button, OutboundMessage
from tests.channels.process import free_port
from tests.channels.telegram.conftest import NAME, SECRET, TOKEN, Bot, a_channel, serving
from tests.channels.wechat.notebook import MemoryNotebook
from tests.conftest import ROOT, absent

pytestmark = pytest.mark.anyio

PYTHON = ROOT / "tests" / "counterparts" / "telegram" / ".venv" / "bin" / "python"
CONTROL = {"Authorization": "Bearer anybody"}
CHAT = 501


@dataclass
class World:
    """`url` is where the channel is called."""

    channel: Telegram
    bot: Bot
    session: aiohttp.ClientSession
    api_base: str
    url: str

    async def calls_at(self, url: str) -> None:
        async with self.session.post(f"{self.api_base}/bot{TOKEN}/setWebhook", json={"url": url}) as response:
            assert response.status == 200

    async def says(self, **what: object) -> None:
        """Somebody writes or presses, and the webhook is called."""
        address = f"{self.api_base}/api/v1/test/send_update"
        body = {"chat_id": CHAT, "from_user": {"id": CHAT, "first_name": "王阿姨"}, **what}
        async with self.session.post(
            address, params={"bot_token": TOKEN}, json=body, headers=CONTROL
        ) as response:
            assert response.status == 200

    async def shown(self) -> dict[str, Any]:
        """The next thing that the bot sent."""
        address = f"{self.api_base}/api/v1/test/responses/wait"
        async with self.session.get(address, headers=CONTROL) as response:
            sent: dict[str, Any] = await response.json()
            return sent


@asynccontextmanager
async def a_program(*command: str, **variables: str) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env={**os.environ, **variables}, stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def a_relay(target: str, session: aiohttp.ClientSession) -> AsyncIterator[str]:
    async def relay(request: web.Request) -> web.Response:
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json"}
        async with session.post(target, data=await request.read(), headers=headers) as response:
            return web.Response(status=response.status)

    application = web.Application()
    application.router.add_post("/", relay)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    redis = shutil.which("redis-server")
    if redis is None or not PYTHON.exists():
        absent("telemelya or redis-server is not installed")
    redis_port, port = str(free_port()), str(free_port())
    api_base = f"http://127.0.0.1:{port}"
    clock, bot = SystemClock(), Bot()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(
            a_program(redis, "--port", redis_port, "--save", "", "--dir", str(tmp_path))
        )
        session = await stack.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))
        )
        await _listens(int(redis_port))
        await stack.enter_async_context(
            a_program(
                str(PYTHON), "-m", "tests.counterparts.telegram.foreign",
                MOCK_SERVER_HOST="127.0.0.1", MOCK_SERVER_PORT=port,
                REDIS_URL=f"redis://127.0.0.1:{redis_port}/0",
            )
        )  # fmt: skip
        await _listens(int(port))
        account = Account(NAME, TOKEN, SECRET, api_base=api_base)
        channel = a_channel(account, MemoryNotebook(clock), clock, tmp_path)
        base = await stack.enter_async_context(serving(Starlette(routes=list(channel.routes(bot.receive)))))
        url = f"{base}/telegram/{NAME}"
        relay = await stack.enter_async_context(a_relay(url, session))
        world = World(channel, bot, session, api_base, url)
        await world.calls_at(relay)
        yield world
        await channel.close()


async def _listens(port: int) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


async def test_what_it_tells_is_understood_and_what_we_send_it_takes(world: World) -> None:
    await world.says(text="3号楼电梯坏了")
    await world.channel.send(
        OutboundMessage(1, Address(NAME, str(CHAT)), "是幸福里吗？", (Button("是", "是"),))
    )
    sent = await world.shown()

    [heard] = world.bot.received
    assert (heard.text, heard.chat, heard.sender_name) == ("3号楼电梯坏了", str(CHAT), "王阿姨")
    assert "是幸福里吗？" in str(sent)
    assert "inline_keyboard" in str(sent)


async def test_a_press_that_it_tells_says_what_the_button_says(world: World) -> None:
    await world.says(text="你好")
    await world.channel.send(OutboundMessage(1, Address(NAME, str(CHAT)), "对吗？", (Button("对", "对"),)))
    await world.shown()

    await world.says(callback_data="对")

    assert [message.text for message in world.bot.received] == ["你好", "对"]


async def test_a_call_without_the_secret_is_not_heard(world: World) -> None:
    await world.calls_at(world.url)  # as it calls by itself

    await world.says(text="3号楼电梯坏了")

    assert world.bot.received == []
