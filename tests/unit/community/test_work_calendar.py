from datetime import date, timedelta

import chinese_calendar
import pytest

from bot.community.work_calendar import official_days
from bot.tickets.working_time import DayKind, WorkCalendar
from tests.unit.tickets.calendars import OFFICE_DAY, OFFICIAL_2026, at, working_days


def calendar(overrides: dict[date, bool]) -> WorkCalendar:
    days = official_days(overrides)
    return WorkCalendar(
        office_hours=dict.fromkeys(range(1, 6), OFFICE_DAY),
        exceptions=days.exceptions,
        announced_years=days.announced_years,
    )


def test_the_official_days_of_2026_are_all_there_and_no_others() -> None:
    days = official_days({})

    assert {day: worked for day, worked in days.exceptions.items() if day.year == 2026} == OFFICIAL_2026


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_every_day_agrees_with_the_library(year: int) -> None:
    office = calendar({})
    day = date(year, 1, 1)
    while day.year == year:
        assert office.is_working_day(day) is chinese_calendar.is_workday(day), day
        day += timedelta(days=1)


def test_a_year_the_library_does_not_know_is_provisional() -> None:
    last_known = max(official_days({}).announced_years)

    assert calendar({}).is_provisional(
        at(f"{last_known + 1}-03-01 09:00"), at(f"{last_known + 1}-03-02 09:00")
    )
    assert not calendar({}).is_provisional(at(f"{last_known}-03-01 09:00"), at(f"{last_known}-03-02 09:00"))


def test_a_local_day_off_and_a_local_working_day_win_over_the_notice() -> None:
    office = calendar({date(2026, 11, 24): False, date(2026, 11, 28): True, date(2026, 10, 10): False})

    assert office.kind_of(date(2026, 11, 24)) is DayKind.HOLIDAY
    assert office.kind_of(date(2026, 11, 28)) is DayKind.MAKE_UP_DAY
    assert office.kind_of(date(2026, 10, 10)) is DayKind.HOLIDAY
    assert office.add(working_days(1), at("2026-11-23 09:00")) == at("2026-11-25 17:30")


def test_a_single_local_day_does_not_make_a_year_announced() -> None:
    unknown = max(official_days({}).announced_years) + 1

    assert unknown not in official_days({date(unknown, 7, 1): False}).announced_years


def test_a_notice_entered_by_staff_makes_its_year_announced() -> None:
    unknown = max(official_days({}).announced_years) + 1
    notice = {date(unknown, 10, day): False for day in range(1, 8)}

    assert unknown in official_days(notice).announced_years
