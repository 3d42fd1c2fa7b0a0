"""Our gateway, checked with software that is not ours: WeCom's own client for robots.

Install it with `npm install --prefix tests/counterparts/wecom/node`.
"""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.clock import MovableClock
from tests.channels.wechat.conftest import NOON
from tests.channels.wecom.conftest import until
from tests.channels.wecom.test_robot_socket import BOT_ID, GROUP, SECRET, answered
from tests.conftest import absent
from tests.counterparts.wecom.gateway import Gateway
from tests.counterparts.wecom.robots import RobotHost

pytestmark = [pytest.mark.anyio, pytest.mark.node]

FOLDER = Path(__file__).parents[2] / "counterparts" / "wecom" / "node"


@dataclass
class Client:
    gateway: Gateway
    host: RobotHost
    process: asyncio.subprocess.Process
    told: list[dict[str, Any]] = field(default_factory=list)

    async def listen(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.told.append(json.loads(line))

    def count(self, happened: str, **details: object) -> int:
        return sum(one["happened"] == happened and details.items() <= one.items() for one in self.told)


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    node = shutil.which("node")
    if node is None or not (FOLDER / "node_modules" / "@wecom").is_dir():
        absent("WeCom's client for Node is not installed")
    host = RobotHost(MovableClock(NOON))
    gateway = Gateway(host, bot_id=BOT_ID, secret=SECRET)
    async with gateway.running() as url:
        process = await asyncio.create_subprocess_exec(
            node, "client.mjs", url, BOT_ID, SECRET,
            cwd=FOLDER, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        client = Client(gateway, host, process)
        listening = asyncio.create_task(client.listen())
        await gateway.subscribed()
        await until(lambda: client.count("authenticated") == 1)
        yield client
        process.kill()
        await process.wait()
        await listening


async def test_it_subscribes_hears_and_answers(client: Client) -> None:
    await answered(await client.gateway.says("limin", "在吗"))
    await answered(await client.gateway.says("limin", "在吗", group=GROUP))
    await answered(await client.gateway.enters("limin"))
    await until(lambda: client.count("welcomed", errcode=0) == 1)

    assert [shown.text for shown in client.host.chat("limin").screen] == ["SDK：在吗", "您好"]
    assert [shown.text for shown in client.host.chat(GROUP).screen] == ["SDK：在吗"]
    assert client.count("replied", errcode=0) == 2
    assert client.gateway.refused == []


async def test_its_cards_are_shown_pressed_and_changed(client: Client) -> None:
    await answered(await client.gateway.says("limin", "卡片"))
    card = client.host.chat("limin").last

    await answered(await client.gateway.presses("limin", card, "好"))
    await until(lambda: client.count("updated", errcode=0) == 1)

    assert client.count("pressed", key="1|好|好") == 1
    assert (card.text, list(card.buttons)) == ("已选", ["完"])


async def test_it_pushes_where_somebody_has_spoken_and_is_refused_elsewhere(client: Client) -> None:
    await answered(await client.gateway.says("limin", "在吗"))
    assert client.process.stdin is not None
    for chat in ("limin", "stranger"):
        client.process.stdin.write(json.dumps({"chat": chat, "text": "来单"}).encode() + b"\n")

    await until(lambda: client.count("sent") == 2)

    assert (client.count("sent", errcode=0), client.count("sent", errcode=86003)) == (1, 1)
    assert client.host.chat("limin").last.text == "来单"


async def test_it_comes_back_after_a_clean_end(client: Client) -> None:
    await client.gateway.hang_up()

    await client.gateway.subscribed(2)
    await until(lambda: client.count("authenticated") == 2)
