from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tickets.routing import MatterPlace
from bot.tickets.sla import (
    UNCATEGORISED,
    Extension,
    Pause,
    SlaPolicy,
    due_after_extension,
    due_after_pause,
    due_times,
    in_place,
    is_overdue,
    second_round,
)
from knowledge.model import LocalClocks, Scope, SlaUnit, Span
from tests.unit.tickets.calendars import at, community_calendar, minutes, working_days, working_hours

CALENDAR = community_calendar()


def policy(resolve_within: Span) -> SlaPolicy:
    return SlaPolicy(working_hours(4), working_days(1), resolve_within)


def test_an_ordinary_matter_gets_all_its_times() -> None:
    times = due_times(policy(working_days(5)), calendar=CALENDAR, start=at("2026-11-23 09:10"))

    assert times.response_due_at == at("2026-11-23 15:10")
    assert times.contact_due_at == at("2026-11-24 17:30")
    assert times.resolution_due_at == at("2026-11-30 17:30")
    assert times.amber_at == at("2026-11-30 08:30")
    assert times.red_at == at("2026-12-01 08:30")
    assert not times.provisional


@pytest.mark.parametrize(
    ("resolve_within", "start", "amber"),
    [
        (working_days(5), "2026-11-23 09:00", "2026-11-30 08:30"),  # one working day is shorter
        (working_days(1), "2026-11-23 08:30", "2026-11-24 14:00"),  # a quarter of 14 hours is shorter
        (working_hours(4), "2026-11-23 08:30", "2026-11-23 11:30"),  # due 14:30, one hour before
        (minutes(1440), "2026-11-23 10:00", "2026-11-24 04:00"),
        (minutes(120), "2026-11-23 10:00", "2026-11-23 11:30"),
        (minutes(7 * 1440), "2026-11-23 10:00", "2026-11-28 16:00"),  # natural days run on over weekends
    ],
)
def test_amber_is_one_working_day_or_a_quarter_before(resolve_within: Span, start: str, amber: str) -> None:
    times = due_times(policy(resolve_within), calendar=CALENDAR, start=at(start))

    assert times.amber_at == at(amber)


@pytest.mark.parametrize(
    ("due", "red"),
    [
        ("2026-11-24 17:30", "2026-11-25 08:30"),
        ("2026-11-27 17:30", "2026-11-30 08:30"),
        ("2026-09-30 17:30", "2026-10-08 08:30"),
        ("2026-11-24 08:00", "2026-11-24 08:30"),
        ("2026-11-24 10:00", "2026-11-25 08:30"),
    ],
)
def test_red_is_the_first_late_morning(due: str, red: str) -> None:
    span = minutes(60)
    times = due_times(policy(span), calendar=CALENDAR, start=at(due) - timedelta(hours=1))

    assert times.red_at == at(red)


def test_done_on_the_stroke_is_on_time() -> None:
    due = at("2026-11-24 17:30")

    assert not is_overdue(due, due)
    assert is_overdue(due, due + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("span", "half"),
    [
        (working_days(15), working_days(8)),
        (working_days(5), working_days(3)),
        (working_days(2), working_days(1)),
        (working_days(1), working_hours(4)),
        (working_hours(4), working_hours(2)),
        (working_hours(1), working_hours(1)),
        (minutes(1440), minutes(720)),
        (minutes(15), minutes(8)),
    ],
)
def test_the_second_round_has_half_the_time(span: Span, half: Span) -> None:
    assert second_round(policy(span)).resolve_within == half


@pytest.mark.parametrize(
    ("paused", "resumed", "due"),
    [
        ("2026-11-23 10:00", "2026-11-23 11:00", "2026-11-25 09:30"),
        ("2026-11-23 10:00", "2026-11-24 10:00", "2026-11-25 17:30"),  # a whole working day
        ("2026-11-20 18:00", "2026-11-23 08:00", "2026-11-24 17:30"),  # a weekend costs nothing
        ("2026-11-23 12:00", "2026-11-23 14:00", "2026-11-24 17:30"),  # nor does lunch
    ],
)
def test_a_pause_moves_the_due_time_by_its_office_time(paused: str, resumed: str, due: str) -> None:
    moved = due_after_pause(
        at("2026-11-24 17:30"),
        unit=SlaUnit.WORKING_DAYS,
        calendar=CALENDAR,
        paused_at=at(paused),
        resumed_at=at(resumed),
    )

    assert moved == at(due)


def test_a_pause_of_a_natural_time_counts_by_the_clock() -> None:
    moved = due_after_pause(
        at("2026-11-24 10:00"),
        unit=SlaUnit.MINUTES,
        calendar=CALENDAR,
        paused_at=at("2026-11-23 20:00"),
        resumed_at=at("2026-11-23 22:00"),
    )

    assert moved == at("2026-11-24 12:00")


