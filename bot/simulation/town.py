"""Builds the communities of the county town: places, people and roles, all from one seed."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from itertools import count

from bot.simulation.material import County, Names, Size
from knowledge.model import Community, Compound, Grid, Group, Knowledge, RoleName, Scope, StaffMember
from knowledge.offers import Activity
from knowledge.replies import render

_ACCOUNT = "resident-"
_WEEKS = 8  # of activities
_UNITS, _FLOORS, _FLATS = 2, 6, 2
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DESK = (RoleName.SECRETARY, RoleName.DISPATCHER, RoleName.SUBDISTRICT_OFFICER, RoleName.PROPERTY_MANAGER)


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody who may speak up. The flat follows from the number, so nobody need be kept."""

    account: str
    name: str
    compound: str
    building: int
    unit: int
    room: int


@dataclass(frozen=True, slots=True)
class Plan:
    """One community as built: its knowledge, and how many live in it."""

    knowledge: Knowledge
    residents: int
    seed: str
    names: Names

    def resident(self, number: int) -> Resident:
        chance = random.Random(f"{self.seed}/resident/{number}")
        compounds = list(self.knowledge.compounds.values())
        home = compounds[number % len(compounds)]
        return Resident(
            account=f"{_ACCOUNT}{number}",
            name=chance.choice(self.names.surnames) + chance.choice(self.names.forms_of_address),
            compound=home.name,
            building=chance.randint(home.first_building, home.last_building),
            unit=chance.randint(1, home.units),
            room=chance.randint(1, home.floors) * 100 + chance.randint(1, _FLATS),
        )

    def of_account(self, account: str) -> Resident | None:
        """Whose account it is; None for one of the staff."""
        number = account.removeprefix(_ACCOUNT)
        return self.resident(int(number)) if number != account else None

    def place_of(self, resident: Resident) -> str:
        """Down to the unit, as the bot says it."""
        values = {"compound": resident.compound, "building": resident.building, "unit": resident.unit}
        return render(self.knowledge.replies["place.unit"], values)


def scaled(size: Size, residents: int) -> Size:
    """The same town with another number of people; never less than a community with two grid workers."""

    def share(number: int, least: int) -> int:
        return max(least, round(number * residents / size.residents))

    return Size(
        residents,
        subdistricts=min(size.subdistricts, share(size.communities, 1)),
        communities=share(size.communities, 1),
        compounds=share(size.compounds, 2),
        leaders=share(size.leaders, 2),
        workers=share(size.workers, 2),
    )


def build_town(shipped: Knowledge, county: County, size: Size, seed: int) -> list[Plan]:
    """The communities, one after the other: numbered from 1, which is also their tenant in the store."""
    return [_build(shipped, county, size, index, f"{seed}/{index}") for index in range(size.communities)]


def _build(shipped: Knowledge, county: County, size: Size, index: int, seed: str) -> Plan:
    chance = random.Random(seed)
    names = county.names
    compounds = _compounds(size, index, names, chance)
    people = _new_names(names, chance)
    phones = (f"138{size.communities:02}{index:02}{number:04}" for number in count(1))
    titles = {member.role: member.role_title for member in shipped.staff.values()}

    def hire(role: RoleName, buildings: tuple[tuple[str, str], ...] = ()) -> StaffMember:
        firm = compounds[0].property_firm if role is RoleName.PROPERTY_MANAGER else None
        return StaffMember(next(people), role, titles[role], next(phones), firm, buildings)

    workers = [hire(RoleName.GRID_WORKER) for _ in range(_part(size.workers, size.communities, index))]
    lawyer = hire(RoleName.LAWYER)
    leaders = [
        hire(RoleName.BUILDING_LEADER, ((compound.name, str(building)),))
        for compound in compounds
        for building in range(compound.first_building, compound.last_building + 1)
    ]
    staff = [*workers, *(hire(role) for role in _DESK), lawyer, *leaders]
    community = _community(shipped.community, names, size, index)
    start = datetime.combine(county.start, time())
    knowledge = replace(
        shipped,
        community=community,
        compounds={compound.name: compound for compound in compounds},
        grids=tuple(_grids(compounds, workers)),
        staff={member.name: member for member in staff},
        residents=(),
        groups={group.name: group for group in _groups(compounds, community)},
        legal=replace(shipped.legal, lawyer=lawyer.name) if shipped.legal else None,
        activities={activity.id: activity for activity in _activities(shipped, start)},
        version=seed,
    )
    return Plan(knowledge, _part(size.residents, size.communities, index), seed, names)


def _community(shipped: Community, names: Names, size: Size, index: int) -> Community:
    return replace(
        shipped,
        id=index + 1,
        name=names.communities[index % len(names.communities)],
        subdistrict=names.subdistricts[index * size.subdistricts // size.communities],
        ticket_letter=_LETTERS[index % len(_LETTERS)],
    )


def _compounds(size: Size, index: int, names: Names, chance: random.Random) -> list[Compound]:
    first, last = _span(size.compounds, size.communities, index)
    heads = chance.sample(names.compounds, last - first)
    return [
        Compound(
            name=head + chance.choice(names.compound_endings),
            aliases=(),
            first_building=1,
            last_building=_part(size.leaders, size.compounds, first + place),
            units=_UNITS,
            floors=_FLOORS,
            has_lift=place % 2 == 0,
            property_firm=None,
        )
        for place, head in enumerate(heads)
    ]


def _grids(compounds: Sequence[Compound], workers: Sequence[StaffMember]) -> Iterator[Grid]:
    for place, compound in enumerate(compounds):
        worker, stand_in = (workers[(place + step) % len(workers)].name for step in (0, 1))
        yield Grid(compound.name, (Scope(compound.name),), worker, stand_in if stand_in != worker else None)


def _groups(compounds: Sequence[Compound], community: Community) -> Iterator[Group]:
    for compound in compounds:
        yield Group(f"{compound.name}/residents", compound.name, for_staff=False)
    yield Group(f"{community.name}/staff", compounds[0].name, for_staff=True)


def _activities(shipped: Knowledge, start: datetime) -> Iterator[Activity]:
    """The shipped activities again every week, from the first Saturday on."""
    saturday = start + timedelta(days=5 - start.weekday())
    pattern = next(iter(shipped.activities.values()))
    for week in range(_WEEKS):
        moved = saturday + timedelta(weeks=week) - datetime.combine(pattern.starts_at.date(), time())
        yield replace(
            pattern,
            id=f"{pattern.id}/{week}",
            starts_at=pattern.starts_at + moved,
            ends_at=pattern.ends_at + moved,
        )


def _new_names(names: Names, chance: random.Random) -> Iterator[str]:
    """Names that nobody in the community has yet."""
    used: set[str] = set()
    while True:
        name = chance.choice(names.surnames) + "".join(chance.sample(names.given, 2))
        if name not in used:
            used.add(name)
            yield name


def _span(number: int, parts: int, index: int) -> tuple[int, int]:
    """The index-th of `parts` parts of a number, as from and to; together they are the whole."""
    return number * index // parts, number * (index + 1) // parts


def _part(number: int, parts: int, index: int) -> int:
    first, last = _span(number, parts, index)
    return last - first
