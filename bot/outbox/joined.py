"""Two people turn out to be one: what was said to either was said to one person."""

from sqlalchemy import bindparam, update

from bot.outbox.models import outbox
from bot.storage.transaction import Transaction

_MOVE = (
    update(outbox)
    .where(outbox.c.tenant == bindparam("of_tenant"), outbox.c.person_id == bindparam("of_person"))
    .values(person_id=bindparam("new_person"))
)


def join_messages(tx: Transaction, goes: int, stays: int) -> None:
    tx.change(_MOVE, of_person=goes, new_person=stays)
