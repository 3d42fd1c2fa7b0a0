"""Several short lines typed in a row are understood together, and no answer waits longer than a second."""

from datetime import timedelta

from bot.outbox.models import DeliveryState
from tests.unit.conversation.conftest import MORNING, Chat

HALF = "那边那个"
REST = "幸福里3号楼2单元水管爆了"


def states(chat: Chat, message_id: str) -> list[str]:
    return [row.state for row in chat.rows() if row.answers == f"wechat/{message_id}"]


def test_the_next_line_completes_the_last_one_and_takes_back_its_answer(chat: Chat) -> None:
    assert chat.says(HALF, "1").messages == ()
    assert states(chat, "1") == [DeliveryState.WAITING]
    chat.clock.move_to(MORNING + timedelta(milliseconds=500))
    assert len(chat.says(REST, "2").messages) == 1
    assert states(chat, "1") == [DeliveryState.WITHDRAWN]
    [ticket] = chat.tickets()
    assert HALF in ticket.text
    assert REST in ticket.text


def test_a_line_that_stays_alone_is_answered_within_a_second(chat: Chat) -> None:
    assert chat.says(HALF, "1").messages == ()
    assert chat.claim() == []
    chat.clock.move_to(MORNING + timedelta(seconds=1))
    assert len(chat.claim()) == 1


def test_both_lines_may_come_in_one_commit(chat: Chat) -> None:
    first, second = chat.receive(chat.message(HALF, "1"), chat.message(REST, "2"))
    assert first.messages == ()
    assert len(second.messages) == 1
    assert states(chat, "1") == [DeliveryState.WITHDRAWN]
    assert len(chat.tickets()) == 1


def test_the_lines_of_two_people_are_not_joined(chat: Chat) -> None:
    chat.says(HALF, "1")
    chat.says(REST, "2", sender="钱大爷", chat="钱大爷")
    assert states(chat, "1") == [DeliveryState.WAITING]
    assert [ticket.text for ticket in chat.tickets()] == [REST]
