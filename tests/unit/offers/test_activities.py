"""Which activity a text means."""

from datetime import date, datetime, timedelta

import pytest

from bot.offers.activities import named, spoken_of
from knowledge.offers import Activity

SATURDAY = date(2026, 11, 28)


def activity(title: str, *aliases: str, on: date = SATURDAY) -> Activity:
    starts_at = datetime(on.year, on.month, on.day, 9)
    return Activity(title, title, aliases, starts_at, starts_at + timedelta(hours=2), "东门", 20, 2)


CLEANING = activity("周六清洁家园", "清洁家园")
DUMPLINGS = activity("敬老包饺子", "包饺子", on=date(2026, 12, 5))
CLINIC = activity("义诊", on=date(2026, 12, 5))
ALL = [CLEANING, DUMPLINGS, CLINIC]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("包饺子给我也报上", [DUMPLINGS]),
        ("清洁家园和包饺子都报", [CLEANING, DUMPLINGS]),
        ("饺子那个", []),
        ("我要报名", []),
    ],
)
def test_an_activity_is_named_by_its_title_or_another_name(text: str, expected: list[Activity]) -> None:
    assert named(ALL, text) == expected


def test_a_name_that_is_part_of_a_longer_one_said_does_not_count() -> None:
    short = activity("家园")

    assert named([short, CLEANING], "周六清洁家园我去") == [CLEANING]


@pytest.mark.parametrize(
    ("text", "days", "expected"),
    [
        ("饺子那个活动我去", [], [DUMPLINGS]),
        ("敬老的活动报名", [], [DUMPLINGS]),
        ("那天的活动我来不了", [SATURDAY], [CLEANING]),
        ("那天的活动我来不了", [date(2026, 12, 5)], [DUMPLINGS, CLINIC]),
        ("我要报名", [], []),
    ],
)
def test_parts_of_a_name_and_the_day_point_to_an_activity(
    text: str, days: list[date], expected: list[Activity]
) -> None:
    assert spoken_of(ALL, text, days) == expected
