"""What people send in WeChat and WeCom: both platforms write it down in the same XML."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.channels.wechat_codec import MalformedMessageError
from bot.messaging import Attachment, AttachmentKind, InboundMessage

_LONGEST_ID = 128
_NUMBER = re.compile(r"[0-9]{1,20}")


@dataclass(frozen=True, slots=True)
class _Kind:
    """Where a message of one MsgType keeps what we want of it."""

    text: str = ""
    attachment: AttachmentKind | None = None
    url: str = ""


_KINDS = {
    "text": _Kind("Content"),
    "image": _Kind("", AttachmentKind.PICTURE, "PicUrl"),
    # The platform is withdrawing its speech recognition; where a text still comes, it is welcome.
    "voice": _Kind("Recognition", AttachmentKind.VOICE),
    "video": _Kind("", AttachmentKind.VIDEO),
    "shortvideo": _Kind("", AttachmentKind.VIDEO),
    "location": _Kind("Label", AttachmentKind.LOCATION),
    "link": _Kind("Title", AttachmentKind.LINK, "Url"),
}


def message_of(
    said: Mapping[str, str], kind: str, *, message_id: str, sender: str, channel: str, now: datetime
) -> InboundMessage | None:
    """A private message of this MsgType; None for a kind that is none of our business."""
    known = _KINDS.get(kind)
    if known is None:
        return None
    attachments: tuple[Attachment, ...] = ()
    if known.attachment is AttachmentKind.LOCATION:
        position = f"{_coordinate(said, 'Location_X')},{_coordinate(said, 'Location_Y')}"
        attachments = (Attachment(known.attachment, position),)
    elif known.attachment is not None:
        attachments = (Attachment(known.attachment, said.get("MediaId", ""), said.get(known.url, "")),)
    return InboundMessage(
        id=message_id,
        channel=channel,
        sender=sender,
        chat=sender,
        text=said.get(known.text, "").strip(),
        received_at=now,
        attachments=attachments,
    )


def identifier(said: Mapping[str, str], field: str) -> str:
    value = said.get(field, "").strip()
    if not 0 < len(value) <= _LONGEST_ID:
        raise MalformedMessageError
    return value


def number(said: Mapping[str, str], field: str) -> str:
    value = said.get(field, "").strip()
    if not _NUMBER.fullmatch(value):
        raise MalformedMessageError
    return value


def _coordinate(said: Mapping[str, str], field: str) -> float:
    try:
        return float(said.get(field, ""))
    except ValueError as error:
        raise MalformedMessageError from error
