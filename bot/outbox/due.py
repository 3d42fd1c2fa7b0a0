"""What may go out now, in the order in which it goes.

A queue of thousands is taken in many claims. Every claim leaves dead entries behind in the store's index, and
one that starts from the front reads past all of them. So a claim goes on where the one before it ended, until
the end of the queue, or for a second; then it starts over, and finds what has come in before that place,
and what a sender that died left behind.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select, tuple_, union_all
from sqlalchemy.engine import Row

from bot.outbox.models import DeliveryState, outbox
from bot.storage.transaction import Transaction

START_OVER_AFTER = timedelta(seconds=1)

_here = outbox.c.tenant == bindparam("of_tenant")
_is_waiting = and_(outbox.c.state == DeliveryState.WAITING, outbox.c.not_before <= bindparam("now"))
_is_urgent = and_(_is_waiting, outbox.c.urgent.is_(True))
_is_ordinary = and_(_is_waiting, outbox.c.urgent.is_(False))
_was_left = and_(outbox.c.state == DeliveryState.LEASED, outbox.c.lease_until <= bindparam("now"))
_is_further_on = tuple_(outbox.c.not_before, outbox.c.id) > tuple_(
    bindparam("after", type_=outbox.c.not_before.type), bindparam("after_id", type_=outbox.c.id.type)
)
_is_not_elsewhere = or_(
    outbox.c.channel.is_(None), outbox.c.channel.not_in(bindparam("of_channels", expanding=True))
)
_NEEDED = [
    outbox.c[name]
    for name in (
        "id", "person_id", "channel", "chat", "is_group", "purpose", "urgent", "ticket_id", "text", "buttons",
        "brief", "created_at", "not_before", "state", "attempts", "tried",
    )
]  # fmt: skip
_CHANNELS = select(outbox.c.channel).where(_here, or_(_is_waiting, _was_left)).distinct()
_NEXT = select(func.min(outbox.c.not_before)).where(
    _here, outbox.c.state == DeliveryState.WAITING, outbox.c.not_before > bindparam("after")
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the queue a claim ended, and when somebody last started at its front."""

    not_before: datetime
    id: int
    started_at: datetime


def due(
    tx: Transaction, now: datetime, *, most: int, after: Place | None, elsewhere: Sequence[str]
) -> tuple[Sequence[Row[Any]], Place | None]:
    """The next messages, the urgent first, none with a channel of `elsewhere`; and where to go on, None where
    these are the last."""
    if after is not None and now - after.started_at >= START_OVER_AFTER:
        after = None
    parameters: dict[str, Any] = {"now": now, "most": most}
    if after is not None:
        parameters |= {"after": after.not_before, "after_id": after.id}
    if elsewhere:
        parameters["of_channels"] = list(elsewhere)
    rows = tx.fetch(_due(goes_on=after is not None, has_elsewhere=bool(elsewhere)), **parameters)
    last = rows[-1] if len(rows) == most else None
    if last is None or last.urgent or last.state != DeliveryState.WAITING:
        return rows, None
    return rows, Place(last.not_before, last.id, after.started_at if after else now)


def due_channels(tx: Transaction, now: datetime) -> list[str | None]:
    """The channels on which something may go out now; None where the way is not chosen yet."""
    return [row.channel for row in tx.fetch(_CHANNELS, now=now)]


def next_moment(tx: Transaction, after: datetime) -> datetime | None:
    """When the next message that waits for its time may go out."""
    moment: datetime | None = tx.fetch_value(_NEXT, after=after)
    return moment


@cache
def _due(*, goes_on: bool, has_elsewhere: bool) -> Select[Any]:
    """The first of each kind, along the index: a flood that waits need not be sorted for each claim."""
    kinds = (
        [_is_urgent, and_(_is_ordinary, _is_further_on)] if goes_on else [_is_urgent, _is_ordinary, _was_left]
    )
    also: list[ColumnElement[bool]] = [_is_not_elsewhere] if has_elsewhere else []
    firsts = [
        select(*_NEEDED)
        .where(_here, kind, *also)
        .order_by(outbox.c.not_before, outbox.c.id)
        .limit(bindparam("most"))
        .subquery()
        for kind in kinds
    ]
    found = union_all(*(select(first) for first in firsts)).subquery()
    return (
        select(found).order_by(found.c.urgent.desc(), found.c.not_before, found.c.id).limit(bindparam("most"))
    )
