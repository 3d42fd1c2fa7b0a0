"""What one conversation is in the middle of, kept in the store between two messages.

One conversation is one sender in one chat on one channel, so two people in a group never mix.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, bindparam, delete, select, tuple_

from bot.conversation.models import conversations
from bot.messaging import Address
from bot.storage.transaction import Transaction

_STATES = select(conversations).where(
    conversations.c.tenant == bindparam("of_tenant"),
    tuple_(conversations.c.channel, conversations.c.chat, conversations.c.sender).in_(
        bindparam("of_keys", expanding=True)
    ),
)
_DROP = delete(conversations).where(
    conversations.c.tenant == bindparam("of_tenant"), conversations.c.updated_at <= bindparam("before")
)


class Stage(StrEnum):
    FILLING = "filling"  # something is still missing
    CONFIRMING = "confirming"  # read back, waiting for a yes


@dataclass(slots=True)
class Form:
    """A service's unfinished exchange: what it knows so far and what it asked last."""

    service: str
    values: dict[str, str] = field(default_factory=dict)
    stage: Stage = Stage.FILLING
    asked: str | None = None  # the slot asked for last
    misses: int = 0  # answers in a row that did not help
    reminders: int = 0  # how often it was brought up again after a digression

    def get(self, slot: str) -> str | None:
        return self.values.get(slot)


@dataclass(slots=True)
class Option:
    label: str
    value: str


@dataclass(slots=True)
class Choice:
    """Numbered options put to the person; `purpose` tells the service what was being chosen."""

    service: str
    purpose: str
    options: list[Option]
    text: str = ""  # what the person had said when the choice came up


@dataclass(slots=True)
class Done:
    """The last thing a service did for this person, which can still be undone or corrected."""

    service: str
    reference: str
    until: datetime


@dataclass(slots=True)
class Line:
    """A line too short to act on; the next one completes it."""

    text: str
    at: datetime
    answer_key: str


@dataclass(slots=True)
class Minute:
    """How many lines have come in the minute that began at `since`, and whether it was said that they are too
    many."""

    since: datetime
    lines: int = 0
    is_told: bool = False


class Handover(StrEnum):
    BOT = "bot"
    HUMAN = "human"  # a person has taken over: the bot is silent


@dataclass(slots=True)
class Conversation:
    address: Address
    sender: str
    stack: list[Form | Choice] = field(default_factory=list)
    last_said: str = ""
    last_buttons: list[str] = field(default_factory=list)  # what the buttons last offered say
    misses: int = 0  # messages in a row that were not understood
    place_hint: str = ""  # where the QR code hangs through which the person came last
    done: Done | None = None
    line: Line | None = None
    minute: Minute | None = None
    handover: Handover = Handover.BOT
    handed_over_at: datetime | None = None
    updated_at: datetime | None = None
    asked_before: set[int] = field(default_factory=set)  # frames (by identity) that need no first question

    def __post_init__(self) -> None:
        self.asked_before = {id(frame) for frame in self.stack}

    @property
    def top(self) -> Form | Choice | None:
        return self.stack[-1] if self.stack else None

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to remember."""
        remembers = self.stack or self.done or self.line or self.place_hint
        return not remembers and self.handover is Handover.BOT


FORGET_AFTER = timedelta(days=3)
"""An exchange nobody came back to. Long, because an old person's turn must not time out."""


class _Read(dict[tuple[str, str, str], Row[Any] | None]):
    """The rows read in this transaction by channel, chat and sender; None where there was none."""


def read_together(tx: Transaction, keys: Iterable[tuple[str, str, str]]) -> None:
    """Read several conversations (channel, chat, sender) at once, for `load` to find."""
    known = tx.memory(_Read)
    unread = [key for key in dict.fromkeys(keys) if key not in known]
    if unread:
        known.update(dict.fromkeys(unread))
        known.update({(row.channel, row.chat, row.sender): row for row in tx.fetch(_STATES, of_keys=unread)})


