"""Everybody on Telegram, in private and in groups."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.app import App
from bot.channels.photos import PhotoStore
from bot.channels.telegram.account import Account
from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.pacing import Limit, Limits
from bot.clock import MovableClock
from bot.dialogues.scene import Scene
from bot.storage.notebook import StoredNotebook
from knowledge.model import Knowledge
from tests.counterparts.telegram.people import Chat, Shown
from tests.counterparts.telegram.platform import Platform
from tests.counterparts.venues.side import Seen, refuse_private_from_group

NAME = "tg"
TOKEN = "42:AAH0123456789abcdefghijklmnopqrstuvwx"
SECRET = "neighbours-42_x"
_UNPACED = Limits(*[Limit(1_000_000, 1)] * 3)


class TelegramSide:
    """Privacy mode is off: the bot hears what is said in groups."""

    def __init__(self, knowledge: Knowledge, clock: MovableClock) -> None:
        self.platform = Platform(TOKEN, reads_groups=True, limits={})
        self._names = knowledge.community.mention_names
        self._clock = clock
        self._api_base = ""
        self._people: dict[str, Chat] = {}
        for name in (*knowledge.staff, *(entry.name for entry in knowledge.residents)):
            self._person(name).was_started = True  # nobody is known here who has not written once
        self._groups = {
            group.name: self.platform.people.group(-4001 - number, group.name)
            for number, group in enumerate(knowledge.groups.values())
        }

    @property
    def channels(self) -> dict[str, dict[str, Any]]:
        settings = {"token": TOKEN, "webhook_secret": SECRET, "api_base": self._api_base}
        return {NAME: {"kind": "telegram", **settings}}

    def admit(self, scene: Scene) -> None:
        refuse_private_from_group(scene, "Telegram 机器人不能从群里找人私聊")

    def account(self, name: str) -> tuple[str, str]:
        return NAME, str(self._person(name).id)

    def group_chat(self, name: str) -> tuple[str, str] | None:
        return NAME, str(self._groups[name].id)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with self.platform.running() as self._api_base:
            yield

    def prepare(self, app: App, photos: Path) -> None:
        """One message a second is tested elsewhere, and would take an hour here."""
        notebook = StoredNotebook(NAME, writer=app.writer, tenant=app.tenant, clock=self._clock)
        account = Account(NAME, TOKEN, SECRET, api_base=self._api_base)
        app.channels[NAME] = Telegram(
            account,
            notebook=notebook,
            clock=self._clock,
            photos=PhotoStore(photos),
            limits=_UNPACED,
        )

    @asynccontextmanager
    async def connected(self, base: str) -> AsyncIterator[None]:
        self.platform.webhook["url"], self.platform.secret = f"{base}/telegram/{NAME}", SECRET
        yield

    async def says(self, who: str, text: str, group: str | None) -> None:
        person = self._person(who)
        chat = self._groups[group] if group else person
        last = chat.screen[-1] if chat.screen else None
        if last is not None and any(label == text for label, _ in last.buttons):
            update = self.platform.people.presses(person, text, chat=chat)
        else:
            update = self.platform.people.says(person, self._addressed(text), chat=chat)
        status = await self.platform.deliver(update)
        assert status == 200, status

    def screen(self, who: str) -> list[Seen]:
        return [_seen(shown) for shown in self._person(who).screen]

    def group_screen(self, group: str) -> list[Seen]:
        return [_seen(shown) for shown in self._groups[group].screen]

    def _person(self, name: str) -> Chat:
        if name not in self._people:
            self._people[name] = self.platform.people.person(501 + len(self._people), name)
        return self._people[name]

    def _addressed(self, text: str) -> str:
        """Who calls the bot here picks its name from a list."""
        for name in sorted(self._names, key=len, reverse=True):
            if name in text:
                return text.replace(name, f" @{self.platform.me['username']} ", 1).strip()
        return text


def _seen(shown: Shown) -> Seen:
    return Seen(shown.text, tuple(label for label, _ in shown.buttons))
