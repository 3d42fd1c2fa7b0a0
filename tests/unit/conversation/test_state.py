"""What a conversation is in the middle of survives the store, and two people never mix."""

from datetime import timedelta

from bot.conversation.state import (
    FORGET_AFTER,
    Choice,
    Conversation,
    Done,
    Form,
    Handover,
    Line,
    Option,
    Stage,
    load,
    read_together,
    save,
)
from bot.messaging import Address
from bot.storage.database import Database
from tests.unit.conversation.conftest import MORNING

PRIVATE = Address("wechat", "刘女士")


def full() -> Conversation:
    return Conversation(
        address=PRIVATE,
        sender="刘女士",
        stack=[
            Form("issue_report", {"building": "3"}, Stage.CONFIRMING, "unit", misses=1, reminders=2),
            Choice("legal_help", "slot", [Option("周三 14:00", "0"), Option("周三 14:30", "1")], "约律师"),
        ],
        last_said="对吗？",
        last_buttons=["对", "改一下"],
        misses=2,
        done=Done("issue_report", "7", MORNING + timedelta(minutes=30)),
        line=Line("幸福里", MORNING, "wechat/1"),
        handover=Handover.HUMAN,
        handed_over_at=MORNING,
    )


def test_everything_comes_back_as_it_was(database: Database) -> None:
    written = full()
    database.run(1, lambda tx: save(tx, written, MORNING))
    read = database.run(1, lambda tx: load(tx, address=PRIVATE, sender="刘女士", now=MORNING))
    assert read.updated_at == MORNING
    for name in (
        "stack",
        "last_said",
        "last_buttons",
        "misses",
        "done",
        "line",
        "handover",
        "handed_over_at",
    ):
        assert getattr(read, name) == getattr(written, name), name


def test_a_later_turn_of_the_same_commit_sees_what_the_earlier_one_saved(database: Database) -> None:
    with database.transaction(1) as tx:
        save(tx, full(), MORNING)
        assert load(tx, address=PRIVATE, sender="刘女士", now=MORNING).misses == 2
        tx.flush()
        assert load(tx, address=PRIVATE, sender="刘女士", now=MORNING).misses == 2


def test_what_was_read_together_is_not_held_against_what_was_saved_since(database: Database) -> None:
    with database.transaction(1) as tx:
        read_together(tx, [("wechat", "刘女士", "刘女士")])
        assert load(tx, address=PRIVATE, sender="刘女士", now=MORNING).stack == []
        save(tx, full(), MORNING)
        tx.flush()
        assert load(tx, address=PRIVATE, sender="刘女士", now=MORNING).misses == 2


def test_two_people_in_one_group_are_two_conversations(database: Database) -> None:
    group = Address("wechat", "幸福里业主群", is_group=True)
    conversation = Conversation(group, "刘女士", misses=2)
    database.run(1, lambda tx: save(tx, conversation, MORNING))
    with database.transaction(1) as tx:
        assert load(tx, address=group, sender="刘女士", now=MORNING).misses == 2
        assert load(tx, address=group, sender="钱大爷", now=MORNING).misses == 0
        assert load(tx, address=PRIVATE, sender="刘女士", now=MORNING).misses == 0


def test_an_exchange_nobody_came_back_to_is_forgotten(database: Database) -> None:
    database.run(1, lambda tx: save(tx, full(), MORNING))
    with database.transaction(1) as tx:
        still = load(tx, address=PRIVATE, sender="刘女士", now=MORNING + FORGET_AFTER)
        assert still.stack
    with database.transaction(1) as tx:
        later = MORNING + FORGET_AFTER + timedelta(seconds=1)
        assert load(tx, address=PRIVATE, sender="刘女士", now=later).is_idle
