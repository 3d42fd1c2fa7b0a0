"""The stream of the chat page, over a real connection."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from aiohttp import ClientResponse, ClientSession, ClientTimeout, CookieJar

from bot.channels.web_chat import WebChat
from bot.messaging import Address
from bot.web import WebServer
from tests.channels.web.conftest import AWAY, Bot, Serve, line


class Visit:
    """A browser with the chat page open."""

    def __init__(self, session: ClientSession, bot: Bot) -> None:
        self.session = session
        self.bot = bot

    async def says(self, text: str) -> None:
        async with self.session.post("/chat/messages", json=line(text, id=f"line-{len(self.bot.mail):04}")):
            pass

    @property
    def address(self) -> Address:
        return Address("web", self.bot.heard[0].chat)

    async def listens(self, **headers: str) -> ClientResponse:
        return await self.session.get("/chat/events", headers=headers)


@asynccontextmanager
async def visiting(serve: Serve, bot: Bot, web_chat: WebChat) -> AsyncIterator[Visit]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        server = WebServer(uvicorn.Config(serve(), log_config=None), before_stop=web_chat.close)
        running = asyncio.create_task(server.serve(sockets=[listening]))
        options = {"timeout": ClientTimeout(total=10), "cookie_jar": CookieJar(unsafe=True)}
        async with ClientSession(f"http://127.0.0.1:{port}", **options) as session:
            async with session.get("/"):
                pass
            yield Visit(session, bot)
            server.should_exit = True
            await asyncio.wait_for(running, 10)


async def event(response: ClientResponse) -> dict[str, str]:
    """The next event of the stream, by field."""
    fields = {}
    while text := (await response.content.readline()).decode().strip():
        name, _, value = text.partition(": ")
        fields[name] = value
    return fields


def texts(fields: dict[str, str]) -> list[str]:
    return [message["text"] for message in json.loads(fields["data"])["messages"]]


@pytest.fixture
def visit(serve: Serve, bot: Bot, web_chat: WebChat) -> Callable[[Callable[[Visit], Awaitable[Any]]], Any]:
    def run(scenario: Callable[[Visit], Awaitable[Any]]) -> Any:
        async def whole() -> Any:
            async with visiting(serve, bot, web_chat) as visit:
                return await scenario(visit)

        return asyncio.run(whole())

    return run


def test_a_message_arrives_as_soon_as_the_bell_rings(visit: Any, web_chat: WebChat) -> None:
    async def scenario(visit: Visit) -> list[str]:
        await visit.says("电梯坏了")
        async with await visit.listens() as stream:
            first = texts(await event(stream))
            visit.bot.put(visit.address, "李敏接手了")
            web_chat.notify(visit.address)
            return first + texts(await event(stream))

    assert visit(scenario) == ["听到：电梯坏了", "李敏接手了"]


def test_a_message_that_the_store_shows_only_after_the_bell_arrives_too(
    visit: Any, web_chat: WebChat
) -> None:
    async def scenario(visit: Visit) -> list[str]:
        await visit.says("电梯坏了")
        async with await visit.listens() as stream:
            await event(stream)
            await web_chat.send(visit.bot.mail[0].message)
            await asyncio.sleep(0.05)
            visit.bot.put(visit.address, "李敏接手了")
            return texts(await event(stream))

    assert visit(scenario) == ["李敏接手了"]


def test_a_message_that_rings_no_bell_here_arrives_a_little_later(
    visit: Any,
) -> None:
    async def scenario(visit: Visit) -> list[str]:
        await visit.says("电梯坏了")
        async with await visit.listens() as stream:
            await event(stream)
            visit.bot.put(visit.address, "别的进程送来的")
            return texts(await event(stream))

    assert visit(scenario) == ["别的进程送来的"]


def test_a_stream_goes_on_where_the_last_one_broke(visit: Any) -> None:
    async def scenario(visit: Visit) -> list[str]:
        await visit.says("一")
        async with await visit.listens() as stream:
            cursor = (await event(stream))["id"]
        await visit.says("二")
        async with await visit.listens(**{"Last-Event-ID": cursor}) as stream:
            return texts(await event(stream))

    assert visit(scenario) == ["听到：二"]


def test_a_stream_beats_so_that_a_dead_line_is_noticed(visit: Any) -> None:
    async def scenario(visit: Visit) -> dict[str, str]:
        async with await visit.listens() as stream:
            await event(stream)
            return await event(stream)

    assert visit(scenario) == {"event": "beat", "data": "1"}


def test_a_stream_ends_when_the_store_goes_away(visit: Any, web_chat: WebChat) -> None:
    async def scenario(visit: Visit) -> bytes:
        await visit.says("一")
        async with await visit.listens() as stream:
            await event(stream)
            visit.bot.failure = AWAY
            web_chat.notify(visit.address)
            return await stream.content.read()

    assert visit(scenario) == b""


def test_no_stream_begins_while_the_store_is_away(visit: Any, bot: Bot) -> None:
    bot.failure = AWAY

    async def scenario(visit: Visit) -> int:
        async with await visit.listens() as refused:
            return refused.status

    assert visit(scenario) == 503


def test_closing_the_channel_ends_every_stream(visit: Any, web_chat: WebChat) -> None:
    async def scenario(visit: Visit) -> bytes:
        async with await visit.listens() as stream:
            await event(stream)
            await web_chat.close()
            return await stream.content.read()

    assert visit(scenario) == b""


def test_the_server_stops_although_a_page_is_open(visit: Any) -> None:
    async def scenario(visit: Visit) -> ClientResponse:
        stream = await visit.listens()
        await event(stream)
        return stream  # still open when the server is told to stop, which waits for it without end

    assert visit(scenario).status == 200


def test_one_visitor_may_hold_only_a_few_streams(visit: Any) -> None:
    async def scenario(visit: Visit) -> list[int]:
        streams = [await visit.listens() for _ in range(5)]
        for stream in streams[:4]:
            await event(stream)
        statuses = [stream.status for stream in streams]
        for stream in streams:
            stream.close()
        return statuses

    assert visit(scenario) == [200, 200, 200, 200, 429]


def test_a_stranger_has_nothing_to_listen_to(visit: Any) -> None:
    async def scenario(visit: Visit) -> int:
        visit.session.cookie_jar.clear()
        async with await visit.listens() as refused:
            return refused.status

    assert visit(scenario) == 403
