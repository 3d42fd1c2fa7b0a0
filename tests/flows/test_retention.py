"""What people said and showed goes when its time is over; what happened, and what still goes on, stays."""

import os
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.channels.photos import PhotoStore
from bot.clock import MovableClock
from bot.community.models import people
from bot.conversation.models import conversations, inbox
from bot.engine import Engine
from bot.messaging import Capabilities, InboundMessage
from bot.outbox.models import DeliveryState, outbox
from bot.reminders.data_retention import Keep
from bot.storage.database import Database
from bot.storage.notebook import notes
from bot.tickets.ageing import photos_in_use
from bot.tickets.models import ticket_events, tickets
from knowledge.model import Knowledge
from tests.flows.conftest import CHANNEL, NOW

PHOTO = "a" * 32 + ".jpg"
OTHER_PHOTO = "b" * 32 + ".jpg"


class Town:
    """The engine, spoken to line by line."""

    def __init__(self, database: Database, knowledge: Knowledge) -> None:
        self._database = database
        self._tenant = knowledge.community.id
        self._clock = MovableClock(NOW)
        self._engine = Engine(
            knowledge=knowledge,
            clock=self._clock,
            capabilities={CHANNEL: Capabilities(is_mailbox=True)},
            named_channels=(CHANNEL,),
            keep=Keep(photos=100, messages=100, matters=300),
        )
        self._lines = 0
        database.run(self._tenant, self._engine.prepare)

    def hear(self, speaker: str, text: str, *photos: str) -> str:
        self._lines += 1
        message = InboundMessage(
            id=str(self._lines), channel=CHANNEL, sender=speaker, chat=speaker, text=text,
            received_at=self._clock.now(), photos=photos,
        )  # fmt: skip
        answer = self._database.run(self._tenant, lambda tx: self._engine.receiver.receive(tx, message))
        return "".join(one.text for one in answer.messages)

    def pass_days(self, days: int) -> None:
        until = self._clock.now() + timedelta(days=days)
        self._clock.move_to(until)
        self._database.run(self._tenant, lambda tx: self._engine.scheduler.tick(tx, until))

    def photos(self) -> frozenset[str]:
        with self._database.reading(self._tenant) as tx:
            return photos_in_use(tx)

    def messages(self) -> tuple[int, int]:
        """How many that went out, and how many conversations."""
        sent = select(func.count()).where(outbox.c.state == DeliveryState.SENT)
        open_ = select(func.count(conversations.c.sender))
        with self._database.reading(self._tenant) as tx:
            return tx.fetch_value(sent), tx.fetch_value(open_)

    def note(self, key: str, days: int) -> None:
        """Something that a channel has to remember for so long."""
        until = self._clock.now() + timedelta(days=days)
        self._database.run(self._tenant, lambda tx: tx.put(notes, key=key, value="1", kept_until=until))

    def seen_and_noted(self) -> tuple[int, set[str]]:
        """How many messages the inbox knows, and what is noted for channels."""
        with self._database.reading(self._tenant) as tx:
            seen = tx.fetch_value(select(func.count(inbox.c.message_id)))
            return seen, {row.key for row in tx.fetch(select(notes.c.key))}

    def knows(self, name: str, phone: str) -> bool:
        found = select(func.count()).where(people.c.name == name, people.c.phone == phone)
        with self._database.reading(self._tenant) as tx:
            return bool(tx.fetch_value(found))

    def newest_ticket(self) -> tuple[str, str | None, int | None, datetime | None, str | None]:
        with self._database.reading(self._tenant) as tx:
            row = tx.fetch_one(select(tickets).order_by(tickets.c.id.desc()))
        assert row is not None
        return row.text, row.room, row.reporter_id, row.closed_at, row.category

    def words_kept(self) -> bool:
        with self._database.reading(self._tenant) as tx:
            return any(row.words for row in tx.fetch(select(ticket_events.c.words)))


@pytest.fixture
def town(database: Database, knowledge: Knowledge) -> Town:
    return Town(database, knowledge)


def report_and_close(town: Town) -> None:
    town.hear("王阿姨", "3号楼2单元楼道灯不亮", PHOTO)
    town.hear("王阿姨", "对")
    town.hear("李敏", "好了 换了灯泡")
    town.hear("王阿姨", "解决了")


def test_photos_messages_and_words_each_have_their_time(town: Town) -> None:
    report_and_close(town)
    assert town.photos() == {PHOTO}
    assert town.newest_ticket()[3] is not None, "it is closed"

    town.pass_days(99)
    assert town.photos() == {PHOTO}
    assert town.messages() == (4, 2)

    town.pass_days(3)
    assert town.photos() == frozenset()
    assert town.messages() == (0, 0)
    assert "灯不亮" in town.newest_ticket()[0]
    assert town.words_kept()

    town.pass_days(200)
    text, room, reporter, closed_at, category = town.newest_ticket()
    assert (text, room, reporter) == ("", None, None)
    assert None not in (closed_at, category), "the figures stay"
    assert not town.words_kept()


def test_what_no_platform_repeats_and_what_is_forgotten_takes_no_room(town: Town) -> None:
    report_and_close(town)
    town.note("short", days=2)
    town.note("long", days=200)

    town.pass_days(99)
    assert town.seen_and_noted() == (4, {"long"})

    town.pass_days(3)
    assert town.seen_and_noted() == (0, {"long"})


def test_what_is_still_open_keeps_everything(town: Town) -> None:
    town.hear("王阿姨", "3号楼2单元楼道灯不亮", PHOTO)
    town.hear("王阿姨", "对")

    town.pass_days(400)

    assert town.photos() == {PHOTO}
    assert "灯不亮" in town.newest_ticket()[0]


def test_who_has_her_information_deleted_has_her_photos_deleted(town: Town) -> None:
    report_and_close(town)
    town.hear("老孙", "5号楼1单元楼道灯不亮", OTHER_PHOTO)
    town.hear("老孙", "对")
    town.hear("王阿姨", "删除我的信息")
    town.hear("王阿姨", "确定删除")

    assert town.photos() == {OTHER_PHOTO}


def test_the_files_of_photos_that_nobody_has_are_swept_after_some_days(tmp_path: Path) -> None:
    store = PhotoStore(tmp_path)
    names = {"used": PHOTO, "unused": OTHER_PHOTO, "new": "c" * 32 + ".jpg", "half": "d" * 32 + ".jpg.part"}
    for name in names.values():
        (tmp_path / name).write_bytes(b"")
    long_ago = time.time() - timedelta(days=4).total_seconds()
    for kind in ("used", "unused", "half"):
        os.utime(tmp_path / names[kind], (long_ago, long_ago))

    assert store.sweep({names["used"]}) == 2
    assert {path.name for path in tmp_path.iterdir()} == {names["used"], names["new"]}


def test_who_was_noted_for_a_matter_that_staff_entered_is_forgotten_with_it(
    database: Database, knowledge: Knowledge
) -> None:
    town = Town(database, knowledge)
    for line in ("代报 5号楼1单元刘奶奶家门禁坏了 13812345678", "幸福里", "对"):
        town.hear("何静", line)
    town.hear("李敏", "好了 修了读卡器")
    town.hear("何静", "回访 A2611-0001 满意")

    town.pass_days(200)
    assert town.knows("刘奶奶", "13812345678")
    town.pass_days(150)

    assert not town.knows("刘奶奶", "13812345678")
    assert town.knows("何静", "13900000011")
