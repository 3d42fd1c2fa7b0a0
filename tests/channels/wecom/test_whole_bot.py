"""The whole bot as it is run, with WeCom on the other side.

Residents write by 微信客服 and by 居民上报, staff by the application.
"""

import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from bot.clock import SystemClock
from tests.channels.process import free_port, serve, until
from tests.channels.wecom.conftest import AES_KEY, AGENT_ID, CORP_ID, SECRET, TOKEN
from tests.conftest import ROOT
from tests.counterparts.wecom.caller import AppCaller, Keys, Line
from tests.counterparts.wecom.corp import App, Corp
from tests.counterparts.wecom.reports import Reports
from tests.counterparts.wecom.service import Service, ServiceCaller

pytestmark = pytest.mark.anyio

ACCOUNT = "wkAJ2GCAAASSm4_FhToWMFea0xAFfd3Q"
CONFIG = """
knowledge: {knowledge}
channels:
  staff:
    {{kind: wecom_app, corp_id: {corp}, agent_id: {agent}, secret: {secret}, token: {token}, aes_key: {key},
      api_base: "{api_base}"}}
  kf: {{kind: wecom_kf, corp_id: {corp}, secret: {kf_secret}, token: {token}, aes_key: {key},
      api_base: "{api_base}"}}
  report: {{kind: wecom_report, corp_id: {corp}, secret: {report_secret}, api_base: "{api_base}"}}
"""
KF_SECRET, REPORT_SECRET = "k" * 43, "r" * 43
LI_MIN = "名: 李敏, 角色: 网格员"


@dataclass
class World:
    corp: Corp
    service: Service
    reports: Reports
    folder: Path
    port: int
    api_base: str
    residents: ServiceCaller
    staff: AppCaller

    def a_bot(self, *, ends_by: signal.Signals = signal.SIGTERM) -> AbstractAsyncContextManager[Path]:
        config = CONFIG.format(
            knowledge=_knowledge(self.folder), corp=CORP_ID, agent=AGENT_ID, token=TOKEN, key=AES_KEY,
            secret=SECRET, kf_secret=KF_SECRET, report_secret=REPORT_SECRET, api_base=self.api_base,
        )  # fmt: skip
        return serve(self.folder, self.port, config, ends_by=ends_by)

    def screen(self, person: str) -> list[str]:
        return [said.text for said in self.service.customer(person).screen]

    async def resident_says(self, person: str, text: str) -> str:
        """What is answered."""
        before = len(self.screen(person))
        await self.residents.says(person, text)
        await until(lambda: len(self.screen(person)) > before)
        return self.screen(person)[-1]

    async def staff_says(self, name: str, text: str) -> str:
        before = len(self.corp.member(name).screen)
        await self.staff.says(name, text)
        await until(lambda: len(self.corp.member(name).screen) > before)
        return self.corp.member(name).last.text


def _knowledge(folder: Path) -> Path:
    """The demo community's, where 李敏 has an account in WeCom."""
    own = folder / "knowledge"
    shutil.copytree(ROOT / "knowledge", own, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.py"))
    people = own / "people.yaml"
    written = (ROOT / "knowledge" / "people.yaml").read_text(encoding="utf-8")
    assert LI_MIN in written
    people.write_text(written.replace(LI_MIN, f"{LI_MIN}, 账号: {{staff: LiMin}}"), encoding="utf-8")
    return own


@asynccontextmanager
async def wecom(folder: Path) -> AsyncIterator[World]:
    clock, port = SystemClock(), free_port()
    apps = [App(AGENT_ID, "邻里", SECRET), App(1, "kf", KF_SECRET), App(2, "report", REPORT_SECRET)]
    corp = Corp(corp_id=CORP_ID, apps=apps, clock=clock)
    service, reports = Service(corp, [ACCOUNT]), Reports(corp)
    keys, base = Keys(TOKEN, AES_KEY, CORP_ID), f"http://127.0.0.1:{port}"
    async with corp.server.running() as api_base, aiohttp.ClientSession() as session:
        residents = ServiceCaller(service, Line(f"{base}/wecom/kf", keys, session, clock))
        line = Line(f"{base}/wecom/app/{AGENT_ID}", keys, session, clock)
        staff = AppCaller(corp, line, agent_id=AGENT_ID)
        yield World(corp, service, reports, folder, port, api_base, residents, staff)


async def test_what_is_told_to_customer_service_reaches_the_grid_worker_and_comes_back(
    tmp_path: Path,
) -> None:
    async with wecom(tmp_path) as world, world.a_bot() as log:
        assert await world.residents.verify()
        await world.residents.enters("wm1", scene_param="幸福里3号楼2单元")
        await until(lambda: world.screen("wm1"))
        asked = await world.resident_says("wm1", "电梯坏了")
        filed = await world.resident_says("wm1", "对")
        todo = await world.staff_says("LiMin", "我的待办")
        await world.staff_says("LiMin", "收到")
        state = await world.resident_says("wm1", "进度怎么样")

    assert "3号楼2单元" in asked
    assert "A2" in filed
    assert "3号楼" in todo
    assert "李敏" in state
    written = log.read_text(encoding="utf-8")
    assert "Traceback" not in written
    for secret in (SECRET, KF_SECRET, REPORT_SECRET, TOKEN, AES_KEY, "电梯坏了"):
        assert secret not in written


async def test_what_is_said_while_the_bot_is_killed_is_filed_once_when_it_is_back(tmp_path: Path) -> None:
    async with wecom(tmp_path) as world:
        async with world.a_bot(ends_by=signal.SIGKILL):
            await world.resident_says("wm1", "幸福里3号楼2单元电梯坏了")
        assert not (await world.residents.says("wm1", "对")).arrived
        async with world.a_bot():
            state = await world.resident_says("wm1", "进度怎么样")
            todo = await world.staff_says("LiMin", "我的待办")

    assert "李敏" in state
    assert todo.count("A2") == 1


async def test_a_servicer_in_wecom_takes_over_and_the_bot_is_silent_until_it_ends(tmp_path: Path) -> None:
    async with wecom(tmp_path) as world, world.a_bot():
        await world.resident_says("wm1", "你好")
        await world.residents.servicer_changes("wm1", 1, state=3)
        await world.residents.servicer_says("wm1", "我是社区小李")
        before = world.screen("wm1")
        await world.residents.says("wm1", "幸福里3号楼2单元电梯坏了")
        await until(lambda: world.corp.server.count("service_state/get"))
        await world.residents.servicer_changes("wm1", 3, state=4)
        answer = await world.resident_says("wm1", "幸福里3号楼2单元灯不亮")

    assert world.screen("wm1") == [*before, answer]
    assert "灯" in answer


async def test_what_is_reported_in_wecom_is_pushed_and_staff_hear_where_to_answer(tmp_path: Path) -> None:
    async with wecom(tmp_path) as world:
        world.reports.resident_reports("王阿姨", "幸福里3号楼2单元有人被困在电梯里")
        async with world.a_bot() as log:
            li_min = world.corp.member("LiMin")
            await until(lambda: li_min.screen)
            todo = await world.staff_says("LiMin", "我的待办")

    assert "企业微信里上报" in li_min.screen[0].text
    assert todo.count("A2") == 1
    assert "Traceback" not in log.read_text(encoding="utf-8")
