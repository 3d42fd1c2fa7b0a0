"""Bookings in the store: one person a seat, one booking a person, and the lawyer hears of everything."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError

from bot.clock import from_local
from bot.offers import bookings
from bot.offers.bookings import BookingDraft, SlotTaken
from bot.offers.models import Booking, BookingState
from bot.offers.models import bookings as booking_rows
from bot.offers.slots import all_slots
from bot.outbox.models import outbox
from bot.reminders.booking_reminder import BookingReminder
from bot.scheduler import Scheduler
from bot.storage.database import Database
from bot.storage.transaction import Transaction
from knowledge.model import Knowledge
from tests.flows.at_once import both_at_once
from tests.flows.conftest import NOW, PersonNamed

WEDNESDAY_TWO = from_local(datetime(2026, 11, 25, 14))
WEDNESDAY_HALF_PAST = WEDNESDAY_TWO + timedelta(minutes=30)
_TEXTS_TO = (
    select(outbox.c.text)
    .where(outbox.c.tenant == bindparam("of_tenant"), outbox.c.person_id == bindparam("of_person"))
    .order_by(outbox.c.id)
)

Book = Callable[[Transaction, int, datetime], Booking]


@pytest.fixture
def book(knowledge: Knowledge) -> Book:
    def book(tx: Transaction, person_id: int, start_at: datetime) -> Booking:
        draft = BookingDraft(person_id, start_at, mode="当面", phone=None, topic="押金")
        return bookings.book(tx, knowledge, draft, NOW)

    return book


def told(database: Database, knowledge: Knowledge, person_id: int) -> list[str]:
    with database.reading(knowledge.community.id) as tx:
        return [row.text for row in tx.fetch(_TEXTS_TO, of_person=person_id)]


def test_two_transactions_at_once_cannot_take_one_slot(
    database: Database, knowledge: Knowledge, person: PersonNamed, book: Book
) -> None:
    grandma, sun = person("王阿姨"), person("老孙")

    def try_to_book(who: int) -> Callable[[Transaction], bool]:
        def work(tx: Transaction) -> bool:
            try:
                book(tx, who, WEDNESDAY_TWO)
            except SlotTaken:
                return False
            return True

        return work

    outcome = both_at_once(database, knowledge.community.id, try_to_book(grandma), try_to_book(sun))

    assert outcome == (True, False)


def test_two_transactions_at_once_cannot_book_two_slots_for_one_person(
    database: Database, knowledge: Knowledge, person: PersonNamed, book: Book
) -> None:
    grandma = person("王阿姨")

    def try_to_book(start_at: datetime) -> Callable[[Transaction], bool]:
        def work(tx: Transaction) -> bool:
            try:
                book(tx, grandma, start_at)
            except SlotTaken:
                return False
            return True

        return work

    outcome = both_at_once(
        database, knowledge.community.id, try_to_book(WEDNESDAY_TWO), try_to_book(WEDNESDAY_HALF_PAST)
    )

    assert outcome == (True, False)


def test_the_store_itself_refuses_a_seat_taken_twice(
    database: Database, knowledge: Knowledge, person: PersonNamed, book: Book
) -> None:
    grandma, sun = person("王阿姨"), person("老孙")
    tenant = knowledge.community.id
    database.run(tenant, lambda tx: book(tx, grandma, WEDNESDAY_TWO))

    def take_the_same_seat(tx: Transaction) -> None:
        taken = bookings.active_of(tx, grandma, NOW)
        assert taken is not None
        tx.add(
            booking_rows,
            id=taken.id + 1,
            person_id=sun,
            lawyer=taken.lawyer,
            start_at=taken.start_at,
            end_at=taken.end_at,
            seat=1,
            place=taken.place,
            mode=taken.mode,
            phone=None,
            topic="",
            state=BookingState.BOOKED,
            created_at=NOW,
        )

    with pytest.raises(IntegrityError):
        database.run(tenant, take_the_same_seat)


def test_a_cancelled_slot_is_free_again(
    database: Database, knowledge: Knowledge, person: PersonNamed, book: Book
) -> None:
    grandma, sun = person("王阿姨"), person("老孙")

    def work(tx: Transaction) -> Booking:
        bookings.cancel(tx, knowledge, book(tx, grandma, WEDNESDAY_TWO), NOW)
        return book(tx, sun, WEDNESDAY_TWO)

    assert database.run(knowledge.community.id, work).start_at == WEDNESDAY_TWO


def test_a_move_to_a_taken_slot_leaves_the_old_booking_as_it_was(
    database: Database, knowledge: Knowledge, person: PersonNamed, book: Book
) -> None:
    grandma, sun = person("王阿姨"), person("老孙")

    def work(tx: Transaction) -> Booking | None:
        book(tx, grandma, WEDNESDAY_TWO)
        mine = book(tx, sun, WEDNESDAY_HALF_PAST)
        draft = BookingDraft(sun, WEDNESDAY_TWO, mine.mode, mine.phone, mine.topic)
        with pytest.raises(SlotTaken):
            bookings.move(tx, knowledge, mine, draft, NOW)
        return bookings.active_of(tx, sun, NOW)

    active = database.run(knowledge.community.id, work)
    assert active is not None
    assert active.start_at == WEDNESDAY_HALF_PAST


def test_a_taken_slot_is_not_free(
    database: Database, knowledge: Knowledge, person: PersonNamed, book: Book
) -> None:
    grandma = person("王阿姨")
    legal = knowledge.legal
    assert legal is not None
    slots = all_slots(legal, now=NOW, is_closed=lambda _day: False)

    def work(tx: Transaction) -> tuple[datetime, ...]:
        book(tx, grandma, WEDNESDAY_TWO)
        return bookings.free(tx, legal, slots, NOW)

    free = database.run(knowledge.community.id, work)
    assert set(slots) - set(free) == {WEDNESDAY_TWO}


def test_somebody_whose_consultation_is_over_may_book_again(
    database: Database, knowledge: Knowledge, person: PersonNamed, book: Book
) -> None:
    grandma = person("王阿姨")
    a_week_later = WEDNESDAY_TWO + timedelta(days=7)

    def work(tx: Transaction) -> list[BookingState]:
        book(tx, grandma, WEDNESDAY_TWO)
        draft = BookingDraft(grandma, a_week_later, "当面", None, "")
        bookings.book(tx, knowledge, draft, WEDNESDAY_TWO + timedelta(days=1))
        return [booking.state for booking in bookings.of_person(tx, grandma)]

    assert database.run(knowledge.community.id, work) == [BookingState.BOOKED, BookingState.OVER]


def test_the_lawyer_hears_of_a_booking_its_move_and_its_end(
    database: Database, knowledge: Knowledge, person: PersonNamed, book: Book
) -> None:
    grandma, lawyer = person("王阿姨"), person("刘律师")

    def work(tx: Transaction) -> None:
        booking = book(tx, grandma, WEDNESDAY_TWO)
        draft = BookingDraft(grandma, WEDNESDAY_HALF_PAST, "电话", "13912345678", "押金")
        moved = bookings.move(tx, knowledge, booking, draft, NOW)
        bookings.cancel(tx, knowledge, moved, NOW)

    database.run(knowledge.community.id, work)

    booked, moved, cancelled = told(database, knowledge, lawyer)
    assert "14:00" in booked
    assert "押金" in booked
    assert "14:00" in moved
    assert "14:30" in moved
    assert "13912345678" in moved
    assert "取消" in cancelled


def test_nothing_that_identifies_is_left_of_the_bookings_of_somebody_forgotten(
    database: Database, knowledge: Knowledge, person: PersonNamed
) -> None:
    grandma = person("王阿姨")

    def work(tx: Transaction) -> list[tuple[str | None, str]]:
        draft = BookingDraft(grandma, WEDNESDAY_TWO, "电话", "13912345678", "押金")
        bookings.book(tx, knowledge, draft, NOW)
        bookings.forget(tx, grandma)
        return [(booking.phone, booking.topic) for booking in bookings.of_person(tx, grandma)]

    assert database.run(knowledge.community.id, work) == [(None, "")]


def test_a_booking_is_recalled_once_to_both_however_often_the_clock_ticks(
    database: Database, knowledge: Knowledge, person: PersonNamed, book: Book
) -> None:
    grandma, lawyer = person("王阿姨"), person("刘律师")
    tenant = knowledge.community.id
    reminder = BookingReminder(knowledge=lambda: knowledge)
    database.run(tenant, lambda tx: book(tx, grandma, WEDNESDAY_TWO))
    scheduler = Scheduler([reminder])
    database.run(tenant, lambda tx: scheduler.tick(tx, NOW))

    def tick(minutes_before: int) -> int:
        at = WEDNESDAY_TWO - timedelta(minutes=minutes_before)
        return database.run(tenant, lambda tx: scheduler.tick(tx, at))

    fired = [tick(61), tick(59), tick(58)]
    (due,) = database.run(tenant, lambda tx: reminder.due(tx, NOW, WEDNESDAY_TWO - timedelta(minutes=50)))
    database.run(tenant, lambda tx: reminder.fire(tx, due))

    assert fired == [0, 1, 0]
    assert len(told(database, knowledge, grandma)) == 1
    assert len(told(database, knowledge, lawyer)) == 2  # the booking, and the reminder


def test_a_consultation_that_has_begun_is_not_recalled(
    database: Database, knowledge: Knowledge, person: PersonNamed, book: Book
) -> None:
    grandma = person("王阿姨")
    reminder = BookingReminder(knowledge=lambda: knowledge)

    def work(tx: Transaction) -> int:
        book(tx, grandma, WEDNESDAY_TWO)
        return len(reminder.due(tx, NOW, WEDNESDAY_TWO + timedelta(minutes=5)))

    assert database.run(knowledge.community.id, work) == 0


def test_a_cancelled_booking_is_not_recalled(
    database: Database, knowledge: Knowledge, person: PersonNamed, book: Book
) -> None:
    grandma = person("王阿姨")
    reminder = BookingReminder(knowledge=lambda: knowledge)

    def work(tx: Transaction) -> None:
        booking = book(tx, grandma, WEDNESDAY_TWO)
        (due,) = reminder.due(tx, NOW, WEDNESDAY_TWO - timedelta(minutes=30))
        bookings.cancel(tx, knowledge, booking, NOW)
        reminder.fire(tx, due)

    database.run(knowledge.community.id, work)

    assert told(database, knowledge, grandma) == []
