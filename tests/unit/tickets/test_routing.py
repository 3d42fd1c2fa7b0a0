from collections.abc import Iterable, Mapping, Sequence
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
from knowledge.model import (
    Category,
    Grid,
    PlaceDetail,
    Responsibility,
    RoleName,
    Scope,
    SlaUnit,
    Span,
    StaffMember,
)
from knowledge.presence import Presence

NOBODY: Mapping[str, str] = {}
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


def roster(
    *,
    staff: Iterable[StaffMember] = STAFF,
    away: Iterable[str] = (),
    covered: Mapping[str, str] = NOBODY,
    responsibilities: Sequence[Responsibility] = (),
    on_call: Sequence[str] = (),
    is_open: bool = True,
) -> Roster:
    """`away`: on leave with nobody in their place; `covered`: on leave -> who stands in."""
    return Roster(
        presence=Presence(
            {entry.name: entry for entry in staff},
            MONDAY,
            {name: name for name in away} | dict(covered),
        ),
        grids=(FIRST, SECOND, GARDEN),
        responsibilities=responsibilities,
        on_call=on_call,
        is_open=is_open,
    )


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


@pytest.mark.parametrize(
    ("covered", "owner"),
    [
        ({"李敏": "孙丽"}, "孙丽"),  # whom both have agreed on goes before whom the file names
        ({"李敏": "李敏"}, "赵强"),  # nobody agreed on is there: the file's stand-in
        ({"李敏": "李敏", "赵强": "何静"}, "何静"),
    ],
)
def test_whoever_stands_in_by_agreement_is_named(covered: Mapping[str, str], owner: str) -> None:
    routed = route(MatterPlace("幸福里", "3"), category(), roster(covered=covered))

    assert routed == Assignee(owner, Capacity.STAND_IN, "第一网格")


LIFTS_HERE = Responsibility(("B4",), (Scope("幸福里"),), "赵强", "")
LIGHTS_ALL = Responsibility(("B",), (), "孙丽", "")


@pytest.mark.parametrize(
    ("place", "lines", "owner"),
    [
        (MatterPlace("幸福里", "3"), [LIGHTS_ALL, LIFTS_HERE], "赵强"),  # the category before its group
        (MatterPlace("锦绣园", "2"), [LIGHTS_ALL, LIFTS_HERE], "孙丽"),
        (MatterPlace(None, None), [LIGHTS_ALL], "孙丽"),  # it needs no place
        (MatterPlace("幸福里", "3"), [Responsibility(("C",), (), "孙丽", "")], "李敏"),
        (
            MatterPlace("幸福里", "3"),
            [Responsibility(("B4",), (), "王五", "")],
            "李敏",
        ),  # nobody by that name
    ],
)
def test_who_answers_for_a_category_goes_before_the_grid(
    place: MatterPlace, lines: list[Responsibility], owner: str
) -> None:
    routed = route(place, category(), roster(responsibilities=lines))

    assert isinstance(routed, Assignee)
    assert routed.name == owner


@pytest.mark.parametrize(
    ("is_open", "order"),
    [
        (True, ("李敏", "赵强", "孙丽", "何静", "周海燕")),
        (False, ("孙丽", "何静", "李敏", "赵强", "周海燕")),
    ],
)
def test_while_the_office_is_closed_the_shift_is_rung_first(is_open: bool, order: tuple[str, ...]) -> None:
    tonight = roster(on_call=["孙丽", "何静"], is_open=is_open)

    assert duty_order(MatterPlace("幸福里", "3"), category(), tonight) == order


def test_whoever_stands_in_for_somebody_on_duty_is_rung() -> None:
    tonight = roster(on_call=["孙丽"], is_open=False, covered={"孙丽": "赵强"})

    assert duty_order(MatterPlace("幸福里", "3"), category(), tonight)[0] == "赵强"


def test_a_confidential_emergency_does_not_ring_the_shift() -> None:
    tonight = roster(on_call=["孙丽"], is_open=False)

    assert duty_order(MatterPlace("幸福里", "3"), category(confidential=True), tonight) == ("周海燕", "何静")
