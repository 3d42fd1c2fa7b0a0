"""The whole bot as it is run, with Telegram and a OneBot gateway on the other side."""

import signal
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import aiohttp
import pytest

from tests.channels.process import free_port, serve, until
from tests.counterparts.onebot import GROUP, Gateway
from tests.counterparts.telegram.platform import Platform

pytestmark = pytest.mark.anyio

TOKEN, SECRET = "42:AAH0123456789abcdefghijklmnopqrstuvwx", "neighbours-42_x"
ACCESS_TOKEN = "neighbours-0123456789"
CHANNELS = """
channels:
  tg:
    {{kind: telegram, mode: {mode}, token: "{token}", webhook_secret: {secret}, api_base: "{api_base}"{more}}}
  gateway: {{kind: onebot, access_token: {access_token}}}
"""


def a_bot(folder: Path, port: int, *, mode: str, api_base: str) -> AbstractAsyncContextManager[Path]:
    more = f', webhook_url: "http://127.0.0.1:{port}/telegram/tg"' if mode == "webhook" else ""
    channels = CHANNELS.format(
        mode=mode, token=TOKEN, secret=SECRET, api_base=api_base, more=more, access_token=ACCESS_TOKEN
    )
    return serve(folder, port, channels, ends_by=signal.SIGTERM)


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_a_matter_reported_on_telegram_is_answered_there_once(tmp_path: Path, mode: str) -> None:
    platform = Platform(TOKEN, reads_groups=True)
    resident = platform.people.person(501, "王阿姨")
    async with platform.running() as api_base:
        async with a_bot(tmp_path, free_port(), mode=mode, api_base=api_base) as log:
            await until(lambda: platform.calls)
            report = platform.people.says(resident, "幸福里3号楼2单元电梯坏了")
            await platform.deliver(report)
            await until(lambda: resident.screen)
            label = resident.screen[-1].buttons[0][0]
            await platform.deliver(platform.people.presses(resident, label))
            await until(lambda: len(resident.screen) > 1)
        answers = len(resident.screen)
        platform.calls.clear()
        async with a_bot(tmp_path, free_port(), mode=mode, api_base=api_base):
            await until(lambda: platform.calls)
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
        async with a_bot(tmp_path, port, mode="polling", api_base=api_base) as log:
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
