"""`python -m bot check --channel NAME` asks the platform; it says in Chinese what is wrong and what to do."""

import asyncio
import re
from pathlib import Path

import pytest

from bot.clock import SystemClock
from knowledge.problems import sentences
from tests.channels.wecom.conftest import AES_KEY, AGENT_ID, CORP_ID, SECRET, TOKEN
from tests.conftest import ROOT
from tests.counterparts.serving import Fault
from tests.counterparts.telegram.platform import Platform as Telegram
from tests.counterparts.wechat.platform import Platform
from tests.counterparts.wecom.corp import App, Corp
from tests.promises.commands import run_bot

LINE = re.compile("(错误|看到)：[^；]+；.+")
CONFIG = """
database_url: sqlite:///linli.sqlite3
channels:
  web: {{kind: web}}
  oa: {{kind: wechat_official, app_id: wx0123456789abcdef, token: neighbours, secret: {secret},
       api_base: "{api_base}", template: {{id: T1, what: thing2, when: time3}},
       subscription: {{id: S1, what: thing2, number: character_string1, long_term: true}}}}
  staff: {{kind: wecom_app, corp_id: {corp}, agent_id: {agent}, secret: {secret}, token: {token},
       aes_key: {key}, api_base: "{api_base}"}}
  robot: {{kind: wecom_robot, token: {token}, aes_key: {key}}}
  tg: {{kind: telegram, token: "42:AAH0123456789abcdefghijklmnopqrstuvwx", webhook_secret: x,
       api_base: "{api_base}"}}
"""

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def asked(folder: Path, channel: str, *, api_base: str, secret: str = SECRET) -> tuple[int, str]:
    """Exit status and what was printed."""
    config = CONFIG.format(
        secret=secret, api_base=api_base, corp=CORP_ID, agent=AGENT_ID, token=TOKEN, key=AES_KEY
    )
    (folder / "config.yaml").write_text(config, encoding="utf-8")
    run = await asyncio.to_thread(run_bot, "check", "--channel", channel, folder=folder)
    assert "Traceback" not in run.stderr
    assert secret not in run.stdout + run.stderr
    assert all(LINE.fullmatch(line) for line in run.stdout.splitlines()), run.stdout
    return run.returncode, run.stdout


async def test_a_service_account_that_works(tmp_path: Path) -> None:
    platform = Platform(app_id="wx0123456789abcdef", secret=SECRET, clock=SystemClock())
    async with platform.running() as api_base:
        status, said = await asked(tmp_path, "oa", api_base=api_base)

    assert status == 0
    assert "服务号能用" in said
    assert "还没有收到过一条消息" in said


@pytest.mark.parametrize(
    ("code", "words"), [(40125, "AppSecret"), (40164, "白名单"), (48001, "权限"), (50002, "限制")]
)
async def test_what_a_service_account_lacks_is_named(tmp_path: Path, code: int, words: str) -> None:
    platform = Platform(app_id="wx0123456789abcdef", secret=SECRET, clock=SystemClock())
    path = "stable_token" if code in {40125, 40164} else "quota/get"
    platform.faults = [Fault(path, "errcode", code)]
    async with platform.running() as api_base:
        status, said = await asked(tmp_path, "oa", api_base=api_base)

    assert status == 1
    assert words in said.splitlines()[0]


async def test_an_address_that_the_platform_was_never_given_is_named(tmp_path: Path) -> None:
    platform = Platform(app_id="wx0123456789abcdef", secret=SECRET, clock=SystemClock())
    platform.is_called_back = False
    async with platform.running() as api_base:
        status, said = await asked(tmp_path, "oa", api_base=api_base)

    assert status == 1
    assert "服务器地址" in said


async def test_a_wrong_secret_of_wecom_is_named(tmp_path: Path) -> None:
    corp = Corp(corp_id=CORP_ID, apps=[App(AGENT_ID, "邻里", SECRET)], clock=SystemClock())
    async with corp.server.running() as api_base:
        right = await asked(tmp_path, "staff", api_base=api_base)
        wrong = await asked(tmp_path, "staff", api_base=api_base, secret="w" * 43)

    assert (right[0], wrong[0]) == (0, 1)
    assert "“邻里”能用" in right[1]
    assert "Secret 不对" in wrong[1]


async def test_a_bot_that_telegram_cannot_call_is_told_so(tmp_path: Path) -> None:
    platform = Telegram("42:AAH0123456789abcdefghijklmnopqrstuvwx", reads_groups=False)
    async with platform.running() as api_base:
        status, said = await asked(tmp_path, "tg", api_base=api_base)

    assert status == 1
    assert "webhook" in said
    assert "隐私模式" in said


async def test_a_platform_that_cannot_be_reached_is_told_so(tmp_path: Path) -> None:
    status, said = await asked(tmp_path, "staff", api_base="http://127.0.0.1:9")

    assert status == 1
    assert "问不到平台" in said


@pytest.mark.parametrize("channel", ["web", "robot"])
async def test_what_has_nobody_to_ask_says_so(tmp_path: Path, channel: str) -> None:
    status, said = await asked(tmp_path, channel, api_base="http://127.0.0.1:9")

    assert status == 0
    assert "没有可以问的平台" in said


async def test_a_name_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("channels: {web: {kind: web}}", encoding="utf-8")

    run = await asyncio.to_thread(run_bot, "check", "--channel", "wechat", folder=tmp_path)

    assert run.returncode == 2
    assert "web" in run.stderr


def test_every_finding_of_a_channel_has_its_sentence() -> None:
    channels = (ROOT / "bot" / "channels").rglob("*.py")
    keys = {
        key for file in channels for key in re.findall(r'"(channel_[a-z0-9_]+)"', file.read_text("utf-8"))
    }

    assert keys
    assert keys <= sentences().keys()
