"""How answers, hours and numbers are said."""

from dataclasses import replace
from datetime import date, time

import pytest

from bot.community.speech import masked_phone, spoken_entry, spoken_office_hours
from knowledge.library import SHIPPED, read_knowledge
from knowledge.model import FaqEntry, Knowledge

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return read_knowledge(SHIPPED)


def entry(answer: str = "带身份证。", **values: object) -> FaqEntry:
    return replace(FaqEntry("id", "标题", ("怎么办",), answer, topic="papers"), **values)  # type: ignore[arg-type]  # built by name


def test_an_answer_is_read_out_with_its_date_and_where_to_make_sure(knowledge: Knowledge) -> None:
    spoken = spoken_entry(knowledge, entry(updated_on=date(2026, 11, 1)), TODAY)

    assert spoken.startswith("带身份证。\n")
    assert "更新于2026-11-01" in spoken
    assert "以窗口答复为准" in spoken


@pytest.mark.parametrize(
    ("valid_until", "is_old"), [(date(2026, 11, 22), True), (date(2026, 11, 23), False), (None, False)]
)
def test_an_answer_past_its_review_date_says_so(
    knowledge: Knowledge, valid_until: date | None, is_old: bool
) -> None:
    spoken = spoken_entry(knowledge, entry(valid_until=valid_until), TODAY)

    assert ("重新核对" in spoken) == is_old


def test_an_answer_for_one_compound_names_it_once(knowledge: Knowledge) -> None:
    unnamed = spoken_entry(knowledge, entry(compounds=("幸福里",)), TODAY)
    named = spoken_entry(knowledge, entry("幸福里一元二。", compounds=("幸福里",)), TODAY)

    assert unnamed.count("幸福里") == 1
    assert named.count("幸福里") == 1


def test_days_with_the_same_hours_are_said_together(knowledge: Knowledge) -> None:
    morning, whole = ((time(9), time(11)),), ((time(8, 30), time(12)), (time(14), time(17, 30)))
    community = replace(
        knowledge.community, office_hours={1: whole, 2: whole, 3: whole, 5: whole, 6: morning}
    )

    spoken = spoken_office_hours(replace(knowledge, community=community))

    assert spoken == "周一至周三 08:30—12:00、14:00—17:30；周五 08:30—12:00、14:00—17:30；周六 09:00—11:00"


def test_a_phone_number_is_masked_in_the_middle() -> None:
    assert masked_phone("13900001003") == "139****1003"
    assert masked_phone("") == ""
