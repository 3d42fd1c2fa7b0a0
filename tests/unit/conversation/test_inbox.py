"""The same message counts once and gets the same answer, whoever brings it again and how often."""

import json
import random
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.conversation.inbox import LONGEST_TEXT, made_fit
from bot.conversation.models import inbox
from bot.messaging import Answer, InboundMessage
from bot.outbox.models import DeliveryState
from bot.storage.database import Database
from tests.stores import address_of
from tests.unit.conversation.conftest import Chat

URGENT = "幸福里3号楼2单元水管爆了，水漫到楼道里了"


def texts(answer: Answer) -> list[str]:
    return [message.text for message in answer.messages]


def seen(database: Database) -> int:
    with database.reading(1) as tx:
        return int(tx.fetch_value(select(func.count()).select_from(inbox)))


# -- the same message again -----------------------------------------------------------------------------


def test_a_repeated_message_gets_the_same_answer_and_files_nothing(chat: Chat) -> None:
    first = chat.says(URGENT, "1")
    rows = chat.rows()
    assert texts(first)
    assert chat.says(URGENT, "1") == first
    assert chat.says("改了字的也还是那一条", "1") == first
    assert len(chat.tickets()) == 1
    assert chat.rows() == rows


def test_two_of_the_same_in_one_commit_are_one(chat: Chat) -> None:
    message, other = chat.message(URGENT, "1"), chat.message("物业费多少钱一平", "2")
    first, again, between, last = chat.receive(message, message, other, message)
    assert first == again == last
    assert texts(between)
    assert texts(between) != texts(first)
    assert len(chat.tickets()) == 1
    assert seen(chat.database) == 2


def test_the_same_id_on_two_channels_is_two_messages(chat: Chat) -> None:
    here, there = chat.receive(
        chat.message("物业费多少钱一平", "1"), chat.message("物业费多少钱一平", "1", channel="web")
    )
    assert texts(here)
    assert texts(there)
    assert {message.id for message in here.messages}.isdisjoint(message.id for message in there.messages)


def test_a_repeated_message_still_gets_its_answer_when_nobody_knows_whether_it_arrived(chat: Chat) -> None:
    first = chat.says(URGENT, "1")
    chat.clock.move_to(chat.clock.now() + timedelta(minutes=2))
    chat.claim()
    assert DeliveryState.UNKNOWN in [row.state for row in chat.rows() if row.answers]
    assert chat.says(URGENT, "1") == first


def test_an_answer_that_goes_its_own_way_is_not_given_in_the_reply_as_well(chat: Chat) -> None:
    held = chat.message("那边那个", "1")
    [first, again] = chat.receive(held, held)
    assert texts(first) == texts(again) == []
    [row] = [row for row in chat.rows() if row.answers == "wechat/1"]
    assert (row.state, row.not_before - row.created_at) == (
        DeliveryState.WAITING, timedelta(milliseconds=900),
    )  # fmt: skip
    chat.clock.move_to(chat.clock.now() + timedelta(seconds=1))
    assert [message.text for message in chat.claim()] == [row.text]
    assert texts(chat.receive(held)[0]) == []


# -- from several processes -------------------------------------------------------------------------------

_TAKE = """
import asyncio, json, sys
from bot.clock import MovableClock
from bot.engine import Engine
from bot.messaging import Capabilities, InboundMessage
from bot.storage.database import Database
from bot.storage.writer import Writer
from knowledge.library import SHIPPED, read_knowledge
from tests.unit.conversation.conftest import CHANNELS, MORNING

database = Database(sys.argv[1])
engine = Engine(knowledge=read_knowledge(SHIPPED), clock=MovableClock(MORNING), capabilities=CHANNELS)
writer = Writer(database)
print("ready", flush=True)
messages = json.loads(sys.stdin.readline())

async def take(message_id, sender, text):
    message = InboundMessage(id=message_id, channel="wechat", sender=sender, chat=sender, text=text,
                             received_at=MORNING)
    answer = await writer.do_together(1, engine.receiver.receive_all, message)
    return message_id, [(said.id, said.text) for said in answer.messages]

async def take_all():
    return dict(await asyncio.gather(*(take(*message) for message in messages)))

answers = asyncio.run(take_all())
writer.close()
print(json.dumps(answers))
"""


def test_two_processes_that_get_the_same_messages_take_each_once(chat: Chat) -> None:
    """Both get all, each in another order, at the same moment."""
    messages = [(f"{number}", f"居民{number}", URGENT) for number in range(40)]
    command = [sys.executable, "-c", _TAKE, address_of(chat.database)]
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for number, process in enumerate(running):
        assert process.stdin is not None
        process.stdin.write(json.dumps(random.Random(number).sample(messages, len(messages))) + "\n")
        process.stdin.flush()
    answers = [json.loads(process.communicate(timeout=120)[0]) for process in running]
    assert answers[0] == answers[1]
    assert all(answers[0].values())
    assert seen(chat.database) == 40
    assert len(chat.tickets()) == 40
    assert len({ticket.number for ticket in chat.tickets()}) == 40


# -- what no store can keep -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("电梯\x00坏了", "电梯坏了"),
        ("电梯\ud83d坏了", "电梯坏了"),
        ("\x01\x02\x1f\x7f", ""),
        ("电梯\n坏了\t\r\n", "电梯\n坏了\t\r\n"),
        ("😀" * 1000, "😀" * 1000),
        ("坏" * 1_000_000, "坏" * LONGEST_TEXT),
    ],
)
def test_a_text_is_cut_and_freed_of_what_cannot_be_kept(chat: Chat, text: str, kept: str) -> None:
    assert made_fit(chat.message(text, "1")).text == kept


def test_a_message_that_is_fit_stays_the_very_same(chat: Chat) -> None:
    message = chat.message("电梯坏了", "1", sender_name="刘", place_hint="幸福里3号楼")
    assert made_fit(message) is message


_STRANGE = (
    *("", " ", "\x00", "\ud800", "😀" * 1000, "电" * 1_000_000),
    *("幸福里3号楼2单元水管爆了\x00", "%s{place}'\";--"),
)


def _strange(message: InboundMessage) -> list[InboundMessage]:
    future, past = timedelta(days=4000), timedelta(days=-9000)
    return [
        *(replace(message, id=f"{number}", text=text) for number, text in enumerate(_STRANGE)),
        replace(message, id="name", sender_name="刘\x00女士\udfff"),
        replace(message, id="hint", place_hint="\x00\ud800"),
        replace(message, id="id\x00\ud800"),
        replace(message, id="future", received_at=message.received_at + future),
        replace(message, id="past", received_at=message.received_at + past),
    ]


def test_strange_messages_end_in_an_answer_or_in_silence_and_count_once(chat: Chat) -> None:
    for message in _strange(chat.message("水管爆了", "0")):
        [answer] = chat.receive(message)
        assert chat.receive(message) == [answer]
        assert all(0 < len(text) < 2000 for text in texts(answer))
    assert seen(chat.database) == 13
    assert {ticket.created_at for ticket in chat.tickets()} == {chat.clock.now()}
