"""Plays one scene: the real engine, store, scheduler and outbox, a frozen clock, invented people."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Row, bindparam, select

from bot.clock import MovableClock, from_local, to_local
from bot.community.identity import identify
from bot.dialogues.look import look_into_store
from bot.dialogues.scene import Check, Expectation, InGroup, MoveClock, Pushed, Say, Scene, Step
from bot.engine import Engine
from bot.messaging import Capabilities, InboundMessage
from bot.outbox.deliver import Outcome, Result
from bot.outbox.enqueue import answer_key
from bot.outbox.models import DeliveryState, outbox
from bot.storage.database import Database, own_schema
from bot.storage.transaction import Transaction
from knowledge.model import Knowledge

T = TypeVar("T")

CHANNEL = "sandbox"
CAPABILITIES = Capabilities(groups=True, buttons=True, private_from_group=True, is_mailbox=True)
_A_MOMENT = timedelta(seconds=1)  # the longest an answer may wait for a further line

_here = outbox.c.tenant == bindparam("of_tenant")
_ANSWERS = (
    select(outbox)
    .where(_here, outbox.c.answers == bindparam("of_key"))
    .order_by(outbox.c.sent_at, outbox.c.id)
)
_PUSHED = (
    select(outbox)
    .where(
        _here,
        outbox.c.person_id == bindparam("of_person"),
        outbox.c.answers.is_(None),
        outbox.c.is_group.is_(False),
        outbox.c.state == DeliveryState.SENT,
    )
    .order_by(outbox.c.sent_at, outbox.c.id)
)
_IN_GROUP = (
    select(outbox)
    .where(_here, outbox.c.is_group.is_(True), outbox.c.chat == bindparam("of_chat"))
    .order_by(outbox.c.sent_at, outbox.c.id)
)


@dataclass(slots=True)
class Played:
    """How a scene went: None, or where and why it failed."""

    failed_line: int | None = None
    reason: str = ""
    transcript: list[str] = field(default_factory=list)


class StepFailed(Exception):
    """A step differs from what the file expects; the message says how."""


class Stage:
    """The demo neighbourhood as it is at the start of a scene."""

    def __init__(self, database: Database, knowledge: Knowledge, starts_at: datetime) -> None:
        self._database = database
        self._tenant = knowledge.community.id
        self._clock = MovableClock(from_local(starts_at))
        self._engine = Engine(
            knowledge=knowledge,
            clock=self._clock,
            capabilities={CHANNEL: CAPABILITIES},
            named_channels=(CHANNEL,),
        )
        self._knowledge = knowledge
        self._lines = 0
        self._seen_pushes: set[int] = set()
        self.transcript: list[str] = []
        database.run(self._tenant, self._engine.prepare)

    def play(self, scene: Scene) -> Played:
        for step in scene.steps:
            try:
                self._take(step)
            except StepFailed as difference:
                return Played(step.line, str(difference), self.transcript)
        return Played(transcript=self.transcript)

    def _take(self, step: Step) -> None:
        match step:
            case Say():
                self._say(step)
            case Pushed():
                self._check_pushed(step)
            case MoveClock():
                self._move_clock(from_local(step.to))
            case InGroup():
                self._check_group(step)
            case Check():
                with self._database.reading(self._tenant) as tx:
                    difference = look_into_store(tx, self._knowledge, step, self._person(tx))
                if difference:
                    raise StepFailed(difference)

    # -- people speak -----------------------------------------------------------------------------

    def _say(self, step: Say) -> None:
        self._lines += 1
        names = self._knowledge.community.mention_names
        message = InboundMessage(
            id=f"line{self._lines}",
            channel=CHANNEL,
            sender=step.who,
            sender_name=step.who,
            chat=step.group or step.who,
            is_group=step.group is not None,
            mentioned=step.group is not None and any(name in step.text for name in names),
            text=step.text,
            received_at=self._clock.now(),
        )
        where = f"@{step.group}" if step.group else ""
        self.transcript.append(f"{to_local(self._clock.now()):%m-%d %H:%M} {step.who}{where}: {step.text}")
        self._database.run(self._tenant, lambda tx: self._engine.receiver.receive(tx, message))
        self._deliver()
        answers = self._answers(message)
        if any(row.state == DeliveryState.WAITING for row in answers):
            self._clock.move_to(self._clock.now() + _A_MOMENT)
            self._deliver()
            answers = self._answers(message)
        spoken = [(row.is_group, _with_buttons(row.text, row.buttons)) for row in answers]
        for is_group, text in spoken:
            mark = f"（群）{step.group}" if is_group else f"→ {step.who}"
            self.transcript.append(f"    {mark}: {text}")
        if step.answer is not None:
            _check(step.answer, "\n".join(text for _, text in spoken), "答")
        if step.in_private is not None:
            private = "\n".join(text for is_group, text in spoken if not is_group)
            _check(step.in_private, private, "私信")

    def _answers(self, message: InboundMessage) -> list[Row[Any]]:
        with self._database.reading(self._tenant) as tx:
            rows = tx.fetch(_ANSWERS, of_key=answer_key(message))
        return [row for row in rows if row.state != DeliveryState.WITHDRAWN]

    # -- time passes ------------------------------------------------------------------------------

    def _move_clock(self, until: datetime) -> None:
        self._engine.pass_time(self._run, until, clock=self._clock, deliver=self._deliver)
        self.transcript.append(f"---- {to_local(until):%Y-%m-%d %H:%M} ----")

    def _run(self, work: Callable[[Transaction], T], /) -> T:
        return self._database.run(self._tenant, work)

    def _deliver(self) -> None:
        now = self._clock.now()
        while claimed := self._database.run(self._tenant, lambda tx: self._engine.courier.claim(tx, now)):
            results = [Result(message.id, Outcome.SENT) for message in claimed]
            with self._database.transaction(self._tenant) as tx:
                self._engine.courier.settle(tx, results, now)

    # -- what was sent ------------------------------------------------------------------------------

    def _check_pushed(self, step: Pushed) -> None:
        with self._database.transaction(self._tenant) as tx:
            person = self._person(tx)(step.to)
            rows = [row for row in tx.fetch(_PUSHED, of_person=person) if row.id not in self._seen_pushes]
        self._seen_pushes.update(row.id for row in rows)
        for row in rows:
            self.transcript.append(f"    ⇒ {step.to}（{to_local(row.sent_at):%m-%d %H:%M}）: {row.text}")
        together = "\n".join(_with_buttons(row.text, row.buttons) for row in rows)
        _check(step.expected, together, f"给{step.to}的推送")

    def _check_group(self, step: InGroup) -> None:
        with self._database.reading(self._tenant) as tx:
            rows = tx.fetch(_IN_GROUP, of_chat=step.group)
        together = "\n".join(_with_buttons(row.text, row.buttons) for row in rows)
        _check(Expectation(excludes=step.excludes), together, f"{step.group}里")

    def _person(self, tx: Transaction) -> "PersonNamed":
        return PersonNamed(tx, self._clock.now())


@dataclass(frozen=True, slots=True)
class PersonNamed:
    """Finds the id of somebody by name; a name not seen before is a new resident."""

    tx: Transaction
    now: datetime

    def __call__(self, name: str) -> int:
        return identify(self.tx, channel=CHANNEL, account=name, name=name, now=self.now).id


def _with_buttons(text: str, buttons: list[list[str]]) -> str:
    return " ".join([text, *(f"[{label}]" for label, _ in buttons)])


def _check(expected: Expectation, text: str, what: str) -> None:
    if expected.nothing and text.strip():
        raise StepFailed(f"{what}：应当什么都不说，却说了“{text}”")
    for wanted in expected.contains:
        if wanted not in text:
            raise StepFailed(f"{what}：应当有“{wanted}”，实际是“{text}”")
    for unwanted in expected.excludes:
        if unwanted in text:
            raise StepFailed(f"{what}：不该有“{unwanted}”，实际是“{text}”")


@contextmanager
def fresh_database(url: str | None) -> Iterator[Database]:
    """An empty store for one scene: in memory, or a schema of its own on the given PostgreSQL."""
    if url is not None and not url.startswith("sqlite"):
        with own_schema(url) as database:
            database.create_tables()
            yield database
        return
    database = Database("sqlite://")
    try:
        database.create_tables()
        yield database
    finally:
        database.close()
