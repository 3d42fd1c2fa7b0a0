from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import local_day
from bot.tickets.working_time import DayKind, WorkCalendar, statutory_holidays
from knowledge.model import SlaUnit, Span
from tests.unit.tickets.calendars import (
    HOLIDAYS_2026,
    MAKE_UP_DAYS_2026,
    OFFICE_DAY,
    at,
    community_calendar,
    minutes,
    working_days,
    working_hours,
)

CALENDAR = community_calendar()


@pytest.mark.parametrize(
    ("reported", "span", "due"),
    [
        # Worked cases over the holidays of 2026.
        ("2026-02-13 10:00", working_days(5), "2026-02-27 17:30"),
        ("2026-02-14 10:00", working_days(1), "2026-02-24 17:30"),
        ("2026-09-24 10:00", working_days(5), "2026-10-09 17:30"),
        ("2026-09-30 10:00", working_days(5), "2026-10-13 17:30"),
        # An ordinary week: the day of the report is not counted.
        ("2026-11-23 09:00", working_days(1), "2026-11-24 17:30"),
        ("2026-11-23 08:30", working_days(1), "2026-11-24 17:30"),
        ("2026-11-23 17:29", working_days(1), "2026-11-24 17:30"),
        ("2026-11-27 15:00", working_days(1), "2026-11-30 17:30"),
        # Outside office hours counts from the next opening.
        ("2026-11-23 17:30", working_days(1), "2026-11-25 17:30"),
        ("2026-11-23 20:00", working_days(1), "2026-11-25 17:30"),
        ("2026-11-23 07:00", working_days(1), "2026-11-24 17:30"),
        ("2026-11-23 13:00", working_days(1), "2026-11-24 17:30"),
        ("2026-11-22 21:00", working_days(1), "2026-11-24 17:30"),
        ("2026-11-28 09:00", working_days(1), "2026-12-01 17:30"),
        # The same day.
        ("2026-11-23 09:00", working_days(0), "2026-11-23 17:30"),
        ("2026-11-22 21:00", working_days(0), "2026-11-23 17:30"),
        # Working hours stand still over lunch, the night and holidays.
        ("2026-11-23 09:00", working_hours(2), "2026-11-23 11:00"),
        ("2026-11-23 11:00", working_hours(2), "2026-11-23 15:00"),
        ("2026-11-23 10:00", working_hours(2), "2026-11-23 12:00"),
        ("2026-11-23 13:10", working_hours(1), "2026-11-23 15:00"),
        ("2026-11-23 16:30", working_hours(4), "2026-11-24 11:30"),
        ("2026-11-27 16:30", working_hours(2), "2026-11-30 09:30"),
        ("2026-09-30 16:30", working_hours(2), "2026-10-08 09:30"),
        ("2026-11-22 21:00", working_hours(4), "2026-11-23 14:30"),
        # A make-up Saturday is worked with the hours of a weekday.
        ("2026-10-09 16:30", working_hours(4), "2026-10-10 11:30"),
        # Natural minutes do not stop for anything.
        ("2026-11-21 23:30", minutes(30), "2026-11-22 00:00"),
        ("2026-11-23 17:00", minutes(120), "2026-11-23 19:00"),
        ("2026-09-30 10:00", minutes(1440), "2026-10-01 10:00"),
    ],
)
def test_a_span_ends_at_the_moment_people_count_to(reported: str, span: Span, due: str) -> None:
    assert CALENDAR.add(span, at(reported)) == at(due)


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 11, 23), DayKind.WORKING_DAY),
        (date(2026, 11, 22), DayKind.DAY_OFF),
        (date(2026, 10, 5), DayKind.HOLIDAY),
        (date(2026, 10, 3), DayKind.HOLIDAY),  # a Saturday that the notice names
        (date(2026, 9, 20), DayKind.MAKE_UP_DAY),
        (date(2027, 1, 1), DayKind.HOLIDAY),  # not announced, but the law names it
        (date(2027, 2, 5), DayKind.HOLIDAY),  # 除夕
        (date(2027, 2, 9), DayKind.WORKING_DAY),  # 初四 is a holiday only by the yearly notice
        (date(2027, 4, 5), DayKind.HOLIDAY),  # 清明
        (date(2044, 10, 3), DayKind.HOLIDAY),
        (date(2044, 10, 4), DayKind.WORKING_DAY),
    ],
)
def test_a_day_is_of_its_kind(day: date, kind: DayKind) -> None:
    assert CALENDAR.kind_of(day) is kind


