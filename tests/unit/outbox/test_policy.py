"""Quiet hours and the push budget, as the plain rules that they are."""

from datetime import datetime, time, timedelta

import pytest

from bot.clock import from_local
from bot.outbox.models import Purpose
from bot.outbox.policy import Audience, Verdict, Waiting, is_quiet, judge, quiet_ends_at
from knowledge.model import PushBudget, QuietHours

NIGHT = QuietHours(time(20, 0), time(8, 0))
BUDGET = PushBudget(worker_singles_a_day=3, resident_per_matter=4, leader_a_day=1)


def at(clock: str, day: int = 23) -> datetime:
    return from_local(datetime.fromisoformat(f"2026-11-{day:02} {clock}"))


def waiting(
    audience: Audience = Audience.WORKER,
    purpose: Purpose = Purpose.NOTICE,
    *,
    urgent: bool = False,
    created_at: datetime | None = None,
    has_digest_today: bool = False,
    digests_today: int = 0,
    singles_today: int = 0,
    all_today: int = 0,
    about_this_ticket: int = 0,
    end_told: bool = False,
) -> Waiting:
    return Waiting(
        purpose=purpose,
        urgent=urgent,
        audience=audience,
        created_at=created_at or at("10:00"),
        has_digest_today=has_digest_today,
        digests_today=digests_today,
        singles_today=singles_today,
        all_today=all_today,
        about_this_ticket=about_this_ticket,
        end_told=end_told,
    )


def verdict(message: Waiting, now: datetime) -> Verdict:
    return judge(message, now=now, quiet=NIGHT, budget=BUDGET)


@pytest.mark.parametrize(
    ("clock", "quiet"),
    [
        ("07:59", True), ("08:00", False), ("12:00", False), ("19:59", False),
        ("20:00", True), ("23:59", True), ("00:00", True), ("03:00", True),
    ],
)  # fmt: skip
def test_the_night_is_quiet_from_eight_to_eight(clock: str, quiet: bool) -> None:
    assert is_quiet(at(clock), NIGHT) is quiet
    assert verdict(waiting(), at(clock)) is (Verdict.HOLD if quiet else Verdict.SEND)


def test_quiet_hours_may_lie_within_one_day() -> None:
    noon = QuietHours(time(12, 0), time(14, 0))
    assert is_quiet(at("12:00"), noon)
    assert not is_quiet(at("14:00"), noon)
    assert quiet_ends_at(at("13:00"), noon) == at("14:00")


@pytest.mark.parametrize(("clock", "ends"), [("20:30", at("08:00", 24)), ("03:00", at("08:00", 23))])
def test_what_is_held_goes_out_when_the_night_ends(clock: str, ends: datetime) -> None:
    assert quiet_ends_at(at(clock), NIGHT) == ends


@pytest.mark.parametrize("message", [waiting(urgent=True, singles_today=9), waiting(purpose=Purpose.ANSWER)])
def test_emergencies_and_answers_go_at_any_hour_and_over_any_budget(message: Waiting) -> None:
    assert verdict(message, at("03:00")) is Verdict.SEND
    assert verdict(message, at("10:00")) is Verdict.SEND


@pytest.mark.parametrize("purpose", [Purpose.DIGEST, Purpose.CLOSING, Purpose.RELAY])
@pytest.mark.parametrize("audience", list(Audience))
def test_lists_closings_and_relayed_lines_have_room_by_day_only(purpose: Purpose, audience: Audience) -> None:
    message = waiting(audience, purpose, singles_today=9, all_today=9, about_this_ticket=9)
    assert verdict(message, at("10:00")) is Verdict.SEND
    assert verdict(message, at("21:00")) is Verdict.HOLD


@pytest.mark.parametrize(("had", "expected"), [(0, Verdict.SEND), (2, Verdict.SEND), (3, Verdict.FOLD)])
def test_a_worker_gets_three_single_messages_a_day(had: int, expected: Verdict) -> None:
    assert verdict(waiting(singles_today=had), at("10:00")) is expected


@pytest.mark.parametrize(("had", "expected"), [(0, Verdict.SEND), (1, Verdict.FOLD)])
def test_a_building_leader_gets_one_message_a_day(had: int, expected: Verdict) -> None:
    assert verdict(waiting(Audience.VOLUNTEER, all_today=had), at("10:00")) is expected


@pytest.mark.parametrize(("had", "expected"), [(0, Verdict.SEND), (2, Verdict.SEND), (3, Verdict.FOLD)])
def test_the_last_of_a_residents_four_is_kept_for_how_it_ended(had: int, expected: Verdict) -> None:
    assert verdict(waiting(Audience.RESIDENT, about_this_ticket=had), at("10:00")) is expected
    ended = waiting(Audience.RESIDENT, Purpose.CLOSING, about_this_ticket=had)
    assert verdict(ended, at("10:00")) is Verdict.SEND


@pytest.mark.parametrize(("had", "expected"), [(3, Verdict.SEND), (4, Verdict.FOLD)])
def test_once_the_end_is_told_nothing_need_be_kept(had: int, expected: Verdict) -> None:
    afterwards = waiting(Audience.RESIDENT, about_this_ticket=had, end_told=True)
    assert verdict(afterwards, at("10:00")) is expected


def test_what_came_at_night_is_left_to_the_mornings_list() -> None:
    at_night = waiting(created_at=at("22:00", 22), has_digest_today=True)
    assert verdict(at_night, at("08:00")) is Verdict.FOLD
    without_list = waiting(created_at=at("22:00", 22), has_digest_today=False)
    assert verdict(without_list, at("08:00")) is Verdict.SEND
    by_day = waiting(created_at=at("08:00") + timedelta(hours=1), has_digest_today=True)
    assert verdict(by_day, at("10:00")) is Verdict.SEND


@pytest.mark.parametrize(
    ("lists", "singles", "expected"),
    [(0, 3, Verdict.SEND), (1, 2, Verdict.SEND), (1, 3, Verdict.FOLD)],
)
def test_a_second_list_of_a_day_counts_as_a_single_push(lists: int, singles: int, expected: Verdict) -> None:
    message = waiting(purpose=Purpose.DIGEST, digests_today=lists, singles_today=singles)

    assert verdict(message, at("16:30")) is expected
