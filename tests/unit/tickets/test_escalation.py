from datetime import timedelta

import pytest

from bot.tickets.escalation import (
    LEVEL_ROLES,
    Level,
    Notice,
    Recipient,
    Step,
    climb_at,
    lateness_notices,
    most_extension_days,
    next_rung,
    raised,
    rung_by,
)
from bot.tickets.lifecycle import Actor, RefusalReason, TransitionRefused
from knowledge.model import RoleName
from tests.unit.tickets.calendars import at, community_calendar

CALENDAR = community_calendar()


def test_a_late_matter_reminds_its_owner_at_once_and_tells_the_secretary_next_morning() -> None:
    notices = lateness_notices(due_at=at("2026-11-24 17:30"), urgency="P3", calendar=CALENDAR)

    assert notices == (
        Notice(Step.REMIND, Recipient.ASSIGNEE, at("2026-11-24 17:30")),
        Notice(Step.SUPERVISE, Recipient.SECRETARY, at("2026-11-25 08:30")),
    )


def test_the_secretary_is_not_told_on_a_day_off() -> None:
    notices = lateness_notices(due_at=at("2026-09-30 17:30"), urgency="P2", calendar=CALENDAR)

    assert notices[-1].at == at("2026-10-08 08:30")


@pytest.mark.parametrize("urgency", ["E", "P1"])
def test_an_urgent_matter_does_not_wait_for_the_morning(urgency: str) -> None:
    due = at("2026-11-28 22:00")

    notices = lateness_notices(due_at=due, urgency=urgency, calendar=CALENDAR)

    assert notices == (
        Notice(Step.REMIND, Recipient.ASSIGNEE, due),
        Notice(Step.ALARM, Recipient.DISPATCHER, due),
        Notice(Step.SUPERVISE, Recipient.SECRETARY, due + timedelta(minutes=30)),
    )


@pytest.mark.parametrize("urgency", ["E", "P1", "P2", "P3", "P4"])
def test_no_step_is_said_twice(urgency: str) -> None:
    notices = lateness_notices(due_at=at("2026-11-24 17:30"), urgency=urgency, calendar=CALENDAR)

    assert len({notice.step for notice in notices}) == len(notices)
    assert [notice.at for notice in notices] == sorted(notice.at for notice in notices)


def test_a_ticket_climbs_one_rung_at_a_time_up_to_the_top() -> None:
    climbed = [Level.L0]
    for _ in range(6):
        climbed.append(raised(climbed[-1]))

    assert climbed == [Level.L0, Level.L1, Level.L2, Level.L3, Level.L4, Level.L5, Level.L5]


def test_only_the_secretary_opens_the_direct_line_and_above_it_is_nothing() -> None:
    assert next_rung(Level.L1, Actor.ASSIGNEE) is Level.L2
    assert next_rung(Level.L4, Actor.SECRETARY) is Level.L5
    with pytest.raises(TransitionRefused) as refused:
        next_rung(Level.L4, Actor.ASSIGNEE)
    assert refused.value.reason is RefusalReason.FOR_THE_SECRETARY
    with pytest.raises(TransitionRefused) as refused:
        next_rung(Level.L5, Actor.SECRETARY)
    assert refused.value.reason is RefusalReason.AT_THE_TOP


@pytest.mark.parametrize(
    ("due", "days", "climbs"),
    [
        ("2026-11-24 17:30", 1, "2026-11-25 08:30"),
        ("2026-11-24 17:30", 3, "2026-11-27 08:30"),
        ("2026-11-27 17:30", 1, "2026-11-30 08:30"),
        ("2026-09-30 17:30", 1, "2026-10-08 08:30"),  # after the holiday
        ("2026-09-30 17:30", 3, "2026-10-10 08:30"),  # a Saturday that is worked
    ],
)
def test_late_working_days_are_counted_from_the_first_late_morning(due: str, days: int, climbs: str) -> None:
    assert climb_at(at(due), days_late=days, calendar=CALENDAR) == at(climbs)


def test_every_rung_has_a_role() -> None:
    assert {level: LEVEL_ROLES[level] for level in Level} == {
        Level.L0: RoleName.GRID_WORKER,
        Level.L1: RoleName.GRID_WORKER,
        Level.L2: RoleName.SECRETARY,
        Level.L3: RoleName.SUBDISTRICT_OFFICER,
        Level.L4: RoleName.SUBDISTRICT_OFFICER,
        Level.L5: RoleName.SUBDISTRICT_OFFICER,
    }


def test_volunteers_are_never_timed() -> None:
    assert RoleName.BUILDING_LEADER not in LEVEL_ROLES.values()
    assert {recipient.value for recipient in Recipient} == {"assignee", "dispatcher", "secretary"}


@pytest.mark.parametrize(
    ("level", "days"), [(Level.L0, 3), (Level.L1, 3), (Level.L2, 3), (Level.L3, 10), (Level.L5, 10)]
)
def test_the_subdistrict_may_extend_longer(level: Level, days: int) -> None:
    assert most_extension_days(level) == days


@pytest.mark.parametrize(
    ("urgency", "waited", "people", "rung"),
    [
        ("E", timedelta(), 4, 1),
        ("E", timedelta(minutes=2, seconds=59), 4, 1),
        ("E", timedelta(minutes=3), 4, 2),
        ("P1", timedelta(minutes=6), 4, 3),
        ("P1", timedelta(hours=5), 4, 4),
        ("P2", timedelta(minutes=14), 4, 1),
        ("P2", timedelta(minutes=15), 4, 2),
        ("P3", timedelta(days=1), 4, 0),
        ("E", timedelta(minutes=-1), 4, 0),
        ("E", timedelta(minutes=10), 0, 0),
    ],
)
def test_the_next_in_the_duty_order_is_rung_after_a_while(
    urgency: str, waited: timedelta, people: int, rung: int
) -> None:
    since = at("2026-11-23 23:30")

    assert rung_by(urgency, since=since, now=since + waited, people=people) == rung
