"""The whole bot in this process, served over HTTP, for one scene on one platform."""

import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from anyio.from_thread import BlockingPortal
from sqlalchemy import Row, Select, bindparam, func, select

from bot.app import App
from bot.clock import MovableClock
from bot.community.identity import link_account, person_of_roster
from bot.conversation.models import inbox
from bot.dialogues.scene import Scene
from bot.dialogues.stage import StepFailed
from bot.dialogues.venue import CannotBePlayed, PersonNamed, Shown, with_labels
from bot.messaging import CallbackChannel, ReachingChannel
from bot.outbox.models import DeliveryState, outbox
from bot.settings import ConfigFile, settings_from
from bot.storage.database import Database
from bot.storage.transaction import Transaction
from knowledge.model import Knowledge
from tests.channels.wechat.conftest import serving
from tests.counterparts.venues.side import Seen, Side

_A_MOMENT = timedelta(seconds=1)  # the longest an answer may wait for a further line
_WITHIN = 10.0  # seconds of real time
_HEAD = 20  # characters by which a message on a screen is known
_UNSEEN = re.compile(r"[\s\u200b\u200c…]+")
_AS_MANY_AS_THEY_LIKE = 1000  # lines a minute: the clock of a scene stands still

_here = outbox.c.tenant == bindparam("of_tenant")
_HEARD = select(func.count()).select_from(inbox).where(inbox.c.tenant == bindparam("of_tenant"))
_BUSY = (
    select(func.count())
    .select_from(outbox)
    .where(
        _here,
        (outbox.c.state == DeliveryState.LEASED)
        | ((outbox.c.state == DeliveryState.WAITING) & (outbox.c.not_before <= bindparam("now"))),
    )
)
_ANSWERS_TO_COME = (
    select(func.count())
    .select_from(outbox)
    .where(
        _here,
        outbox.c.state == DeliveryState.WAITING,
        outbox.c.answers.is_not(None),
        outbox.c.not_before <= bindparam("now"),
    )
)
_TO_PERSON = select(outbox).where(
    _here, outbox.c.person_id == bindparam("of_person"), outbox.c.is_group.is_(False)
)


