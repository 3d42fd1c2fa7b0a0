"""`menu`, `codes` and `broadcast`: what an administrator has the platforms do."""

import asyncio
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.conversation.mind import make_up_mind
from intents.result import Hearing
from knowledge.library import SHIPPED, read_knowledge
from tests.channels.wecom.conftest import AES_KEY, AGENT_ID, CORP_ID, SECRET, TOKEN
from tests.counterparts.wechat.platform import Platform
from tests.counterparts.wecom.broadcasts import Broadcasts, Group
from tests.counterparts.wecom.corp import App, Corp
from tests.counterparts.wecom.service import Service
from tests.promises.commands import run_bot

WECHAT = """
database_url: sqlite:///linli.sqlite3
channels:
  oa: {{kind: wechat_official, app_id: wx0123456789abcdef, token: neighbours, secret: {secret},
       api_base: "{api_base}"}}
"""
WECOM = """
database_url: sqlite:///linli.sqlite3
channels:
  web: {{kind: web}}
  staff: {{kind: wecom_app, corp_id: {corp}, agent_id: {agent}, secret: {secret}, token: {token},
       aes_key: {key}, api_base: "{api_base}"}}
  kf: {{kind: wecom_kf, corp_id: {corp}, secret: {secret}, token: {token}, aes_key: {key},
       api_base: "{api_base}"}}
"""

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def run(folder: Path, *arguments: str, config: str, api_base: str) -> tuple[int, str]:
    """Exit status and what was printed."""
    written = config.format(
        corp=CORP_ID, agent=AGENT_ID, secret=SECRET, token=TOKEN, key=AES_KEY, api_base=api_base
    )
    (folder / "config.yaml").write_text(written, encoding="utf-8")
    done = await asyncio.to_thread(run_bot, *arguments, folder=folder)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


async def test_a_menu_is_shown_first_and_set_with_yes(tmp_path: Path) -> None:
    platform = Platform(app_id="wx0123456789abcdef", secret=SECRET, clock=SystemClock())
    async with platform.running() as base:
        shown = await run(tmp_path, "menu", "--channel", "oa", config=WECHAT, api_base=base)
        before = platform.menu
        done = await run(tmp_path, "menu", "--channel", "oa", "--yes", config=WECHAT, api_base=base)

    assert (shown[0], before, done[0]) == (0, None, 0)
    assert platform.menu is not None
    *first, more = platform.menu["button"]
    for item in [*first, *more["sub_button"]]:
        assert item["key"] == item["name"]
        assert item["name"] in shown[1]


def test_every_item_of_the_menu_is_understood() -> None:
    knowledge = read_knowledge(SHIPPED)
    mind = make_up_mind(knowledge)
    alone = Hearing(SystemClock().now().replace(tzinfo=None))
    for key in ("report", "legal", "progress", "volunteer", "information", "person"):
        said = knowledge.replies[f"menu.{key}"]
        assert mind.understand(said, alone).intent is not None, said


async def test_every_stairwell_gets_its_code(tmp_path: Path) -> None:
    platform = Platform(app_id="wx0123456789abcdef", secret=SECRET, clock=SystemClock())
    async with platform.running() as base:
        shown = await run(tmp_path, "codes", "--channel", "oa", config=WECHAT, api_base=base)
        made_before = [call for call in platform.calls if "qrcode" in call.path]
        status, made = await run(tmp_path, "codes", "--channel", "oa", "--yes", config=WECHAT, api_base=base)

    places = [line for line in shown[1].splitlines() if "单元" in line]
    assert "幸福里3号楼2单元" in places
    assert (made_before, status) == ([], 0)
    assert [line.partition("\t")[0] for line in made.splitlines()] == places
    assert all("\thttp://weixin.qq.com/q/" in line for line in made.splitlines())


async def test_a_link_of_customer_service_says_where_it_hangs(tmp_path: Path) -> None:
    corp = Corp(corp_id=CORP_ID, apps=[App(AGENT_ID, "邻里", SECRET)], clock=SystemClock())
    Service(corp, ["wk1"])
    async with corp.server.running() as base:
        status, made = await run(tmp_path, "codes", "--channel", "kf", "--yes", config=WECOM, api_base=base)

    assert status == 0
    assert all("scene_param=" in line for line in made.splitlines())


async def test_a_broadcast_is_prepared_reminded_of_and_looked_at(tmp_path: Path) -> None:
    corp = Corp(corp_id=CORP_ID, apps=[App(AGENT_ID, "邻里", SECRET)], clock=SystemClock())
    platform = Broadcasts(corp)
    platform.groups["g1"] = Group("LiMin")
    on = ("--channel", "staff")
    async with corp.server.running() as base:
        create = ("broadcast", "create", "周六停水", *on, "--owner", "LiMin", "--group", "g1")
        prepared = await run(tmp_path, *create, config=WECOM, api_base=base)
        [task] = platform.tasks
        reminded = await run(tmp_path, "broadcast", "remind", task, *on, config=WECOM, api_base=base)
        platform.press(task)
        result = await run(tmp_path, "broadcast", "result", task, *on, config=WECOM, api_base=base)

    assert (prepared[0], reminded[0], result[0]) == (0, 0, 0)
    assert task in prepared[1]
    assert "g1 发到了" in result[1]
    assert platform.groups["g1"].screen == ["周六停水"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("menu", "--channel", "web"),
        ("codes", "--channel", "web"),
        ("broadcast", "result", "m1", "--channel", "kf"),
        ("broadcast", "create", "水" * 1334, "--channel", "staff", "--owner", "LiMin"),
    ],
)
async def test_what_cannot_be_done_is_said_in_a_sentence(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    status, said = await run(tmp_path, *arguments, config=WECOM, api_base="http://127.0.0.1:9")

    assert status == 2
    assert said.endswith("。\n")