def load(tx: Transaction, *, address: Address, sender: str, now: datetime) -> Conversation:
    key = (address.channel, address.chat, sender)
    pending = tx.pending_put(conversations, key)
    if pending is not None:
        return _from_json(pending["state"], address, sender, pending["updated_at"])
    read_together(tx, [key])
    row = tx.memory(_Read)[key]
    if row is None or now - row.updated_at > FORGET_AFTER:
        return Conversation(address, sender)
    return _from_json(row.state, address, sender, row.updated_at)


def save(tx: Transaction, conversation: Conversation, now: datetime) -> None:
    address = conversation.address
    tx.memory(_Read).pop((address.channel, address.chat, conversation.sender), None)
    tx.put(
        conversations,
        channel=address.channel,
        chat=address.chat,
        sender=conversation.sender,
        state=_to_json(conversation),
        updated_at=now,
    )


def _to_json(conversation: Conversation) -> dict[str, Any]:
    stored: dict[str, Any] = {}
    if conversation.stack:
        stored["stack"] = [_plain_frame(frame) for frame in conversation.stack]
    if conversation.last_said:
        stored["last_said"] = conversation.last_said
    if conversation.last_buttons:
        stored["last_buttons"] = conversation.last_buttons
    if conversation.place_hint:
        stored["place_hint"] = conversation.place_hint
    if conversation.misses:
        stored["misses"] = conversation.misses
    if conversation.done is not None:
        stored["done"] = _with_text_moment(_plain(conversation.done), "until")
    if conversation.line is not None:
        stored["line"] = _with_text_moment(_plain(conversation.line), "at")
    if conversation.minute is not None:
        stored["minute"] = _with_text_moment(_plain(conversation.minute), "since")
    if conversation.handover is not Handover.BOT:
        stored["handover"] = conversation.handover.value
        if conversation.handed_over_at is not None:
            stored["handed_over_at"] = conversation.handed_over_at.isoformat()
    return stored


def _from_json(stored: dict[str, Any], address: Address, sender: str, updated_at: datetime) -> Conversation:
    handed_over_at = stored.get("handed_over_at")
    return Conversation(
        address=address,
        sender=sender,
        stack=[_frame(frame) for frame in stored.get("stack", ())],
        last_said=stored.get("last_said", ""),
        last_buttons=stored.get("last_buttons", []),
        misses=stored.get("misses", 0),
        place_hint=stored.get("place_hint", ""),
        done=Done(**_with_moment(stored["done"], "until")) if "done" in stored else None,
        line=Line(**_with_moment(stored["line"], "at")) if "line" in stored else None,
        minute=Minute(**_with_moment(stored["minute"], "since")) if "minute" in stored else None,
        handover=Handover(stored.get("handover", "bot")),
        handed_over_at=datetime.fromisoformat(handed_over_at) if handed_over_at else None,
        updated_at=updated_at,
    )


def _plain(record: Form | Choice | Option | Done | Line | Minute) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def _plain_frame(frame: Form | Choice) -> dict[str, Any]:
    if isinstance(frame, Form):
        return {"kind": "form", **_plain(frame)}
    return {"kind": "choice", **_plain(frame), "options": [_plain(option) for option in frame.options]}


def _frame(stored: dict[str, Any]) -> Form | Choice:
    values = {key: value for key, value in stored.items() if key != "kind"}
    if stored["kind"] == "form":
        return Form(**{**values, "stage": Stage(values["stage"])})
    return Choice(**{**values, "options": [Option(**option) for option in values["options"]]})


def _with_text_moment(record: dict[str, Any], key: str) -> dict[str, Any]:
    return {**record, key: record[key].isoformat()}


def _with_moment(record: dict[str, Any], key: str) -> dict[str, Any]:
    return {**record, key: datetime.fromisoformat(record[key])}


def drop_conversations(tx: Transaction, *, silent_since: datetime) -> None:
    """Nobody goes on with them; what was said in them need not be kept."""
    tx.change(_DROP, before=silent_since)
