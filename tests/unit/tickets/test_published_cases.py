"""The arithmetic of due times, held against the tables two help desks publish as their own tests.

Only inputs and outcomes are taken. Zammad (spec/models/ticket/escalation_examples.rb, 2026): its office
is in Berlin and its tests in UTC; the cases are given here in the office's own wall clock. Frappe Helpdesk
(test_hd_ticket.py, 2026): “Monday” is given as Monday 2026-11-23. Both count in working time.

Where we differ, and why:

* A time that is used up exactly at closing is due at closing. Frappe says the same; Zammad says the next
  opening. Both are the same point of working time, but a worker reads “today 18:00” and not “tomorrow”.
* Zammad drops the seconds of the result; we keep them.
* Zammad has a third clock, for the next word to the customer, that begins anew with each word of theirs. Ours
  has one time to get in touch; the arithmetic of the third clock is compared all the same.
* Where its SLA no longer fits, Zammad takes every time away. A promised date stays promised with us.
* In Zammad a closed ticket that is reopened goes on with what was left of its time; ours begins a second
  round with half of it (重办). Its pause arithmetic is the same and is compared as a pause.
* Frappe's and Zammad's rules that are no arithmetic (a word to a merged ticket, circles of merging,
  closing by silence, what came in out of hours) are scenes in tests/dialogues/published-cases.yaml.
* Both give hours or minutes only. A working day that ends with office hours is ours and is tested elsewhere.
"""

from datetime import date, datetime, timedelta

import pytest

from bot.tickets.sla import due_after_pause
from bot.tickets.working_time import WorkCalendar
from knowledge.model import SlaUnit
from tests.unit.tickets.calendars import at, through_calendar

FRAPPE = through_calendar(10, 18)
ZAMMAD = through_calendar(9, 18)
ZAMMAD_LATE = through_calendar(8, 20, holidays=(date(2016, 11, 1),))


def hours(amount: float) -> timedelta:
    return timedelta(hours=amount)


def paused(due: datetime, calendar: WorkCalendar, since: str, until: str) -> datetime:
    return due_after_pause(
        due,
        unit=SlaUnit.WORKING_HOURS,
        calendar=calendar,
        paused_at=at(since),
        resumed_at=at(until),
    )


@pytest.mark.parametrize(
    ("created", "allowed", "due"),
    [
        ("2026-11-23 10:00", hours(1), "2026-11-23 11:00"),  # within hours
        ("2026-11-23 10:00", hours(4), "2026-11-23 14:00"),
        ("2026-11-23 08:00", hours(1), "2026-11-23 11:00"),  # before hours
        ("2026-11-23 08:00", hours(4), "2026-11-23 14:00"),
        ("2026-11-23 20:00", hours(0.5), "2026-11-24 10:30"),  # after hours
        ("2026-11-23 20:00", hours(2), "2026-11-24 12:00"),
        ("2026-11-28 15:00", hours(24), "2026-12-02 18:00"),  # Saturday; ends at a closing time
        ("2026-11-28 15:00", hours(72), "2026-12-10 18:00"),
        ("2026-11-27 17:00", hours(0.5), "2026-11-27 17:30"),  # Friday within hours
        ("2026-11-27 17:00", hours(2), "2026-11-30 11:00"),
        ("2026-11-27 19:00", hours(1), "2026-11-30 11:00"),  # Friday after hours
        ("2026-11-27 19:00", hours(4), "2026-11-30 14:00"),
    ],
)
def test_frappe_due_times(created: str, allowed: timedelta, due: str) -> None:
    assert FRAPPE.add_working_time(allowed, at(created)) == at(due)


@pytest.mark.parametrize(
    ("allowed", "due"), [(hours(0.5), "2026-11-30 10:30"), (hours(2), "2026-11-30 12:00")]
)
def test_frappe_due_times_over_a_holiday(allowed: timedelta, due: str) -> None:
    calendar = through_calendar(10, 18, holidays=(date(2026, 11, 26), date(2026, 11, 27)))

    assert calendar.add_working_time(allowed, at("2026-11-26 15:00")) == at(due)


@pytest.mark.parametrize(
    ("hold", "due"),
    [(timedelta(seconds=3600), "2026-11-26 18:00:00"), (timedelta(seconds=3601), "2026-11-27 10:00:01")],
)
def test_frappe_hold_time_up_to_closing_and_a_second_more(hold: timedelta, due: str) -> None:
    created = at("2026-11-26 15:00")

    moved = due_after_pause(
        FRAPPE.add_working_time(hours(2), created),
        unit=SlaUnit.WORKING_HOURS,
        calendar=FRAPPE,
        paused_at=created,
        resumed_at=created + hold,
    )

    assert moved == at(due)


def test_frappe_half_an_hour_of_hold() -> None:
    due = FRAPPE.add_working_time(hours(4), at("2026-11-23 12:00"))

    assert paused(due, FRAPPE, "2026-11-23 12:30", "2026-11-23 13:00") == at("2026-11-23 16:30")


def test_frappe_hold_over_a_holiday_and_a_weekend() -> None:
    calendar = through_calendar(10, 18, holidays=(date(2026, 11, 27),))
    created, held, opened, resolved = (
        at(moment)
        for moment in ("2026-11-26 17:30", "2026-11-26 17:50", "2026-11-30 12:30", "2026-11-30 13:00")
    )

    hold = calendar.working_hours_between(held, opened)

    assert hold == timedelta(minutes=10 + 150)
    assert calendar.working_hours_between(created, resolved) - hold == timedelta(minutes=50)


