"""Everybody behind a gateway, in private and in groups."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.app import App
from bot.clock import MovableClock
from bot.dialogues.scene import Scene
from knowledge.model import Knowledge
from tests.counterparts.onebot import Gateway
from tests.counterparts.venues.side import Seen, refuse_private_from_group

NAME = "gateway"
ACCESS_TOKEN = "neighbours-0123456789"


class OneBotSide:
    def __init__(self, knowledge: Knowledge, clock: MovableClock) -> None:
        self._names = knowledge.community.mention_names
        self._people: dict[str, str] = {}
        self._groups = {
            group.name: str(20001 + number) for number, group in enumerate(knowledge.groups.values())
        }
        self._gateway: Gateway

    @property
    def channels(self) -> dict[str, dict[str, Any]]:
        return {NAME: {"kind": "onebot", "access_token": ACCESS_TOKEN}}

    def admit(self, scene: Scene) -> None:
        refuse_private_from_group(scene, "网关背后的平台不一定能从群里找人私聊")

    def account(self, name: str) -> tuple[str, str]:
        return NAME, self._people.setdefault(name, str(501 + len(self._people)))

    def group_chat(self, name: str) -> tuple[str, str] | None:
        return NAME, self._groups[name]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        yield

    def prepare(self, app: App, photos: Path) -> None:
        """As it is configured."""

    @asynccontextmanager
    async def connected(self, base: str) -> AsyncIterator[None]:
        url = f"{base.replace('http', 'ws', 1)}/onebot/{NAME}"
        self._gateway = Gateway(url, ACCESS_TOKEN)
        self._gateway.groups = set(self._groups.values())
        self._gateway.people = {number: name for name, number in self._people.items()}
        async with self._gateway.connected():
            yield

    async def says(self, who: str, text: str, group: str | None) -> None:
        _, number = self.account(who)
        self._gateway.people[number] = who
        await self._gateway.says(
            number, *self._segments(text, group), group=self._groups[group] if group else ""
        )

    def screen(self, who: str) -> list[Seen]:
        return self._said_to(self.account(who)[1])

    def group_screen(self, group: str) -> list[Seen]:
        return self._said_to(self._groups[group])

    def _said_to(self, chat: str) -> list[Seen]:
        return [Seen(text) for where, text in self._gateway.said if where == chat]

    def _segments(self, text: str, group: str | None) -> list[Any]:
        """Who calls the bot in a group picks its name from a list."""
        for name in sorted(self._names, key=len, reverse=True) if group else ():
            before, found, after = text.partition(name)
            if found:
                return [part for part in (before, self._gateway.mention(), after) if part]
        return [text]