class House:
    """A venue. People's screens are the platform's; only whether a message answers a line, which no screen
    shows, is looked up in the store."""

    def __init__(
        self,
        side: Side,
        knowledge: Knowledge,
        clock: MovableClock,
        store: str,
        folder: Path,
        portal: BlockingPortal,
    ) -> None:
        self.clock = clock
        self.tenant = knowledge.community.id
        self._side = side
        self._knowledge = knowledge
        self._store = store
        self._folder = folder
        self._portal = portal
        self._app: App
        self._read: dict[str, int] = defaultdict(int)  # screen -> messages that were looked at
        self._unasked: dict[str, list[Shown]] = defaultdict(list)  # pushes that no step has asked for yet
        self._in_groups: dict[str, list[Shown]] = defaultdict(list)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        async with self._side.running():
            settings = settings_from(
                {
                    "database_url": self._store,
                    "photos": str(self._folder / "photos"),
                    "channels": self._side.channels,
                    "messages_a_minute": _AS_MANY_AS_THEY_LIKE,
                },
                ConfigFile("scene", None),
            )
            app = self._app = App(settings, ConfigFile("scene", None), clock=self.clock)
            app.engine.use(self._with_accounts())
            app.run(app.engine.prepare)
            app.run(self._link_residents)
            self._side.prepare(app, self._folder / "photos")
            called = [channel for channel in app.channels.values() if isinstance(channel, CallbackChannel)]
            async with serving(app.web(called)) as base:
                reaching = [
                    asyncio.create_task(channel.run(app.receive))
                    for channel in app.channels.values()
                    if isinstance(channel, ReachingChannel)
                ]
                async with self._side.connected(base):
                    yield
                for task in reaching:
                    task.cancel()
                await asyncio.gather(*reaching, return_exceptions=True)
                for channel in app.channels.values():
                    await channel.close()
            await app.delivery.finish()
            await asyncio.to_thread(app.close)

    # -- what a stage asks for --------------------------------------------------------------------

    @property
    def database(self) -> Database:
        return self._app.database

    def admit(self, scene: Scene) -> None:
        self._side.admit(scene)

    def account(self, name: str) -> tuple[str, str]:
        return self._side.account(name)

    def say(self, who: str, text: str, group: str | None) -> Sequence[Shown]:
        return self._portal.call(self._say, who, text, group)

    def pass_time(self, until: datetime) -> None:
        def deliver() -> None:
            self._portal.call(self._settled)

        self._app.engine.pass_time(self._app.run, until, clock=self.clock, deliver=deliver)

    def pushed_to(self, who: str) -> Sequence[Shown]:
        self._look_at_screen(who)
        pushed, self._unasked[who] = self._unasked[who], []
        return pushed

    def refusal(self, who: str) -> str | None:
        refused = (row.note for row in self._rows(who) if row.state == DeliveryState.GIVEN_UP)
        return next(refused, None)

    def said_in(self, group: str) -> Sequence[Shown]:
        self._look_at_group(group)
        return self._in_groups[group]

    # -- speaking ---------------------------------------------------------------------------------

    async def _say(self, who: str, text: str, group: str | None) -> Sequence[Shown]:
        self._look_at_screen(who)
        if not text.strip():
            raise CannotBePlayed("平台上发不出空话")
        heard = self._count(_HEARD)
        await self._side.says(who, text, group)
        try:
            async with asyncio.timeout(_WITHIN):
                while self._count(_HEARD) == heard:  # noqa: ASYNC110 - the store rings no bell
                    await asyncio.sleep(0.003)
        except TimeoutError:
            raise StepFailed("这句话没有送到程序") from None
        await self._settled()
        if self._count(_ANSWERS_TO_COME, now=self.clock.now() + _A_MOMENT):
            self.clock.move_to(self.clock.now() + _A_MOMENT)
            await self._settled()
        shown = self._look_at_screen(who)
        return [*(self._look_at_group(group) if group else []), *shown]

    async def _settled(self) -> None:
        """Until everything that may go out now has gone out, and is noted."""
        async with asyncio.timeout(_WITHIN):
            while True:
                await self._app.delivery.drain()
                if not self._count(_BUSY, now=self.clock.now()):
                    return
                await asyncio.sleep(0.01)

    def _count(self, statement: Select[Any], **values: object) -> int:
        with self.database.reading(self.tenant) as tx:
            return int(tx.fetch_value(statement, **values))

    # -- reading screens --------------------------------------------------------------------------

    def _look_at_screen(self, who: str) -> list[Shown]:
        """The new answers; new pushes are put aside."""
        new = self._new(who, self._side.screen(who))
        if not new:
            return []
        answers, pushes = self._promised(who)
        found = []
        for seen in new:
            shown = Shown(with_labels(seen.text, seen.labels), is_group=False, at=self.clock.now())
            if not _is_among(seen, answers) and _is_among(seen, pushes):
                self._unasked[who].append(shown)
            else:
                found.append(shown)
        return found

    def _look_at_group(self, group: str) -> list[Shown]:
        new = [
            Shown(with_labels(seen.text, seen.labels), is_group=True, at=self.clock.now())
            for seen in self._new(f"@{group}", self._side.group_screen(group))
        ]
        self._in_groups[group] += new
        return new

    def _new(self, screen: str, shown: list[Seen]) -> list[Seen]:
        new = shown[self._read[screen] :]
        self._read[screen] = len(shown)
        return new

    def _promised(self, who: str) -> tuple[list[str], list[str]]:
        """What the store says was said to somebody: in answer, and not."""
        answers, pushes = [], []
        for row in self._rows(who):
            (pushes if row.answers is None else answers).append(_bare(row.text))
        return answers, pushes

    def _rows(self, who: str) -> Sequence[Row[Any]]:
        with self.database.transaction(self.tenant) as tx:
            return tx.fetch(_TO_PERSON, of_person=PersonNamed(tx, self)(who))

    # -- who is who -------------------------------------------------------------------------------

    def _with_accounts(self) -> Knowledge:
        """As if staff had written everybody's account, and every group's number, into the files."""
        known = self._knowledge
        staff = {
            name: replace(member, accounts=dict([self.account(name)])) for name, member in known.staff.items()
        }
        groups = {
            name: replace(group, chats=dict([chat])) if (chat := self._side.group_chat(group.name)) else group
            for name, group in known.groups.items()
        }
        return replace(known, staff=staff, groups=groups)

    def _link_residents(self, tx: Transaction) -> None:
        for entry in self._knowledge.residents:
            person = person_of_roster(tx, f"resident:{entry.name}")
            assert person is not None
            channel, account = self.account(entry.name)
            link_account(tx, person.id, channel=channel, account=account)


def _is_among(seen: Seen, texts: list[str]) -> bool:
    head = _bare(seen.text)[:_HEAD]
    return any(head in text for text in texts)


def _bare(text: str) -> str:
    return _UNSEEN.sub("", text)
