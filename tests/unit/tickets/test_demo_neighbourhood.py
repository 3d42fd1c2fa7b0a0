"""The rules on the shipped files: what the desk will really be handed."""

from datetime import date
from pathlib import Path

import pytest

import knowledge
from bot.clock import local_day
from bot.community.work_calendar import official_days
from bot.tickets.lifecycle import TicketState
from bot.tickets.routing import Assignee, MatterPlace, Roster, duty_order, route
from bot.tickets.sla import SlaPolicy, due_times
from bot.tickets.working_time import WorkCalendar
from knowledge.library import read_knowledge
from knowledge.model import Category, Knowledge
from knowledge.presence import Presence
from tests.unit.tickets.calendars import at


@pytest.fixture(scope="module")
def demo() -> Knowledge:
    return read_knowledge(Path(knowledge.__file__).parent)


@pytest.fixture(scope="module")
def calendar(demo: Knowledge) -> WorkCalendar:
    days = official_days(demo.day_overrides)
    return WorkCalendar(
        office_hours=demo.community.office_hours,
        exceptions=days.exceptions,
        announced_years=days.announced_years,
    )


@pytest.fixture(scope="module")
def roster(demo: Knowledge) -> Roster:
    return Roster(Presence(demo.staff, date(2026, 11, 23), {}), grids=demo.grids)


def policy_of(category: Category) -> SlaPolicy:
    return SlaPolicy(category.accept_within, category.contact_within, category.resolve_within)


def test_every_state_has_its_label(demo: Knowledge) -> None:
    labels = {key: text for key, text in demo.replies.items() if key.startswith("state.")}

    assert set(labels) == {f"state.{state}" for state in TicketState}
    assert len(set(labels.values())) == len(TicketState)


def test_a_dark_staircase_reported_on_monday_is_due_on_tuesday(
    demo: Knowledge, calendar: WorkCalendar
) -> None:
    times = due_times(policy_of(demo.categories["B4"]), calendar=calendar, start=at("2026-11-23 09:00"))

    assert times.resolution_due_at == at("2026-11-24 17:30")
    assert times.red_at == at("2026-11-25 08:30")


def test_every_category_gets_times_in_order(demo: Knowledge, calendar: WorkCalendar) -> None:
    for start in (at("2026-11-23 09:00"), at("2026-12-31 23:00"), at("2026-10-03 02:00")):
        for category in demo.categories.values():
            times = due_times(policy_of(category), calendar=calendar, start=start)
            assert start <= times.amber_at <= times.resolution_due_at < times.red_at, category.code
            assert local_day(times.response_due_at) >= local_day(start), category.code


@pytest.mark.parametrize(("building", "owner"), [("3", "李敏"), ("5", "李敏"), ("8", "赵强"), ("12", "赵强")])
def test_a_lift_is_the_grid_workers(demo: Knowledge, roster: Roster, building: str, owner: str) -> None:
    routed = route(MatterPlace("幸福里", building), demo.categories["B6"], roster)

    assert isinstance(routed, Assignee)
    assert routed.name == owner


def test_no_confidential_category_reaches_a_grid_worker(demo: Knowledge, roster: Roster) -> None:
    confidential = [category for category in demo.categories.values() if category.confidential]

    assert confidential
    for category in confidential:
        assert duty_order(MatterPlace("幸福里", "3"), category, roster) == ("周海燕", "何静")
        routed = route(MatterPlace("幸福里", "3"), category, roster)
        assert isinstance(routed, Assignee)
        assert routed.name == "周海燕"


def test_people_shut_in_a_lift_ring_the_grid_worker_first(demo: Knowledge, roster: Roster) -> None:
    order = duty_order(MatterPlace("幸福里", "8"), demo.categories["G3"], roster)

    assert order == ("赵强", "李敏", "何静", "周海燕")
