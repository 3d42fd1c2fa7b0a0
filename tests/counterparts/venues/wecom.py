"""A corporation on WeCom: staff in its application, residents in 微信客服."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from bot.app import App
from bot.clock import MovableClock
from bot.dialogues.scene import Scene
from knowledge.model import Knowledge
from tests.counterparts.venues.side import Seen, refuse_groups
from tests.counterparts.wecom.caller import AppCaller, Keys, Line
from tests.counterparts.wecom.cards import Shown
from tests.counterparts.wecom.corp import App as CorpApp
from tests.counterparts.wecom.corp import Corp
from tests.counterparts.wecom.service import Service, ServiceCaller

CORP_ID = "ww0123456789abcdef"
AGENT_ID = 1000002
TOKEN = "neighbours"
AES_KEY = base64.b64encode(bytes(range(32))).decode().rstrip("=")
APP_SECRET, KF_SECRET = "s" * 43, "k" * 43
ACCOUNT = "wkAJ2GCAAASSm4_FhToWMFea0xAFfd3Q"


class StaffSide:
    """Staff as members of the corporation, with cards to press."""

    def __init__(self, knowledge: Knowledge, clock: MovableClock) -> None:
        self.clock = clock
        self.corp = Corp(
            corp_id=CORP_ID,
            apps=[CorpApp(AGENT_ID, "邻里", APP_SECRET), CorpApp(0, "微信客服", KF_SECRET)],
            clock=clock,
        )
        self.userids = {name: f"member{number}" for number, name in enumerate(knowledge.staff, 1)}
        for userid in self.userids.values():
            self.corp.member(userid)
        self.api_base = ""
        self._caller: AppCaller

    @property
    def channels(self) -> dict[str, dict[str, Any]]:
        keys = {"corp_id": CORP_ID, "token": TOKEN, "aes_key": AES_KEY, "api_base": self.api_base}
        return {"staff": {"kind": "wecom_app", "agent_id": AGENT_ID, "secret": APP_SECRET, **keys}}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with self.corp.server.running() as self.api_base:
            yield

    @asynccontextmanager
    async def connected(self, base: str) -> AsyncIterator[None]:
        async with aiohttp.ClientSession() as session:
            keys = Keys(TOKEN, AES_KEY, CORP_ID)
            line = Line(f"{base}/wecom/app/{AGENT_ID}", keys, session, self.clock)
            self._caller = AppCaller(self.corp, line, agent_id=AGENT_ID)
            yield

    async def says(self, who: str, text: str) -> None:
        userid = self.userids[who]
        screen = self.corp.member(userid).screen
        if screen and text in screen[-1].buttons and screen[-1].chosen is None:
            await self._caller.presses(userid, screen[-1], text)
        else:
            await self._caller.says(userid, text)

    def screen(self, who: str) -> list[Seen]:
        return [seen(shown) for shown in self.corp.member(self.userids[who]).screen]


class WeComSide:
    def __init__(self, knowledge: Knowledge, clock: MovableClock) -> None:
        self.staff = StaffSide(knowledge, clock)
        self.service = Service(self.staff.corp, [ACCOUNT])
        self._customers: dict[str, str] = {}
        self._caller: ServiceCaller

    @property
    def channels(self) -> dict[str, dict[str, Any]]:
        app = self.staff.channels["staff"]
        shared = {key: app[key] for key in ("corp_id", "token", "aes_key", "api_base")}
        return {**self.staff.channels, "kf": {"kind": "wecom_kf", "secret": KF_SECRET, **shared}}

    def admit(self, scene: Scene) -> None:
        refuse_groups(scene, "企业微信的应用和微信客服都进不了群")

    def account(self, name: str) -> tuple[str, str]:
        if name in self.staff.userids:
            return "staff", self.staff.userids[name]
        return "kf", self._customers.setdefault(name, f"wmAJ2GCAAA{len(self._customers):04}")

    def group_chat(self, name: str) -> tuple[str, str] | None:
        return None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with self.staff.running():
            yield

    def prepare(self, app: App, photos: Path) -> None:
        """As it is configured."""

    @asynccontextmanager
    async def connected(self, base: str) -> AsyncIterator[None]:
        async with self.staff.connected(base), aiohttp.ClientSession() as session:
            line = Line(f"{base}/wecom/kf", Keys(TOKEN, AES_KEY, CORP_ID), session, self.staff.clock)
            self._caller = ServiceCaller(self.service, line)
            yield

    async def says(self, who: str, text: str, group: str | None) -> None:
        if who in self.staff.userids:
            await self.staff.says(who, text)
            return
        _, customer = self.account(who)
        screen = self.service.customer(customer).screen
        if screen and text in screen[-1].buttons:
            await self._caller.presses(customer, screen[-1], text)
        else:
            await self._caller.says(customer, text)

    def screen(self, who: str) -> list[Seen]:
        if who in self.staff.userids:
            return self.staff.screen(who)
        return [seen(shown) for shown in self.service.customer(self.account(who)[1]).screen]

    def group_screen(self, group: str) -> list[Seen]:
        return []


def seen(shown: Shown) -> Seen:
    return Seen(shown.text, tuple(shown.buttons))
