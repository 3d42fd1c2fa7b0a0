"""Sign-ups in the store: numbered seats, a waiting list in order, and who moves up."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import bindparam, select

from bot.clock import from_local
from bot.offers import signups
from bot.offers.models import Signup, SignupState, signup_seats
from bot.outbox.models import outbox
from bot.reminders.activity_reminder import ActivityReminder
from bot.storage.database import Database
from bot.storage.transaction import Transaction
from knowledge.model import Knowledge
from tests.flows.at_once import both_at_once
from tests.flows.conftest import NOW, PersonNamed

_TEXTS_TO = (
    select(outbox.c.text)
    .where(outbox.c.tenant == bindparam("of_tenant"), outbox.c.person_id == bindparam("of_person"))
    .order_by(outbox.c.id)
)
_SEATS = select(signup_seats.c.seat).where(signup_seats.c.tenant == bindparam("of_tenant"))


class Joining:
    """Signs people up by name, each step in a transaction of its own."""

    def __init__(self, database: Database, knowledge: Knowledge, person: PersonNamed) -> None:
        self.activity = next(one for one in knowledge.activities.values() if one.title == "敬老包饺子")
        self.knowledge = knowledge
        self._run: Callable[[Callable[[Transaction], Any]], Any] = lambda work: database.run(
            knowledge.community.id, work
        )
        self._person = person

    def join(self, name: str, people: int = 1) -> SignupState:
        who = self._person(name)
        signup = self._run(lambda tx: signups.sign_up(tx, self.knowledge, self.activity, who, people, NOW))
        return SignupState(signup.state)

    def leave(self, name: str) -> None:
        mine = self._mine(name)
        self._run(lambda tx: signups.leave(tx, self.knowledge, self.activity, mine, NOW))

    def change(self, name: str, people: int) -> bool:
        mine = self._mine(name)
        return bool(
            self._run(lambda tx: signups.change_people(tx, self.knowledge, self.activity, mine, people, NOW))
        )

    def state(self, name: str) -> SignupState:
        return self._mine(name).state

    def told(self, name: str) -> list[str]:
        who = self._person(name)
        return [row.text for row in self._run(lambda tx: tx.fetch(_TEXTS_TO, of_person=who))]

    def seats(self) -> list[int]:
        return sorted(row.seat for row in self._run(lambda tx: tx.fetch(_SEATS)))

    def _mine(self, name: str) -> Signup:
        who = self._person(name)
        newest: Signup = self._run(lambda tx: signups.of_person(tx, who)[0])
        return newest


@pytest.fixture
def dumplings(database: Database, knowledge: Knowledge, person: PersonNamed) -> Joining:
    """The activity with three places."""
    return Joining(database, knowledge, person)


def test_two_transactions_at_once_cannot_take_the_last_place(
    database: Database, knowledge: Knowledge, person: PersonNamed, dumplings: Joining
) -> None:
    dumplings.join("王阿姨", people=2)
    sun, zhou = person("老孙"), person("小周")

    def join(who: int) -> Callable[[Transaction], SignupState]:
        return lambda tx: signups.sign_up(tx, knowledge, dumplings.activity, who, 1, NOW).state

    outcome = both_at_once(database, knowledge.community.id, join(sun), join(zhou))

    assert outcome == (SignupState.SIGNED_UP, SignupState.WAITING)
    assert dumplings.seats() == [1, 2, 3]


def test_places_run_out_and_the_next_one_waits(dumplings: Joining) -> None:
    states = [dumplings.join(name) for name in ("王阿姨", "老孙", "小周", "钱大爷")]

    assert states == [SignupState.SIGNED_UP] * 3 + [SignupState.WAITING]


def test_signing_up_again_changes_nothing(dumplings: Joining) -> None:
    dumplings.join("王阿姨")

    assert dumplings.join("王阿姨", people=2) is SignupState.SIGNED_UP
    assert dumplings.seats() == [1]


def test_who_leaves_makes_room_for_the_first_who_waits_and_only_for_them(dumplings: Joining) -> None:
    for name in ("王阿姨", "老孙", "小周", "钱大爷", "刘婶"):
        dumplings.join(name)

    dumplings.leave("老孙")

    assert dumplings.state("钱大爷") is SignupState.SIGNED_UP
    assert dumplings.state("刘婶") is SignupState.WAITING
    assert len(dumplings.told("钱大爷")) == 1
    assert dumplings.told("刘婶") == []


def test_who_left_joins_the_end_of_the_list_again(dumplings: Joining) -> None:
    for name in ("王阿姨", "老孙", "小周", "钱大爷"):
        dumplings.join(name)
    dumplings.leave("老孙")

    assert dumplings.join("老孙") is SignupState.WAITING


def test_leaving_the_waiting_list_gives_nobody_a_place(dumplings: Joining) -> None:
    for name in ("王阿姨", "老孙", "小周", "钱大爷", "刘婶"):
        dumplings.join(name)

    dumplings.leave("钱大爷")

    assert dumplings.state("刘婶") is SignupState.WAITING
    assert dumplings.seats() == [1, 2, 3]


def test_a_party_is_never_split(dumplings: Joining) -> None:
    dumplings.join("王阿姨", people=2)

    assert dumplings.join("老孙", people=2) is SignupState.WAITING
    assert dumplings.seats() == [1, 2]


def test_a_party_too_large_keeps_its_turn_and_does_not_keep_others_from_coming(dumplings: Joining) -> None:
    dumplings.join("王阿姨", people=2)
    dumplings.join("老孙", people=2)

    assert dumplings.join("小周") is SignupState.SIGNED_UP

    dumplings.leave("王阿姨")
    assert dumplings.state("老孙") is SignupState.SIGNED_UP


def test_fewer_people_make_room_and_more_people_need_it(dumplings: Joining) -> None:
    dumplings.join("王阿姨", people=3)
    dumplings.join("老孙")

    assert dumplings.change("王阿姨", people=2)
    assert dumplings.state("老孙") is SignupState.SIGNED_UP
    assert not dumplings.change("王阿姨", people=3)
    assert dumplings.seats() == [1, 2, 3]


def test_the_reminder_goes_once_to_those_who_have_a_place(
    database: Database, knowledge: Knowledge, dumplings: Joining
) -> None:
    dumplings.join("王阿姨", people=3)
    dumplings.join("老孙")
    reminder = ActivityReminder(knowledge=lambda: knowledge)
    starts_at = from_local(dumplings.activity.starts_at)
    day_before = starts_at - timedelta(hours=21)  # 17:00, for an activity at 14:00

    def work(tx: Transaction) -> list[datetime]:
        due = reminder.due(tx, day_before - timedelta(seconds=1), day_before)
        for _ in range(2):
            for one in due:
                reminder.fire(tx, one)
        return [one.at for one in due]

    assert database.run(knowledge.community.id, work) == [day_before]
    assert len(dumplings.told("王阿姨")) == 1
    assert dumplings.told("老孙") == []


def test_an_activity_that_has_begun_is_not_recalled(
    database: Database, knowledge: Knowledge, dumplings: Joining
) -> None:
    starts_at = from_local(dumplings.activity.starts_at)
    reminder = ActivityReminder(knowledge=lambda: knowledge)

    due = database.run(
        knowledge.community.id, lambda tx: reminder.due(tx, starts_at - timedelta(days=2), starts_at)
    )

    assert due == []
