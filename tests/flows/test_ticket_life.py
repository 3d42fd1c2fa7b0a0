"""The life of a ticket where a scene cannot look: what groups hear, what the history keeps, who is who."""

from collections.abc import Callable
from datetime import datetime
from itertools import pairwise

import pytest
from sqlalchemy import bindparam, select

from bot.clock import MovableClock, from_local
from bot.community.identity import identify, staff_person
from bot.community.models import Person
from bot.engine import Engine
from bot.messaging import Capabilities
from bot.outbox.models import DeliveryState, outbox
from bot.storage.database import Database
from bot.storage.transaction import Transaction
from bot.tickets import co_owners, queries, whistles
from bot.tickets.lifecycle import TransitionRefused
from bot.tickets.models import Draft, Place, Satisfaction, Ticket
from knowledge.model import Knowledge
from tests.flows.conftest import CHANNEL

_TO_GROUPS = (
    select(outbox)
    .where(outbox.c.tenant == bindparam("of_tenant"), outbox.c.is_group.is_(True))
    .order_by(outbox.c.id)
)
CAPABILITIES = Capabilities(groups=True, buttons=True, private_from_group=True, is_mailbox=True)


def at(text: str) -> datetime:
    return from_local(datetime.fromisoformat(f"2026-11-{text}"))


class Town:
    def __init__(self, database: Database, knowledge: Knowledge) -> None:
        self._database, self._tenant = database, knowledge.community.id
        self.knowledge = knowledge
        clock = MovableClock(at("23 08:00"))
        engine = Engine(
            knowledge=knowledge, clock=clock, capabilities={CHANNEL: CAPABILITIES}, named_channels=(CHANNEL,)
        )
        self.desk = engine.desk
        database.run(self._tenant, engine.prepare)

    def run(self, work: Callable[[Transaction], object]) -> object:
        return self._database.run(self._tenant, work)

    def resident(self, tx: Transaction, name: str) -> Person:
        return identify(tx, channel=CHANNEL, account=name, name=name, now=at("23 08:00"))

    def staff(self, tx: Transaction, name: str) -> Person:
        found = staff_person(tx, name)
        assert found is not None
        return found

    def file(self, tx: Transaction, when: str, category: str = "C1", by: str = "王阿姨") -> Ticket:
        place = Place("幸福里", "3", "2", "501", "幸福里3号楼2单元501")
        draft = Draft("停水了", category, "P2", place, self.resident(tx, by).id, CHANNEL)
        return self.desk.open(tx, draft, at(when))

    def said_in_groups(self, *, still_said: bool = False) -> list[tuple[str, str, datetime]]:
        """`still_said`: without what was taken back."""
        with self._database.reading(self._tenant) as tx:
            return [
                (row.chat, row.text, row.not_before)
                for row in tx.fetch(_TO_GROUPS)
                if not still_said or row.state != DeliveryState.WITHDRAWN
            ]


@pytest.fixture
def town(database: Database, knowledge: Knowledge) -> Town:
    return Town(database, knowledge)


def test_an_outage_is_said_once_in_each_residents_group_and_once_when_it_is_over(town: Town) -> None:
    def work(tx: Transaction) -> None:
        ticket = town.file(tx, "23 09:00")
        for name in ("老孙", "小周", "老刘", "小赵"):
            town.desk.join(tx, ticket, town.resident(tx, name), "我家也停水", at("23 09:05"))
        town.desk.resolve(tx, ticket, town.staff(tx, "李敏"), "恢复供水", at("23 11:00"))

    town.run(work)

    (begin_chat, begin, _), (over_chat, over, _) = town.said_in_groups()
    assert begin_chat == over_chat == "幸福里业主群"
    assert "3户" in begin
    assert "5户" in over
    assert not any(word in begin + over for word in ("王阿姨", "老孙", "501", "3号楼"))


def test_an_outage_that_began_and_ended_in_one_night_is_said_once(town: Town) -> None:
    def work(tx: Transaction) -> None:
        ticket = town.file(tx, "23 22:00")
        for name in ("老孙", "小周"):
            town.desk.join(tx, ticket, town.resident(tx, name), "我家也停水", at("23 22:05"))
        town.desk.resolve(tx, ticket, town.staff(tx, "李敏"), "恢复供水", at("23 23:00"))

    town.run(work)

    assert [text for _, text, _ in town.said_in_groups(still_said=True)] == [
        text for _, text, _ in town.said_in_groups() if "办完了" in text
    ]


def test_two_households_are_no_outage_and_a_lift_is_none_however_many_report_it(town: Town) -> None:
    def work(tx: Transaction) -> None:
        water, lift = town.file(tx, "23 09:00"), town.file(tx, "23 09:00", category="B6", by="老孙")
        town.desk.join(tx, water, town.resident(tx, "小周"), "我家也是", at("23 09:05"))
        for name in ("小周", "老刘", "小赵"):
            town.desk.join(tx, lift, town.resident(tx, name), "我家也是", at("23 09:05"))
        town.desk.resolve(tx, water, town.staff(tx, "李敏"), "恢复供水", at("23 11:00"))

    town.run(work)

    assert town.said_in_groups() == []


