"""Two people turn out to be one: what they booked and signed up for is one person's."""

from sqlalchemy import bindparam, update
from sqlalchemy.exc import IntegrityError

from bot.offers.models import bookings, signups
from bot.storage.transaction import Transaction

_MOVES = [
    update(table)
    .where(table.c.tenant == bindparam("of_tenant"), table.c.person_id == bindparam("of_person"))
    .values(person_id=bindparam("new_person"))
    for table in (bookings, signups)
]


class CannotJoin(Exception):
    """Both hold what one person may hold once: a booking, or a place in the same activity."""


def join_offers(tx: Transaction, goes: int, stays: int) -> None:
    """What one of them has is the other's. Raises CannotJoin, and then nothing has changed."""
    try:
        with tx.apart():
            for move in _MOVES:
                tx.change(move, of_person=goes, new_person=stays)
    except IntegrityError as error:
        raise CannotJoin from error
