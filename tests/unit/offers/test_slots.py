"""Which half hours the lawyer has, and which of them a wish means."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from bot.clock import from_local, to_local
from bot.offers.slots import (
    Picked,
    Wish,
    all_slots,
    fitting,
    nearest,
    pick,
    wish_for,
    wish_from_text,
    wish_of,
)
from intents.result import TimeMention
from knowledge.offers import LegalService, WeeklyWindow

WEDNESDAY, SATURDAY = date(2026, 11, 25), date(2026, 11, 28)
LEGAL = LegalService(
    lawyer="刘律师",
    place="二楼调解室",
    windows=(WeeklyWindow(3, time(14), time(17)), WeeklyWindow(6, time(9), time(11))),
    slot=timedelta(minutes=30),
    seats=1,
    modes=("当面", "电话"),
    earliest=timedelta(days=14),
    latest=timedelta(hours=2),
)
MONDAY_MORNING = from_local(datetime(2026, 11, 23, 10))


def never_closed(_day: date) -> bool:
    return False


def spoken(slots: Sequence[datetime]) -> list[str]:
    return [f"{to_local(slot):%m-%d %H:%M}" for slot in slots]


def test_windows_are_cut_into_slots_up_to_the_last_day_that_may_be_booked() -> None:
    slots = spoken(all_slots(LEGAL, now=MONDAY_MORNING, is_closed=never_closed))

    assert slots[:7] == [
        "11-25 14:00",
        "11-25 14:30",
        "11-25 15:00",
        "11-25 15:30",
        "11-25 16:00",
        "11-25 16:30",
        "11-28 09:00",
    ]
    assert slots[-1] == "12-05 10:30"
    assert len(slots) == 2 * 6 + 2 * 4


def test_a_slot_that_begins_too_soon_is_not_offered() -> None:
    two_hours_before_the_fourth = from_local(datetime(2026, 11, 25, 13, 30))

    slots = all_slots(LEGAL, now=two_hours_before_the_fourth, is_closed=never_closed)

    assert spoken(slots)[:2] == ["11-25 15:30", "11-25 16:00"]


def test_the_lawyer_does_not_come_on_a_public_holiday() -> None:
    slots = all_slots(LEGAL, now=MONDAY_MORNING, is_closed=lambda day: day == WEDNESDAY)

    assert spoken(slots)[0] == "11-28 09:00"


def test_what_is_left_of_a_window_is_no_slot() -> None:
    longer = replace(LEGAL, slot=timedelta(minutes=50))

    slots = spoken(all_slots(longer, now=MONDAY_MORNING, is_closed=never_closed))

    assert slots[:4] == ["11-25 14:00", "11-25 14:50", "11-25 15:40", "11-28 09:00"]


@pytest.mark.parametrize(
    ("mentions", "expected"),
    [
        ([TimeMention(WEDNESDAY, time(14), "afternoon")], Wish(WEDNESDAY, time(14), "afternoon")),
        # “12月9日周三 14:00”: the weekday repeats the date and does not name the coming Wednesday
        (
            [TimeMention(date(2026, 12, 9)), TimeMention(WEDNESDAY, time(14))],
            Wish(date(2026, 12, 9), time(14), None),
        ),
        # “周三不行，改到周六上午”
        ([TimeMention(WEDNESDAY), TimeMention(SATURDAY, None, "morning")], Wish(SATURDAY, None, "morning")),
        # “周三 2:30” is the afternoon
        ([TimeMention(WEDNESDAY, time(2, 30))], Wish(WEDNESDAY, time(14, 30), None)),
        ([], None),
    ],
)
def test_several_moments_in_a_message_are_one_wish(
    mentions: list[TimeMention], expected: Wish | None
) -> None:
    assert wish_of(mentions) == expected


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (Wish(SATURDAY), ["11-28 09:00", "11-28 09:30", "11-28 10:00", "11-28 10:30"]),
        (Wish(SATURDAY, None, "afternoon"), []),
        (Wish(WEDNESDAY, time(14), "afternoon"), ["11-25 14:00"]),
        (Wish(None, time(9, 30)), ["11-28 09:30", "12-05 09:30"]),
        (Wish(WEDNESDAY, time(14, 15)), []),
    ],
)
def test_a_slot_fits_all_that_was_wished(wish: Wish, expected: list[str]) -> None:
    slots = all_slots(LEGAL, now=MONDAY_MORNING, is_closed=never_closed)

    assert spoken(fitting(slots, wish)) == expected


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (Wish(), ["11-25 14:00", "11-25 14:30", "11-25 15:00"]),
        (Wish(WEDNESDAY, time(15, 10)), ["11-25 14:30", "11-25 15:00", "11-25 15:30"]),
        (Wish(date(2026, 11, 27)), ["11-28 09:00", "11-28 09:30", "11-28 10:00"]),
        (Wish(date(2026, 12, 20)), ["12-05 09:00", "12-05 09:30", "12-05 10:00"]),
    ],
)
def test_the_nearest_slots_are_offered_in_order_of_time(wish: Wish, expected: list[str]) -> None:
    slots = all_slots(LEGAL, now=MONDAY_MORNING, is_closed=never_closed)

    assert spoken(nearest(slots, wish, most=3)) == expected


@pytest.mark.parametrize("wish", [Wish(), Wish(WEDNESDAY), Wish(None, time(14, 30)), Wish(part="morning")])
def test_a_wish_survives_being_kept_as_text(wish: Wish) -> None:
    assert wish_from_text(wish.as_text()) == wish


def test_the_wish_for_a_slot_is_that_slot() -> None:
    slot = from_local(datetime(2026, 11, 28, 9, 30))

    assert wish_for(slot) == Wish(SATURDAY, time(9, 30))
    assert wish_from_text("") == Wish()


@pytest.mark.parametrize(
    ("wish", "offered", "expected"),
    [
        (Wish(WEDNESDAY, time(14, 30)), [], Picked(from_local(datetime(2026, 11, 25, 14, 30)))),
        (Wish(WEDNESDAY, time(14)), [], Picked(why_not="taken")),
        (Wish(WEDNESDAY, time(18)), [], Picked(why_not="not_then")),
        (Wish(SATURDAY), [], Picked(why_not="several")),
        # “九点半” after the slots of 5 December were offered
        (
            Wish(None, time(9, 30)),
            [from_local(datetime(2026, 12, 5, 9))],
            Picked(from_local(datetime(2026, 12, 5, 9, 30))),
        ),
    ],
)
def test_a_wish_comes_to_one_slot_or_to_a_reason_why_not(
    wish: Wish, offered: list[datetime], expected: Picked
) -> None:
    possible = all_slots(LEGAL, now=MONDAY_MORNING, is_closed=never_closed)
    free = possible[1:]  # Wednesday at two is taken

    assert pick(wish, free=free, possible=possible, offered=offered) == expected
