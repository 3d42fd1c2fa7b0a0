"""The buttons of a push, which are pressed by number where the platform shows plain text only."""

from sqlalchemy import bindparam, select

from bot.messaging import Address
from bot.outbox.models import DeliveryState, outbox
from bot.storage.transaction import Transaction

_LOOKED_AT = 8  # the newest messages of a chat
_NEWEST = (
    select(outbox.c.id, outbox.c.answers, outbox.c.buttons, outbox.c.sent_at)
    .where(
        outbox.c.tenant == bindparam("of_tenant"),
        outbox.c.channel == bindparam("of_channel"),
        outbox.c.chat == bindparam("of_chat"),
        outbox.c.is_group.is_(False),
        outbox.c.state == DeliveryState.SENT,
    )
    .order_by(outbox.c.id.desc())
    .limit(_LOOKED_AT)
)


def pushed_buttons(tx: Transaction, address: Address) -> list[str]:
    """What the buttons of the newest push say, if nothing was answered since; empty otherwise."""
    rows = tx.fetch(_NEWEST, of_channel=address.channel, of_chat=address.chat)
    for row in sorted(rows, key=lambda row: (row.sent_at, row.id), reverse=True):
        if row.answers is not None:
            return []
        if row.buttons:
            return [says for _, says in row.buttons]
    return []
