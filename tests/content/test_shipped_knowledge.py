"""The shipped files: the demo neighbourhood word for word, and the house rules for answers."""

import re
from datetime import date
from typing import Any

import pytest
import yaml

from knowledge.library import SHIPPED, check_knowledge, read_knowledge
from knowledge.model import SlaUnit, Span
from knowledge.replies import community_values, render

KNOWLEDGE = read_knowledge(SHIPPED)
TODAY = date(2026, 11, 21)
FIXTURE = SHIPPED.parents[1] / "shared" / "fixtures" / "xingfuli.yaml"


@pytest.fixture(scope="module")
def fixture() -> dict[str, Any]:
    if not FIXTURE.exists():
        pytest.skip(f"{FIXTURE.name} is absent")
    neighbourhood: dict[str, Any] = yaml.load(FIXTURE.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)
    return neighbourhood


def shipped(name: str) -> Any:
    return yaml.load((SHIPPED / f"{name}.yaml").read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)


def test_the_community_is_the_demo_neighbourhood(fixture: dict[str, Any]) -> None:
    ours = shipped("community")

    for key in ("街道", "社区", "值班电话", "办公时间", "党群服务中心"):
        assert ours[key] == fixture[key]
    assert (ours["机器人"]["名"], ours["机器人"]["群内称呼"]) == (
        fixture["机器人"]["名"],
        fixture["机器人"]["群内称呼"],
    )
    assert ours["号码"]["燃气抢修"] == fixture["燃气抢修"]
    assert ours["号码"]["电梯应急"] == fixture["电梯应急"]


def test_places_people_and_groups_are_the_demo_neighbourhood(fixture: dict[str, Any]) -> None:
    lifts = {"true": "是", "false": "否"}
    compounds = [{**compound, "电梯": lifts[compound["电梯"]]} for compound in fixture["小区"]]

    assert shipped("places")["小区"] == compounds
    assert shipped("places")["网格"] == fixture["网格"]
    assert shipped("people")["人员"] == fixture["人员"]
    assert shipped("people")["群"] == fixture["群"]
    assert shipped("residents")["居民"] == fixture["居民"]


def test_law_activities_and_reminders_are_the_demo_neighbourhood(fixture: dict[str, Any]) -> None:
    own = {"编号", "别名", "种类"}  # what the fixture leaves to us

    def without_own(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{key: value for key, value in entry.items() if key not in own} for entry in entries]

    reminders = shipped("reminders")
    ours = [entry for entry in reminders["提醒"] if entry["名"] == "书记周清单"]
    quiet = next(entry for entry in fixture["提醒"] if entry["名"] == "免打扰")
    assert shipped("legal") == fixture["法律咨询"]
    assert without_own(shipped("activities")["活动"]) == fixture["活动"]
    theirs = [entry for entry in reminders["提醒"] if entry not in ours]
    assert without_own(theirs) == [entry for entry in fixture["提醒"] if entry is not quiet]
    assert {"名": "免打扰", **reminders["免打扰"]} == quiet


def test_the_six_answers_of_the_demo_neighbourhood_are_word_for_word(fixture: dict[str, Any]) -> None:
    for entry in fixture["常见问题"]:
        ours = KNOWLEDGE.faqs[entry["id"]]
        assert (ours.title, ours.answer) == (entry["标题"], entry["答"])
        assert set(entry["问法"]) <= set(ours.phrases)
        assert list(ours.compounds) == entry.get("适用", [])


def test_nothing_is_doubtful_but_the_marked_gaps() -> None:
    doubts = [found for found in check_knowledge(SHIPPED, TODAY) if "还有没填的本地内容" not in found.message]

    assert [str(found) for found in doubts] == []


GIVEN = {
    "property-fee",
    "residence-permit",
    "elder-allowance",
    "heating-report",
    "dog-licence",
    "office-hours",
}
OWN = sorted(set(KNOWLEDGE.faqs) - GIVEN)


def test_at_least_thirty_entries_stand_beside_the_given_six() -> None:
    assert set(KNOWLEDGE.faqs) >= GIVEN
    assert len(OWN) >= 30


@pytest.mark.parametrize("id", OWN)
def test_an_entry_is_short_dated_owned_and_asked_in_three_ways(id: str) -> None:
    entry = KNOWLEDGE.faqs[id]

    assert len(entry.answer) <= 120
    assert len(entry.phrases) >= 3
    assert entry.updated_on == TODAY
    assert entry.owner in KNOWLEDGE.staff
    assert entry.source


@pytest.mark.parametrize("id", OWN)
def test_an_entry_invents_no_amount_and_no_date(id: str) -> None:
    assert not re.search(r"\d+(\.\d+)?\s*(元|块|%|岁|户|月|天|年|工作日)", KNOWLEDGE.faqs[id].answer)


@pytest.mark.parametrize("id", sorted(KNOWLEDGE.faqs))
def test_no_answer_names_the_machinery(id: str) -> None:
    assert not re.search(r"[{}<>]|http|P[1-4]\b", KNOWLEDGE.faqs[id].answer)


@pytest.mark.parametrize("code", sorted(KNOWLEDGE.emergency_classes))
def test_an_emergency_answer_has_a_number_at_its_head(code: str) -> None:
    emergency = KNOWLEDGE.emergency_classes[code]
    text = render(KNOWLEDGE.replies[emergency.reply], community_values(KNOWLEDGE.community))

    numbers = [text.index(number) for number in KNOWLEDGE.community.numbers.values() if number in text]

    assert min(numbers) <= 25


def test_violence_abuse_and_despair_are_answered_in_private_only() -> None:
    private = {code for code, emergency in KNOWLEDGE.emergency_classes.items() if emergency.private_only}

    assert private == {"J1", "J6", "J8"}


def test_emergencies_are_the_eleven_classes() -> None:
    assert set(KNOWLEDGE.emergency_classes) == {
        "G1", "G2", "G3", "G8", "G9", "G10", "J1", "J5", "J6", "J8", "K0",
    }  # fmt: skip


def test_the_accept_clock_follows_the_urgency() -> None:
    usual = {
        "P1": Span(15, SlaUnit.MINUTES),
        "P2": Span(2, SlaUnit.WORKING_HOURS),
        "P4": Span(1, SlaUnit.WORKING_DAYS),
    }

    for category in KNOWLEDGE.categories.values():
        assert category.accept_within == usual.get(category.urgency, category.accept_within)
        assert category.resolve_within.amount > 0


def test_complaints_about_staff_and_abuse_are_kept_from_the_grid_worker() -> None:
    assert {code for code, category in KNOWLEDGE.categories.items() if category.confidential} == {"J6", "L7"}


def test_every_category_has_a_name_for_a_sentence() -> None:
    assert len(KNOWLEDGE.categories) >= 103
    assert KNOWLEDGE.categories["B6"].short == "电梯故障"
    assert KNOWLEDGE.categories["B4"].short == "楼道灯不亮"
    assert KNOWLEDGE.categories["B3"].short == "下水道堵"
    for category in KNOWLEDGE.categories.values():
        assert 2 <= len(category.short) <= 12
        assert not re.search(r"[/（(]", category.short)


def test_no_file_of_the_package_names_a_machine() -> None:
    for path in SHIPPED.rglob("*"):
        if path.suffix in (".yaml", ".md", ".json", ".py"):
            assert not re.search(r"(?<![\w.])/(home|root|work|tmp)/", path.read_text(encoding="utf-8")), path
