"""What travels between a channel and the bot: values, the channel's contract, and the ways to fail."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

from starlette.routing import BaseRoute


@dataclass(frozen=True, slots=True)
class Address:
    """A conversation on a channel. In private chats `chat` is the other person's account."""

    channel: str
    chat: str
    is_group: bool = False


class AttachmentKind(StrEnum):
    PICTURE = "picture"
    VOICE = "voice"
    VIDEO = "video"
    LOCATION = "location"
    LINK = "link"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Attachment:
    """What was sent besides words. `reference` is the platform's own: a media id, or “latitude,longitude”
    of a location. `url` is where it can be fetched for a while, or what a link points to."""

    kind: AttachmentKind
    reference: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One message as a channel delivers it.

    `id` is the platform's own and unique per channel: the same message delivered twice has the same id.
    `received_at`: when it was sent, where the platform tells that of what it keeps for us; else now.
    `one_way` marks a letter whose writer cannot be asked back (imports, polled reports).
    `place_hint` is what a building's QR code said. `photos` are names in the photo store.
    A text that is empty, with no photo and no attachment: the person has only come in (followed the
    account, scanned a code) and said nothing yet.
    """

    id: str
    channel: str
    sender: str
    chat: str
    text: str
    received_at: datetime
    sender_name: str | None = None
    is_group: bool = False
    mentioned: bool = False
    one_way: bool = False
    place_hint: str | None = None
    photos: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Button:
    """A choice offered with a message. Pressing it says `says`, exactly as if it had been typed."""

    label: str
    says: str


@dataclass(frozen=True, slots=True)
class Brief:
    """What a push about a ticket comes down to, for platforms that take only the fields of a template.

    Nothing in it was typed by a person. `what` is the matter and how it stands, in about 20 characters.
    """

    number: str
    place: str
    what: str


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """One message to one conversation. `id` stays the same over all tries to send it. Without `brief`, it
    cannot be said more briefly without losing what matters."""

    id: int
    address: Address
    text: str
    buttons: tuple[Button, ...] = ()
    brief: Brief | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do; everything it cannot do is degraded inside the channel.

    `answers_inline`: replies travel in the answer to the platform's own request.
    `is_mailbox`: the other side fetches its messages from the store, so nothing is ever sent.
    `longest_text`: bytes of UTF-8 in one message of the platform; longer ones go in parts. None: no limit.
    `window`: how long after a person wrote the platform lets us write; None: for ever.
    `replies`: how often within it; None: as often as we like.
    `per_minute`: how many messages the platform takes for one chat; None: not limited, or in another way.
    `tells_repeats`: the platform recognises a repeated send, so an unclear one may be sent again.
    `is_read_only`: what people write there is read, and answered by staff on the platform's own pages.
    """

    groups: bool = False
    buttons: bool = False
    private_from_group: bool = False  # can open a private chat with somebody met in a group
    is_mailbox: bool = False
    answers_inline: bool = False
    tells_repeats: bool = False
    longest_text: int | None = None
    window: timedelta | None = None
    replies: int | None = None
    per_minute: int | None = None
    is_read_only: bool = False


class StoreAway(Exception):
    """The store does not answer. What was handed in has not arrived; the same again, later, will."""


class DeliveryFailure(Exception):
    """A message was not delivered. `code` is the platform's own for why, where it has one."""

    code: int | None = None


class TemporaryFailure(DeliveryFailure):
    """Try again later. `retry_after` in seconds where the platform says so."""

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class NotYet(TemporaryFailure):
    """Nothing was tried: our own pace, or another process's turn, holds the message back for a while."""


class UnclearOutcome(DeliveryFailure):
    """The connection broke after the request went out: it may have arrived."""


class PermanentFailure(DeliveryFailure):
    """This message can never be delivered to this address."""


class WindowClosed(PermanentFailure):
    """The platform lets us write only for a while after the person did, and that while is over."""


class QuotaUsedUp(PermanentFailure):
    """The platform lets us write only so often until the person writes again."""


class RecipientGone(PermanentFailure):
    """The person has left (unfollowed, blocked us), or the address never existed."""


class Moved(PermanentFailure):
    """The group lives on under another id, `chat`: what is sent there arrives."""

    def __init__(self, reason: str, *, chat: str) -> None:
        super().__init__(reason)
        self.chat = chat


class Fate(StrEnum):
    """What became of an inbound message."""

    TAKEN = "taken"
    REPEATED = "repeated"  # it was known already
    FAILED = "failed"  # by a mistake of ours; an apology is all the answer there is
    DROPPED = "dropped"  # its sender sends too many


@dataclass(frozen=True, slots=True)
class Answer:
    """What one inbound message was answered with, for channels that reply in the same request."""

    messages: tuple[OutboundMessage, ...] = field(default=())
    fate: Fate = field(default=Fate.TAKEN, compare=False)  # a repeated answer is the same answer


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message that lies in a mailbox, and since when."""

    message: OutboundMessage
    at: datetime


@dataclass(frozen=True, slots=True)
class MailboxPage:
    """What a mailbox holds that its reader has not had yet, oldest first. Empty: that is all for now.
    `cursor` is given to the next read; its form is the store's own business."""

    delivered: tuple[Delivered, ...]
    cursor: str


class Channel(Protocol):
    """A way to reach people. One file per channel; the name comes from the configuration."""

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    async def send(self, message: OutboundMessage) -> None:
        """Send now. Raises TemporaryFailure, UnclearOutcome or PermanentFailure."""
        ...

    async def close(self) -> None:
        """Let go of connections; nothing is sent any more."""
        ...


Receive = Callable[[InboundMessage], Awaitable[Answer]]
"""Hands one message to the bot. Returns after the turn is durable: only then may the platform be told
that the message has arrived. The same message again returns the same answer and does nothing else.
Raises StoreAway where the message could not be taken."""

ReadMailbox = Callable[[Address, str], Awaitable[MailboxPage]]
"""What one chat's mailbox holds since a cursor; since an empty one, the newest. Raises StoreAway."""


@runtime_checkable
class CallbackChannel(Channel, Protocol):
    """A channel whose platform calls us."""

    def routes(self, receive: Receive) -> Sequence[BaseRoute]: ...


@runtime_checkable
class ReachingChannel(Channel, Protocol):
    """A channel that reaches out to its platform by itself, for as long as the process runs."""

    async def run(self, receive: Receive) -> None:
        """Runs until it is cancelled or has nothing more to do. What fails is tried again, not raised."""
        ...


@runtime_checkable
class ConnectedChannel(Channel, Protocol):
    """A channel that sends over a connection which one process holds at a time."""

    @property
    def is_held_here(self) -> bool:
        """Whether this process has the connection, or is the one to make it."""
        ...
