"""What became of messages: which way those about a ticket were tried and how that ended; what was said."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from bot.outbox.models import DeliveryState, outbox
from bot.storage.transaction import Transaction

_ABOUT = (
    select(outbox)
    .where(outbox.c.tenant == bindparam("of_tenant"), outbox.c.ticket_id == bindparam("of_ticket"))
    .order_by(outbox.c.id)
)
_SAID = (
    select(outbox.c.text)
    .where(
        outbox.c.tenant == bindparam("of_tenant"),
        outbox.c.person_id == bindparam("of_person"),
        outbox.c.state.in_([DeliveryState.SENT, DeliveryState.LEASED, DeliveryState.UNKNOWN]),
    )
    .order_by(outbox.c.id.desc())
    .limit(bindparam("most"))
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


def said_to(tx: Transaction, person_id: int, *, most: int) -> Iterator[str]:
    """What a person was last told, the newest first."""
    for row in tx.fetch(_SAID, of_person=person_id, most=most):
        yield row.text
