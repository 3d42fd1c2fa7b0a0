"""Whose shift it is: nights, weekends, holidays, make-up days, and swaps."""

from datetime import date, time

import pytest

from bot.tickets.on_call import Swap, empty_shifts, on_call
from knowledge.rota import DutyDays, DutyLine, Rota, Shift, ShiftDays
from tests.unit.tickets.calendars import at, community_calendar

CALENDAR = community_calendar()
NIGHT, WEEKEND, HOLIDAY = "晚班", "周末班", "节假日班"
WORKDAYS = DutyDays(frozenset({1, 2, 3, 4, 5}))

ROTA = Rota(
    {
        NIGHT: Shift(NIGHT, ShiftDays.WORKING_DAYS, time(17, 30), time(8, 30)),
        WEEKEND: Shift(WEEKEND, ShiftDays.DAYS_OFF, time(8, 30), time(20, 30)),
        HOLIDAY: Shift(HOLIDAY, ShiftDays.HOLIDAYS, time(0), time(23, 59)),
    },
    (
        DutyLine(NIGHT, WORKDAYS, ("赵强", "何静")),
        DutyLine(NIGHT, DutyDays(first=date(2026, 11, 25), last=date(2026, 11, 25)), ("李敏",)),
        DutyLine(WEEKEND, DutyDays(frozenset({6})), ("孙丽",)),
        DutyLine(HOLIDAY, DutyDays(first=date(2026, 10, 1), last=date(2026, 10, 3)), ("周海燕", "李敏")),
    ),
)


@pytest.mark.parametrize(
    ("moment", "people"),
    [
        ("2026-11-23 17:29", ()),
        ("2026-11-23 17:30", ("赵强", "何静")),
        ("2026-11-24 03:00", ("赵强", "何静")),  # the shift that began the evening before
        ("2026-11-24 08:30", ()),
        ("2026-11-25 23:00", ("李敏",)),  # a date goes before the week
        ("2026-11-26 08:00", ("李敏",)),
        ("2026-11-28 08:00", ("赵强", "何静")),  # Friday's night runs into Saturday
        ("2026-11-28 12:00", ("孙丽",)),
        ("2026-11-28 21:00", ()),
        ("2026-11-29 12:00", ()),  # nobody is down for Sundays
        ("2026-10-02 12:00", ("周海燕", "李敏")),
        ("2026-10-03 12:00", ("周海燕", "李敏")),  # a Saturday, but a holiday
        ("2026-10-10 20:00", ()),  # a Saturday worked: the night of a working day, and nobody is down for it
    ],
)
def test_whose_shift_it_is(moment: str, people: tuple[str, ...]) -> None:
    assert on_call(ROTA, CALENDAR, at(moment)) == people


def test_a_swap_exchanges_two_names_where_they_stand() -> None:
    swaps = [Swap(date(2026, 11, 23), NIGHT, "赵强", "孙丽")]

    assert on_call(ROTA, CALENDAR, at("2026-11-24 03:00"), swaps) == ("孙丽", "何静")
    assert on_call(ROTA, CALENDAR, at("2026-11-24 20:00"), swaps) == ("赵强", "何静")


def test_a_swap_of_two_in_one_shift_changes_their_order() -> None:
    swaps = [Swap(date(2026, 11, 23), NIGHT, "何静", "赵强")]

    assert on_call(ROTA, CALENDAR, at("2026-11-23 20:00"), swaps) == ("何静", "赵强")


def test_shifts_without_anybody_are_found() -> None:
    found = list(empty_shifts(ROTA, CALENDAR, date(2026, 10, 3), 8))

    assert [(day.day, shift.name) for day, shift in found] == [
        *((day, HOLIDAY) for day in (4, 5, 6, 7)),
        (10, NIGHT),
    ]
