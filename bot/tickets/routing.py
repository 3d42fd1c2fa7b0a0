"""Who handles a matter: by place and category, with stand-ins; and who is rung, in which order.

A matter without an owner is the dispatcher's to place; `NoOwner` says why.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from knowledge.model import Category, Grid, Responsibility, RoleName, Scope
from knowledge.presence import Presence


@dataclass(frozen=True, slots=True)
class MatterPlace:
    """As much of a place as routing needs."""

    compound: str | None
    building: str | None


@dataclass(frozen=True, slots=True)
class Roster:
    """Who serves on one day. `on_call`: whose shift it is just now, in the order of call. `is_open`: whether
    the office is."""

    presence: Presence
    grids: Sequence[Grid]
    responsibilities: Sequence[Responsibility] = ()
    on_call: Sequence[str] = ()
    is_open: bool = True

    def there(self, name: str | None) -> str | None:
        return self.presence.there(name)

    def of_grid(self, grid: Grid) -> str | None:
        """Who is there for the worker of a grid."""
        return self.presence.there(grid.worker, grid.stand_in)

    def first_with(self, role: RoleName) -> str | None:
        """The first person available in a role, in the order of the file."""
        return next(iter(self.presence.all_there(role)), None)


class Capacity(StrEnum):
    """Why this person was named."""

    RESPONSIBLE = "responsible"  # answers for the category
    GRID_WORKER = "grid_worker"
    STAND_IN = "stand_in"
    CONFIDENTIAL = "confidential"


@dataclass(frozen=True, slots=True)
class Assignee:
    name: str
    capacity: Capacity
    grid: str | None


class NoOwnerReason(StrEnum):
    CATEGORY_UNKNOWN = "category_unknown"
    PLACE_UNKNOWN = "place_unknown"
    NO_GRID = "no_grid"  # the compound or building lies in no grid, or the building is missing
    NOBODY_AVAILABLE = "nobody_available"


@dataclass(frozen=True, slots=True)
class NoOwner:
    reason: NoOwnerReason

    @property
    def is_gap(self) -> bool:
        """Whether the roster is at fault, rather than what the report says."""
        return self.reason in (NoOwnerReason.NO_GRID, NoOwnerReason.NOBODY_AVAILABLE)


def route(place: MatterPlace, category: Category | None, roster: Roster) -> Assignee | NoOwner:
    """The owner to propose. A confidential matter never reaches the grid worker of the place."""
    if category is None:
        return NoOwner(NoOwnerReason.CATEGORY_UNKNOWN)
    if category.confidential:
        return _first_named(
            (roster.first_with(role), Capacity.CONFIDENTIAL, None)
            for role in (RoleName.SECRETARY, RoleName.DISPATCHER)
        )
    responsible = _responsible(place, category, roster)
    if responsible is not None:
        return Assignee(responsible, Capacity.RESPONSIBLE, None)
    if place.compound is None:
        return NoOwner(NoOwnerReason.PLACE_UNKNOWN)
    grid = grid_of(place, roster.grids)
    if grid is None:
        return NoOwner(NoOwnerReason.NO_GRID)
    worker = roster.of_grid(grid)
    capacity = Capacity.GRID_WORKER if worker == grid.worker else Capacity.STAND_IN
    return _first_named([(worker, capacity, grid.name)])


def _responsible(place: MatterPlace, category: Category, roster: Roster) -> str | None:
    """Who answers for the category there. What is said of one category goes before what is said of its
    group, and what is said of a place before what holds everywhere."""
    matching = [
        line
        for line in roster.responsibilities
        if names_category(line.categories, category.code) and covers_place(line.scopes, place)
    ]
    matching.sort(key=lambda line: (category.code not in line.categories, not line.scopes))
    found = (roster.there(line.person) for line in matching)
    return next((name for name in found if name is not None), None)


def names_category(named: Collection[str], code: str) -> bool:
    """Whether a list of codes and letters of groups names this category."""
    return code in named or code[:1] in named


def covers_place(scopes: Collection[Scope], place: MatterPlace) -> bool:
    """Whether the place certainly lies in one of them; no scope at all is everywhere."""
    if not scopes:
        return True
    return place.compound is not None and any(
        scope.covers(place.compound, place.building) for scope in scopes
    )


def _first_named(candidates: Iterable[tuple[str | None, Capacity, str | None]]) -> Assignee | NoOwner:
    for name, capacity, grid in candidates:
        if name is not None:
            return Assignee(name, capacity, grid)
    return NoOwner(NoOwnerReason.NOBODY_AVAILABLE)


def grid_of(place: MatterPlace, grids: Sequence[Grid]) -> Grid | None:
    """The grid in which the place certainly lies; None if the place says too little for that."""
    compound = place.compound
    if compound is None:
        return None
    return next(
        (grid for grid in grids if any(scope.covers(compound, place.building) for scope in grid.scopes)),
        None,
    )


def duty_order(place: MatterPlace, category: Category | None, roster: Roster) -> tuple[str, ...]:
    """Who is rung about an emergency or P1, each once: whoever answers for the place, then whose shift it is,
    then the dispatcher and the secretary. While the office is closed the shift comes first.

    Where the building is not known, all grid workers of the compound come first: minutes count.
    A confidential matter rings the secretary and the dispatcher only.
    """
    if category is not None and category.confidential:
        names = [roster.first_with(RoleName.SECRETARY), roster.first_with(RoleName.DISPATCHER)]
    else:
        on_call = [roster.there(name) for name in roster.on_call]
        of_place = [
            _responsible(place, category, roster) if category is not None else None,
            *_of_grids(place, roster),
        ]
        names = [
            *(of_place + on_call if roster.is_open else on_call + of_place),
            roster.first_with(RoleName.DISPATCHER),
            roster.first_with(RoleName.SECRETARY),
        ]
    return tuple(dict.fromkeys(name for name in names if name is not None))


def _of_grids(place: MatterPlace, roster: Roster) -> Iterator[str | None]:
    certain = grid_of(place, roster.grids)
    possible = [certain] if certain else _grids_touching(place.compound, roster.grids)
    yield from (roster.of_grid(grid) for grid in possible)
    yield from (roster.there(grid.stand_in) for grid in possible)


def _grids_touching(compound: str | None, grids: Sequence[Grid]) -> list[Grid]:
    return [grid for grid in grids if any(scope.compound == compound for scope in grid.scopes)]