@pytest.mark.parametrize(
    ("allowed", "due"), [(60, "2013-03-21 11:30"), (120, "2013-03-21 12:30"), (180, "2013-03-21 13:30")]
)
def test_zammad_due_times(allowed: int, due: str) -> None:
    calendar = through_calendar(8, 18)

    assert calendar.add_working_time(timedelta(minutes=allowed), at("2013-03-21 10:30")) == at(due)


def test_zammad_the_customer_writes_again() -> None:
    calendar = through_calendar(8, 18)

    assert calendar.add_working_time(hours(2), at("2013-03-21 13:05")) == at("2013-03-21 15:05")


@pytest.mark.parametrize(("allowed", "due"), [(60, "2013-03-21 11:30"), (240, "2013-03-21 14:30")])
def test_zammad_due_times_of_an_sla_that_stops_fitting(allowed: int, due: str) -> None:
    calendar = through_calendar(9, 17)

    assert calendar.add_working_time(timedelta(minutes=allowed), at("2013-03-21 10:30")) == at(due)


@pytest.mark.parametrize(
    ("due", "answered", "minutes_left"),
    [
        ("2013-03-21 11:30", "2013-03-21 11:00", 30),  # first response in time
        ("2013-03-21 11:30", "2013-03-21 15:00", -210),  # and over time
        ("2013-03-21 12:30", "2013-03-21 12:00", 30),  # update in time
        ("2013-03-21 12:30", "2013-03-21 13:00", -30),  # and over time
        ("2013-03-21 13:30", "2013-03-21 12:30", 60),  # closed in time
        ("2013-03-21 13:30", "2013-03-21 14:00", -30),  # and over time
    ],
)
def test_zammad_minutes_left_and_minutes_late(due: str, answered: str, minutes_left: int) -> None:
    calendar = through_calendar(8, 18)
    left = calendar.working_hours_between(at(answered), at(due))
    late = calendar.working_hours_between(at(due), at(answered))

    assert left - late == timedelta(minutes=minutes_left)


def test_zammad_two_pauses() -> None:
    due = ZAMMAD.add_working_time(hours(2), at("2013-06-04 11:00"))

    due = paused(due, ZAMMAD, "2013-06-04 11:30", "2013-06-04 11:45")
    due = paused(due, ZAMMAD, "2013-06-04 12:00", "2013-06-04 12:30")

    assert due == at("2013-06-04 13:45")


def test_zammad_a_pause_that_leaves_exactly_the_rest_of_the_day() -> None:
    """Zammad: the next opening, 2013-06-05 09:00. No working time lies between the two."""
    due = ZAMMAD.add_working_time(hours(2), at("2013-06-04 11:00"))

    moved = paused(due, ZAMMAD, "2013-06-04 12:00", "2013-06-04 17:00")

    assert moved == at("2013-06-04 18:00")
    assert ZAMMAD.working_hours_between(moved, at("2013-06-05 09:00")) == timedelta()


@pytest.mark.parametrize(
    ("allowed", "done", "minutes_left"), [(120, "2013-06-04 12:45", 45), (250, "2013-06-04 14:00", 100)]
)
def test_zammad_time_left_after_a_pause(allowed: int, done: str, minutes_left: int) -> None:
    due = ZAMMAD.add_working_time(timedelta(minutes=allowed), at("2013-06-04 11:00"))

    due = paused(due, ZAMMAD, "2013-06-04 12:00", "2013-06-04 12:30")

    assert ZAMMAD.working_hours_between(at(done), due) == timedelta(minutes=minutes_left)


@pytest.mark.parametrize(
    ("pauses", "minutes_left"),
    [
        ([("11:00", "14:00")], 240),  # on hold from the first moment to the last
        ([("11:00", "12:30"), ("13:00", "14:00")], 210),
        ([("11:00", "12:30"), ("13:00", "13:30")], 180),
    ],
)
def test_zammad_time_left_of_what_began_on_hold(pauses: list[tuple[str, str]], minutes_left: int) -> None:
    due = ZAMMAD.add_working_time(hours(4), at("2013-06-04 11:00"))

    for since, until in pauses:
        due = paused(due, ZAMMAD, f"2013-06-04 {since}", f"2013-06-04 {until}")

    assert ZAMMAD.working_hours_between(at("2013-06-04 14:00"), due) == timedelta(minutes=minutes_left)


@pytest.mark.parametrize(
    ("created", "allowed", "due"),
    [
        ("2016-11-01 14:56:21", hours(2), "2016-11-02 10:00:00"),  # on a holiday
        ("2016-11-01 14:56:21", hours(20), "2016-11-03 16:00:00"),
        ("2016-11-01 16:59:14", hours(20), "2016-11-03 16:00:00"),  # still the holiday
        ("2016-11-07 14:26:36", hours(20), "2016-11-09 10:26:36"),  # Zammad: 10:26:00
    ],
)
def test_zammad_due_times_over_a_holiday(created: str, allowed: timedelta, due: str) -> None:
    assert ZAMMAD_LATE.add_working_time(allowed, at(created)) == at(due)