def test_every_day_the_notice_of_2026_names_is_kept() -> None:
    assert not any(CALENDAR.is_working_day(day) for day in HOLIDAYS_2026)
    assert all(CALENDAR.is_working_day(day) for day in MAKE_UP_DAYS_2026)


def test_a_year_not_announced_is_counted_and_said_to_be_provisional() -> None:
    start = at("2026-12-11 09:00")

    due = CALENDAR.add(working_days(15), start)

    assert due == at("2027-01-04 17:30")
    assert CALENDAR.is_provisional(start, due)


def test_a_due_time_within_the_announced_year_is_not_provisional() -> None:
    start = at("2026-12-10 09:00")

    due = CALENDAR.add(working_days(15), start)

    assert due == at("2026-12-31 17:30")
    assert not CALENDAR.is_provisional(start, due)


def test_statutory_holidays_of_a_year_far_away_are_the_fixed_ones() -> None:
    fixed = ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))

    assert statutory_holidays(2044) == {date(2044, month, day) for month, day in fixed}
    assert len(statutory_holidays(2027)) == 13


def test_a_place_closed_on_mondays_counts_no_monday() -> None:
    calendar = WorkCalendar(
        office_hours=dict.fromkeys(range(2, 6), OFFICE_DAY), exceptions={}, announced_years=frozenset()
    )

    assert calendar.add(working_days(1), at("2026-11-20 10:00")) == at("2026-11-24 17:30")


def test_saturday_hours_do_not_make_saturday_a_working_day() -> None:
    calendar = WorkCalendar(
        office_hours=dict.fromkeys(range(1, 7), OFFICE_DAY), exceptions={}, announced_years=frozenset({2026})
    )

    assert not calendar.is_working_day(date(2026, 11, 28))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-11-23 09:00", "2026-11-23 10:15", timedelta(hours=1, minutes=15)),
        ("2026-11-23 11:00", "2026-11-23 15:00", timedelta(hours=2)),
        ("2026-11-23 09:00", "2026-11-24 17:30", timedelta(hours=13, minutes=30)),
        ("2026-11-21 09:00", "2026-11-22 17:30", timedelta()),
        ("2026-11-23 12:10", "2026-11-23 13:50", timedelta()),
        ("2026-11-24 09:00", "2026-11-23 09:00", timedelta()),
        ("2026-09-30 17:00", "2026-10-08 09:00", timedelta(hours=1)),
    ],
)
def test_working_hours_between_two_moments(start: str, end: str, expected: timedelta) -> None:
    assert CALENDAR.working_hours_between(at(start), at(end)) == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-23 09:07", "2026-11-23 09:07"),
        ("2026-11-23 12:00", "2026-11-23 14:00"),
        ("2026-11-23 17:30", "2026-11-24 08:30"),
        ("2026-11-27 18:00", "2026-11-30 08:30"),
        ("2026-09-30 18:00", "2026-10-08 08:30"),
    ],
)
def test_the_next_working_moment(moment: str, expected: str) -> None:
    assert CALENDAR.next_working_moment(at(moment)) == at(expected)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-23 08:00", "2026-11-23 08:30"),
        ("2026-11-23 08:30", "2026-11-24 08:30"),
        ("2026-11-23 13:00", "2026-11-24 08:30"),
        ("2026-11-28 10:00", "2026-11-30 08:30"),
    ],
)
def test_the_next_opening_is_a_morning(moment: str, expected: str) -> None:
    assert CALENDAR.next_opening(at(moment)) == at(expected)


