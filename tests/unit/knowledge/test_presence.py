"""Who is there for whom: leave, standing stand-ins, people who left; and the rights of whoever stands in."""

from collections.abc import Mapping
from datetime import date

import pytest

from knowledge.model import RoleName, StaffMember
from knowledge.presence import Presence

MONDAY = date(2026, 11, 23)
GONE = date(2026, 11, 20)
NOBODY: Mapping[str, str] = {}


def member(
    name: str, role: RoleName = RoleName.GRID_WORKER, *stand_ins: str, until: date | None = None
) -> StaffMember:
    return StaffMember(name, role, "", until=until, stand_ins=stand_ins)


def here(*staff: StaffMember, away: Mapping[str, str] = NOBODY) -> Presence:
    return Presence({entry.name: entry for entry in staff}, MONDAY, away)


@pytest.mark.parametrize(
    ("away", "found"),
    [
        ({}, "甲"),
        ({"甲": "乙"}, "乙"),
        ({"甲": "乙", "乙": "丙"}, "丙"),  # whoever stands in for the stand-in
        ({"甲": "乙", "乙": "甲"}, "丁"),  # a circle: the standing stand-in
        ({"甲": "乙", "乙": "甲", "丁": "丙"}, "丙"),
        ({"甲": "乙", "乙": "甲", "丁": "甲"}, None),
    ],
)
def test_leave_goes_first_then_the_standing_stand_in(away: Mapping[str, str], found: str | None) -> None:
    staff = (member("甲", RoleName.GRID_WORKER, "丁"), member("乙"), member("丙"), member("丁"))

    assert here(*staff, away=away).there("甲") == found


def test_the_stand_in_of_the_matter_goes_before_that_of_the_person() -> None:
    staff = (member("甲", RoleName.GRID_WORKER, "丁", until=GONE), member("乙"), member("丁"))

    assert here(*staff).there("甲", "乙") == "乙"
    assert here(*staff, away={"乙": "甲"}).there("甲", "乙") == "丁"
    assert here(*staff).there("甲") == "丁"
    assert here(*staff).there("不在名单上") is None


def test_one_stands_in_for_everybody_who_leads_there() -> None:
    staff = (member("甲", RoleName.GRID_WORKER, "丙", until=GONE), member("乙"), member("丙"))

    assert here(*staff, away={"乙": "丙"}).stands_in_for("丙") == ["甲", "乙"]
    assert here(*staff, away={"乙": "丙"}).stands_in_for("乙") == []


def test_who_left_holds_a_role_only_where_nobody_else_does() -> None:
    former = member("前任", RoleName.SECRETARY, "甲", until=GONE)
    nobody_left = member("更早", RoleName.SECRETARY, until=GONE)

    assert here(nobody_left, former, member("甲")).secretary() == "前任"
    assert here(nobody_left, former, member("甲")).all_there(RoleName.SECRETARY) == ["甲"]
    assert here(former, member("甲"), member("现任", RoleName.SECRETARY)).secretary() == "现任"
    assert here(nobody_left).secretary() is None


def test_of_two_in_a_role_the_one_somebody_is_there_for() -> None:
    one, two = member("一", RoleName.DISPATCHER), member("二", RoleName.DISPATCHER)

    assert here(one, two, away={"一": "一"}).dispatcher() == "二"
    assert here(one, away={"一": "一"}).dispatcher() == "一"  # it is told to them rather than to nobody
    assert here(member("书记", RoleName.SECRETARY)).dispatcher() == "书记"


@pytest.mark.parametrize(
    ("away", "role"),
    [
        ({}, RoleName.GRID_WORKER),
        ({"管": "甲"}, RoleName.DISPATCHER),
        ({"街": "甲"}, RoleName.SUBDISTRICT_OFFICER),
        ({"街": "甲", "管": "甲"}, RoleName.DISPATCHER),
        ({"书": "甲", "管": "甲"}, RoleName.SECRETARY),
        ({"修": "甲"}, RoleName.GRID_WORKER),
    ],
)
def test_whoever_stands_in_acts_in_the_highest_role(away: Mapping[str, str], role: RoleName) -> None:
    staff = (
        member("甲"),
        member("管", RoleName.DISPATCHER),
        member("书", RoleName.SECRETARY),
        member("街", RoleName.SUBDISTRICT_OFFICER),
        member("修", RoleName.REPAIRER),
    )

    acting = here(*staff, away=away).acting("甲")

    assert acting is not None
    assert (acting.name, acting.role) == ("甲", role)


def test_who_left_acts_for_nobody() -> None:
    assert here(member("甲", until=GONE)).acting("甲") is None
    assert here().acting(None) is None
