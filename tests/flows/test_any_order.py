"""Whatever is said by whomever, in whatever order and at whatever time: no promise is broken.

What may be said is read from the program's own words where it can be, so that a new verb or button of the
bot is tried here as well.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import cache
from typing import TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import bindparam, select

from bot.clock import MovableClock, from_local
from bot.community.identity import person_by_id
from bot.engine import Engine
from bot.messaging import Button, Capabilities, InboundMessage, OutboundMessage
from bot.outbox.deliver import Outcome, Result
from bot.outbox.models import outbox
from bot.simulation.mistakes import errors_logged
from bot.simulation.verdicts import Findings, look_back
from bot.storage.database import Database
from bot.storage.transaction import Transaction
from bot.tickets import queries
from intents.datafiles import load
from knowledge.library import SHIPPED, read_knowledge

T = TypeVar("T")

CHANNEL = "phones"
START = from_local(datetime(2026, 9, 24, 9, 10))  # the afternoon before 中秋, with 国庆 close behind it
KNOWLEDGE = read_knowledge(SHIPPED)

STRANGERS = ("新邻居", "租客小郭")
RESIDENTS = (*(entry.name for entry in KNOWLEDGE.residents), *STRANGERS)
PHONES = (*(entry.phone for entry in KNOWLEDGE.residents if entry.phone), "13912345678")
GROUPS = tuple(KNOWLEDGE.groups)
AT_BOT = KNOWLEDGE.community.mention_names[0]

REPORTS = (
    "幸福里3号楼2单元电梯坏了", "楼道灯坏了", "幸福里8号楼1单元下水道堵了", "锦绣园2号楼1单元门禁坏了",
    "水管爆了 水往外喷", "幸福里3号楼2单元着火了", "8号楼1单元电梯里困着人", "我要举报网格员态度不好",
    "门口太吵了", "找人工", "我要约律师 当面", "报名周六清洁家园", "想要个旧轮椅 买不起新的",
    "和楼上吵架了 能不能来人调解", "我老公打我", "幸福里3号楼有股煤气味", "幸福里99号楼路灯不亮",
    "物业费多少钱",
)  # fmt: skip
ANSWERS = (
    "对", "不对", "嗯", "算了", "幸福里", "3号楼", "2单元", "第一个", "2", "撤回", "取消",
    "打错了，是5号楼", "催一下", "没修好", "又坏了", "解决了", "修好了", "没解决", "满意", "基本满意",
    "不满意", "谢谢", "我报的事怎么样了", "补充一下 晚上才有人", "我家也是", "我的信息", "删除我的信息",
    "是同一件事", "13912345678", "不用了", "再说一遍", "律师不约了", "在吗",
)  # fmt: skip
STAFF_WORDS = tuple(word for words in load("staff_words.yaml")["动词"].values() for word in words)
REASONS = ("", "不归我管", "3 等配件", "30 太忙", "换了灯泡", "3号楼门口杂物清了", "1")
MINUTES = (1, 4, 20, 45, 3 * 60, 9 * 60, 24 * 60, 3 * 24 * 60, 8 * 24 * 60)

_PROMISED = select(outbox.c.id).where(outbox.c.tenant == bindparam("of_tenant"))
_IN_GROUPS = select(outbox.c.text).where(
    outbox.c.tenant == bindparam("of_tenant"), outbox.c.is_group.is_(True)
)

people = st.sampled_from((*RESIDENTS, *KNOWLEDGE.staff))
residents = st.sampled_from(RESIDENTS)
staff = st.sampled_from(tuple(KNOWLEDGE.staff))


@cache
def the_engine() -> tuple[Engine, MovableClock]:
    """Made once: reading and compiling takes longer than living a month. It holds no state but its clock."""
    clock = MovableClock(START)
    capabilities = Capabilities(groups=True, buttons=True, private_from_group=True)
    engine = Engine(
        knowledge=KNOWLEDGE, clock=clock, capabilities={CHANNEL: capabilities}, named_channels=(CHANNEL,)
    )
    return engine, clock


class Neighbourhood(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.engine, self.clock = the_engine()
        self.database = Database("sqlite://")
        self.database.create_tables()
        self.tenant = KNOWLEDGE.community.id
        self.messages: list[InboundMessage] = []
        self.buttons: dict[str, tuple[Button, ...]] = {}
        self.numbers: set[str] = set()
        self.listening = ExitStack()
        self.errors = self.listening.enter_context(errors_logged())

    def teardown(self) -> None:
        self.listening.close()
        self.database.close()

    @initialize()
    def begin(self) -> None:
        self.clock.move_to(START)
        self.run(self.engine.prepare)

    # -- what may happen ------------------------------------------------------------------------

    @rule(who=people, text=st.sampled_from(REPORTS))
    def reports(self, who: str, text: str) -> None:
        self.says(who, text)

    @rule(who=residents, text=st.sampled_from(REPORTS))
    def reports_and_agrees(self, who: str, text: str) -> None:
        self.says(who, text)
        self.says(who, "对")

    @rule(who=people, text=st.sampled_from(ANSWERS))
    def answers(self, who: str, text: str) -> None:
        self.says(who, text)

    @precondition(lambda self: self.buttons)
    @rule(data=st.data())
    def presses(self, data: st.DataObject) -> None:
        who = data.draw(st.sampled_from(sorted(self.buttons)))
        self.says(who, data.draw(st.sampled_from([button.says for button in self.buttons[who]])))

    @rule(
        who=people, group=st.sampled_from(GROUPS), text=st.sampled_from(REPORTS + ANSWERS), at=st.booleans()
    )
    def says_in_the_group(self, who: str, group: str, text: str, at: bool) -> None:
        self.says(who, f"{AT_BOT} {text}" if at else text, group)

    @rule(who=staff, word=st.sampled_from(STAFF_WORDS), rest=st.sampled_from(REASONS), data=st.data())
    def works(self, who: str, word: str, rest: str, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(["", "A2609-9999", *sorted(self.numbers)]))
        person = data.draw(st.sampled_from(["", "", *KNOWLEDGE.staff]))
        self.says(who, " ".join(part for part in (word, person, number, rest) if part))

    @precondition(lambda self: self.numbers)
    @rule(word=st.sampled_from(STAFF_WORDS), rest=st.sampled_from(REASONS), data=st.data())
    def owner_works(self, word: str, rest: str, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.numbers)))
        if (owner := self.owner_of(number)) is not None:
            self.says(owner, f"{word} {number} {rest}")

    @rule(who=people, text=st.text(max_size=30), group=st.sampled_from([None, *GROUPS]))
    def talks_rubbish(self, who: str, text: str, group: str | None) -> None:
        self.says(who, text, group)

    @precondition(lambda self: self.messages)
    @rule(data=st.data())
    def the_platform_repeats(self, data: st.DataObject) -> None:
        message = data.draw(st.sampled_from(self.messages[-5:]))
        before = self.outbox_size()
        self.run(lambda tx: self.engine.receiver.receive(tx, message))
        assert self.outbox_size() == before, "the same message again does nothing"

    @rule(minutes=st.sampled_from(MINUTES))
    def time_passes(self, minutes: int) -> None:
        until = self.clock.now() + timedelta(minutes=minutes)
        self.engine.pass_time(self.run, until, clock=self.clock, deliver=self.deliver)

    # -- what must hold -------------------------------------------------------------------------

    @invariant()
    def every_promise_is_kept(self) -> None:
        findings = Findings()
        with self.database.reading(self.tenant) as tx:
            look_back(tx, KNOWLEDGE, self.clock.now(), findings)
        numbers = {ticket.number for ticket in findings.tickets}
        assert not findings.broken, findings.broken
        assert self.errors == []
        assert numbers >= self.numbers, "a ticket is lost"
        self.numbers = numbers

    @invariant()
    def no_group_reads_a_phone_number(self) -> None:
        with self.database.reading(self.tenant) as tx:
            said = "\n".join(row.text for row in tx.fetch(_IN_GROUPS))
        assert [phone for phone in PHONES if phone in said] == []

    # -- below ------------------------------------------------------------------------------------

    def says(self, who: str, text: str, group: str | None = None) -> None:
        self.clock.move_to(self.clock.now() + timedelta(seconds=1))  # no two turns at the same moment
        message = InboundMessage(
            id=f"{len(self.messages)}",
            channel=CHANNEL,
            sender=who,
            sender_name=who,
            chat=group or who,
            is_group=group is not None,
            mentioned=group is not None and AT_BOT in text,
            text=text,
            received_at=self.clock.now(),
        )
        self.messages.append(message)
        self.run(lambda tx: self.engine.receiver.receive(tx, message))
        self.deliver()

    def deliver(self) -> None:
        now = self.clock.now()
        while claimed := self.run(lambda tx: self.engine.courier.claim(tx, now)):
            self._arrive(claimed, now)

    def _arrive(self, messages: Sequence[OutboundMessage], now: datetime) -> None:
        results = [Result(message.id, Outcome.SENT) for message in messages]
        self.run(lambda tx: self.engine.courier.settle(tx, results, now))
        for message in messages:
            if message.buttons and not message.address.is_group:
                self.buttons[message.address.chat] = message.buttons

    def run(self, work: Callable[[Transaction], T], /) -> T:
        return self.database.run(self.tenant, work)

    def outbox_size(self) -> int:
        with self.database.reading(self.tenant) as tx:
            return len(tx.fetch(_PROMISED))

    def owner_of(self, number: str) -> str | None:
        with self.database.reading(self.tenant) as tx:
            ticket = queries.by_number(tx, number)
            owner = person_by_id(tx, ticket.owner_id) if ticket and ticket.owner_id else None
            return owner.name if owner else None


def test_no_order_of_words_and_times_breaks_a_promise() -> None:
    profile = settings(derandomize=True, max_examples=30, stateful_step_count=25)

    run_state_machine_as_test(Neighbourhood, settings=profile)
