"""吹哨: departments called in to a ticket, when they must answer and be there, and when they did."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlalchemy.engine import Row

from bot.storage.ids import new_id
from bot.storage.transaction import Transaction
from bot.tickets.models import Whistle, ticket_whistles

_here = ticket_whistles.c.tenant == bindparam("of_tenant")
_OF_TICKET = (
    select(ticket_whistles)
    .where(_here, ticket_whistles.c.ticket_id == bindparam("of_ticket"))
    .order_by(ticket_whistles.c.id)
)
_BY_ID = select(ticket_whistles).where(_here, ticket_whistles.c.id == bindparam("of_id"))
_answer_due, _arrival_due = ticket_whistles.c.answer_due_at, ticket_whistles.c.arrival_due_at
_FALLING_DUE = (
    select(ticket_whistles)
    .where(
        _here,
        ticket_whistles.c.arrived_at.is_(None),
        or_(
            (_answer_due > bindparam("since")) & (_answer_due <= bindparam("until_")),
            (_arrival_due > bindparam("since")) & (_arrival_due <= bindparam("until_")),
        ),
    )
    .order_by(ticket_whistles.c.id)
)


def add(tx: Transaction, whistle: Whistle) -> None:
    columns = {name: getattr(whistle, name) for name in whistle.__dataclass_fields__}
    tx.add(ticket_whistles, **columns)


def new(
    *,
    ticket_id: int,
    department: str,
    contact_id: int | None,
    caller_id: int,
    now: datetime,
    answer_due_at: datetime,
    arrival_due_at: datetime,
) -> Whistle:
    return Whistle(
        new_id(), ticket_id, department, contact_id, caller_id, now, answer_due_at, arrival_due_at, None, None
    )


def note(tx: Transaction, whistle: Whistle, **moments: datetime) -> None:
    """`answered_at` or `arrived_at`, or both."""
    tx.amend(ticket_whistles, whistle.id, **moments)


def by_id(tx: Transaction, whistle_id: int) -> Whistle | None:
    rows = _whistles(tx.fetch(_BY_ID, of_id=whistle_id))
    return rows[0] if rows else None


def of_ticket(tx: Transaction, ticket_id: int) -> list[Whistle]:
    """Every call of a ticket, the oldest first."""
    return _whistles(tx.fetch(_OF_TICKET, of_ticket=ticket_id))


def falling_due(tx: Transaction, since: datetime, until: datetime) -> list[Whistle]:
    """Calls whose time to answer or to be there runs out in (since, until], and nobody has come."""
    return _whistles(tx.fetch(_FALLING_DUE, since=since, until_=until))


def _whistles(rows: Sequence[Row[Any]]) -> list[Whistle]:
    found = [row._asdict() for row in rows]
    for columns in found:
        del columns["tenant"]
    return [Whistle(**columns) for columns in found]
