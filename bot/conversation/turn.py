"""The plug-in contract of services, and the turn they work in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from bot.community.directory import group_at
from bot.community.models import Person
from bot.community.speech import sentence
from bot.conversation.state import Choice, Conversation, Done, Form, Option, load
from bot.messaging import Address, Button, InboundMessage
from bot.storage.transaction import Transaction
from intents.result import Act, PlaceMention, Understanding
from knowledge.model import Group, Knowledge


@dataclass(frozen=True, slots=True)
class Said:
    """One thing the bot says in this turn."""

    address: Address
    text: str
    buttons: tuple[Button, ...] = ()


SURE = 0.75
"""From this confidence on an intent stands on its own, whatever else is going on."""

_NO_FACTS: Mapping[str, object] = {}


@dataclass(slots=True)
class Turn:
    """One message being answered: who said what, where, when, and what is said back.

    Everything a service does in a turn goes through `tx`, so it all happens or none of it.
    """

    tx: Transaction
    message: InboundMessage
    meaning: Understanding
    person: Person
    conversation: Conversation
    knowledge: Knowledge
    now: datetime
    reread: Callable[[str], Understanding]  # what another text from the same person would mean
    said: list[Said] = field(default_factory=list)
    opened: list[Conversation] = field(default_factory=list)  # other conversations this turn speaks in
    holds_answer: bool = False  # the line may be completed by the next one: wait a moment
    in_a_hurry: bool = False  # minutes count: nothing is said besides

    @property
    def is_group(self) -> bool:
        return self.conversation.address.is_group

    @property
    def gives_up(self) -> bool:
        """Whether the person wants no more of what was asked (“算了”)."""
        return Act.CANCEL in self.meaning.acts

    def is_surely_about_other(self, *intents: str) -> bool:
        """Whether the message certainly asks for something else than these intents: then a word in it that
        would fit what is going on means nothing."""
        meaning = self.meaning
        return meaning.intent not in (None, *intents) and meaning.confidence >= SURE

    @property
    def group(self) -> Group | None:
        """The neighbourhood group the message was written in."""
        message = self.message
        return (
            group_at(self.knowledge, channel=message.channel, chat=message.chat) if message.is_group else None
        )

    def scanned_place(self) -> PlaceMention | None:
        """Where the QR code hangs through which the person came."""
        hint = self.conversation.place_hint
        return self.reread(hint).place if hint else None

    def say(
        self,
        key: str,
        facts: Mapping[str, object] = _NO_FACTS,
        *,
        buttons: Sequence[Button] = (),
        **values: object,
    ) -> None:
        """Say a sentence of replies.yaml in this conversation."""
        self.say_text(sentence(self.knowledge, key, {**facts, **values}), buttons=buttons)

    def say_text(self, text: str, *, buttons: Sequence[Button] = ()) -> None:
        self.said.append(Said(self.conversation.address, text, tuple(buttons)))

    def reply(self, key: str, **values: object) -> str:
        """A sentence of replies.yaml with its placeholders filled."""
        return sentence(self.knowledge, key, values)

    def button(self, key: str) -> Button:
        """A button whose label is a sentence of replies.yaml and which says just that."""
        label = self.knowledge.replies[key]
        return Button(label, label)

    def offer(
        self, service: str, purpose: str, options: Sequence[Option], key: str, **values: object
    ) -> None:
        """Put numbered options to the person; the answer comes back through the service's `choose`."""
        self.conversation.stack.append(Choice(service, purpose, list(options), self.meaning.text))
        buttons = [Button(option.label, str(number)) for number, option in enumerate(options, 1)]
        self.say(key, values, buttons=buttons)

    def finish(self, service: str, reference: str, *, undo_until: datetime) -> None:
        """Remember what was just done, so that it can be undone or corrected for a while."""
        self.conversation.done = Done(service, reference, undo_until)

    def in_private(self) -> "Turn":
        """The same message, answered to the speaker alone."""
        if not self.is_group:
            return self
        address = Address(self.message.channel, self.message.sender)
        for conversation in self.opened:
            if conversation.address == address:
                return replace(self, conversation=conversation)
        conversation = load(self.tx, address=address, sender=self.message.sender, now=self.now)
        self.opened.append(conversation)
        return replace(self, conversation=conversation)


@dataclass(frozen=True, slots=True)
class Question:
    """What a form still needs: the slot, how to ask for it, and what may be pressed instead of typed.

    `again` asks in fewer words; it is used where the long text was read before.
    """

    slot: str
    text: str
    buttons: tuple[Button, ...] = ()
    optional: bool = False
    again: str = ""


class Service(Protocol):
    """Something the bot does for people. One file each; none imports another."""

    @property
    def name(self) -> str: ...

    @property
    def intents(self) -> frozenset[str]: ...

    @property
    def speaks_in_groups(self) -> bool:
        """Whether its answers are free of personal details, so that they may be given in a group."""
        ...

    def start(self, turn: Turn) -> None:
        """Begin on a message of one of the intents: answer it, or push a form and call nothing else;
        the engine asks the form's questions."""
        ...


class FormService(Service, Protocol):
    """A service that asks for what is missing, reads back, and then acts."""

    def absorb(self, turn: Turn, form: Form) -> bool:
        """Take from the message every slot value it states outright; true if any changed.

        Says itself why a value is refused (and keeps the old one); then it returns false.
        """
        ...

    def absorb_free_text(self, turn: Turn, form: Form) -> bool:
        """Take the whole message as the answer to the question asked, if that asks for free text."""
        ...

    def missing(self, turn: Turn, form: Form) -> Question | None: ...

    def read_back(self, turn: Turn, form: Form) -> None:
        """Say what is about to be done, with buttons to confirm, change and cancel."""
        ...

    def submit(self, turn: Turn, form: Form) -> None:
        """Do it. May push another form or choice instead, where something has come in between."""
        ...


class ChoosingService(Service, Protocol):
    """A service that offers numbered options."""

    def choose(self, turn: Turn, choice: Choice, value: str | None) -> None:
        """Go on with the option chosen; None where the person said “none of these”, or gave up."""
        ...


class UndoingService(Service, Protocol):
    """A service whose last act can be taken back or put right for a while."""

    def undo(self, turn: Turn, reference: str) -> None: ...

    def correct(self, turn: Turn, reference: str) -> bool:
        """Put right what was done, from a message such as “打错了，是5号楼”; false if it says nothing new."""
        ...


class Listener(Protocol):
    """Looks at messages before they are taken for a new request."""

    def overhear(self, turn: Turn) -> bool:
        """True if the message was for this listener and has been dealt with."""
        ...


def is_detail(meaning: Understanding) -> bool:
    """“3单元602”, “电话138…”: a place or a number to call, and no matter of its own."""
    names_matter = meaning.category is not None or meaning.intent not in (None, "report_issue")
    return not names_matter and (meaning.place is not None or bool(meaning.phones))
