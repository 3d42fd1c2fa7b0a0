"""The rates of a span of days, counted from what happened to matters in the store."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import bindparam, update

from bot.clock import MovableClock, from_local
from bot.community.identity import identify, staff_person
from bot.community.models import Person
from bot.engine import Engine
from bot.outbox.models import DeliveryState, outbox
from bot.storage.database import Database
from bot.storage.transaction import Transaction
from bot.tickets import queries
from bot.tickets.desk import TicketDesk
from bot.tickets.models import Draft, Place, Satisfaction, Ticket
from bot.tickets.rate_queries import rates
from bot.tickets.rates import RateName
from knowledge.model import Knowledge
from tests.flows.conftest import CHANNEL

NOTHING = dict.fromkeys(RateName, (0, 0, 0))
_ALL_SENT = update(outbox).where(outbox.c.tenant == bindparam("of_tenant")).values(state=DeliveryState.SENT)


def at(text: str) -> datetime:
    return from_local(datetime.fromisoformat(f"2026-11-{text}"))


class Town:
    """Matters of building lamps at 幸福里, due on the next working day (Tuesday for one of Monday 23rd)."""

    def __init__(self, database: Database, knowledge: Knowledge) -> None:
        self._database, self._knowledge = database, knowledge
        self._tenant = knowledge.community.id
        clock = MovableClock(at("23 08:00"))
        engine = Engine(knowledge=knowledge, clock=clock, capabilities={}, named_channels=(CHANNEL,))
        self._desk = TicketDesk(
            knowledge=lambda: knowledge,
            calendars=engine.calendars,
            is_answered_elsewhere=lambda _channel: False,
            photo_link=lambda _name, _now: None,
        )
        database.run(self._tenant, engine.prepare)

    def filed(self, when: str, *, building: str = "3", by: str = "王阿姨") -> int:
        place = Place("幸福里", building, "2", None, f"幸福里{building}号楼2单元")

        def work(tx: Transaction) -> int:
            reporter = self._resident(tx, by, at(when))
            draft = Draft("灯不亮", "B4", "P3", place, reporter.id, CHANNEL)
            return self._desk.open(tx, draft, at(when)).id

        return self._database.run(self._tenant, work)

    def noted_in_passing(self, when: str) -> None:
        def work(tx: Transaction) -> None:
            worker = self._staff(tx, "李敏")
            draft = Draft(
                "捡走纸箱", "C1", "P4", Place("幸福里", "3"), worker.id, CHANNEL, operator_id=worker.id
            )
            self._desk.close_on_spot(tx, draft, worker, "捡走了", at(when))

        self._database.run(self._tenant, work)

    def owner(
        self, ticket: int, when: str, step: Callable[[TicketDesk], Callable[..., object]], *words: object
    ) -> None:
        """The owner of a ticket takes a step of the desk."""

        def work(tx: Transaction) -> None:
            found = self._ticket(tx, ticket)
            owner = next(
                person
                for name in self._knowledge.staff
                if (person := staff_person(tx, name)) and person.id == found.owner_id
            )
            step(self._desk)(tx, found, owner, *words, at(when))

        self._database.run(self._tenant, work)

    def resident(
        self,
        ticket: int,
        when: str,
        step: Callable[[TicketDesk], Callable[..., object]],
        *words: object,
        by: str = "王阿姨",
    ) -> None:
        self._database.run(
            self._tenant,
            lambda tx: step(self._desk)(
                tx, self._ticket(tx, ticket), self._resident(tx, by, at(when)), *words, at(when)
            ),
        )

    def called(self, ticket: int, when: str) -> None:
        """The desk calls a department in."""
        department = next(one for one in self._knowledge.coordination.departments if one.contact)

        def work(tx: Transaction) -> None:
            clerk = self._staff(tx, "何静")
            self._desk.whistle(tx, self._ticket(tx, ticket), clerk, department, "", at(when))

        self._database.run(self._tenant, work)

    def department(self, ticket: int, when: str, step: Callable[[TicketDesk], Callable[..., object]]) -> None:
        """Its contact answers, or comes."""
        self._database.run(
            self._tenant,
            lambda tx: step(self._desk)(
                tx, self._ticket(tx, ticket), self._staff(tx, "吴主任"), "", at(when)
            ),
        )

    def silence(self, ticket: int, when: str) -> None:
        self._database.run(
            self._tenant, lambda tx: self._desk.close_unrated(tx, self._ticket(tx, ticket), at(when))
        )

    def everything_is_delivered(self) -> None:
        self._database.run(self._tenant, lambda tx: tx.change(_ALL_SENT))

    def rates(self, first: str, last: str, *, now: str = "30 23:59") -> dict[RateName, tuple[int, int, int]]:
        """Met, n and silent of each; the last day is not counted."""
        with self._database.reading(self._tenant) as tx:
            found = rates(tx, since=at(f"{first} 00:00"), until=at(f"{last} 00:00"), now=at(now))
        return {rate.name: (rate.met, rate.n, rate.silent) for rate in found}

    def _resident(self, tx: Transaction, name: str, now: datetime) -> Person:
        return identify(tx, channel=CHANNEL, account=name, name=name, now=now)

    def _staff(self, tx: Transaction, name: str) -> Person:
        person = staff_person(tx, name)
        assert person is not None
        return person

    def _ticket(self, tx: Transaction, ticket: int) -> Ticket:
        found = queries.by_id(tx, ticket)
        assert found is not None
        return found


@pytest.fixture
def town(database: Database, knowledge: Knowledge) -> Town:
    return Town(database, knowledge)


def test_no_matters_give_no_rates(town: Town) -> None:
    assert town.rates("01", "30") == NOTHING


def test_picking_up_is_counted_apart_from_speaking_with_the_resident(town: Town) -> None:
    taken = town.filed("23 09:00")
    spoken = town.filed("23 09:00", building="4")
    town.filed("23 09:00", building="5")
    town.owner(taken, "23 10:00", lambda desk: desk.take)
    town.owner(spoken, "23 10:00", lambda desk: desk.take)
    town.owner(spoken, "23 10:05", lambda desk: desk.speak, "下午来看")

    found = town.rates("23", "26", now="26 00:00")

    assert found[RateName.TAKEN] == (2, 3, 0)
    assert found[RateName.CONTACTED] == (1, 3, 0)


def test_what_comes_after_the_time_is_late(town: Town) -> None:
    late = town.filed("23 09:00")
    town.owner(late, "24 09:00", lambda desk: desk.take)
    town.owner(late, "25 16:00", lambda desk: desk.speak, "来晚了")
    town.owner(late, "25 17:00", lambda desk: desk.resolve, "换了灯泡")

    found = town.rates("23", "30")

    assert (found[RateName.TAKEN], found[RateName.CONTACTED]) == ((0, 1, 0), (0, 1, 0))
    assert found[RateName.ON_TIME] == (0, 1, 0)


def test_open_overdue_matters_count_among_those_due_and_what_is_due_later_does_not(town: Town) -> None:
    done = town.filed("23 09:00")
    town.filed("23 09:00", building="4")
    town.filed("25 09:00", building="5")
    town.owner(done, "24 17:00", lambda desk: desk.resolve, "换了灯泡")

    assert town.rates("23", "30", now="25 10:00")[RateName.ON_TIME] == (1, 2, 0)
    assert town.rates("23", "30", now="30 10:00")[RateName.ON_TIME] == (1, 3, 0)
    assert town.rates("25", "30", now="30 10:00")[RateName.ON_TIME] == (0, 1, 0)


def test_withdrawn_matters_count_nowhere(town: Town) -> None:
    gone = town.filed("23 09:00")
    town.resident(gone, "23 09:30", lambda desk: desk.withdraw)

    assert town.rates("23", "30") == NOTHING


def test_silence_is_neither_a_yes_nor_an_answer(town: Town) -> None:
    answers = {"3": "好", "4": "没好", "5": None}
    for building, answer in answers.items():
        ticket = town.filed("23 09:00", building=building)
        town.owner(ticket, "24 10:00", lambda desk: desk.resolve, "换了灯泡")
        if answer == "好":
            town.resident(ticket, "24 11:00", lambda desk: desk.confirm, Satisfaction.FAIRLY_SATISFIED)
        elif answer == "没好":
            town.resident(ticket, "24 12:00", lambda desk: desk.reopen, "又灭了")
        else:
            town.silence(ticket, "27 10:00")

    found = town.rates("23", "30")

    assert found[RateName.SOLVED] == (1, 2, 1)
    assert found[RateName.SATISFIED] == (1, 1, 1)
    assert found[RateName.REOPENED] == (1, 3, 0)


def test_a_bad_rating_is_an_answer(town: Town) -> None:
    for building, satisfaction in (("3", Satisfaction.SATISFIED), ("4", Satisfaction.DISSATISFIED)):
        ticket = town.filed("23 09:00", building=building)
        town.owner(ticket, "24 10:00", lambda desk: desk.resolve, "换了灯泡")
        town.resident(ticket, "24 11:00", lambda desk: desk.confirm, satisfaction)

    assert town.rates("23", "30")[RateName.SATISFIED] == (1, 2, 0)
    assert town.rates("25", "30")[RateName.SATISFIED] == (0, 0, 0)


def test_a_second_round_is_judged_by_its_own_times(town: Town) -> None:
    ticket = town.filed("23 09:00")
    town.owner(ticket, "23 10:00", lambda desk: desk.take)
    town.owner(ticket, "23 11:00", lambda desk: desk.resolve, "换了灯泡")
    town.resident(ticket, "25 09:00", lambda desk: desk.reopen, "又灭了")

    found = town.rates("23", "30")

    assert found[RateName.ON_TIME] == (0, 1, 0)
    assert found[RateName.TAKEN] == (0, 1, 0)


def test_returns_are_counted_against_what_was_assigned(town: Town) -> None:
    back = town.filed("23 09:00")
    town.filed("23 09:00", building="4")
    town.owner(back, "23 10:00", lambda desk: desk.give_back, "不归我管")

    assert town.rates("23", "30")[RateName.RETURNED] == (1, 2, 0)
    assert town.rates("24", "30")[RateName.RETURNED] == (0, 0, 0)


def test_told_is_who_the_outcome_has_reached(town: Town) -> None:
    done = town.filed("23 09:00")
    town.owner(done, "24 10:00", lambda desk: desk.resolve, "换了灯泡")
    said = town.filed("23 09:00", building="4", by="老孙")
    town.resident(said, "24 11:00", lambda desk: desk.confirm, Satisfaction.UNRATED, by="老孙")

    assert town.rates("23", "30")[RateName.TOLD] == (1, 2, 0)
    town.everything_is_delivered()
    assert town.rates("23", "30")[RateName.TOLD] == (2, 2, 0)


def test_what_a_worker_notes_in_passing_has_nobody_to_ask_or_tell(town: Town) -> None:
    town.noted_in_passing("23 09:00")

    found = town.rates("23", "30")

    assert {found[name] for name in (RateName.CONTACTED, RateName.SATISFIED, RateName.TOLD)} == {(0, 0, 0)}
    assert found[RateName.REOPENED] == (0, 1, 0)


def test_the_same_matter_again_is_a_repeat(town: Town) -> None:
    town.filed("02 09:00")
    town.filed("23 09:00")
    town.filed("23 10:00", building="4")

    assert town.rates("20", "30")[RateName.REPEATED] == (1, 2, 0)
    assert town.rates("01", "30")[RateName.REPEATED] == (1, 3, 0)


def test_another_community_counts_nothing_of_it(town: Town, database: Database) -> None:
    town.filed("23 09:00")

    with database.reading(2) as tx:
        found = rates(tx, since=at("01 00:00"), until=at("30 00:00"), now=at("30 00:00"))

    assert {(rate.met, rate.n, rate.silent) for rate in found} == {(0, 0, 0)}


def test_departments_are_counted_by_when_they_answered_and_when_they_came(town: Town) -> None:
    for building, answered, arrived in (
        ("3", "23 10:20", "24 09:00"),  # both in time: half an hour, and the time of the matter
        ("4", "23 11:00", "25 10:00"),  # both late
        ("5", None, None),  # done before anybody had to be there, but nobody answered
        ("6", None, None),  # nothing at all
    ):
        ticket = town.filed("23 09:00", building=building)
        town.called(ticket, "23 10:00")
        if answered and arrived:
            town.department(ticket, answered, lambda desk: desk.answer_whistle)
            town.department(ticket, arrived, lambda desk: desk.arrive)
        elif building == "5":
            town.resident(ticket, "23 16:00", lambda desk: desk.confirm, Satisfaction.SATISFIED)

    found = town.rates("23", "30")

    assert found[RateName.WHISTLE_ANSWERED] == (1, 4, 0)
    assert found[RateName.WHISTLE_ARRIVED] == (1, 3, 0)
    assert town.rates("23", "30", now="23 10:10")[RateName.WHISTLE_ANSWERED] == (0, 0, 0)
