"""What became of the messages about a ticket: which way each was tried, and how that ended."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from bot.outbox.models import outbox
from bot.storage.transaction import Transaction

_ABOUT = (
    select(outbox)
    .where(outbox.c.tenant == bindparam("of_tenant"), outbox.c.ticket_id == bindparam("of_ticket"))
    .order_by(outbox.c.id)
)
FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Passage:
    """One way that one message took, or where it waits. `state` is a DeliveryState or FAILED."""

    at: datetime
    person_id: int | None
    channel: str | None
    state: str
    why: str | None


def passages(tx: Transaction, ticket_id: int) -> Iterator[Passage]:
    for row in tx.fetch(_ABOUT, of_ticket=ticket_id):
        for attempt in row.tried or ():
            at = datetime.fromisoformat(attempt["at"])
            yield Passage(at, row.person_id, attempt["channel"], FAILED, attempt["why"])
        yield Passage(row.sent_at or row.not_before, row.person_id, row.channel, row.state, row.note)
