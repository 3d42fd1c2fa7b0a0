"""The platform of our own, checked with software that is not ours: wechatpy calls it, WeRoBot is called."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
import requests
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException
from werobot import WeRoBot
from werobot.contrib.tornado import make_handler

from bot.clock import MovableClock
from tests.channels.wechat.conftest import AES_KEY, APP_ID, NOON, SECRET, TOKEN
from tests.counterparts.wechat.caller import Account, Caller
from tests.counterparts.wechat.platform import Platform

pytestmark = pytest.mark.anyio


def wechatpy_client(base: str) -> WeChatClient:
    """wechatpy as it is, but on our address and without its endless retries."""

    class Client(WeChatClient):
        API_BASE_URL = f"{base}/cgi-bin/"

        def fetch_access_token(self) -> dict[str, Any]:
            request = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret}
            response = requests.post(f"{base}/cgi-bin/stable_token", json=request, timeout=5)
            answer: dict[str, Any] = response.json()
            self.session.set(self.access_token_key, answer["access_token"], answer["expires_in"])
            return answer

    return Client(APP_ID, SECRET, timeout=5, auto_retry=False)


@pytest.fixture
async def platform() -> AsyncIterator[tuple[Platform, WeChatClient]]:
    platform = Platform(app_id=APP_ID, secret=SECRET, clock=MovableClock(NOON))
    async with platform.running() as base:
        client = wechatpy_client(base)
        await asyncio.to_thread(client.fetch_access_token)
        yield platform, client


async def refused(call: Callable[..., Any], *arguments: object, **named: object) -> int:
    """The return code with which the platform refuses a call by wechatpy."""
    with pytest.raises(WeChatClientException) as raised:
        await asyncio.to_thread(call, *arguments, **named)
    return int(raised.value.errcode)


async def test_wechatpy_sends_and_meets_the_quota(platform: tuple[Platform, WeChatClient]) -> None:
    fake, client = platform
    fake.allow("oA", "message")

    for number in range(5):
        await asyncio.to_thread(client.message.send_text, "oA", str(number))

    assert fake.resident("oA").screen == list("01234")
    assert await refused(client.message.send_text, "oA", "6") == 45047


async def test_wechatpy_is_told_what_it_did_wrong(platform: tuple[Platform, WeChatClient]) -> None:
    fake, client = platform
    fake.resident("oA")

    assert await refused(client.message.send_text, "oA", "x") == 45015
    assert await refused(client.message.send_text, "oZ", "x") == 40003
    fake.allow("oA", "message")
    assert await refused(client.message.send_text, "oA", "好" * 683) == 45002
    assert await refused(client.message.send_template, "oA", "T9", {}) == 40037
    assert await refused(client.menu.create, {"button": []}) == 40017
    fake.revoke_tokens()
    assert await refused(client.message.send_text, "oA", "x") == 40001


async def test_wechatpy_gets_a_menu_codes_and_templates_through(
    platform: tuple[Platform, WeChatClient],
) -> None:
    fake, client = platform
    fake.resident("oA")
    fake.templates["T1"] = ["thing1"]

    await asyncio.to_thread(
        client.menu.create, {"button": [{"type": "click", "name": "报修", "key": "报修"}]}
    )
    code = await asyncio.to_thread(
        client.qrcode.create,
        {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": "幸福里"}}},
    )
    await asyncio.to_thread(client.message.send_template, "oA", "T1", {"thing1": {"value": "已办结"}})

    assert fake.menu is not None
    assert code["url"].endswith(code["ticket"])
    assert fake.resident("oA").screen == ["thing1: 已办结"]
    assert await refused(client.message.send_template, "oA", "T1", {"thing1": {"value": "长" * 21}}) == 47003


async def test_a_stable_token_stays_the_same_until_it_is_nearly_over_or_forced(
    platform: tuple[Platform, WeChatClient],
) -> None:
    fake, client = platform
    request = {"grant_type": "client_credential", "appid": APP_ID, "secret": SECRET}
    first = fake.stable_token(request)["access_token"]

    assert fake.stable_token(request)["access_token"] == first == client.access_token
    clock = fake.clock
    assert isinstance(clock, MovableClock)
    clock.move_to(NOON + timedelta(hours=1, minutes=56))
    second = fake.stable_token(request)["access_token"]
    assert second != first
    fake.check_token(first)  # both are good for the last five minutes
    fake.stable_token({**request, "force_refresh": True})
    assert await refused(client.message.send_text, "oA", "x") == 40001


@asynccontextmanager
async def werobot(reply: Callable[[Any], str]) -> AsyncIterator[str]:
    robot = WeRoBot(token=TOKEN, encoding_aes_key=AES_KEY, app_id=APP_ID)
    robot.config["SESSION_STORAGE"] = False
    robot.add_handler(reply)
    application = Application([(r"/wechat", make_handler(robot))])
    sockets = bind_sockets(0, "127.0.0.1")
    server = HTTPServer(application)
    server.add_sockets(sockets)
    try:
        yield f"http://127.0.0.1:{sockets[0].getsockname()[1]}/wechat"
    finally:
        server.stop()
        await server.close_all_connections()


@pytest.mark.parametrize("is_encrypted", [True, False], ids=["encrypted", "plain"])
async def test_werobot_understands_our_callbacks_and_we_its_replies(is_encrypted: bool) -> None:
    seen = []

    def reply(message: Any) -> str:
        seen.append((message.type, message.source, getattr(message, "content", None)))
        return f"WeRoBot：{getattr(message, 'content', message.type)}"

    platform = Platform(app_id=APP_ID, secret=SECRET, clock=MovableClock(NOON))
    account = Account(APP_ID, TOKEN, AES_KEY)
    async with werobot(reply) as url, aiohttp.ClientSession() as session:
        caller = Caller(url, account, platform, session, encrypted=is_encrypted)
        assert await caller.verify()
        assert (await caller.says("oA", "电梯坏了")).shown == "WeRoBot：电梯坏了"
        await caller.follows("oA", scene="幸福里3号楼")
        await caller.sends("oA", "image", PicUrl="http://example.invalid/p", MediaId="m1")
        await caller.presses("oA", "报修")

    assert seen == [
        ("text", "oA", "电梯坏了"),
        ("subscribe_event", "oA", None),
        ("image", "oA", None),
        ("click_event", "oA", None),
    ]


async def test_a_bot_that_does_not_answer_is_called_three_times_and_the_person_sees_an_error() -> None:
    tries = []

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tries.append(await reader.readline())
        await reader.read()  # until the caller hangs up
        writer.close()

    platform = Platform(app_id=APP_ID, secret=SECRET, clock=MovableClock(NOON))
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/wechat"
    async with server, aiohttp.ClientSession() as session:
        caller = Caller(
            url, Account(APP_ID, TOKEN, AES_KEY), platform, session, encrypted=True, hangs_up_after=0.05
        )
        outcome = await caller.says("oA", "有人吗")

    assert outcome.tries == len(tries) == 3
    assert "出现故障" in platform.resident("oA").screen[-1]
