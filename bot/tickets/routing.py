"""Who handles a matter: by place and category, with stand-ins; and who is rung, in which order.

A matter without an owner is the dispatcher's to place; `NoOwner` says why.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from knowledge.model import Category, Grid, RoleName, StaffMember


@dataclass(frozen=True, slots=True)
class MatterPlace:
    """As much of a place as routing needs."""

    compound: str | None
    building: str | None


@dataclass(frozen=True, slots=True)
class Roster:
    """Who serves on one day. `away`: names of those on leave or ill that day."""

    staff: Collection[StaffMember]
    grids: Sequence[Grid]
    on: date
    away: frozenset[str]

    def is_available(self, name: str) -> bool:
        return name not in self.away and any(
            member.name == name and member.serves_on(self.on) for member in self.staff
        )

    def first_with(self, role: RoleName) -> str | None:
        """The first person available in a role, in the order of the file."""
        names = (member.name for member in self.staff if member.role is role)
        return next((name for name in names if self.is_available(name)), None)


class Capacity(StrEnum):
    """Why this person was named."""

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


def route(place: MatterPlace, category: Category | None, roster: Roster) -> Assignee | NoOwner:
    """The owner to propose. A confidential matter never reaches the grid worker of the place."""
    if category is None:
        return NoOwner(NoOwnerReason.CATEGORY_UNKNOWN)
    if category.confidential:
        return _first_named(
            (roster.first_with(role), Capacity.CONFIDENTIAL, None)
            for role in (RoleName.SECRETARY, RoleName.DISPATCHER)
        )
    if place.compound is None:
        return NoOwner(NoOwnerReason.PLACE_UNKNOWN)
    grid = grid_of(place, roster.grids)
    if grid is None:
        return NoOwner(NoOwnerReason.NO_GRID)
    return _first_named(
        (name if name is not None and roster.is_available(name) else None, capacity, grid.name)
        for name, capacity in ((grid.worker, Capacity.GRID_WORKER), (grid.stand_in, Capacity.STAND_IN))
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
    """Who is rung about an emergency or P1: worker, stand-in, dispatcher, secretary, each once.

    Where the building is not known, all grid workers of the compound come first: minutes count.
    A confidential matter rings the secretary and the dispatcher only.
    """
    if category is not None and category.confidential:
        names = [roster.first_with(RoleName.SECRETARY), roster.first_with(RoleName.DISPATCHER)]
    else:
        names = [
            *_of_grids(place, roster),
            roster.first_with(RoleName.DISPATCHER),
            roster.first_with(RoleName.SECRETARY),
        ]
    return tuple(dict.fromkeys(name for name in names if name is not None and roster.is_available(name)))


def _of_grids(place: MatterPlace, roster: Roster) -> Iterator[str | None]:
    certain = grid_of(place, roster.grids)
    possible = [certain] if certain else _grids_touching(place.compound, roster.grids)
    yield from (grid.worker for grid in possible)
    yield from (grid.stand_in for grid in possible)


def _grids_touching(compound: str | None, grids: Sequence[Grid]) -> list[Grid]:
    return [grid for grid in grids if any(scope.compound == compound for scope in grid.scopes)]
