"""WeCom's channels behind a real HTTP server, and a platform of our own on the other side."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from starlette.applications import Starlette

from bot.channels.photos import PhotoStore
from bot.channels.wecom.app import StaffApp
from bot.channels.wecom.corp import CallbackKeys
from bot.channels.wecom.corp import Corp as CorpSettings
from bot.clock import MovableClock
from bot.messaging import Address, Button, OutboundMessage
from tests.channels.wechat.conftest import NOON, Bot, serving
from tests.channels.wechat.notebook import MemoryNotebook
from tests.counterparts.wecom.broadcasts import Broadcasts
from tests.counterparts.wecom.caller import AppCaller, Keys, Line
from tests.counterparts.wecom.corp import App, Corp

CORP_ID = "ww0123456789abcdef"
AGENT_ID = 1000002
SECRET = "s" * 43
TOKEN = "neighbours"
AES_KEY = base64.b64encode(bytes(range(32))).decode().rstrip("=")


def to(userid: str, text: str, *labels: str, message_id: int = 1) -> OutboundMessage:
    """A message to a member; its buttons say their labels."""
    buttons = tuple(Button(label, label) for label in labels)
    return OutboundMessage(message_id, Address("staff", userid), text, buttons)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - what is waited for is the other side's doing
            await asyncio.sleep(0.01)


@dataclass
class AppWorld:
    corp: Corp
    broadcasts: Broadcasts
    channel: StaffApp
    bot: Bot
    clock: MovableClock
    notebook: MemoryNotebook
    caller: AppCaller
    url: str
    api_base: str
    session: aiohttp.ClientSession

    def another_process(self) -> StaffApp:
        settings = CorpSettings("staff", CORP_ID, SECRET, self.api_base)
        return StaffApp(
            settings,
            CallbackKeys(TOKEN, AES_KEY),
            agent_id=AGENT_ID,
            shows_cards=True,
            notebook=self.notebook,
            clock=self.clock,
        )


@asynccontextmanager
async def an_app(
    *,
    photos: Path | None = None,
    shows_cards: bool = True,
    answer_within: float = 4.5,
    call_within: float = 15.0,
) -> AsyncIterator[AppWorld]:
    """Everything running."""
    clock = MovableClock(NOON)
    corp = Corp(corp_id=CORP_ID, apps=[App(AGENT_ID, "邻里", SECRET)], clock=clock)
    broadcasts = Broadcasts(corp, page=1)
    notebook = MemoryNotebook(clock)
    bot = Bot()
    # A new connection for each callback: a server that failed closes its own.
    connector = aiohttp.TCPConnector(force_close=True)
    async with (
        corp.server.running() as api_base,
        aiohttp.ClientSession(connector=connector) as session,
    ):
        channel = StaffApp(
            CorpSettings("staff", CORP_ID, SECRET, api_base, call_within),
            CallbackKeys(TOKEN, AES_KEY, answer_within),
            agent_id=AGENT_ID,
            shows_cards=shows_cards,
            notebook=notebook,
            clock=clock,
            photos=PhotoStore(photos) if photos else None,
        )
        async with serving(Starlette(routes=list(channel.routes(bot.receive)))) as base:
            url = f"{base}/wecom/app/{AGENT_ID}"
            line = Line(url, Keys(TOKEN, AES_KEY, CORP_ID), session, clock)
            caller = AppCaller(corp, line, agent_id=AGENT_ID)
            yield AppWorld(corp, broadcasts, channel, bot, clock, notebook, caller, url, api_base, session)
        await channel.close()


@pytest.fixture
async def world() -> AsyncIterator[AppWorld]:
    async with an_app() as world:
        yield world
