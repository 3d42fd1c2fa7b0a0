"""Take back a promise that has not been kept yet."""

from collections.abc import Collection

from sqlalchemy import bindparam, update

from bot.outbox.models import DeliveryState, Purpose, outbox
from bot.storage.transaction import Transaction

_WAITING = (
    update(outbox)
    .where(outbox.c.tenant == bindparam("of_tenant"), outbox.c.state == DeliveryState.WAITING)
    .values(state=DeliveryState.WITHDRAWN)
)
_PROMISED = _WAITING.where(outbox.c.dedupe_key == bindparam("of_key"))
_ANSWERS = _WAITING.where(outbox.c.answers == bindparam("of_key"))


_NOTICES = _WAITING.where(
    outbox.c.ticket_id == bindparam("of_ticket"),
    outbox.c.person_id.in_(bindparam("of_people", expanding=True)),
    outbox.c.purpose == Purpose.NOTICE,
)


def withdraw(tx: Transaction, dedupe_key: str) -> None:
    """Take back what was promised under this key."""
    tx.change(_PROMISED, of_key=dedupe_key)


def withdraw_answers(tx: Transaction, answer_key: str) -> None:
    """Take back what was to be said to this message."""
    tx.change(_ANSWERS, of_key=answer_key)


def withdraw_notices(tx: Transaction, ticket_id: int, person_ids: Collection[int]) -> None:
    """Take back the single pushes about a ticket that still wait: what is said next overtakes them."""
    if person_ids:
        tx.change(_NOTICES, of_ticket=ticket_id, of_people=list(person_ids))
