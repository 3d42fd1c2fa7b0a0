"""Where and who: compounds, grids, staff, residents and groups, held against each other."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Any

from knowledge.fields import Buildings
from knowledge.model import Compound, Grid, Group, ResidentEntry, Scope, StaffMember
from knowledge.problems import Problem
from knowledge.shapes.base import OfficeHours
from knowledge.shapes.neighbourhood import CompoundShape, PeopleFile, PersonShape, PlacesFile, ResidentsFile
from knowledge.tree import Path
from knowledge.typed import Sheet


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    compounds: Mapping[str, Compound]
    grids: tuple[Grid, ...]
    staff: Mapping[str, StaffMember]
    residents: tuple[ResidentEntry, ...]
    groups: Mapping[str, Group]


@dataclass(slots=True)
class _Builder:
    places: Sheet[PlacesFile]
    people: Sheet[PeopleFile]
    residents: Sheet[ResidentsFile] | None
    problems: list[Problem] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)  # name or alias -> official name of a compound
    compounds: dict[str, Compound] = field(default_factory=dict)
    staff: dict[str, StaffMember] = field(default_factory=dict)


def build_neighbourhood(
    places: Sheet[PlacesFile], people: Sheet[PeopleFile], residents: Sheet[ResidentsFile] | None
) -> tuple[Neighbourhood, list[Problem]]:
    builder = _Builder(places, people, residents)
    _compounds(builder)
    _staff(builder)
    built = Neighbourhood(
        compounds=builder.compounds,
        grids=_grids(builder),
        staff=builder.staff,
        residents=_residents(builder),
        groups=_groups(builder),
    )
    return built, builder.problems


def quoted(names: Iterable[str]) -> str:
    return "、".join(f"“{name}”" for name in names)


def _compounds(builder: _Builder) -> None:
    sheet = builder.places
    for index, shape in enumerate(sheet.value.compounds):
        for name in dict.fromkeys((shape.name, *shape.aliases)):
            if name in builder.names:
                builder.problems.append(sheet.problem("name_taken", ("小区", index, "名"), {"name": name}))
            builder.names[name] = shape.name
        builder.compounds[shape.name] = _compound(shape)


def _compound(shape: CompoundShape) -> Compound:
    first, last = shape.buildings
    return Compound(
        shape.name,
        shape.aliases,
        first,
        last,
        shape.units,
        shape.floors,
        shape.has_lift,
        shape.property_firm,
        by_weekday(shape.office_hours) if shape.office_hours is not None else None,
    )


def by_weekday(hours: OfficeHours) -> Mapping[int, tuple[tuple[time, time], ...]]:
    """ISO weekday -> spans, from lines that each name several weekdays."""
    return {day: spans for days, spans in hours.items() for day in days}


def scope_in(
    compounds: Mapping[str, Compound], said: Buildings, sheet: Sheet[Any], path: Path
) -> Scope | Problem:
    """The buildings that are meant; a problem at `path` where there are no such."""
    compound = next((one for one in compounds.values() if said.compound in (one.name, *one.aliases)), None)
    if compound is None:
        values: dict[str, object] = {"name": said.compound, "choices": quoted(compounds)}
        return sheet.problem("unknown_compound", path, values)
    for number in (said.first, said.last):
        if number is not None and not compound.has_building(str(number)):
            values = {
                "compound": compound.name,
                "building": number,
                "first": compound.first_building,
                "last": compound.last_building,
            }
            return sheet.problem("no_such_building", path, values)
    return Scope(compound.name, said.first, said.last)


def _scope(builder: _Builder, said: Buildings, sheet: Sheet[Any], path: Path) -> Scope | None:
    found = scope_in(builder.compounds, said, sheet, path)
    if isinstance(found, Problem):
        builder.problems.append(found)
        return None
    return found


def _unknown_compound(
    builder: _Builder,
    written: str,
    sheet: Sheet[Any],
    path: Path,
) -> Problem:
    return sheet.problem("unknown_compound", path, {"name": written, "choices": quoted(builder.compounds)})


def _grids(builder: _Builder) -> tuple[Grid, ...]:
    sheet = builder.places
    grids = []
    for index, shape in enumerate(sheet.value.grids):
        path: Path = ("网格", index)
        scopes = [_scope(builder, said, sheet, (*path, "范围")) for said in shape.scopes]
        for key, name in (("网格员", shape.worker), ("顶班", shape.stand_in)):
            if name is not None and name not in builder.staff:
                builder.problems.append(sheet.problem("unknown_person", (*path, key), {"name": name}))
        grids.append(Grid(shape.name, tuple(filter(None, scopes)), shape.worker, shape.stand_in))
    return tuple(grids)


def _staff(builder: _Builder) -> None:
    sheet = builder.people
    for index, person in enumerate(sheet.value.people):
        path: Path = ("人员", index)
        role = sheet.value.titles.get(person.role)
        if role is None:
            values = {"role": person.role, "choices": quoted(sheet.value.titles)}
            builder.problems.append(sheet.problem("unknown_role", (*path, "角色"), values))
            continue
        if person.name in builder.staff:
            builder.problems.append(sheet.problem("person_twice", (*path, "名"), {"name": person.name}))
        scopes = [_scope(builder, said, sheet, (*path, "负责")) for said in person.buildings]
        builder.staff[person.name] = StaffMember(
            name=person.name,
            role=role,
            role_title=person.role,
            phone=person.phone,
            firm=person.firm,
            buildings=tuple(
                (scope.compound, str(number))
                for scope in scopes
                if scope is not None
                for number in _numbers(scope, builder.compounds[scope.compound])
            ),
            accounts=person.accounts,
            since=person.since,
            until=person.until,
            deputy=person.deputy,
            stand_ins=_standing(builder, person),
        )
    for index, person in enumerate(sheet.value.people):
        _check_deputy(builder, person, ("人员", index, "替补"))


def _standing(builder: _Builder, person: PersonShape) -> tuple[str, ...]:
    """Who stands in for them without being asked, the first to be called first."""
    of_grids = (grid.stand_in for grid in builder.places.value.grids if grid.worker == person.name)
    return tuple(dict.fromkeys(name for name in (person.deputy, *of_grids) if name is not None))


def _check_deputy(builder: _Builder, person: PersonShape, path: Path) -> None:
    if person.deputy is None:
        return
    deputy, entry = builder.staff.get(person.deputy), builder.staff.get(person.name)
    if deputy is None:
        told = builder.people.problem("unknown_person", path, {"name": person.deputy})
    elif entry is not None and not deputy.may_replace(entry):
        told = builder.people.problem("wrong_deputy", path, {"name": deputy.name, "for": entry.name})
    else:
        return
    builder.problems.append(told)


def _numbers(scope: Scope, compound: Compound) -> range:
    if scope.first is None or scope.last is None:
        return range(compound.first_building, compound.last_building + 1)
    return range(scope.first, scope.last + 1)


def _residents(builder: _Builder) -> tuple[ResidentEntry, ...]:
    sheet = builder.residents
    if sheet is None:
        return ()
    residents = []
    for index, shape in enumerate(sheet.value.residents):
        home, path = shape.home, ("居民", index, "住址")
        name = builder.names.get(home.compound)
        if name is None:
            builder.problems.append(_unknown_compound(builder, home.compound, sheet, path))
            continue
        compound = builder.compounds[name]
        if not (compound.has_building(home.building) and compound.has_unit(home.unit)):
            values = {"compound": name, "building": home.building, "unit": home.unit}
            builder.problems.append(sheet.problem("no_such_home", path, values))
        residents.append(ResidentEntry(shape.name, name, home.building, home.unit, home.room, shape.phone))
    return tuple(residents)


def _groups(builder: _Builder) -> Mapping[str, Group]:
    sheet = builder.people
    groups = {}
    for index, shape in enumerate(sheet.value.groups):
        name = builder.names.get(shape.compound)
        if name is None:
            builder.problems.append(_unknown_compound(builder, shape.compound, sheet, ("群", index, "属于")))
            continue
        if shape.name in groups:
            builder.problems.append(sheet.problem("group_twice", ("群", index, "名"), {"name": shape.name}))
        groups[shape.name] = Group(shape.name, name, for_staff=shape.members == "工作人员", chats=shape.chats)
    return groups
