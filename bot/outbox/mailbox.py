"""Reading a mailbox: the messages that the other side fetches from the store.

A message must reach its reader once, and no order of the rows can be trusted to say which are new. A push
gets its id when it is promised and may be sent a night later; `sent_at` comes from the bot's clock, which
a demo moves; and on several machines rows are committed in another order than they were stamped. So a
cursor says plainly what was delivered: every id above a floor, and nothing that will ever be sent lies
at or below the floor. The floor follows the oldest row that may still be sent, and stays behind ids so
young that the transaction which holds them may not have ended. It is a text that its reader keeps and
gives back; one that cannot be read counts as none, and brings the newest messages again.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, or_, select

from bot.messaging import Address, Button, Delivered, MailboxPage, OutboundMessage
from bot.outbox.models import DeliveryState, outbox
from bot.storage.ids import highest_id_before
from bot.storage.transaction import Transaction

_STORED_WITHIN = timedelta(minutes=15)  # longer than any transaction, and than clocks differ
_MOST_REMEMBERED = 500
"""Ids in a cursor, which travels in an address, and proxies cut that at 8 KB. A push would have to wait
while 500 later messages reach the same chat to be forgotten."""

_MAY_STILL_BE_SENT = (DeliveryState.WAITING, DeliveryState.LEASED, DeliveryState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class _Cursor:
    floor: int
    above: frozenset[int]  # what was delivered above the floor

    def __str__(self) -> str:
        """Hexadecimal: the floor, then each id as its distance from the one before."""
        numbers = [self.floor, *sorted(self.above)]
        steps = (number - before for before, number in pairwise(numbers))
        return "-".join(f"{number:x}" for number in (self.floor, *steps))


@dataclass(frozen=True, slots=True)
class _Shelf:
    """The statements that read one chat, or one whole channel."""

    new: Select[Any]
    newest: Select[Any]
    delivered_ids: Select[Any]


def _shelf(*where: ColumnElement[bool]) -> _Shelf:
    delivered = (outbox.c.tenant == bindparam("of_tenant"), outbox.c.state == DeliveryState.SENT, *where)
    above = outbox.c.id > bindparam("of_floor")
    return _Shelf(
        new=select(outbox)
        .where(*delivered, above, outbox.c.id.not_in(bindparam("of_ids", expanding=True)))
        .order_by(outbox.c.id)
        .limit(bindparam("of_limit")),
        newest=select(outbox).where(*delivered).order_by(outbox.c.id.desc()).limit(bindparam("of_limit")),
        delivered_ids=select(outbox.c.id).where(*delivered, above),
    )


_of_channel = outbox.c.channel == bindparam("of_channel")
_CHAT = _shelf(
    _of_channel, outbox.c.chat == bindparam("of_chat"), outbox.c.is_group == bindparam("of_is_group")
)
_CHANNEL = _shelf(_of_channel)
_OLDEST_UNSETTLED = select(func.min(outbox.c.id)).where(
    outbox.c.tenant == bindparam("of_tenant"),
    outbox.c.state.in_(_MAY_STILL_BE_SENT),
    or_(outbox.c.channel.is_(None), _of_channel),  # a push chooses its channel only when it is sent
)


def messages_after(tx: Transaction, address: Address, after: str, *, limit: int = 50) -> MailboxPage:
    """What was delivered to one chat since the cursor `after`; with an empty cursor, the newest."""
    of_chat = {"of_channel": address.channel, "of_chat": address.chat, "of_is_group": address.is_group}
    return _read(tx, _CHAT, after, limit, of_chat)


def channel_messages_after(tx: Transaction, channel: str, after: str, *, limit: int = 200) -> MailboxPage:
    """The same for all chats of a channel together."""
    return _read(tx, _CHANNEL, after, limit, {"of_channel": channel})


def _read(tx: Transaction, shelf: _Shelf, after: str, limit: int, where: dict[str, object]) -> MailboxPage:
    # In this order, because each read may see newer rows: what is sent in between is above the floor, and
    # not among the skipped.
    floor = _floor(tx, where)
    cursor = _parse(after)
    if cursor is None:
        skipped = {row.id for row in tx.fetch(shelf.delivered_ids, of_floor=floor, **where)}
        rows = tx.fetch(shelf.newest, of_limit=limit, **where)
        above = {*skipped, *(row.id for row in rows)}
    else:
        rows = tx.fetch(
            shelf.new, of_limit=limit, of_floor=cursor.floor, of_ids=sorted(cursor.above), **where
        )
        floor = cursor.floor if len(rows) == limit else max(floor, cursor.floor)
        above = {*cursor.above, *(row.id for row in rows)}
    return MailboxPage(_delivered(rows), str(_advanced(floor, above)))


def _floor(tx: Transaction, where: dict[str, object]) -> int:
    oldest = tx.fetch_value(_OLDEST_UNSETTLED, of_channel=where["of_channel"])
    settled = highest_id_before(_STORED_WITHIN)
    return settled if oldest is None else min(settled, int(oldest) - 1)


def _advanced(floor: int, delivered: Collection[int]) -> _Cursor:
    above = sorted(number for number in delivered if number > floor)
    if len(above) > _MOST_REMEMBERED:
        floor = above[-_MOST_REMEMBERED - 1]
        above = above[-_MOST_REMEMBERED:]
    return _Cursor(floor, frozenset(above))


def _parse(text: str) -> _Cursor | None:
    try:
        steps = [int(part, 16) for part in text.split("-")]
    except ValueError:
        return None
    numbers = [steps[0]]
    for step in steps[1:]:
        numbers.append(numbers[-1] + step)
    if len(numbers) > _MOST_REMEMBERED + 1 or numbers[-1] >= 1 << 63:
        return None
    return _Cursor(numbers[0], frozenset(numbers[1:]))


def _delivered(rows: Sequence[Row[Any]]) -> tuple[Delivered, ...]:
    in_order = sorted(rows, key=lambda row: (row.sent_at, row.id))
    return tuple(Delivered(_message(row), row.sent_at) for row in in_order)


def _message(row: Row[Any]) -> OutboundMessage:
    buttons = tuple(Button(label, says) for label, says in row.buttons)
    return OutboundMessage(row.id, Address(row.channel, row.chat, row.is_group), row.text, buttons)
