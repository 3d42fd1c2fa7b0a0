"""When scheduled lists are sent: on working days, with 调休, and never twice for one occasion."""

from datetime import datetime, time, timedelta

import pytest

from bot.tickets.occasions import newest_occurrence
from knowledge.model import ReminderRule
from tests.unit.tickets.calendars import at, community_calendar

WEEKLY = ReminderRule("楼长周提醒", "building_leader_weekly", time(8, 30), frozenset({1}), weekly=True)
DAILY = ReminderRule("早清单", "worker_morning_list", time(8, 30), frozenset(range(1, 8)), weekly=False)
MONDAYS_AND_THURSDAYS = ReminderRule(
    "两次", "building_leader_weekly", time(9), frozenset({1, 4}), weekly=True
)
CALENDAR = community_calendar()


def sent(rule: ReminderRule, first: str, last: str) -> list[str]:
    """All moments of a span, found by ticking every hour as a running process does."""
    moments: list[datetime] = []
    now, until = at(first), at(last)
    while now < until:
        later = min(now + timedelta(hours=1), until)
        if (moment := newest_occurrence(rule, CALENDAR, now, later)) is not None:
            moments.append(moment)
        now = later
    return [f"{moment + timedelta(hours=8):%m-%d %H:%M}" for moment in moments]


@pytest.mark.parametrize(
    ("rule", "first", "last", "expected"),
    [
        pytest.param(
            WEEKLY, "2026-11-16", "2026-12-01", ["11-16 08:30", "11-23 08:30", "11-30 08:30"], id="mondays"
        ),
        pytest.param(
            DAILY, "2026-11-20", "2026-11-25", ["11-20 08:30", "11-23 08:30", "11-24 08:30"],
            id="a daily list is left out at the weekend",
        ),
        # National Day: 1 to 7 October off, Saturday the 10th worked.
        pytest.param(
            WEEKLY, "2026-09-28", "2026-10-13", ["09-28 08:30", "10-08 08:30", "10-12 08:30"],
            id="a weekly list moves behind the holiday",
        ),
        pytest.param(
            DAILY, "2026-09-30", "2026-10-13",
            ["09-30 08:30", "10-08 08:30", "10-09 08:30", "10-10 08:30", "10-12 08:30"],
            id="a daily list is left out in the holiday and sent on the make-up Saturday",
        ),
        # Spring Festival: 15 to 23 February off, Saturdays the 14th and 28th worked; the 16th and 23rd are
        # Mondays.
        pytest.param(
            WEEKLY, "2026-02-09", "2026-03-03", ["02-09 08:30", "02-24 08:30", "03-02 08:30"],
            id="two Mondays of one holiday become one list",
        ),
        # Sunday 4 January is worked for the New Year: the Monday after it is an ordinary one.
        pytest.param(WEEKLY, "2026-01-03", "2026-01-06", ["01-05 08:30"], id="a make-up Sunday is no Monday"),
        # 清明: Saturday to Monday, 4 to 6 April.
        pytest.param(
            MONDAYS_AND_THURSDAYS, "2026-04-01", "2026-04-10",
            ["04-02 09:00", "04-07 09:00", "04-09 09:00"], id="twice a week, one of them moved",
        ),
    ],
)  # fmt: skip
def test_lists_of_a_span(rule: ReminderRule, first: str, last: str, expected: list[str]) -> None:
    assert sent(rule, f"{first} 00:00", f"{last} 00:00") == expected


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2026-11-23 08:29", "2026-11-23 08:30", "2026-11-23 08:30"),
        ("2026-11-23 08:30", "2026-11-23 08:31", None),
        ("2026-11-23 08:31", "2026-11-29 23:59", None),
        ("2026-11-20 12:00", "2026-11-23 12:00", "2026-11-23 08:30"),
        ("2026-11-01 00:00", "2026-11-24 00:00", "2026-11-23 08:30"),
        ("2026-10-01 00:00", "2026-10-07 23:59", None),
    ],
)
def test_of_missed_lists_only_the_newest_is_made_good(since: str, until: str, expected: str | None) -> None:
    found = newest_occurrence(WEEKLY, CALENDAR, at(since), at(until))
    assert found == (at(expected) if expected else None)