@pytest.mark.parametrize(
    ("due", "days", "extended"),
    [
        ("2026-11-24 17:30", 1, "2026-11-25 17:30"),
        ("2026-11-24 17:30", 3, "2026-11-27 17:30"),
        ("2026-11-27 17:30", 3, "2026-12-02 17:30"),
        ("2026-11-25 10:15", 1, "2026-11-26 17:30"),
        ("2026-09-30 17:30", 3, "2026-10-10 17:30"),  # 10-08, 10-09 and the make-up Saturday
        ("2026-11-28 10:00", 1, "2026-11-30 17:30"),  # due on a Saturday by natural time
    ],
)
def test_an_extension_ends_with_office_hours(due: str, days: int, extended: str) -> None:
    assert due_after_extension(at(due), calendar=CALENDAR, working_days=days) == at(extended)


def test_times_that_reach_into_an_unannounced_year_say_so() -> None:
    start = at("2026-12-30 09:00")

    assert due_times(UNCATEGORISED, calendar=CALENDAR, start=start).provisional


def test_natural_times_never_depend_on_the_calendar() -> None:
    urgent = SlaPolicy(minutes(15), minutes(30), minutes(120))

    assert not due_times(urgent, calendar=CALENDAR, start=at("2027-02-06 09:00")).provisional


moments = st.datetimes(min_value=datetime(2025, 6, 1), max_value=datetime(2027, 6, 1), timezones=st.just(UTC))
spans = st.builds(Span, st.integers(1, 15), st.sampled_from(SlaUnit))


@given(spans, moments)
def test_amber_lies_between_the_report_and_the_due_time_and_red_after_it(span: Span, start: datetime) -> None:
    times = due_times(policy(span), calendar=CALENDAR, start=start)

    assert start <= times.amber_at <= times.resolution_due_at < times.red_at


@given(spans, moments, st.timedeltas(timedelta(), timedelta(days=20)))
def test_a_pause_never_brings_the_due_time_forward(span: Span, start: datetime, pause: timedelta) -> None:
    due = CALENDAR.add(span, start)

    moved = due_after_pause(due, unit=span.unit, calendar=CALENDAR, paused_at=start, resumed_at=start + pause)

    assert moved >= due


@given(spans, moments)
def test_the_second_round_is_never_longer(span: Span, start: datetime) -> None:
    first = due_times(policy(span), calendar=CALENDAR, start=start)
    second = due_times(second_round(policy(span)), calendar=CALENDAR, start=start)

    assert second.resolution_due_at <= first.resolution_due_at


def local(place: Scope, *codes: str, days: int) -> LocalClocks:
    return LocalClocks((place,), codes, None, None, working_days(days))


GARDEN, COURT = Scope("锦绣园"), Scope("幸福里", 1, 6)


@pytest.mark.parametrize(
    ("place", "lines", "days"),
    [
        (MatterPlace("幸福里", "3"), [local(GARDEN, "B4", days=9)], 5),  # elsewhere
        (MatterPlace("锦绣园", "2"), [local(GARDEN, "B4", days=9)], 9),
        (MatterPlace("锦绣园", None), [local(GARDEN, days=9)], 9),
        (MatterPlace("幸福里", None), [local(COURT, days=9)], 5),  # not certainly there
        (MatterPlace("幸福里", "6"), [local(COURT, "B4", days=9), local(COURT, days=2)], 9),
        (MatterPlace("幸福里", "6"), [local(COURT, "B", days=9), local(COURT, "B4", days=2)], 2),
        (MatterPlace("幸福里", "6"), [local(COURT, "B5", days=9)], 5),  # another category
        (MatterPlace("幸福里", "6"), [local(COURT, days=9), local(COURT, days=2)], 2),
    ],
)
def test_a_place_may_promise_other_times(place: MatterPlace, lines: list[LocalClocks], days: int) -> None:
    policy = in_place(UNCATEGORISED, lines, place, "B4")

    assert policy.resolve_within == working_days(days)
    assert policy.accept_within == UNCATEGORISED.accept_within


def test_pauses_and_the_extension_move_the_times_in_their_order() -> None:
    """Reported Monday 09:00, five working days: the Monday after. A working day of waiting makes it Tuesday,
    three more days make it Friday."""
    waiting = Pause(at("2026-11-25 09:00"), at("2026-11-26 09:00"))
    start = at("2026-11-23 09:00")

    due = due_times(UNCATEGORISED, calendar=community_calendar(), start=start, moved=[waiting, Extension(3)])

    assert due.resolution_due_at == at("2026-12-04 17:30")
    assert due.red_at == at("2026-12-07 08:30")
    assert due.amber_at == at("2026-12-04 08:30")
    # What had been due before the pause stays where it was.
    assert due.response_due_at == at("2026-11-23 15:00")
    assert due.contact_due_at == at("2026-11-24 17:30")
