"""`serve` as it is run: real processes, with Telegram and a OneBot gateway on the other side."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.conftest import ROOT
from tests.counterparts.onebot import GROUP, Gateway
from tests.counterparts.telegram.platform import Platform

pytestmark = pytest.mark.anyio

TOKEN, SECRET = "42:AAH0123456789abcdefghijklmnopqrstuvwx", "neighbours-42_x"
ACCESS_TOKEN = "neighbours-0123456789"
CONFIG = """
database_url: sqlite:///{folder}/linli.sqlite3
photos: {folder}/photos
listen: 127.0.0.1:{port}
log_level: debug
channels:
  tg:
    {{kind: telegram, mode: {mode}, token: "{token}", webhook_secret: {secret}, api_base: "{api_base}"{more}}}
  gateway: {{kind: onebot, access_token: {access_token}}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def until(true: Callable[[], object], *, within: float = 20) -> None:
    async with asyncio.timeout(within):
        while not true():  # noqa: ASYNC110 - whatever is waited for rings no bell
            await asyncio.sleep(0.02)


@asynccontextmanager
async def a_bot(
    folder: Path, port: int, *, platform: Platform, mode: str, api_base: str
) -> AsyncIterator[Path]:
    """A process that serves until it is told to stop; its log."""
    address = f"http://127.0.0.1:{port}"
    more = f', webhook_url: "{address}/telegram/tg"' if mode == "webhook" else ""
    config, log = folder / "config.yaml", folder / "log"
    config.write_text(
        CONFIG.format(
            folder=folder, port=port, mode=mode, token=TOKEN, secret=SECRET, api_base=api_base, more=more,
            access_token=ACCESS_TOKEN,
        ),
        encoding="utf-8",
    )  # fmt: skip
    with log.open("ab") as written:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "serve", "--config", str(config),
            cwd=ROOT, stdout=written, stderr=written, env={**os.environ, "PYTHONUTF8": "1"},
        )  # fmt: skip
    try:
        async with aiohttp.ClientSession() as session:
            await until(lambda: process.returncode is not None or platform.calls)
            await _answers(session, address)
        yield log
    finally:
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 15) in (0, -signal.SIGTERM), log.read_text()


async def _answers(session: aiohttp.ClientSession, address: str) -> None:
    for _ in range(200):
        try:
            async with session.get(f"{address}/health") as response:
                if response.status == 200:
                    return
        except aiohttp.ClientError:
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_a_matter_reported_on_telegram_is_answered_there_once(tmp_path: Path, mode: str) -> None:
    platform = Platform(TOKEN, reads_groups=True)
    resident = platform.people.person(501, "王阿姨")
    async with platform.running() as api_base:
        bot = {"platform": platform, "mode": mode, "api_base": api_base}
        async with a_bot(tmp_path, free_port(), **bot) as log:
            report = platform.people.says(resident, "幸福里3号楼2单元电梯坏了")
            await platform.deliver(report)
            await until(lambda: resident.screen)
            label = resident.screen[-1].buttons[0][0]
            await platform.deliver(platform.people.presses(resident, label))
            await until(lambda: len(resident.screen) > 1)
        answers = len(resident.screen)
        platform.calls.clear()
        async with a_bot(tmp_path, free_port(), **bot):
            await platform.deliver(report)
            await platform.deliver(platform.people.says(resident, "进度怎么样"))
            await until(lambda: len(resident.screen) > answers)

    said = [shown.text for shown in resident.screen]
    assert "电梯" in said[0]
    assert any("A2" in text for text in said[1:answers])  # the ticket's number
    assert len(said) == answers + 1  # the report that came again was answered before
    assert platform.acknowledged != []
    written = log.read_text(encoding="utf-8")
    assert "Traceback" not in written
    for secret in (TOKEN, TOKEN.partition(":")[2], SECRET, "电梯坏了"):
        assert secret not in written


async def test_a_matter_reported_behind_a_gateway_is_answered_there(tmp_path: Path) -> None:
    platform = Platform(TOKEN)
    async with platform.running() as api_base:
        port = free_port()
        async with a_bot(tmp_path, port, platform=platform, mode="polling", api_base=api_base) as log:
            lost = Gateway(f"ws://127.0.0.1:{port}/onebot/elsewhere?access_token={ACCESS_TOKEN}", "")
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await lost.connected(headers={}).__aenter__()
            gateway = Gateway(f"ws://127.0.0.1:{port}/onebot/gateway", ACCESS_TOKEN)
            async with gateway.connected():
                await gateway.says("501", "幸福里3号楼2单元电梯坏了")
                await until(lambda: gateway.said)
                await gateway.says("501", "1")
                await until(lambda: len(gateway.said) > 1)
                await gateway.says("501", gateway.mention(), "你好", group=GROUP)
                await until(lambda: GROUP in dict(gateway.said))

    said = [text for chat, text in gateway.said if chat == "501"]
    assert "电梯" in said[0]
    assert "1. " in said[0]
    written = log.read_text(encoding="utf-8")
    assert "Traceback" not in written
    assert "a gateway has connected" in written
    for secret in (ACCESS_TOKEN, "电梯坏了", "王阿姨"):
        assert secret not in written
