"""Promise a message in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from bot.messaging import Address, Brief, Button, InboundMessage, OutboundMessage
from bot.outbox.models import DeliveryState, Purpose, outbox
from bot.outbox.policy import is_quiet, quiet_ends_at
from bot.storage.ids import new_id
from bot.storage.transaction import Transaction
from knowledge.model import QuietHours


@dataclass(frozen=True, slots=True)
class Push:
    """What one person is told; its key makes a second promise of the same harmless."""

    dedupe_key: str
    person_id: int
    text: str
    buttons: tuple[Button, ...] = ()
    brief: Brief | None = None


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
        brief=None,
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
    brief: Brief | None = None,
) -> bool:
    """Promise a push to a person. False where the same push was promised before; without a key nothing but
    this turn could promise it, and turns happen once.

    How the person is reached is chosen when it is sent. `not_before` may lie in the future; quiet hours
    and the push budget are applied at sending.
    """
    row = _push(
        Push(dedupe_key or "", person_id, text, tuple(buttons), brief),
        purpose=purpose, urgent=urgent, ticket_id=ticket_id, now=now, not_before=not_before or now,
    )  # fmt: skip
    if dedupe_key is not None:
        return tx.add_if_new(outbox, **row)
    row["dedupe_key"] = f"once/{row['id']}"
    tx.add(outbox, **row)
    return True


def enqueue_all(
    tx: Transaction,
    pushes: Sequence[Push],
    *,
    purpose: Purpose,
    now: datetime,
    urgent: bool = False,
    ticket_id: int | None = None,
) -> list[str]:
    """Promise the same kind of push to many people in one insert; the keys of those not promised before."""
    if not pushes:
        return []
    rows = [
        _push(push, purpose=purpose, urgent=urgent, ticket_id=ticket_id, now=now, not_before=now)
        for push in pushes
    ]
    return [str(key) for key in tx.add_all_if_new(outbox, rows, returning=outbox.c.dedupe_key)]


def enqueue_new(
    tx: Transaction,
    pushes: Sequence[Push],
    *,
    purpose: Purpose,
    now: datetime,
    urgent: bool = False,
    ticket_id: int | None = None,
) -> None:
    """Promise what nothing but this turn can promise, and turns happen once: its keys are new."""
    for push in pushes:
        row = _push(push, purpose=purpose, urgent=urgent, ticket_id=ticket_id, now=now, not_before=now)
        tx.add(outbox, **row)


def _push(
    push: Push, *, purpose: Purpose, urgent: bool, ticket_id: int | None, now: datetime, not_before: datetime
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "dedupe_key": push.dedupe_key,
        "person_id": push.person_id,
        "channel": None,
        "chat": None,
        "is_group": False,
        "answers": None,
        "purpose": purpose,
        "urgent": urgent,
        "ticket_id": ticket_id,
        "text": push.text,
        "buttons": [[button.label, button.says] for button in push.buttons],
        "brief": asdict(push.brief) if push.brief else None,
        "created_at": now,
        "not_before": not_before,
        "state": DeliveryState.WAITING,
        "attempts": 0,
        "lease_until": None,
        "sent_at": None,
        "note": None,
    }


def enqueue_to_group(
    tx: Transaction,
    *,
    dedupe_key: str,
    address: Address,
    text: str,
    now: datetime,
    quiet: QuietHours,
    ticket_id: int | None = None,
) -> bool:
    """Promise a notice to a group, after the quiet hours where it comes in them. False where the same notice
    was promised before."""
    return tx.add_if_new(
        outbox,
        id=new_id(),
        dedupe_key=dedupe_key,
        person_id=None,
        channel=address.channel,
        chat=address.chat,
        is_group=True,
        answers=None,
        purpose=Purpose.NOTICE,
        urgent=False,
        ticket_id=ticket_id,
        text=text,
        buttons=[],
        brief=None,
        created_at=now,
        not_before=quiet_ends_at(now, quiet) if is_quiet(now, quiet) else now,
        state=DeliveryState.WAITING,
        attempts=0,
        lease_until=None,
        sent_at=None,
        note=None,
    )
