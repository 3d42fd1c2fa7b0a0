"""What a rate says of its numbers, and which matters repeat another."""

from datetime import timedelta
from fractions import Fraction

import pytest

from bot.tickets.rates import Filed, Rate, RateName, repeats
from tests.unit.tickets.calendars import at

SCORES = {RateName.SOLVED, RateName.SATISFIED}


@pytest.mark.parametrize(
    ("met", "n", "permille"),
    [(0, 1, 0), (1, 1, 1000), (1, 3, 333), (2, 3, 666), (999, 1000, 999), (9999, 10000, 999), (0, 0, None)],
)
def test_a_share_is_rounded_down_so_that_all_means_all(met: int, n: int, permille: int | None) -> None:
    assert Rate(RateName.ON_TIME, met, n).permille == permille


@pytest.mark.parametrize("name", RateName)
@pytest.mark.parametrize("n", [1, 9, 10, 11])
def test_what_few_residents_said_is_no_score(name: RateName, n: int) -> None:
    is_score = n >= 10 or name not in SCORES

    assert Rate(name, 1, n).share == (Fraction(1, n) if is_score else None)


def test_silence_changes_no_share() -> None:
    assert Rate(RateName.SATISFIED, 9, 12, silent=500).share == Fraction(9, 12)


def lamp(day: str, *, building: str = "3", unit: str | None = "2", category: str = "B4") -> Filed:
    return Filed("幸福里", building, unit, category, at(f"{day} 09:00"))


SINCE = at("2026-11-01 00:00")


@pytest.mark.parametrize(
    ("filed", "counted"),
    [
        ([], (0, 0)),
        ([lamp("2026-11-02")], (0, 1)),
        ([lamp("2026-11-02"), lamp("2026-11-09")], (1, 2)),
        ([lamp("2026-10-05"), lamp("2026-11-04")], (1, 1)),  # the earlier one is not of these days
        ([lamp("2026-10-02"), lamp("2026-11-02")], (0, 1)),  # a day too long ago
        ([lamp("2026-11-02"), lamp("2026-11-03", building="4")], (0, 2)),
        ([lamp("2026-11-02"), lamp("2026-11-03", category="B6")], (0, 2)),
        ([lamp("2026-11-02"), lamp("2026-11-03", unit="1")], (0, 2)),
        ([lamp("2026-11-02", unit=None), lamp("2026-11-03")], (1, 2)),
        ([lamp("2026-11-02"), lamp("2026-11-03", unit=None)], (1, 2)),
        ([lamp("2026-11-02"), lamp("2026-11-03"), lamp("2026-11-04")], (2, 3)),
    ],
)
def test_a_matter_repeats_one_at_the_same_place_within_thirty_days(
    filed: list[Filed], counted: tuple[int, int]
) -> None:
    assert repeats(filed, since=SINCE) == counted


def test_thirty_days_to_the_minute_still_repeat() -> None:
    first = lamp("2026-11-02")
    window = timedelta(days=30)
    again = Filed("幸福里", "3", "2", "B4", first.created_at + window)
    too_late = Filed("幸福里", "3", "2", "B4", first.created_at + window + timedelta(minutes=1))

    assert repeats([first, again], since=SINCE) == (1, 2)
    assert repeats([first, too_late], since=SINCE) == (0, 2)
