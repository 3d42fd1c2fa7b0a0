"""A 服务号 for residents; its staff are in the application of WeCom, as they would be."""

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
from tests.counterparts.venues.wecom import AES_KEY, TOKEN, StaffSide
from tests.counterparts.wechat.caller import Account, Caller
from tests.counterparts.wechat.platform import Platform

APP_ID = "wx0123456789abcdef"
SECRET = "w" * 32


class WeChatSide:
    def __init__(self, knowledge: Knowledge, clock: MovableClock) -> None:
        self.staff = StaffSide(knowledge, clock)
        self.platform = Platform(app_id=APP_ID, secret=SECRET, clock=clock)
        self._openids: dict[str, str] = {}
        self._api_base = ""
        self._caller: Caller

    @property
    def channels(self) -> dict[str, dict[str, Any]]:
        account = {"app_id": APP_ID, "secret": SECRET, "token": TOKEN, "aes_key": AES_KEY}
        residents = {"kind": "wechat_official", "api_base": self._api_base, **account}
        return {**self.staff.channels, "wechat": residents}

    def admit(self, scene: Scene) -> None:
        refuse_groups(scene, "服务号进不了群")

    def account(self, name: str) -> tuple[str, str]:
        if name in self.staff.userids:
            return "staff", self.staff.userids[name]
        return "wechat", self._openids.setdefault(name, f"o6_bmjrPTlm6_2sgVt7hMZOP{len(self._openids):04}")

    def group_chat(self, name: str) -> tuple[str, str] | None:
        return None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with self.staff.running(), self.platform.running() as self._api_base:
            yield

    def prepare(self, app: App, photos: Path) -> None:
        """As it is configured."""

    @asynccontextmanager
    async def connected(self, base: str) -> AsyncIterator[None]:
        async with self.staff.connected(base), aiohttp.ClientSession() as session:
            account = Account(APP_ID, TOKEN, AES_KEY)
            self._caller = Caller(f"{base}/wechat", account, self.platform, session, encrypted=True)
            yield

    async def says(self, who: str, text: str, group: str | None) -> None:
        if who in self.staff.userids:
            await self.staff.says(who, text)
        else:
            await self._caller.says(self.account(who)[1], text)

    def screen(self, who: str) -> list[Seen]:
        if who in self.staff.userids:
            return self.staff.screen(who)
        return [Seen(text) for text in self.platform.resident(self.account(who)[1]).screen]

    def group_screen(self, group: str) -> list[Seen]:
        return []
