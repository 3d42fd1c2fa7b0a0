"""Bookings of the lawyer's time. Each change tells the lawyer; the store refuses a seat taken twice."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.engine import Row

from bot.offers.models import Booking, BookingState, bookings
from bot.offers.notices import tell_lawyer
from bot.storage.ids import new_id
from bot.storage.transaction import Transaction
from knowledge.model import Knowledge
from knowledge.offers import LegalService

_here = bookings.c.tenant == bindparam("of_tenant")
_is_booked = bookings.c.state == BookingState.BOOKED
_BY_ID = select(bookings).where(_here, bookings.c.id == bindparam("of_id"))
_OF_PERSON = (
    select(bookings)
    .where(_here, bookings.c.person_id == bindparam("of_person"))
    .order_by(bookings.c.id.desc())
)
_ACTIVE = select(bookings).where(
    _here, _is_booked, bookings.c.person_id == bindparam("of_person"), bookings.c.end_at > bindparam("now")
)
_TAKEN = select(bookings.c.start_at).where(
    _here, _is_booked, bookings.c.lawyer == bindparam("of_lawyer"), bookings.c.start_at >= bindparam("now")
)
_STARTING = (
    select(bookings)
    .where(
        _here,
        _is_booked,
        bookings.c.start_at > bindparam("since"),
        bookings.c.start_at <= bindparam("until_"),
    )
    .order_by(bookings.c.start_at, bookings.c.id)
)
_END = (
    update(bookings)
    .where(_here, _is_booked, bookings.c.id == bindparam("of_id"))
    .values(state=bindparam("new_state"))
)
_REINSTATE = (
    update(bookings)
    .where(_here, bookings.c.id == bindparam("of_id"), bookings.c.state == BookingState.MOVED)
    .values(state=BookingState.BOOKED)
)
_PAST_IS_OVER = (
    update(bookings)
    .where(
        _here,
        _is_booked,
        bookings.c.person_id == bindparam("of_person"),
        bookings.c.end_at <= bindparam("now"),
    )
    .values(state=BookingState.OVER)
)
_BLANK = (
    update(bookings).where(_here, bookings.c.person_id == bindparam("of_person")).values(phone=None, topic="")
)


class SlotTaken(Exception):
    """Somebody else has this time."""


@dataclass(frozen=True, slots=True)
class BookingDraft:
    """A booking about to be made. `start_at` is aware."""

    person_id: int
    start_at: datetime
    mode: str
    phone: str | None
    topic: str


def by_id(tx: Transaction, booking_id: int) -> Booking | None:
    row = tx.fetch_one(_BY_ID, of_id=booking_id)
    return None if row is None else _booking(row)


def of_person(tx: Transaction, person_id: int) -> list[Booking]:
    """All bookings ever made, newest first."""
    return [_booking(row) for row in tx.fetch(_OF_PERSON, of_person=person_id)]


def active_of(tx: Transaction, person_id: int, now: datetime) -> Booking | None:
    """The one booking of this person that is not over yet."""
    row = tx.fetch_one(_ACTIVE, of_person=person_id, now=now)
    return None if row is None else _booking(row)


def free(
    tx: Transaction, legal: LegalService, slots: Sequence[datetime], now: datetime
) -> tuple[datetime, ...]:
    """Those of the slots that still have a seat."""
    taken = Counter(row.start_at for row in tx.fetch(_TAKEN, of_lawyer=legal.lawyer, now=now))
    return tuple(slot for slot in slots if taken[slot] < legal.seats)


def starting_between(tx: Transaction, since: datetime, until: datetime) -> list[Booking]:
    return [_booking(row) for row in tx.fetch(_STARTING, since=since, until_=until)]


def book(tx: Transaction, knowledge: Knowledge, draft: BookingDraft, now: datetime) -> Booking:
    """Take a seat, or raise SlotTaken. The person must have no active booking."""
    booking = _take_seat(tx, knowledge, draft, now)
    tell_lawyer(tx, knowledge, "legal.lawyer_booked", booking, now=now)
    return booking


def move(
    tx: Transaction, knowledge: Knowledge, booking: Booking, draft: BookingDraft, now: datetime
) -> Booking:
    """Give the old time back and take the new one. Raises SlotTaken, and the old one stays."""
    tx.change(_END, of_id=booking.id, new_state=BookingState.MOVED)
    try:
        moved = _take_seat(tx, knowledge, draft, now)
    except SlotTaken:
        tx.change(_REINSTATE, of_id=booking.id)
        raise
    tell_lawyer(tx, knowledge, "legal.lawyer_moved", moved, now=now, before=booking)
    return moved


def cancel(tx: Transaction, knowledge: Knowledge, booking: Booking, now: datetime) -> None:
    if tx.change(_END, of_id=booking.id, new_state=BookingState.CANCELLED):
        tell_lawyer(tx, knowledge, "legal.lawyer_cancelled", booking, now=now)


def forget(tx: Transaction, person_id: int) -> None:
    """Remove the number and the words a person left with their bookings."""
    tx.change(_BLANK, of_person=person_id)


def _take_seat(tx: Transaction, knowledge: Knowledge, draft: BookingDraft, now: datetime) -> Booking:
    legal = knowledge.legal
    assert legal is not None, "slots are only offered where there is a lawyer"
    tx.change(_PAST_IS_OVER, of_person=draft.person_id, now=now)
    booking_id = new_id()
    for seat in range(1, legal.seats + 1):
        if tx.add_if_new(
            bookings,
            id=booking_id,
            person_id=draft.person_id,
            lawyer=legal.lawyer,
            start_at=draft.start_at,
            end_at=draft.start_at + legal.slot,
            seat=seat,
            place=legal.place,
            mode=draft.mode,
            phone=draft.phone,
            topic=draft.topic,
            state=BookingState.BOOKED,
            created_at=now,
        ):
            return Booking(
                booking_id,
                draft.person_id,
                legal.lawyer,
                draft.start_at,
                draft.start_at + legal.slot,
                legal.place,
                draft.mode,
                draft.phone,
                draft.topic,
                BookingState.BOOKED,
            )
    raise SlotTaken


def _booking(row: Row[Any]) -> Booking:
    return Booking(
        row.id,
        row.person_id,
        row.lawyer,
        row.start_at,
        row.end_at,
        row.place,
        row.mode,
        row.phone,
        row.topic,
        BookingState(row.state),
    )