def test_a_group_is_not_woken_at_night(town: Town) -> None:
    def work(tx: Transaction) -> None:
        ticket = town.file(tx, "23 22:00")
        for name in ("老孙", "小周"):
            town.desk.join(tx, ticket, town.resident(tx, name), "我家也停水", at("23 22:05"))

    town.run(work)

    ((_, _, not_before),) = town.said_in_groups()
    assert not_before == at("24 08:00")


def test_what_happened_is_only_ever_added_to(town: Town) -> None:
    before: list[list[tuple[object, ...]]] = []

    def work(tx: Transaction) -> None:
        ticket, worker, resident = (
            town.file(tx, "23 09:00"), town.staff(tx, "李敏"), town.resident(tx, "王阿姨"),
        )  # fmt: skip

        def look() -> None:
            before.append([tuple(row) for row in queries.history(tx, ticket.id)])

        look()
        steps: list[Callable[[Ticket], Ticket]] = [
            lambda now: town.desk.take(tx, now, worker, at("23 09:10")),
            lambda now: town.desk.hold(tx, now, worker, at("25 08:30"), "等配件", at("23 09:20")),
            lambda now: town.desk.resume(tx, now, None, at("25 08:30")),
            lambda now: town.desk.extend(tx, now, worker, 2, "还没到", at("25 08:40")),
            lambda now: town.desk.escalate(tx, now, worker, "没有配件", at("25 09:00")),
            lambda now: town.desk.resolve(tx, now, worker, "修好了", at("25 10:00")),
            lambda now: town.desk.reopen(tx, now, resident, "没好", at("25 11:00")),
            lambda now: town.desk.resolve(tx, now, worker, "又修了", at("25 12:00")),
            lambda now: town.desk.confirm(tx, now, resident, Satisfaction.SATISFIED, at("25 13:00")),
        ]
        for step in steps:
            ticket = step(ticket)
            look()

    town.run(work)

    for earlier, later in pairwise(before):
        assert later[: len(earlier)] == earlier
        assert len(later) == len(earlier) + 1


def test_who_reported_who_typed_and_who_owns_are_three_people(town: Town) -> None:
    def work(tx: Transaction) -> Ticket:
        clerk, old_man = town.staff(tx, "何静"), town.resident(tx, "老孙")
        draft = Draft(
            "灯不亮", "B4", "P3", Place("幸福里", "3", "2"), old_man.id, CHANNEL, operator_id=clerk.id
        )
        return town.desk.open(tx, draft, at("23 09:00"))

    ticket = town.run(work)

    assert isinstance(ticket, Ticket)
    assert len({ticket.reporter_id, ticket.operator_id, ticket.owner_id}) == 3


def test_a_hold_moves_what_was_promised_by_its_working_time(town: Town) -> None:
    def work(tx: Transaction) -> None:
        ticket, worker = town.file(tx, "23 09:00", category="B4"), town.staff(tx, "李敏")
        assert ticket.due_at == at("24 17:30")
        ticket = town.desk.hold(tx, ticket, worker, at("25 08:30"), "等灯具", at("23 17:30"))
        ticket = town.desk.resume(tx, ticket, None, at("25 08:30"))
        assert ticket.due_at == at("25 17:30")  # one working day stood still
        assert ticket.held_until is None

    town.run(work)


def test_a_whistle_has_its_times_and_keeps_when_it_was_answered_and_when_they_came(town: Town) -> None:
    city_police = next(
        department for department in town.knowledge.coordination.departments if department.contact is not None
    )

    def work(tx: Transaction) -> None:
        ticket, clerk, officer = (
            town.file(tx, "23 11:50"), town.staff(tx, "何静"), town.staff(tx, "吴主任"),
        )  # fmt: skip
        call = town.desk.whistle(tx, ticket, clerk, city_police, "快来", at("23 11:50"))
        assert call.answer_due_at == at("23 14:20")  # lunch is no office time
        assert call.arrival_due_at == at("24 08:50")  # four working hours
        found = queries.by_id(tx, ticket.id)
        assert found is not None
        assert officer.id in co_owners.of_ticket(tx, ticket.id)
        town.desk.answer_whistle(tx, found, officer, "路上", at("23 14:05"))
        town.desk.arrive(tx, found, officer, "", at("23 14:30"))
        (call,) = whistles.of_ticket(tx, ticket.id)
        assert (call.answered_at, call.arrived_at) == (at("23 14:05"), at("23 14:30"))
        with pytest.raises(TransitionRefused):
            town.desk.arrive(tx, found, officer, "", at("23 14:40"))

    town.run(work)


def test_nobody_but_the_desk_calls_a_department_in_and_a_refused_call_leaves_nothing(town: Town) -> None:
    def work(tx: Transaction) -> None:
        ticket, worker = town.file(tx, "23 09:00"), town.staff(tx, "李敏")
        with pytest.raises(TransitionRefused):
            town.desk.whistle(
                tx, ticket, worker, town.knowledge.coordination.departments[0], "", at("23 09:10")
            )
        assert whistles.of_ticket(tx, ticket.id) == []
        assert co_owners.of_ticket(tx, ticket.id) == []

    town.run(work)
