"""Messages that went out, or never will, are not kept for ever."""

from datetime import datetime

from sqlalchemy import bindparam, delete

from bot.outbox.models import DeliveryState, outbox
from bot.storage.transaction import Transaction

_OVER = [state for state in DeliveryState if state not in (DeliveryState.WAITING, DeliveryState.LEASED)]
_DROP = delete(outbox).where(
    outbox.c.tenant == bindparam("of_tenant"),
    outbox.c.state.in_(_OVER),
    outbox.c.not_before <= bindparam("before"),
)


def drop_messages(tx: Transaction, *, sent_before: datetime) -> None:
    tx.change(_DROP, before=sent_before)
