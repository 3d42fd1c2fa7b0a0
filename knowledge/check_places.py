"""Gaps and overlaps in who looks after what, and files and dates that no longer serve."""

from collections.abc import Iterator
from datetime import date
from itertools import combinations
from pathlib import Path

from knowledge.model import Compound, Grid, Knowledge
from knowledge.problems import START, Level, Problem, problem
from knowledge.shapes.neighbourhood import PeopleFile, PlacesFile
from knowledge.shapes.offers import ActivitiesFile
from knowledge.tree import Path as Place
from knowledge.typed import Sheet


def check_grids(sheet: Sheet[PlacesFile], knowledge: Knowledge, today: date | None) -> Iterator[Problem]:
    for compound in knowledge.compounds.values():
        index = list(knowledge.compounds).index(compound.name)
        without = [number for number in _buildings(compound) if not _grids_of(compound, number, knowledge)]
        if without:
            values = {"compound": compound.name, "buildings": _runs(without)}
            yield sheet.problem("no_grid", ("小区", index), values, level=Level.WARNING)
    for (_, first), (index, second) in combinations(enumerate(knowledge.grids), 2):
        for compound in knowledge.compounds.values():
            shared = [
                number
                for number in _buildings(compound)
                if _covers(first, compound, number) and _covers(second, compound, number)
            ]
            if shared:
                values = {"compound": compound.name, "buildings": _runs(shared), "other": first.name}
                yield sheet.problem("grids_overlap", ("网格", index, "范围"), values, level=Level.WARNING)
    for index, grid in enumerate(knowledge.grids):
        for key, name in (("网格员", grid.worker), ("顶班", grid.stand_in)):
            person = knowledge.staff.get(name or "")
            if person and today and not person.serves_on(today):
                path: Place = ("网格", index, key)
                yield sheet.problem("person_has_left", path, {"name": name}, level=Level.WARNING)


def _buildings(compound: Compound) -> range:
    return range(compound.first_building, compound.last_building + 1)


def _covers(grid: Grid, compound: Compound, building: int) -> bool:
    return any(scope.covers(compound.name, str(building)) for scope in grid.scopes)


def _grids_of(compound: Compound, building: int, knowledge: Knowledge) -> list[Grid]:
    return [grid for grid in knowledge.grids if _covers(grid, compound, building)]


def _runs(numbers: list[int]) -> str:
    """[1, 2, 3, 7] → “1-3、7”."""
    starts = [number for number in numbers if number - 1 not in numbers]
    ends = [number for number in numbers if number + 1 not in numbers]
    return "、".join(
        str(first) if first == last else f"{first}-{last}" for first, last in zip(starts, ends, strict=True)
    )


def check_people(sheet: Sheet[PeopleFile], today: date | None) -> Iterator[Problem]:
    held = {
        person.role
        for person in sheet.value.people
        if today is None or person.until is None or person.until >= today
    }
    for title in sheet.value.titles:
        if title not in held:
            yield sheet.problem("role_without_person", ("角色", title), {"role": title}, level=Level.WARNING)


def check_activities(sheet: Sheet[ActivitiesFile], today: date) -> Iterator[Problem]:
    for index, activity in enumerate(sheet.value.activities):
        if activity.time.ends_at.date() < today:
            values = {"name": activity.title, "day": activity.time.starts_at.date()}
            yield sheet.problem("activity_past", ("活动", index, "时间"), values, level=Level.WARNING)


def check_files(folder: Path, read: frozenset[str]) -> Iterator[Problem]:
    """Files that look like knowledge but are never read: copies, wrong endings, the wrong folder."""
    candidates = (*folder.glob("*.y*ml*"), *folder.glob("faq/**/*"))
    for path in sorted(candidates):
        file = path.relative_to(folder).as_posix()
        if path.is_file() and file not in read and not path.name.startswith("."):
            yield problem("unread_file", file, START, level=Level.WARNING)
