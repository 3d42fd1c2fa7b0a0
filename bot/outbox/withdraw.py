"""Take back a promise that has not been kept yet."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, select, update

from bot.outbox.models import DeliveryState, outbox
from bot.storage.transaction import Transaction

_WAITING = (
    update(outbox)
    .where(outbox.c.tenant == bindparam("of_tenant"), outbox.c.state == DeliveryState.WAITING)
    .values(state=DeliveryState.WITHDRAWN)
)
_PROMISED = _WAITING.where(outbox.c.dedupe_key == bindparam("of_key"))
_ANSWERS = _WAITING.where(outbox.c.answers == bindparam("of_key"))
_ROWS = _WAITING.where(outbox.c.id.in_(bindparam("of_ids", expanding=True)))
_ABOUT_TICKET = (
    select(outbox.c.id, outbox.c.person_id, outbox.c.dedupe_key, outbox.c.purpose, outbox.c.text)
    .where(
        outbox.c.tenant == bindparam("of_tenant"),
        outbox.c.person_id.in_(bindparam("of_people", expanding=True)),
        outbox.c.ticket_id == bindparam("of_ticket"),
        outbox.c.state == DeliveryState.WAITING,
    )
    .order_by(outbox.c.id)
)


def withdraw(tx: Transaction, dedupe_key: str) -> None:
    """Take back what was promised under this key."""
    tx.change(_PROMISED, of_key=dedupe_key)


def withdraw_answers(tx: Transaction, answer_key: str) -> None:
    """Take back what was to be said to this message."""
    tx.change(_ANSWERS, of_key=answer_key)


def waiting_about(tx: Transaction, ticket_id: int, person_ids: Collection[int]) -> Sequence[Row[Any]]:
    """What these people were to be told of a ticket and nobody has begun to send, the oldest first."""
    if not person_ids:
        return []
    return tx.fetch(_ABOUT_TICKET, of_ticket=ticket_id, of_people=list(person_ids))


def withdraw_rows(tx: Transaction, ids: Collection[int]) -> None:
    """Take these messages back, as far as they still wait."""
    if ids:
        tx.change(_ROWS, of_ids=list(ids))
