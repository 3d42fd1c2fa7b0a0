"""Seen messages: the same message counts once, and gets the same answer again."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, delete, func, select, update

from bot.conversation.models import inbox
from bot.messaging import Address, Answer, Button, Fate, InboundMessage, OutboundMessage
from bot.outbox.enqueue import answer_key
from bot.outbox.models import DeliveryState, outbox
from bot.storage.transaction import Transaction

_SEEN = select(inbox.c.message_id).where(
    inbox.c.tenant == bindparam("of_tenant"),
    inbox.c.channel == bindparam("of_channel"),
    inbox.c.message_id == bindparam("of_message"),
)
_DROPPED = (
    update(inbox)
    .where(
        inbox.c.tenant == bindparam("of_tenant"),
        inbox.c.channel == bindparam("of_channel"),
        inbox.c.message_id == bindparam("of_message"),
    )
    .values(dropped=bindparam("why"))
)
_FORGET = delete(inbox).where(
    inbox.c.tenant == bindparam("of_tenant"), inbox.c.received_at <= bindparam("before")
)
_LAST_HEARD = select(func.max(inbox.c.received_at)).where(
    inbox.c.tenant == bindparam("of_tenant"), inbox.c.channel == bindparam("of_channel")
)
# What was put off, to complete a line or because it was too long, goes its own way and would come twice.
_ANSWERS = (
    select(outbox)
    .where(outbox.c.tenant == bindparam("of_tenant"), outbox.c.answers == bindparam("of_key"))
    .where(outbox.c.state != DeliveryState.WITHDRAWN, outbox.c.not_before == outbox.c.created_at)
    .order_by(outbox.c.id)
)

LONGEST_TEXT = 2000
"""Characters of one message that are read and kept; more is no report but an accident or an attack."""

# Control characters (PostgreSQL refuses NUL) and halves of surrogate pairs, which UTF-8 cannot carry.
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def made_fit(message: InboundMessage) -> InboundMessage:
    """The message without what cannot be stored, whatever channel let it through."""
    words = {
        "id": message.id,
        "sender": message.sender,
        "chat": message.chat,
        "text": message.text[:LONGEST_TEXT],
        "sender_name": message.sender_name,
        "place_hint": message.place_hint,
    }
    fit = {name: _UNFIT.sub("", value) if value else value for name, value in words.items()}
    changed = {name: value for name, value in fit.items() if value != getattr(message, name)}
    return replace(message, **changed) if changed else message  # type: ignore[arg-type]  # texts all


def claim_all(tx: Transaction, messages: Sequence[InboundMessage], now: datetime) -> list[bool]:
    """Which of these messages are seen for the first time; of two that are the same, the earlier."""
    new: set[tuple[str, str]] = set()
    for channel in dict.fromkeys(message.channel for message in messages):
        rows = [
            {"channel": channel, "message_id": message.id, "received_at": now, "failed": False}
            for message in messages
            if message.channel == channel
        ]
        new |= {(channel, found) for found in tx.add_all_if_new(inbox, rows, returning=inbox.c.message_id)}
    is_new = []
    for message in messages:
        key = (message.channel, message.id)
        is_new.append(key in new)
        new.discard(key)
    return is_new


def claim(tx: Transaction, message: InboundMessage, now: datetime, *, failed: bool = False) -> bool:
    """Whether this message is seen for the first time."""
    return tx.add_if_new(
        inbox, channel=message.channel, message_id=message.id, received_at=now, failed=failed
    )


def note_dropped(tx: Transaction, message: InboundMessage, why: str) -> None:
    """It has arrived, and nothing is done about it."""
    tx.change(_DROPPED, of_channel=message.channel, of_message=message.id, why=why)


def forget_messages(tx: Transaction, *, received_before: datetime) -> None:
    """No platform repeats them any more."""
    tx.change(_FORGET, before=received_before)


def is_known(tx: Transaction, message: InboundMessage) -> bool:
    return tx.fetch_one(_SEEN, of_channel=message.channel, of_message=message.id) is not None


def last_heard(tx: Transaction, channel: str) -> datetime | None:
    """When the last message came on a channel."""
    moment: datetime | None = tx.fetch_value(_LAST_HEARD, of_channel=channel)
    return moment


def recall(tx: Transaction, message: InboundMessage) -> Answer:
    """What the message was answered with when it first came."""
    rows = tx.fetch(_ANSWERS, of_key=answer_key(message))
    return Answer(
        tuple(
            OutboundMessage(
                row.id,
                Address(row.channel, row.chat, row.is_group),
                row.text,
                tuple(Button(label, says) for label, says in row.buttons),
            )
            for row in rows
        ),
        Fate.REPEATED,
    )