def test_the_edge_speaks_utc_whatever_zone_comes_in() -> None:
    local = at("2026-11-23 09:00").astimezone()

    due = CALENDAR.add(minutes(30), local)

    assert due.tzinfo is UTC
    assert due == at("2026-11-23 09:30")


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        CALENDAR.add(minutes(30), datetime(2026, 11, 23, 9, 0))


@pytest.mark.parametrize(
    "spans",
    [
        ((time(12, 0), time(8, 30)),),
        ((time(8, 30), time(12, 0)), (time(11, 0), time(17, 30))),
        ((time(14, 0), time(17, 30)), (time(8, 30), time(12, 0))),
    ],
)
def test_office_hours_that_overlap_or_run_backwards_are_refused(spans: tuple[tuple[time, time], ...]) -> None:
    with pytest.raises(ValueError, match="weekday 1"):
        WorkCalendar(office_hours={1: spans}, exceptions={}, announced_years=frozenset())


def test_a_calendar_without_any_weekday_is_refused() -> None:
    with pytest.raises(ValueError, match="no weekday"):
        WorkCalendar(office_hours={6: OFFICE_DAY}, exceptions={}, announced_years=frozenset())


def test_a_calendar_closed_for_more_than_a_year_is_found_out() -> None:
    closed = {date(2026, 1, 1) + timedelta(days=offset): False for offset in range(400)}
    calendar = WorkCalendar(
        office_hours={1: OFFICE_DAY}, exceptions=closed, announced_years=frozenset({2026, 2027})
    )

    with pytest.raises(ValueError, match="check the calendar"):
        calendar.add(working_days(1), at("2026-01-05 10:00"))


# -- properties ---------------------------------------------------------------------------------------

moments = st.datetimes(min_value=datetime(2025, 1, 1), max_value=datetime(2029, 1, 1), timezones=st.just(UTC))
calendar_spans = st.one_of(
    st.builds(Span, st.integers(0, 40), st.just(SlaUnit.WORKING_DAYS)),
    st.builds(Span, st.integers(1, 80), st.just(SlaUnit.WORKING_HOURS)),
)
amounts = st.timedeltas(min_value=timedelta(), max_value=timedelta(hours=60))


@given(calendar_spans, moments)
def test_nothing_is_ever_due_on_a_day_off(span: Span, start: datetime) -> None:
    assert CALENDAR.is_working_day(local_day(CALENDAR.add(span, start)))


@given(calendar_spans, moments, moments)
def test_what_is_reported_later_is_never_due_earlier(span: Span, one: datetime, other: datetime) -> None:
    earlier, later = sorted((one, other))

    assert CALENDAR.add(span, earlier) <= CALENDAR.add(span, later)


@given(st.sampled_from(SlaUnit), st.integers(1, 30), moments)
def test_a_longer_span_is_never_due_earlier(unit: SlaUnit, amount: int, start: datetime) -> None:
    assert CALENDAR.add(Span(amount, unit), start) < CALENDAR.add(Span(amount + 1, unit), start)


@given(amounts, moments)
def test_time_added_is_the_time_between(amount: timedelta, start: datetime) -> None:
    assert CALENDAR.working_hours_between(start, CALENDAR.add_working_time(amount, start)) == amount


@given(amounts, moments)
def test_time_taken_away_is_the_time_between(amount: timedelta, end: datetime) -> None:
    assert CALENDAR.working_hours_between(CALENDAR.subtract_working_time(amount, end), end) == amount


@given(moments, moments, moments)
def test_working_time_adds_up(one: datetime, two: datetime, three: datetime) -> None:
    first, middle, last = sorted((one, two, three))
    between = CALENDAR.working_hours_between

    assert between(first, middle) + between(middle, last) == between(first, last)
