"""coordination.yaml becomes a `Coordination`; its people and categories must exist."""

from collections.abc import Collection
from typing import Any

from knowledge.model import Coordination, Department
from knowledge.problems import Problem
from knowledge.shapes.coordination import CoordinationFile
from knowledge.typed import Sheet

_COMMUNITY, _SUBDISTRICT = 2, 3  # rungs of the ladder


def build_coordination(
    sheet: Sheet[CoordinationFile] | None, *, staff: Collection[str], categories: Collection[str]
) -> tuple[Coordination, list[Problem]]:
    if sheet is None:
        return Coordination(), []
    file = sheet.value
    late = ((_COMMUNITY, file.climbs.community), (_SUBDISTRICT, file.climbs.subdistrict))
    coordination = Coordination(
        climbs=tuple((rung, days) for rung, days in late if days is not None),
        departments=tuple(
            Department(shape.name, shape.aliases, shape.contact, shape.phone) for shape in file.departments
        ),
        **_whistle(file),
        **_outage(file),
    )
    return coordination, _problems(sheet, staff, categories)


def _whistle(file: CoordinationFile) -> dict[str, Any]:
    if file.whistle is None:
        return {}
    on_site = file.whistle.arrivals
    arrivals = {"E": on_site.e, "P1": on_site.p1, "P2": on_site.p2, "P3": on_site.p3, "P4": on_site.p4}
    return {
        "answer_within": file.whistle.answer,
        "arrive_within": {urgency: span for urgency, span in arrivals.items() if span is not None},
    }


def _outage(file: CoordinationFile) -> dict[str, Any]:
    if file.outage is None:
        return {}
    return {
        "outage_categories": frozenset(file.outage.categories),
        "outage_from": file.outage.households,
    }


def _problems(
    sheet: Sheet[CoordinationFile], staff: Collection[str], categories: Collection[str]
) -> list[Problem]:
    problems = []
    names: set[str] = set()
    for index, department in enumerate(sheet.value.departments):
        path = ("部门", index)
        if department.contact is not None and department.contact not in staff:
            values = {"name": department.contact}
            problems.append(sheet.problem("unknown_person", (*path, "联系人"), values))
        if department.contact is None and department.phone is None:
            problems.append(sheet.problem("department_unreachable", path, {"name": department.name}))
        for name in (department.name, *department.aliases):
            if name in names:
                problems.append(sheet.problem("department_twice", path, {"name": name}))
            names.add(name)
    for index, code in enumerate(sheet.value.outage.categories if sheet.value.outage else ()):
        if code not in categories:
            problems.append(sheet.problem("unknown_category", ("群通知", "类别", index), {"code": code}))
    return problems
