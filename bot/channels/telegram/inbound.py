"""What an update of the platform says, as our values."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from telegram import CallbackQuery, Chat, Message, Update

from bot.channels.posted import clean
from bot.channels.telegram.addressing import Addressing, Myself
from bot.messaging import Attachment, AttachmentKind, InboundMessage

_LONGEST_NAME = 64
_LONGEST_PAYLOAD = 64  # of a start link
_LONGEST_PLACE = 60
_COME_IN = "/start"

# What the library raises, and what we do, on fields that are missing or of another type.
_UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, OSError, RecursionError)


class MalformedUpdateError(Exception):
    """Not what the platform sends."""


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button: what it sent back, and what stands on it."""

    id: str
    data: str
    label: str


@dataclass(frozen=True, slots=True)
class Heard:
    """One update. Of a press, the message's text is still to be filled in.

    `moved` is a group that became a supergroup: its old id and its new one.
    """

    message: InboundMessage | None = None
    press: Press | None = None
    moved: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class _Speaker:
    id: str
    name: str | None


def read_update(raw: object) -> Update:
    """Raises MalformedUpdateError."""
    if not isinstance(raw, dict) or not isinstance(raw.get("update_id"), int):
        raise MalformedUpdateError
    try:
        return Update.de_json(raw)
    except _UNREADABLE as error:
        raise MalformedUpdateError from error


def is_from_group(update: Update) -> bool:
    chat = update.effective_chat
    return chat is not None and _is_group(chat)


def decode(update: Update, *, channel: str, myself: Myself, now: datetime) -> Heard:
    """Raises MalformedUpdateError where a field that the platform always sends is missing or wrong."""
    try:
        if update.callback_query is not None:
            return _pressed(update.callback_query, channel=channel, now=now)
        if update.message is not None:
            return _moved(update.message) or _said(update.message, channel=channel, myself=myself, now=now)
    except _UNREADABLE as error:
        raise MalformedUpdateError from error
    return Heard()


def start_link(username: str, place: str) -> str:
    """A link for a building's QR code: who opens it and presses “start” is taken to be there.

    Raises ValueError where the place's name is too long for one.
    """
    payload = base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")
    if not 1 <= len(payload) <= _LONGEST_PAYLOAD:
        raise ValueError(f"{place!r}: a link has room for {_LONGEST_PAYLOAD} characters")
    return f"https://t.me/{username}?start={payload}"


def _moved(message: Message) -> Heard | None:
    chat, new, old = message.chat.id, message.migrate_to_chat_id, message.migrate_from_chat_id
    if new is not None:
        return Heard(moved=(str(_number(chat)), str(_number(new))))
    return Heard(moved=(str(_number(old)), str(_number(chat)))) if old is not None else None


def _said(message: Message, *, channel: str, myself: Myself, now: datetime) -> Heard:
    is_group = _is_group(message.chat)
    speaker = _speaker(message) if is_group or message.chat.type == Chat.PRIVATE else None
    attachments = _attachments(message)
    written = _written(message)
    if speaker is None or not (written or attachments):
        return Heard()  # other bots; somebody has joined, left, or pinned something
    address = Addressing(written, message.entities or message.caption_entities, myself)
    if address.is_for_another_bot:
        return Heard()
    chat = str(_number(message.chat.id))
    text, place = address.text, None
    if address.command == _COME_IN:
        text, place = "", _place(text)
    return Heard(
        InboundMessage(
            id=f"{chat}/{_number(message.message_id)}",
            channel=channel,
            sender=speaker.id,
            sender_name=speaker.name,
            chat=chat,
            text=clean(text).strip(),
            received_at=now,
            is_group=is_group,
            mentioned=is_group and (address.is_for_us or _answers(message, myself)),
            place_hint=place,
            attachments=attachments,
        )
    )


def _pressed(query: CallbackQuery, *, channel: str, now: datetime) -> Heard:
    if query.message is None or not isinstance(query.data, str):
        return Heard()  # a button of another kind than ours
    chat = query.message.chat
    press = Press(_text(query.id), query.data, _label(query))
    return Heard(
        InboundMessage(
            id=f"press/{press.id}",
            channel=channel,
            sender=str(_number(query.from_user.id)),
            sender_name=_name(query.from_user.full_name),
            chat=str(_number(chat.id)),
            text="",
            received_at=now,
            is_group=_is_group(chat),
            mentioned=_is_group(chat),
        ),
        press,
    )


def _label(query: CallbackQuery) -> str:
    keyboard = query.message.reply_markup if isinstance(query.message, Message) else None
    buttons = [button for row in keyboard.inline_keyboard for button in row] if keyboard else []
    return next((_text(button.text) for button in buttons if button.callback_data == query.data), "")


def _speaker(message: Message) -> _Speaker | None:
    """Who speaks; None for other bots, and for what a channel forwards into its group by itself."""
    if message.is_automatic_forward:
        return None
    if message.sender_chat is not None:
        # An administrator who stays anonymous, or somebody who speaks as their channel.
        return _Speaker(str(_number(message.sender_chat.id)), _name(message.sender_chat.title or ""))
    if message.from_user is None or message.from_user.is_bot:
        return None
    return _Speaker(str(_number(message.from_user.id)), _name(message.from_user.full_name))


def _written(message: Message) -> str:
    if message.venue is not None:
        return _text(message.venue.address or message.venue.title)
    if message.contact is not None:
        return _text(message.contact.phone_number)
    if message.sticker is not None:
        return _text(message.sticker.emoji or "")
    return _text(message.text or message.caption or "")


def _attachments(message: Message) -> tuple[Attachment, ...]:
    if message.location is not None:
        latitude, longitude = float(message.location.latitude), float(message.location.longitude)
        return (Attachment(AttachmentKind.LOCATION, f"{latitude},{longitude}"),)
    if message.photo:  # the same picture in several sizes, the largest last
        return (Attachment(AttachmentKind.PICTURE, _text(message.photo[-1].file_id)),)
    for file, kind in (
        (message.voice or message.audio, AttachmentKind.VOICE),
        (message.video or message.video_note or message.animation, AttachmentKind.VIDEO),
        (message.document, AttachmentKind.FILE),
    ):
        if file is not None:
            return (Attachment(_kind(file, kind), _text(file.file_id)),)
    return ()


def _kind(file: Any, kind: AttachmentKind) -> AttachmentKind:
    """A picture may be sent as a file, to keep its quality."""
    is_picture = kind is AttachmentKind.FILE and str(file.mime_type).startswith("image/")
    return AttachmentKind.PICTURE if is_picture else kind


def _answers(message: Message, myself: Myself) -> bool:
    """Whether it is a reply to something that the bot said.

    In a group with topics, every line that is no reply counts as one to the line that opened its topic.
    """
    said = message.reply_to_message
    return (
        said is not None
        and said.forum_topic_created is None
        and said.from_user is not None
        and said.from_user.id == myself.id
    )


def _place(payload: str) -> str | None:
    """What a building's QR code says."""
    try:
        place = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()
    except (binascii.Error, ValueError):
        return None
    place = clean(place).strip()
    return place if 0 < len(place) <= _LONGEST_PLACE else None


def _is_group(chat: Chat) -> bool:
    return chat.type in (Chat.GROUP, Chat.SUPERGROUP)


def _name(name: str) -> str | None:
    return clean(_text(name)).strip()[:_LONGEST_NAME] or None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise MalformedUpdateError
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise MalformedUpdateError
    return value
