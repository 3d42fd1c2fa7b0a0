"""A mailbox gives every message once, whatever the order in which rows are made, sent and stamped."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import bindparam, update

from bot.messaging import Address, Button
from bot.outbox.mailbox import channel_messages_after, messages_after
from bot.outbox.models import DeliveryState, Purpose, outbox
from bot.storage.database import Database
from bot.storage.ids import highest_id_before, new_id

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
WANG = Address("web", "wang")
_SETTLE = (
    update(outbox)
    .where(outbox.c.tenant == bindparam("of_tenant"), outbox.c.id == bindparam("of_id"))
    .values(
        state=bindparam("to_state"), sent_at=bindparam("at"), channel=bindparam("on"), chat=bindparam("chat_")
    )
)


class Post:
    """The outbox of one community, and a reader who keeps a cursor for each chat."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.cursor = ""

    def promise(
        self, text: str, *, row_id: int | None = None, state: str = DeliveryState.WAITING, **values: object
    ) -> int:
        number = row_id or new_id()
        sent = {"channel": "web", "chat": "wang", "is_group": False, "sent_at": NOON}
        unsent = {"channel": None, "chat": None, "is_group": False, "sent_at": None}
        where = sent if state == DeliveryState.SENT else unsent
        row = {
            "id": number,
            "dedupe_key": str(number),
            "person_id": 1,
            "answers": None,
            "purpose": Purpose.NOTICE,
            "urgent": False,
            "ticket_id": None,
            "text": text,
            "buttons": [["好", "好的"]],
            "created_at": NOON,
            "not_before": NOON,
            "state": state,
            "attempts": 0,
            "lease_until": None,
            "note": None,
        }
        with self.database.transaction(1) as tx:
            tx.add(outbox, **row | where | values)
        return number

    def say(self, text: str, **values: object) -> int:
        return self.promise(text, state=DeliveryState.SENT, **values)

    def settle(self, number: int, state: str = DeliveryState.SENT, at: datetime = NOON) -> None:
        with self.database.transaction(1) as tx:
            tx.change(_SETTLE, of_id=number, to_state=state, at=at, on="web", chat_="wang")

    def read(self, *, limit: int = 50) -> list[str]:
        with self.database.reading(1) as tx:
            page = messages_after(tx, WANG, self.cursor, limit=limit)
        self.cursor = page.cursor
        return [one.message.text for one in page.delivered]

    def read_channel(self, cursor: str = "") -> list[str]:
        with self.database.reading(1) as tx:
            return [one.message.text for one in channel_messages_after(tx, "web", cursor).delivered]


@pytest.fixture
def post(database: Database) -> Post:
    return Post(database)


def long_ago(days: int) -> int:
    return highest_id_before(timedelta(days=days)) + 1


def test_each_message_is_read_once(post: Post) -> None:
    post.say("一")
    assert post.read() == ["一"]
    post.say("二")

    assert post.read() == ["二"]
    assert post.read() == []


def test_a_message_keeps_its_text_buttons_and_moment(post: Post) -> None:
    number = post.say("一")

    with post.database.reading(1) as tx:
        (one,) = messages_after(tx, WANG, "").delivered

    assert (one.message.id, one.message.address, one.at) == (number, WANG, NOON)
    assert one.message.buttons == (Button("好", "好的"),)


def test_a_push_promised_in_the_evening_is_read_in_the_morning(post: Post) -> None:
    held = post.promise("楼道灯", row_id=long_ago(1))
    post.say("晚上好")
    assert post.read() == ["晚上好"]

    post.settle(held)

    assert post.read() == ["楼道灯"]
    assert post.read() == []


def test_a_message_stamped_by_a_clock_that_was_turned_back_is_read(post: Post) -> None:
    post.say("下周一", sent_at=NOON + timedelta(days=7))
    assert post.read() == ["下周一"]

    post.say("今天", sent_at=NOON)

    assert post.read() == ["今天"]


def test_a_row_that_another_machine_commits_late_is_read(post: Post) -> None:
    drawn_first = new_id()
    post.say("后来的", row_id=new_id())
    assert post.read() == ["后来的"]

    post.say("先来的", row_id=drawn_first)

    assert post.read() == ["先来的"]


def test_an_unclear_push_is_read_when_it_turns_out_to_be_sent(post: Post) -> None:
    unclear = post.promise("不确定", row_id=long_ago(2), state=DeliveryState.UNKNOWN)
    assert post.read() == []

    post.settle(unclear)

    assert post.read() == ["不确定"]


def test_what_was_withdrawn_or_given_up_is_never_read(post: Post) -> None:
    for state in (DeliveryState.WITHDRAWN, DeliveryState.GIVEN_UP, DeliveryState.FOLDED):
        post.settle(post.promise(str(state)), state)

    assert post.read() == []


def test_a_cursor_stays_short_when_everything_old_is_settled(post: Post) -> None:
    for day in range(40, 0, -1):
        post.say(f"第{day}天", row_id=long_ago(day))
    post.read()

    assert len(post.cursor) < 20
    assert post.read() == []


def test_a_newcomer_sees_the_newest_and_never_the_older_ones_later(post: Post) -> None:
    for number in range(5):
        post.say(str(number))

    assert post.read(limit=2) == ["3", "4"]
    assert post.read(limit=2) == []


def test_a_newcomer_gets_a_push_that_is_older_than_all_that_was_shown(post: Post) -> None:
    held = post.promise("夜里答应的", row_id=long_ago(1))
    for number in range(5):
        post.say(str(number))
    post.read(limit=2)

    post.settle(held)

    assert post.read(limit=2) == ["夜里答应的"]


def test_many_messages_come_page_by_page_without_loss(post: Post) -> None:
    post.say("头一条")
    post.read()
    for number in range(7):
        post.say(str(number), sent_at=NOON - timedelta(minutes=number))

    pages = [post.read(limit=3) for _ in range(4)]

    assert sorted(text for page in pages for text in page) == [str(number) for number in range(7)]
    assert pages[3] == []


@pytest.mark.parametrize("cursor", ["不是游标", "zz", "-", "f" * 40, "1-" * 2000, "’; drop table outbox"])
def test_a_cursor_that_makes_no_sense_brings_the_newest_again(post: Post, cursor: str) -> None:
    post.say("一")
    post.cursor = cursor

    assert post.read() == ["一"]


def test_nobody_reads_the_mail_of_another_chat_or_channel(post: Post) -> None:
    post.say("给别人", chat="sun")
    post.say("群里的", is_group=True)
    post.say("别的渠道", channel="sandbox")

    assert post.read() == []
    assert post.read_channel() == ["给别人", "群里的"]
