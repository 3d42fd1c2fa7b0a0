"""Which way a message takes to a person: the best that is open to it and has not failed.

What rings comes before what waits to be looked at; a platform that still lets us write, before one that does
so only for a while after the person wrote; what the person used last, before the rest. How many messages are
left of a quota, and consents to notices, the channel alone knows: it refuses, and the next way is taken.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.engine import Row

from bot.community.identity import Reachable
from bot.messaging import Address, Capabilities
from bot.outbox.models import DeliveryState, outbox
from bot.storage.transaction import Transaction

_NEVER = datetime.min.replace(tzinfo=UTC)
_TRY_ANOTHER = (
    update(outbox)
    .where(outbox.c.tenant == bindparam("of_tenant"), outbox.c.id == bindparam("of_id"))
    .values(
        state=DeliveryState.WAITING,
        channel=None,
        chat=None,
        not_before=bindparam("now"),
        lease_until=None,
        attempts=0,
        tried=bindparam("new_tried"),
        note=bindparam("new_note"),
    )
)


def open_ways(
    row: Row[Any], reachable: Sequence[Reachable], capabilities: Mapping[str, Capabilities], now: datetime
) -> list[Address]:
    """The ways left to the receiver of a message, the best first."""
    failed = {(attempt["channel"], attempt["chat"]) for attempt in row.tried or ()}
    ways = [
        way
        for way in reachable
        if way.address.channel in capabilities
        and not capabilities[way.address.channel].is_read_only
        and (way.address.channel, way.address.chat) not in failed
    ]
    ways.sort(key=lambda way: way.seen_at or _NEVER, reverse=True)
    ways.sort(key=lambda way: _hardness(way, capabilities[way.address.channel], now))
    return [way.address for way in ways]


def try_another(tx: Transaction, row: Row[Any], why: str | None, now: datetime) -> None:
    """Give up the way that a message was on, and remember why."""
    attempt = {"channel": row.channel, "chat": row.chat, "at": now.isoformat(), "why": why}
    tx.change(_TRY_ANOTHER, of_id=row.id, now=now, new_tried=[*(row.tried or ()), attempt], new_note=why)


def _hardness(way: Reachable, capabilities: Capabilities, now: datetime) -> int:
    if capabilities.is_mailbox:
        return 2  # the last, because it cannot fail and nothing rings
    window = capabilities.window
    is_open = window is None or (way.seen_at is not None and now - way.seen_at < window)
    return 0 if is_open else 1
