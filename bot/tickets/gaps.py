"""Where the roster leaves nobody: places without a live owner, shifts without people, roles without anybody.

A gap is an error of the roster. It is told to the secretary, or to the dispatcher where there is none.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.tickets.on_call import empty_shifts
from bot.tickets.routing import MatterPlace, Roster, grid_of
from bot.tickets.working_time import WorkCalendar
from knowledge.model import Compound, Knowledge, RoleName
from knowledge.rota import Shift


@dataclass(frozen=True, slots=True)
class Gaps:
    grids: tuple[str, ...]  # whose worker and stand-in are both not there
    buildings: tuple[tuple[str, tuple[int, ...]], ...]  # compound -> buildings that no grid has
    shifts: tuple[tuple[date, Shift], ...]
    roles: tuple[RoleName, ...]
    stranded: tuple[tuple[str, tuple[str, ...]], ...]  # who is not there -> tickets nobody has instead

    def __bool__(self) -> bool:
        return bool(self.grids or self.buildings or self.shifts or self.roles or self.stranded)


_NEEDED = (RoleName.DISPATCHER, RoleName.SECRETARY)


def find_gaps(
    knowledge: Knowledge,
    roster: Roster,
    calendar: WorkCalendar,
    *,
    days: int,
    in_hand: Mapping[str, Sequence[str]],
) -> Gaps:
    """What is missing today; of the shifts, those that begin within so many days from today. `in_hand`: name
    of an owner -> numbers of their tickets."""
    return Gaps(
        grids=tuple(grid.name for grid in knowledge.grids if roster.of_grid(grid) is None),
        buildings=tuple(
            (compound.name, without)
            for compound in knowledge.compounds.values()
            if (without := tuple(_in_no_grid(knowledge, compound)))
        ),
        shifts=tuple(empty_shifts(knowledge.rota, calendar, roster.presence.on, days)),
        roles=tuple(role for role in _NEEDED if roster.first_with(role) is None),
        stranded=tuple(
            (name, tuple(numbers)) for name, numbers in in_hand.items() if roster.there(name) is None
        ),
    )


def without_leader(knowledge: Knowledge, day: date) -> list[tuple[str, list[int]]]:
    """Compound -> buildings that have no building leader on that day."""
    led = {
        place
        for member in knowledge.staff.values()
        if member.role is RoleName.BUILDING_LEADER and member.serves_on(day)
        for place in member.buildings
    }
    found = {
        compound.name: [number for number in _buildings(compound) if (compound.name, str(number)) not in led]
        for compound in knowledge.compounds.values()
    }
    return [(name, numbers) for name, numbers in found.items() if numbers]


def _in_no_grid(knowledge: Knowledge, compound: Compound) -> Iterator[int]:
    for number in _buildings(compound):
        if grid_of(MatterPlace(compound.name, str(number)), knowledge.grids) is None:
            yield number


def _buildings(compound: Compound) -> range:
    return range(compound.first_building, compound.last_building + 1)
