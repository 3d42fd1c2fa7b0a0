"""Who sends more in a minute than anybody types is told so once; the inbox says what was not dealt with."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.clock import MovableClock
from bot.conversation.models import inbox
from bot.engine import Engine
from bot.messaging import Answer, Fate
from bot.storage.database import Database
from knowledge.library import SHIPPED, read_knowledge
from tests.unit.conversation.conftest import CHANNELS, MORNING, Chat

MOST = 3
TOO_MANY = "发得太多了"


@pytest.fixture(scope="module")
def strict() -> Engine:
    return Engine(
        knowledge=read_knowledge(SHIPPED),
        clock=MovableClock(MORNING),
        capabilities=CHANNELS,
        named_channels=("wechat",),
        most_a_minute=MOST,
    )


@pytest.fixture
def chat(database: Database, strict: Engine) -> Chat:
    assert isinstance(strict.clock, MovableClock)
    strict.clock.move_to(MORNING)
    tenant = strict.knowledge().community.id
    database.run(tenant, strict.prepare)
    return Chat(database, strict, strict.clock, tenant)


def reports(town: Chat, first: int, count: int, **changes: object) -> list[Answer]:
    """Urgent ones, each of which would be a matter of its own; all in one commit."""
    numbers = range(first, first + count)
    texts = [f"幸福里{number}号楼2单元水管爆了，水漫到楼道里了" for number in numbers]
    return town.receive(
        *(town.message(text, f"{number}", **changes) for number, text in zip(numbers, texts, strict=True))
    )


def dropped(database: Database) -> dict[str, str]:
    with database.reading(1) as tx:
        rows = tx.fetch(select(inbox.c.message_id, inbox.c.dropped).where(inbox.c.dropped.is_not(None)))
    return {row.message_id: row.dropped for row in rows}


def said(answers: Sequence[Answer]) -> list[str]:
    return [message.text for answer in answers for message in answer.messages]


def test_one_sentence_and_then_silence_and_the_inbox_says_why(chat: Chat) -> None:
    answers = reports(chat, 1, MOST + 4)

    assert len(chat.tickets()) == MOST
    assert [answer.fate for answer in answers] == [Fate.TAKEN] * MOST + [Fate.DROPPED] * 4
    assert [TOO_MANY in text for text in said(answers)] == [False] * MOST + [True]
    assert dropped(chat.database) == {"4": "flood", "5": "flood", "6": "flood", "7": "flood"}


def test_what_was_sent_over_an_hour_and_is_fetched_at_once_is_no_flood(chat: Chat) -> None:
    for number in range(1, MOST + 4):
        at = MORNING - timedelta(hours=1) + timedelta(minutes=5 * number)
        reports(chat, number, 1, received_at=at)

    assert len(chat.tickets()) == MOST + 3
    assert dropped(chat.database) == {}


def test_after_a_minute_the_next_line_is_dealt_with(chat: Chat) -> None:
    reports(chat, 1, MOST + 1)
    chat.clock.move_to(MORNING + timedelta(seconds=60))

    [answer] = reports(chat, 9, 1)

    assert answer.fate is Fate.TAKEN
    assert len(chat.tickets()) == MOST + 1


def test_an_emergency_is_never_too_much(chat: Chat) -> None:
    reports(chat, 1, MOST + 2)

    answer = chat.says("幸福里5号楼着火了", "fire")

    assert answer.fate is Fate.TAKEN
    assert "119" in said([answer])[0]
    assert "E" in {ticket.urgency for ticket in chat.tickets()}


def test_others_are_heard_meanwhile(chat: Chat) -> None:
    reports(chat, 1, MOST + 2)

    assert reports(chat, 9, 1, sender="王阿姨", chat="王阿姨")[0].fate is Fate.TAKEN


@pytest.mark.parametrize(
    "changes",
    [
        {"sender": "李敏", "chat": "李敏"},  # who works through a list answers quickly
        {"channel": "web"},  # the page holds back what is too much, and hands it in later
        {"one_way": True},
    ],
    ids=["staff", "page", "letters"],
)
def test_nobody_else_is_slowed(chat: Chat, changes: dict[str, object]) -> None:
    assert {answer.fate for answer in reports(chat, 1, MOST + 3, **changes)} == {Fate.TAKEN}


def test_a_line_that_was_too_much_stays_so_when_it_is_brought_again(chat: Chat) -> None:
    answers = reports(chat, 1, MOST + 1)
    chat.clock.move_to(MORNING + timedelta(minutes=5))

    again = reports(chat, MOST + 1, 1)

    assert again == answers[-1:]
    assert again[0].fate is Fate.REPEATED
    assert len(chat.tickets()) == MOST


def test_talk_in_a_group_that_is_none_of_ours_is_not_counted(chat: Chat) -> None:
    group = {"chat": "幸福里业主群", "is_group": True}
    chatter = [chat.message("哈哈", f"chatter-{number}", **group) for number in range(MOST + 3)]
    chat.receive(*chatter)

    asked = replace(chat.message("@邻里 物业费多少钱一平", "asked", **group), mentioned=True)
    assert chat.receive(asked)[0].fate is Fate.TAKEN
    assert dropped(chat.database) == {}
