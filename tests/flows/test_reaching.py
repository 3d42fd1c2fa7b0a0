"""A person with several accounts: which way a push takes, what happens where none is left, and how accounts
become one person's; through the engine, on both stores."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from bot.clock import MovableClock, from_local
from bot.community.identity import identify, staff_person
from bot.engine import Engine
from bot.messaging import Answer, Capabilities, InboundMessage, OutboundMessage
from bot.outbox.deliver import Outcome, Result
from bot.outbox.enqueue import enqueue
from bot.outbox.history import passages
from bot.outbox.models import Purpose
from bot.storage.database import Database
from bot.tickets import queries
from knowledge.model import Knowledge

MONDAY = from_local(datetime(2026, 11, 23, 9, 30))
WINDOW = timedelta(hours=48)
CAPABILITIES = {
    "wechat": Capabilities(window=WINDOW),
    "kf": Capabilities(window=WINDOW),
    "tg": Capabilities(groups=True),
    "web": Capabilities(is_mailbox=True),
    "sandbox": Capabilities(is_mailbox=True),
}
LIFT = "幸福里3号楼2单元电梯坏了"


@dataclass
class Town:
    """The engine, and platforms that refuse what `refuses` names."""

    database: Database
    knowledge: Knowledge
    clock: MovableClock = field(default_factory=lambda: MovableClock(MONDAY))
    refuses: dict[str, tuple[Outcome, str]] = field(default_factory=dict)
    sent: list[OutboundMessage] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tenant = self.knowledge.community.id
        self.engine = Engine(
            knowledge=self.knowledge,
            clock=self.clock,
            capabilities=CAPABILITIES,
            named_channels=("sandbox",),
        )
        self._lines = 0
        self.database.run(self.tenant, self.engine.prepare)

    def says(self, channel: str, account: str, text: str) -> str:
        self._lines += 1
        message = InboundMessage(
            f"m{self._lines}", channel, account, account, text, self.clock.now(), sender_name=None
        )
        answer: Answer = self.database.run(self.tenant, lambda tx: self.engine.receiver.receive(tx, message))
        self.deliver()
        return "\n".join(said.text for said in answer.messages)

    def push(self, person: int, text: str = "明天停水", *, urgent: bool = False) -> None:
        self.database.run(
            self.tenant,
            lambda tx: enqueue(
                tx, dedupe_key=None, person_id=person, purpose=Purpose.NOTICE, text=text,
                now=self.clock.now(), urgent=urgent,
            ),
        )  # fmt: skip
        self.deliver()

    def deliver(self) -> None:
        now = self.clock.now()
        while claimed := self.database.run(self.tenant, lambda tx: self.engine.courier.claim(tx, now)):
            results = [self._result(message) for message in claimed]
            with self.database.transaction(self.tenant) as tx:
                self.engine.courier.settle(tx, results, now)

    def _result(self, message: OutboundMessage) -> Result:
        outcome, why = self.refuses.get(message.address.channel, (Outcome.SENT, ""))
        if outcome is Outcome.SENT:
            self.sent.append(message)
        return Result(message.id, outcome, why or None)

    def wait(self, until: datetime) -> None:
        self.engine.pass_time(
            lambda work: self.database.run(self.tenant, work), until, clock=self.clock, deliver=self.deliver
        )

    def person(self, channel: str, account: str) -> int:
        return self.database.run(
            self.tenant,
            lambda tx: identify(tx, channel=channel, account=account, name=None, now=self.clock.now()).id,
        )

    def linked(self, *accounts: tuple[str, str]) -> int:
        """One person with these accounts, the last one used last."""
        (channel, account), *others = accounts
        self.says(channel, account, "你好")
        for other in others:
            self.clock.move_to(self.clock.now() + timedelta(minutes=1))
            code = self.code(*accounts[0])
            assert "绑好了" in self.says(*other, f"绑定 {code}")
        self.sent.clear()
        return self.person(channel, account)

    def code(self, channel: str, account: str) -> str:
        return self.says(channel, account, "绑定").partition("：")[2][:6]

    def where(self) -> list[str]:
        return [message.address.channel for message in self.sent]


@pytest.fixture
def town(database: Database, knowledge: Knowledge) -> Town:
    return Town(database, knowledge)


# -- the way ------------------------------------------------------------------------------------------


def test_a_push_rings_where_the_person_wrote_last(town: Town) -> None:
    person = town.linked(("tg", "7"), ("wechat", "o1"))

    town.push(person)
    town.clock.move_to(MONDAY + timedelta(hours=1))
    town.says("tg", "7", "谢谢")
    town.sent.clear()
    town.push(person)

    assert town.where() == ["tg"]


def test_what_rings_comes_before_a_page_that_somebody_has_to_open(town: Town) -> None:
    person = town.linked(("tg", "7"), ("web", "visitor"))

    town.push(person)

    assert town.where() == ["tg"]


def test_a_window_that_is_over_comes_after_a_channel_without_one(town: Town) -> None:
    person = town.linked(("tg", "7"), ("wechat", "o1"))
    town.clock.move_to(MONDAY + timedelta(days=3))

    town.push(person)

    assert town.where() == ["tg"]


@pytest.mark.parametrize("why", ["45015: window closed", "43004: does not follow us", "45047: too many"])
def test_what_one_platform_refuses_goes_the_next_way(town: Town, why: str) -> None:
    person = town.linked(("tg", "7"), ("wechat", "o1"))
    town.refuses["wechat"] = (Outcome.IMPOSSIBLE, why)

    town.push(person)

    assert town.where() == ["tg"]


def test_what_is_urgent_does_not_wait_for_a_platform_that_fails(town: Town) -> None:
    person = town.linked(("tg", "7"), ("wechat", "o1"))
    town.refuses["wechat"] = (Outcome.RETRY, "the platform is busy")

    town.push(person, "可以等")
    assert town.where() == []
    town.push(person, "不能等", urgent=True)

    assert [message.text for message in town.sent] == ["不能等"]


def test_what_is_urgent_and_has_one_way_only_is_tried_there_again(town: Town) -> None:
    person = town.linked(("wechat", "o1"))
    town.refuses["wechat"] = (Outcome.RETRY, "the platform is busy")
    town.push(person, urgent=True)
    town.refuses.clear()

    town.wait(MONDAY + timedelta(hours=1))

    assert town.where() == ["wechat"]


def test_a_push_about_a_ticket_carries_what_it_comes_down_to(town: Town) -> None:
    for line in (LIFT, "对"):
        town.says("wechat", "o1", line)
    town.sent.clear()
    town.says("sandbox", "李敏", "收到")
    town.says("sandbox", "李敏", "好了 王师傅13900001234换了门机")

    taken, resolved = (message.brief for message in town.sent if message.address.channel == "wechat")
    assert taken is not None
    assert resolved is not None
    assert resolved.number == taken.number
    assert resolved.place == "幸福里3号楼2单元"
    assert (taken.what, resolved.what) == ("电梯故障 有人接手了", "电梯故障 办完了，请回话")


@pytest.mark.parametrize("order", ["延期 3天 等配件", "回复 师傅下午两点到"])
def test_words_that_matter_are_not_made_brief(town: Town, order: str) -> None:
    for line in (LIFT, "对"):
        town.says("wechat", "o1", line)
    town.sent.clear()

    town.says("sandbox", "李敏", order)

    (told,) = (message for message in town.sent if message.address.channel == "wechat")
    assert told.brief is None


def test_what_is_nobody_elses_business_is_not_made_brief(town: Town) -> None:
    for line in ("转人工", "我想问问低保怎么办"):
        town.says("wechat", "o1", line)
    town.clock.move_to(MONDAY + timedelta(minutes=5))
    town.sent.clear()

    town.says("sandbox", "何静", "好了 已经电话答复")

    told = [message for message in town.sent if message.address.channel == "wechat"]
    assert told
    assert all(message.brief is None for message in told)


# -- nothing reaches them ---------------------------------------------------------------------------------


def test_whom_nothing_reaches_is_rung_up_by_the_worker_of_their_ticket(town: Town) -> None:
    for line in (LIFT, "对", "我的电话换成13900001234", "对"):
        town.says("wechat", "o1", line)
    town.refuses["wechat"] = (Outcome.IMPOSSIBLE, "45015: window closed")
    town.says("sandbox", "李敏", "收到")
    town.says("sandbox", "李敏", "好了 换了门机")
    town.sent.clear()

    town.wait(from_local(datetime(2026, 11, 24, 9, 0)))
    town.wait(from_local(datetime(2026, 11, 25, 9, 0)))

    lists = [message for message in town.sent if "请电话告知" in message.text]
    assert [message.address.chat for message in lists] == ["李敏"]
    assert "13900001234" in lists[0].text
    assert "换了门机" in lists[0].text
    assert "已经接手" not in lists[0].text  # what was said last is enough


def test_the_dispatcher_rings_up_where_there_is_no_ticket(town: Town) -> None:
    person = town.linked(("wechat", "o1"))
    town.refuses["wechat"] = (Outcome.IMPOSSIBLE, "43004: does not follow us")
    town.push(person, "明天上午的咨询改到下午")

    town.wait(from_local(datetime(2026, 11, 24, 9, 0)))

    asked = [message for message in town.sent if "明天上午的咨询改到下午" in message.text]
    assert [message.address.chat for message in asked] == ["何静"]


def test_every_way_and_every_failure_stands_in_the_tickets_history(town: Town) -> None:
    town.linked(("tg", "7"), ("wechat", "o1"))
    for line in (LIFT, "对"):
        town.says("wechat", "o1", line)
    town.refuses["wechat"] = (Outcome.IMPOSSIBLE, "45015: window closed")
    town.says("sandbox", "李敏", "收到")
    town.says("sandbox", "李敏", "好了 换了门机")

    with town.database.reading(town.tenant) as tx:
        ticket = queries.latest(tx)
        assert ticket is not None
        found = [passage for passage in passages(tx, ticket.id) if passage.person_id == ticket.reporter_id]

    ways = [(passage.channel, passage.state, passage.why) for passage in found]
    assert ("wechat", "failed", "45015: window closed") in ways
    assert ("tg", "sent", None) in ways


# -- 绑定 -------------------------------------------------------------------------------------------------


def test_after_linking_both_accounts_know_the_persons_tickets(town: Town) -> None:
    for line in (LIFT, "对"):
        town.says("web", "visitor", line)
    code = town.code("wechat", "o1")

    assert "绑好了" in town.says("web", "visitor", f"绑定 {code}")

    assert "电梯" in town.says("wechat", "o1", "我报的事怎么样了")
    assert town.person("web", "visitor") == town.person("wechat", "o1")


def test_a_code_is_good_once_and_for_ten_minutes(town: Town) -> None:
    code = town.code("wechat", "o1")
    assert "绑好了" in town.says("web", "first", f"绑定{code}")
    assert "不对" in town.says("web", "second", f"绑定 {code}")

    late = town.code("wechat", "o2")
    town.clock.move_to(MONDAY + timedelta(minutes=10))
    assert "过期" in town.says("web", "third", f"绑定 {late}")


def test_who_guesses_is_stopped_even_with_the_right_code(town: Town) -> None:
    code = town.code("wechat", "o1")
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _ in range(5):
        assert "不对" in town.says("web", "thief", f"绑定 {wrong}")

    assert "一小时" in town.says("web", "thief", f"绑定 {code}")
    town.clock.move_to(MONDAY + timedelta(hours=1))
    assert "绑好了" in town.says("web", "thief", f"绑定 {town.code('wechat', 'o1')}")


def test_nobody_becomes_one_of_the_staff_by_a_code(town: Town) -> None:
    assert "人员名单" in town.says("sandbox", "李敏", "绑定")
    code = town.code("wechat", "o1")
    assert "人员名单" in town.says("sandbox", "李敏", f"绑定 {code}")

    with town.database.reading(town.tenant) as tx:
        worker = staff_person(tx, "李敏")
    assert worker is not None
    assert town.person("wechat", "o1") != worker.id


def test_two_who_both_booked_are_not_made_one(town: Town) -> None:
    for account in (("wechat", "o1"), ("web", "visitor")):
        for line in ("我想约律师", "1", "当面", "对"):
            town.says(*account, line)
    code = town.code("wechat", "o1")

    said = town.says("web", "visitor", f"绑定 {code}")

    assert "先取消一个" in said
    assert town.person("web", "visitor") != town.person("wechat", "o1")
