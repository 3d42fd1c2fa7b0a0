"""Promise a message in the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime

from bot.messaging import Address, Button, InboundMessage, OutboundMessage
from bot.outbox.models import DeliveryState, Purpose, outbox
from bot.storage.ids import new_id
from bot.storage.transaction import Transaction


def answer_key(message: InboundMessage) -> str:
    return f"{message.channel}/{message.id}"


def enqueue_answer(
    tx: Transaction,
    message: InboundMessage,
    *,
    part: int,
    address: Address,
    person_id: int,
    text: str,
    buttons: Sequence[Button],
    now: datetime,
    not_before: datetime,
    state: DeliveryState,
    lease_until: datetime | None = None,
) -> OutboundMessage:
    """The `part`-th thing said because of `message`; its key makes a second run of the turn harmless."""
    row_id = new_id()
    tx.add(
        outbox,
        id=row_id,
        dedupe_key=f"answer/{answer_key(message)}/{part}",
        person_id=person_id,
        channel=address.channel,
        chat=address.chat,
        is_group=address.is_group,
        answers=answer_key(message),
        purpose=Purpose.ANSWER,
        urgent=False,
        ticket_id=None,
        text=text,
        buttons=[[button.label, button.says] for button in buttons],
        created_at=now,
        not_before=not_before,
        state=state,
        attempts=0,
        lease_until=lease_until,
        sent_at=now if state is DeliveryState.SENT else None,
        note=None,
    )
    return OutboundMessage(row_id, address, text, tuple(buttons))


def enqueue(
    tx: Transaction,
    *,
    dedupe_key: str | None,
    person_id: int,
    purpose: Purpose,
    text: str,
    now: datetime,
    not_before: datetime | None = None,
    urgent: bool = False,
    ticket_id: int | None = None,
    buttons: Sequence[Button] = (),
) -> bool:
    """Promise a push to a person. False where the same push was promised before; without a key nothing but
    this turn could promise it, and turns happen once.

    How the person is reached is chosen when it is sent. `not_before` may lie in the future; quiet hours
    and the push budget are applied at sending.
    """
    row_id = new_id()
    row: dict[str, object] = {
        "id": row_id,
        "dedupe_key": dedupe_key or f"once/{row_id}",
        "person_id": person_id,
        "channel": None,
        "chat": None,
        "is_group": False,
        "answers": None,
        "purpose": purpose,
        "urgent": urgent,
        "ticket_id": ticket_id,
        "text": text,
        "buttons": [[button.label, button.says] for button in buttons],
        "created_at": now,
        "not_before": not_before or now,
        "state": DeliveryState.WAITING,
        "attempts": 0,
        "lease_until": None,
        "sent_at": None,
        "note": None,
    }
    if dedupe_key is not None:
        return tx.add_if_new(outbox, **row)
    tx.add(outbox, **row)
    return True
