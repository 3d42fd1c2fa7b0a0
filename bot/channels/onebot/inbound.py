"""What an event of a gateway says, as our values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.channels.posted import clean
from bot.messaging import Attachment, AttachmentKind, InboundMessage

_LONGEST_ID = 128
_LONGEST_NAME = 64

_FILES = {
    "image": AttachmentKind.PICTURE,
    "voice": AttachmentKind.VOICE,
    "audio": AttachmentKind.VOICE,
    "video": AttachmentKind.VIDEO,
    "file": AttachmentKind.FILE,
}
_MENTIONS = frozenset({"mention", "reply"})  # both name whom they are for


class MalformedEventError(Exception):
    """Not what the standard says."""


@dataclass(frozen=True, slots=True)
class Self:
    """The account that a gateway speaks with."""

    platform: str
    user_id: str


Event = Mapping[str, Any]


def account_of(event: Event) -> Self | None:
    """Whose event it is; of a status, the only account that it names. Raises MalformedEventError."""
    if event.get("type") == "meta":
        bots = _field(_field(event, "status", dict), "bots", list) if "status" in event else []
        return account_of(_of_type(bots[0], dict)) if len(bots) == 1 else None
    myself = _field(event, "self", dict)
    return Self(_identifier(myself, "platform"), _identifier(myself, "user_id"))


def decode(event: Event, *, channel: str, myself: Self, now: datetime) -> InboundMessage | None:
    """None where nobody says anything. Raises MalformedEventError."""
    if event.get("type") != "message" or event.get("detail_type") not in ("private", "group"):
        return None
    is_group = event["detail_type"] == "group"
    sender = _identifier(event, "user_id")
    if sender == myself.user_id:
        return None  # an echo of what we said
    chat = _identifier(event, "group_id") if is_group else sender
    segments = list(_segments(event))
    mentioned = any(kind in _MENTIONS and data.get("user_id") == myself.user_id for kind, data in segments)
    text = clean("".join(_words(segments))).strip()
    attachments = tuple(_attachments(segments))
    if not text and not attachments and not mentioned:
        return None
    return InboundMessage(
        id=f"{event['detail_type']}/{chat}/{_identifier(event, 'message_id')}",
        channel=channel,
        sender=sender,
        sender_name=_name(event, myself),
        chat=chat,
        text=text,
        received_at=now,
        is_group=is_group,
        mentioned=is_group and mentioned,
        attachments=attachments,
    )


def _segments(event: Event) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for segment in _field(event, "message", list):
        yield _field(_of_type(segment, dict), "type", str), _field(segment, "data", dict)


def _words(segments: list[tuple[str, Mapping[str, Any]]]) -> Iterator[str]:
    for kind, data in segments:
        if kind == "text":
            yield _field(data, "text", str)
        elif kind == "location":
            yield _field(data, "content", str) or _field(data, "title", str)


def _attachments(segments: list[tuple[str, Mapping[str, Any]]]) -> Iterator[Attachment]:
    for kind, data in segments:
        if kind in _FILES:
            yield Attachment(_FILES[kind], _identifier(data, "file_id"))
        elif kind == "location":
            position = f"{_coordinate(data, 'latitude')},{_coordinate(data, 'longitude')}"
            yield Attachment(AttachmentKind.LOCATION, position)


def _name(event: Event, myself: Self) -> str | None:
    """Not in the standard; where gateways tell it, it stands here."""
    name = event.get(f"{myself.platform}.nickname")
    return clean(name).strip()[:_LONGEST_NAME] or None if isinstance(name, str) else None


def _identifier(value: Mapping[str, Any], key: str) -> str:
    found: str = _field(value, key, str)
    if not 0 < len(found) <= _LONGEST_ID or clean(found) != found:
        raise MalformedEventError
    return found


def _coordinate(data: Mapping[str, Any], key: str) -> float:
    try:
        return float(data[key])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise MalformedEventError from error


def _field(value: Mapping[str, Any], key: str, kind: type) -> Any:
    return _of_type(value.get(key), kind)


def _of_type(value: object, kind: type) -> Any:
    if not isinstance(value, kind):
        raise MalformedEventError
    return value
