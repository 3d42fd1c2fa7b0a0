"""Who reported and who joined hear of every step, once; at night of all steps in one message."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import bindparam, event, select

from bot.clock import MovableClock, from_local
from bot.community.identity import identify, staff_person
from bot.community.models import Person
from bot.engine import Engine
from bot.messaging import Capabilities
from bot.outbox.models import DeliveryState, outbox
from bot.storage.database import Database
from bot.storage.transaction import Transaction
from bot.tickets import queries
from bot.tickets.desk import TicketDesk
from bot.tickets.escalation import Level
from bot.tickets.lifecycle import TABLE, Party
from bot.tickets.models import Draft, Place, Satisfaction, Ticket
from bot.tickets.overtaken import OVERTAKEN_BY, promise_key
from knowledge.model import Knowledge
from tests.flows.conftest import CHANNEL

_WAITING = (
    select(outbox.c.person_id, outbox.c.text)
    .where(
        outbox.c.tenant == bindparam("of_tenant"),
        outbox.c.state == DeliveryState.WAITING,
        outbox.c.ticket_id == bindparam("of_ticket"),
    )
    .order_by(outbox.c.id)
)
_HOUSEHOLDS = 200


def at(text: str) -> datetime:
    return from_local(datetime.fromisoformat(f"2026-11-{text}"))


Step = Callable[["Joined", Transaction, Ticket, datetime], object]


class Joined:
    """A lift of which one resident has told and another has joined."""

    def __init__(self, database: Database, knowledge: Knowledge) -> None:
        self.database, self.tenant, self.knowledge = database, knowledge.community.id, knowledge
        clock = MovableClock(at("23 08:00"))
        capabilities = {CHANNEL: Capabilities(is_mailbox=True)}
        engine = Engine(
            knowledge=knowledge, clock=clock, capabilities=capabilities, named_channels=(CHANNEL,)
        )
        self.desk: TicketDesk = engine.desk
        database.run(self.tenant, engine.prepare)
        self.file_another()

    def file_another(self) -> None:
        self.ticket_id = self.database.run(self.tenant, self._file)

    def _file(self, tx: Transaction) -> int:
        place = Place("幸福里", "3", "2", None, "幸福里3号楼2单元")
        draft = Draft("电梯坏了", "B6", "P2", place, self.resident(tx, "王阿姨").id, CHANNEL)
        ticket = self.desk.open(tx, draft, at("23 09:00"))
        self.desk.join(tx, ticket, self.resident(tx, "老孙"), "我家也是", at("23 09:05"))
        return ticket.id

    def resident(self, tx: Transaction, name: str) -> Person:
        return identify(tx, channel=CHANNEL, account=name, name=name, now=at("23 08:00"))

    def staff(self, tx: Transaction, name: str) -> Person:
        found = staff_person(tx, name)
        assert found is not None
        return found

    def does(self, step: Step, when: str) -> None:
        def work(tx: Transaction) -> None:
            ticket = queries.by_id(tx, self.ticket_id)
            assert ticket is not None
            step(self, tx, ticket, at(when))

        self.database.run(self.tenant, work)

    def waiting(self, name: str) -> list[str]:
        """What a resident is still to be told of the matter, one text a message."""

        def work(tx: Transaction) -> list[str]:
            person = self.resident(tx, name)
            rows = tx.fetch(_WAITING, of_ticket=self.ticket_id)
            return [row.text for row in rows if row.person_id == person.id]

        return self.database.run(self.tenant, work)


@pytest.fixture
def joined(database: Database, knowledge: Knowledge) -> Joined:
    return Joined(database, knowledge)


def by(name: str, move: Callable[[TicketDesk], Callable[..., object]], *given: object) -> Step:
    return lambda town, tx, ticket, now: move(town.desk)(tx, ticket, town.staff(tx, name), *given, now)


def call_the_city_police(town: Joined, tx: Transaction, ticket: Ticket, now: datetime) -> object:
    department = town.knowledge.coordination.departments[0]
    return town.desk.whistle(tx, ticket, town.staff(tx, "何静"), department, "", now)


def late(town: Joined, tx: Transaction, ticket: Ticket, now: datetime) -> object:
    return town.desk.escalate_late(tx, ticket, Level.L2, 1, now)


def mended(town: Joined, tx: Transaction, ticket: Ticket, now: datetime) -> object:
    satisfied = Satisfaction.SATISFIED
    return town.desk.call_back(tx, ticket, town.staff(tx, "何静"), satisfied, "满意", now, solved=True)


def silence(town: Joined, tx: Transaction, ticket: Ticket, now: datetime) -> object:
    return town.desk.close_unrated(tx, ticket, now)


TAKE = by("李敏", lambda desk: desk.take)
EXTEND = by("李敏", lambda desk: desk.extend, 2, "等配件")
SEND_UP = by("李敏", lambda desk: desk.escalate, "物业没钱")
HOLD = by("李敏", lambda desk: desk.hold, at("30 08:30"), "等厂家")
RESUME = by("李敏", lambda desk: desk.resume)
RESOLVE = by("李敏", lambda desk: desk.resolve, "换了主板")
EXPLAIN = by("李敏", lambda desk: desk.explain, "《民法典》第二百七十八条", "周海燕 0530-5550100")
SAY = by("李敏", lambda desk: desk.speak, "明天上午师傅来")
ANSWER = by("吴主任", lambda desk: desk.answer_whistle, "路上")
ARRIVE = by("吴主任", lambda desk: desk.arrive, "")

STEPS: tuple[tuple[Step, str], ...] = (
    (TAKE, "接手"),
    (EXTEND, "等配件"),
    (SEND_UP, "社区"),
    (late, "社区"),
    (call_the_city_police, "城管"),
    (ANSWER, "城管回话"),
    (ARRIVE, "城管到场"),
    (HOLD, "等厂家"),
    (RESUME, "接着办"),
    (SAY, "师傅来"),
    (RESOLVE, "换了主板"),
    (mended, "办结"),
    (EXPLAIN, "民法典"),
    (silence, "三天"),
)
_BEFORE: dict[Step, tuple[Step, ...]] = {
    ANSWER: (call_the_city_police,),
    ARRIVE: (call_the_city_police,),
    RESUME: (HOLD,),
    mended: (RESOLVE,),
    silence: (RESOLVE,),
}


def test_who_joined_hears_of_every_step_like_who_reported(joined: Joined) -> None:
    for step, word in STEPS:
        joined.file_another()
        for before in _BEFORE.get(step, ()):
            joined.does(before, "23 10:00")
        joined.does(step, "23 10:30")
        for name in ("王阿姨", "老孙"):
            assert word in joined.waiting(name)[-1]


def test_every_rung_of_the_ladder_is_told(joined: Joined) -> None:
    rungs = ("社区", "街道", "部门", "区县直通车")
    for hour, rung in enumerate(rungs, 10):
        joined.does(by("周海燕", lambda desk: desk.escalate, "还不行"), f"23 {hour}:00")
        for name in ("王阿姨", "老孙"):
            assert f"已报到{rung}" in joined.waiting(name)[-1]


def test_a_night_of_steps_is_one_message_in_the_morning(joined: Joined) -> None:
    for minute, step in enumerate((TAKE, EXTEND, SEND_UP, SAY, call_the_city_police, ANSWER), 10):
        joined.does(step, f"23 21:{minute}")

    for name in ("王阿姨", "老孙"):
        (text,) = joined.waiting(name)
        reason, words, last = text.split("\n")
        assert "等配件" in reason
        assert "师傅来" in words
        assert "城管回话" in last

    joined.does(RESOLVE, "23 22:00")
    for name in ("王阿姨", "老孙"):
        (text,) = joined.waiting(name)
        words, last = text.split("\n")
        assert "师傅来" in words
        assert "换了主板" in last


def test_whoever_says_it_is_not_mended_is_not_asked_again_whether_it_is(joined: Joined) -> None:
    joined.does(RESOLVE, "23 21:00")

    def says_no(town: Joined, tx: Transaction, ticket: Ticket, now: datetime) -> object:
        return town.desk.reopen(tx, ticket, town.resident(tx, "老孙"), "没修好", now)

    joined.does(says_no, "23 21:10")

    assert joined.waiting("老孙") == []
    (text,) = joined.waiting("王阿姨")
    assert "重办" in text
    assert "解决了吗" not in text


def test_a_worker_who_joined_keeps_what_they_are_told_as_the_owner(joined: Joined) -> None:
    def worker_joins(town: Joined, tx: Transaction, ticket: Ticket, now: datetime) -> object:
        town.desk.join(tx, ticket, town.staff(tx, "李敏"), "我家也是", now)
        town.desk.transfer(tx, ticket, town.staff(tx, "何静"), "李敏", now)
        return town.desk.escalate(tx, ticket, town.staff(tx, "周海燕"), "", now)

    joined.does(worker_joins, "23 21:00")

    def texts(tx: Transaction) -> list[str]:
        worker = joined.staff(tx, "李敏").id
        return [row.text for row in tx.fetch(_WAITING, of_ticket=joined.ticket_id) if row.person_id == worker]

    said = joined.database.run(joined.tenant, texts)
    assert any("新事项" in text for text in said)
    assert any("已报到社区" in text for text in said)


def test_who_was_parted_hears_of_their_own_ticket_only(joined: Joined) -> None:
    joined.does(TAKE, "23 21:00")

    def parts(town: Joined, tx: Transaction, ticket: Ticket, now: datetime) -> object:
        return town.desk.split(tx, ticket, town.staff(tx, "李敏"), town.resident(tx, "老孙").id, now)

    joined.does(parts, "23 21:10")
    joined.does(SEND_UP, "23 21:20")
    joined.does(RESOLVE, "24 09:00")

    assert joined.waiting("老孙") == []
    assert joined.waiting("王阿姨")


def test_every_sentence_to_residents_says_what_overtakes_it() -> None:
    told = {rule.tells[Party.RESIDENTS] for rule in TABLE.values() if Party.RESIDENTS in rule.tells}

    assert told <= OVERTAKEN_BY.keys()
    assert promise_key(7, ["notice.taken"], 8, 9) == "ticket/7/notice.taken/8/9"


def test_hundreds_who_joined_are_told_with_few_statements(joined: Joined) -> None:
    def many_join(town: Joined, tx: Transaction, ticket: Ticket, now: datetime) -> None:
        for number in range(_HOUSEHOLDS):
            town.desk.join(tx, ticket, town.resident(tx, f"住户{number}"), "我家也是", now)

    joined.does(many_join, "23 10:00")
    statements: list[str] = []
    event.listen(joined.database.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))

    joined.does(TAKE, "23 10:30")
    joined.does(RESOLVE, "23 11:00")

    assert len(statements) < _HOUSEHOLDS
    assert "换了主板" in joined.waiting(f"住户{_HOUSEHOLDS - 1}")[-1]
