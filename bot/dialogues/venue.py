"""Where a scene is played: straight into the engine, or by way of a platform that looks real."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from sqlalchemy import Row, bindparam, select

from bot.clock import Clock, MovableClock, from_local
from bot.community.identity import identify
from bot.dialogues.scene import Scene
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


class CannotBePlayed(Exception):
    """The scene asks for what this venue cannot do; the message says what."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One message of the bot as people see it: its words with the labels of its buttons."""

    text: str
    is_group: bool
    at: datetime


class Venue(Protocol):
    """What a stage needs of the place where it plays."""

    @property
    def clock(self) -> Clock: ...

    @property
    def database(self) -> Database: ...

    @property
    def tenant(self) -> int: ...

    def admit(self, scene: Scene) -> None:
        """Raises CannotBePlayed."""
        ...

    def account(self, name: str) -> tuple[str, str]:
        """The channel that somebody writes on, and their account there."""
        ...

    def say(self, who: str, text: str, group: str | None) -> Sequence[Shown]:
        """What the bot says because of this line, to the speaker and in the group."""
        ...

    def pass_time(self, until: datetime) -> None:
        """What falls due on the way happens, in order."""
        ...

    def pushed_to(self, who: str) -> Sequence[Shown]:
        """What was said to somebody that answers no line of theirs, since this was last asked."""
        ...

    def refusal(self, who: str) -> str | None:
        """Why the platform did not let something be said to them, if that happened."""
        ...

    def said_in(self, group: str) -> Sequence[Shown]:
        """Everything the bot ever said in a group."""
        ...


OpenVenue = Callable[[Knowledge, datetime, str | None], AbstractContextManager[Venue]]
"""A fresh venue for one scene, from its local time on; the store's URL, or None for one that is not kept."""


class InEngine:
    """Lines go straight into the engine, and what is sent is read from the outbox."""

    def __init__(self, database: Database, knowledge: Knowledge, starts_at: datetime) -> None:
        self.database = database
        self.tenant = knowledge.community.id
        self.clock = MovableClock(from_local(starts_at))
        self._engine = Engine(
            knowledge=knowledge,
            clock=self.clock,
            capabilities={CHANNEL: CAPABILITIES},
            named_channels=(CHANNEL,),
        )
        self._mention_names = knowledge.community.mention_names
        self._lines = 0
        self._seen_pushes: set[int] = set()
        database.run(self.tenant, self._engine.prepare)

    def use(self, knowledge: Knowledge) -> None:
        """Go on with another reading of the knowledge, as after an edit of its files."""
        self._engine.use(knowledge)

    def admit(self, scene: Scene) -> None:
        """Every scene can be played here."""

    def account(self, name: str) -> tuple[str, str]:
        return CHANNEL, name

    def say(self, who: str, text: str, group: str | None) -> Sequence[Shown]:
        self._lines += 1
        message = InboundMessage(
            id=f"line{self._lines}",
            channel=CHANNEL,
            sender=who,
            sender_name=who,
            chat=group or who,
            is_group=group is not None,
            mentioned=group is not None and any(name in text for name in self._mention_names),
            text=text,
            received_at=self.clock.now(),
        )
        self.database.run(self.tenant, lambda tx: self._engine.receiver.receive(tx, message))
        self._deliver()
        answers = self._answers(message)
        if any(row.state == DeliveryState.WAITING for row in answers):
            self.clock.move_to(self.clock.now() + _A_MOMENT)
            self._deliver()
            answers = self._answers(message)
        return [_shown(row) for row in answers]

    def pass_time(self, until: datetime) -> None:
        self._engine.pass_time(self._run, until, clock=self.clock, deliver=self._deliver)

    def pushed_to(self, who: str) -> Sequence[Shown]:
        with self.database.transaction(self.tenant) as tx:
            person = PersonNamed(tx, self)(who)
            rows = [row for row in tx.fetch(_PUSHED, of_person=person) if row.id not in self._seen_pushes]
        self._seen_pushes.update(row.id for row in rows)
        return [_shown(row) for row in rows]

    def refusal(self, who: str) -> str | None:
        return None  # nobody is out of reach here

    def said_in(self, group: str) -> Sequence[Shown]:
        with self.database.reading(self.tenant) as tx:
            return [_shown(row) for row in tx.fetch(_IN_GROUP, of_chat=group)]

    # -- below ------------------------------------------------------------------------------------

    def _answers(self, message: InboundMessage) -> list[Row[Any]]:
        with self.database.reading(self.tenant) as tx:
            rows = tx.fetch(_ANSWERS, of_key=answer_key(message))
        return [row for row in rows if row.state != DeliveryState.WITHDRAWN]

    def _run(self, work: Callable[[Transaction], T], /) -> T:
        return self.database.run(self.tenant, work)

    def _deliver(self) -> None:
        now = self.clock.now()
        while claimed := self.database.run(self.tenant, lambda tx: self._engine.courier.claim(tx, now)):
            results = [Result(message.id, Outcome.SENT) for message in claimed]
            with self.database.transaction(self.tenant) as tx:
                self._engine.courier.settle(tx, results, now)


@dataclass(frozen=True, slots=True)
class PersonNamed:
    """Finds the id of somebody by name; a name not seen before is a new resident."""

    tx: Transaction
    venue: Venue

    def __call__(self, name: str) -> int:
        channel, account = self.venue.account(name)
        return identify(self.tx, channel=channel, account=account, name=name, now=self.venue.clock.now()).id


def with_labels(text: str, labels: Sequence[str]) -> str:
    return " ".join([text, *(f"[{label}]" for label in labels)])


def _shown(row: Row[Any]) -> Shown:
    text = with_labels(row.text, [label for label, _ in row.buttons])
    return Shown(text, row.is_group, row.sent_at or row.not_before)


@contextmanager
def in_engine(knowledge: Knowledge, starts_at: datetime, store: str | None) -> Iterator[InEngine]:
    with _fresh_database(store) as database:
        yield InEngine(database, knowledge, starts_at)


@contextmanager
def _fresh_database(url: str | None) -> Iterator[Database]:
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
