from collections.abc import Iterable
from datetime import date

import pytest

from bot.tickets.routing import (
    Assignee,
    Capacity,
    MatterPlace,
    NoOwner,
    NoOwnerReason,
    Roster,
    duty_order,
    route,
)
from knowledge.model import Category, Grid, PlaceDetail, RoleName, Scope, SlaUnit, Span, StaffMember

MONDAY = date(2026, 11, 23)

FIRST = Grid("第一网格", (Scope("幸福里", 1, 6),), worker="李敏", stand_in="赵强")
SECOND = Grid("第二网格", (Scope("幸福里", 7, 12),), worker="赵强", stand_in="李敏")
GARDEN = Grid("锦绣园网格", (Scope("锦绣园"),), worker="孙丽", stand_in=None)


def member(name: str, role: RoleName, *, since: date | None = None, until: date | None = None) -> StaffMember:
    return StaffMember(name=name, role=role, role_title="", since=since, until=until)


STAFF = (
    member("李敏", RoleName.GRID_WORKER),
    member("赵强", RoleName.GRID_WORKER),
    member("孙丽", RoleName.GRID_WORKER),
    member("周海燕", RoleName.SECRETARY),
    member("何静", RoleName.DISPATCHER),
    member("张桂兰", RoleName.BUILDING_LEADER),
)


def roster(*, staff: Iterable[StaffMember] = STAFF, away: Iterable[str] = ()) -> Roster:
    return Roster(staff=tuple(staff), grids=(FIRST, SECOND, GARDEN), on=MONDAY, away=frozenset(away))


def category(*, confidential: bool = False) -> Category:
    day = Span(1, SlaUnit.WORKING_DAYS)
    return Category(
        code="B4",
        name="楼道灯",
        short="楼道灯",
        group="B",
        urgency="P3",
        accept_within=day,
        contact_within=day,
        resolve_within=day,
        place_detail=PlaceDetail.UNIT,
        chain="",
        words=(),
        not_words=(),
        confidential=confidential,
    )


@pytest.mark.parametrize(
    ("compound", "building", "owner"),
    [
        ("幸福里", "1", "李敏"),
        ("幸福里", "6", "李敏"),
        ("幸福里", "7", "赵强"),
        ("锦绣园", "2", "孙丽"),
        ("锦绣园", None, "孙丽"),  # the whole compound is one grid
    ],
)
def test_a_matter_goes_to_the_grid_worker_of_its_building(
    compound: str, building: str | None, owner: str
) -> None:
    routed = route(MatterPlace(compound, building), category(), roster())

    assert isinstance(routed, Assignee)
    assert (routed.name, routed.capacity) == (owner, Capacity.GRID_WORKER)


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (MatterPlace(None, None), NoOwnerReason.PLACE_UNKNOWN),
        (MatterPlace("幸福里", None), NoOwnerReason.NO_GRID),  # two grids, and the building not known
        (MatterPlace("幸福里", "13"), NoOwnerReason.NO_GRID),
        (MatterPlace("别的小区", "1"), NoOwnerReason.NO_GRID),
    ],
)
def test_what_no_grid_certainly_covers_is_the_dispatchers(place: MatterPlace, reason: NoOwnerReason) -> None:
    assert route(place, category(), roster()) == NoOwner(reason)


def test_what_fits_no_category_is_the_dispatchers() -> None:
    routed = route(MatterPlace("幸福里", "3"), None, roster())

    assert routed == NoOwner(NoOwnerReason.CATEGORY_UNKNOWN)


def test_the_stand_in_takes_over_while_the_worker_is_away() -> None:
    routed = route(MatterPlace("幸福里", "3"), category(), roster(away=["李敏"]))

    assert routed == Assignee("赵强", Capacity.STAND_IN, "第一网格")


@pytest.mark.parametrize(
    ("since", "until", "owner"),
    [
        (None, date(2026, 11, 22), "赵强"),
        (None, date(2026, 11, 23), "李敏"),
        (date(2026, 11, 24), None, "赵强"),
        (date(2026, 11, 23), None, "李敏"),
    ],
)
def test_a_worker_counts_only_on_the_days_of_service(
    since: date | None, until: date | None, owner: str
) -> None:
    staff = (member("李敏", RoleName.GRID_WORKER, since=since, until=until), *STAFF[1:])

    routed = route(MatterPlace("幸福里", "3"), category(), roster(staff=staff))

    assert isinstance(routed, Assignee)
    assert routed.name == owner


@pytest.mark.parametrize(
    ("place", "away"),
    [(MatterPlace("幸福里", "3"), ["李敏", "赵强"]), (MatterPlace("锦绣园", "2"), ["孙丽"])],
)
def test_with_worker_and_stand_in_away_nobody_is_named(place: MatterPlace, away: list[str]) -> None:
    assert route(place, category(), roster(away=away)) == NoOwner(NoOwnerReason.NOBODY_AVAILABLE)


@pytest.mark.parametrize(
    ("away", "owner"), [([], "周海燕"), (["周海燕"], "何静"), (["周海燕", "何静"], None)]
)
def test_a_confidential_matter_never_reaches_the_grid_worker(away: list[str], owner: str | None) -> None:
    routed = route(MatterPlace("幸福里", "3"), category(confidential=True), roster(away=away))

    if owner is None:
        assert routed == NoOwner(NoOwnerReason.NOBODY_AVAILABLE)
    else:
        assert routed == Assignee(owner, Capacity.CONFIDENTIAL, None)


def test_a_confidential_matter_needs_no_place() -> None:
    routed = route(MatterPlace(None, None), category(confidential=True), roster())

    assert routed == Assignee("周海燕", Capacity.CONFIDENTIAL, None)


@pytest.mark.parametrize(
    ("place", "away", "order"),
    [
        (MatterPlace("幸福里", "3"), [], ("李敏", "赵强", "何静", "周海燕")),
        (MatterPlace("幸福里", "8"), [], ("赵强", "李敏", "何静", "周海燕")),
        (MatterPlace("幸福里", "8"), ["赵强"], ("李敏", "何静", "周海燕")),
        (MatterPlace("锦绣园", None), [], ("孙丽", "何静", "周海燕")),
        (MatterPlace("幸福里", None), [], ("李敏", "赵强", "何静", "周海燕")),
        (MatterPlace(None, None), [], ("何静", "周海燕")),
        (MatterPlace(None, None), ["何静", "周海燕"], ()),
    ],
)
def test_the_duty_order_rings_everyone_once(
    place: MatterPlace, away: list[str], order: tuple[str, ...]
) -> None:
    assert duty_order(place, category(), roster(away=away)) == order


def test_a_confidential_emergency_rings_no_grid_worker() -> None:
    order = duty_order(MatterPlace("幸福里", "3"), category(confidential=True), roster())

    assert order == ("周海燕", "何静")


def test_an_emergency_without_a_category_still_rings() -> None:
    assert duty_order(MatterPlace("幸福里", "3"), None, roster())[0] == "李敏"
