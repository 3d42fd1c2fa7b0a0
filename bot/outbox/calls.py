"""What no channel could bring to its receiver: somebody has to ring up."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.engine import Row

from bot.outbox.models import DeliveryState, Purpose, outbox
from bot.storage.transaction import Transaction

_UNREACHED = (
    select(outbox)
    .where(
        outbox.c.tenant == bindparam("of_tenant"),
        outbox.c.state == DeliveryState.GIVEN_UP,
        outbox.c.is_group.is_(False),
        outbox.c.purpose.in_([Purpose.NOTICE, Purpose.CLOSING]),
    )
    .order_by(outbox.c.id)
)
_ASKED = (
    update(outbox)
    .where(outbox.c.tenant == bindparam("of_tenant"), outbox.c.id == bindparam("of_id"))
    .values(state=DeliveryState.BY_PHONE)
)


def unreached(tx: Transaction) -> Sequence[Row[Any]]:
    """Pushes that were given up and that nobody has been asked to make good, oldest first. Lists are not
    among them: tomorrow's says it again."""
    return tx.fetch(_UNREACHED)


def note_asked(tx: Transaction, message_ids: Collection[int]) -> None:
    """Staff have been asked to tell these by telephone."""
    tx.change_many(_ASKED, [{"of_id": message_id} for message_id in message_ids])
