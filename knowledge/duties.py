"""Who answers for what and who is on duty when, and times that hold in some places only."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any

from knowledge.fields import Buildings
from knowledge.model import Category, Compound, LocalClocks, Responsibility, RoleName, Scope
from knowledge.neighbourhood import Neighbourhood, quoted, scope_in
from knowledge.problems import Problem
from knowledge.rota import DutyLine, Rota, Shift, ShiftDays
from knowledge.shapes.duty import DutyFile
from knowledge.shapes.matters import CategoriesFile
from knowledge.tree import Path
from knowledge.typed import Sheet

_NEVER_RUNG = (RoleName.BUILDING_LEADER, RoleName.LAWYER)


def build_local_clocks(
    sheet: Sheet[CategoriesFile], compounds: Mapping[str, Compound]
) -> tuple[tuple[LocalClocks, ...], list[Problem]]:
    problems: list[Problem] = []
    known = {*sheet.value.categories, *sheet.value.groups}
    clocks = []
    for index, shape in enumerate(sheet.value.local_clocks):
        path: Path = ("各地时限", index)
        problems += _unknown_categories(sheet, shape.categories, known, (*path, "类别"))
        scopes = _scopes(sheet, shape.places, compounds, (*path, "地点"), problems)
        clocks.append(LocalClocks(scopes, shape.categories, shape.accept, shape.contact, shape.resolve))
    return tuple(clocks), problems


def build_duties(
    sheet: Sheet[DutyFile] | None, around: Neighbourhood, categories: Mapping[str, Category]
) -> tuple[tuple[Responsibility, ...], Rota, list[Problem]]:
    if sheet is None:
        return (), Rota({}, ()), []
    problems: list[Problem] = []
    known = {*categories, *(code[0] for code in categories)}
    responsibilities = []
    for index, shape in enumerate(sheet.value.responsibilities):
        path: Path = ("归口", index)
        problems += _unknown_categories(sheet, shape.categories, known, (*path, "类别"))
        problems += _wrong_people(sheet, [shape.person], around, (*path, "人"))
        scopes = _scopes(sheet, shape.places, around.compounds, (*path, "地点"), problems)
        responsibilities.append(Responsibility(shape.categories, scopes, shape.person, shape.basis))
    shifts = {
        shape.shift: Shift(shape.shift, ShiftDays(shape.days), *shape.hours) for shape in sheet.value.shifts
    }
    lines = tuple(DutyLine(shape.shift, shape.days, shape.people) for shape in sheet.value.duties)
    problems += _check_lines(sheet, lines, shifts, around)
    return tuple(responsibilities), Rota(shifts, lines), problems


def _check_lines(
    sheet: Sheet[DutyFile], lines: tuple[DutyLine, ...], shifts: Mapping[str, Shift], around: Neighbourhood
) -> Iterator[Problem]:
    named: set[str] = set()
    for index, shape in enumerate(sheet.value.shifts):
        if shape.shift in named:
            yield sheet.problem("shift_twice", ("班次", index, "班"), {"shift": shape.shift})
        named.add(shape.shift)
    for index, line in enumerate(lines):
        path: Path = ("值班", index)
        if line.shift not in shifts:
            values = {"shift": line.shift, "choices": quoted(shifts)}
            yield sheet.problem("unknown_shift", (*path, "班"), values)
        yield from _wrong_people(sheet, line.people, around, (*path, "人"))
    for (_, first), (index, second) in combinations(enumerate(lines), 2):
        if first.shift == second.shift and first.days.overlaps(second.days):
            yield sheet.problem("duty_twice", ("值班", index, "日子"), {"shift": second.shift})


def _wrong_people(
    sheet: Sheet[Any], names: Iterable[str], around: Neighbourhood, path: Path
) -> Iterator[Problem]:
    for name in names:
        person = around.staff.get(name)
        if person is None:
            yield sheet.problem("unknown_person", path, {"name": name})
        elif person.role in _NEVER_RUNG:
            yield sheet.problem("never_rung", path, {"name": name, "role": person.role_title})


def _unknown_categories(
    sheet: Sheet[Any], written: Iterable[str], known: Iterable[str], path: Path
) -> Iterator[Problem]:
    for code in written:
        if code not in known:
            yield sheet.problem("unknown_category", path, {"code": code})


def _scopes(
    sheet: Sheet[Any],
    places: Iterable[Buildings],
    compounds: Mapping[str, Compound],
    path: Path,
    problems: list[Problem],
) -> tuple[Scope, ...]:
    found = [scope_in(compounds, said, sheet, path) for said in places]
    problems += [scope for scope in found if isinstance(scope, Problem)]
    return tuple(scope for scope in found if isinstance(scope, Scope))
