"""What may be wrong in a neighbourhood: categories with their clocks, and the rules for emergencies."""

import re
from collections.abc import Iterator, Mapping

from knowledge.model import Category, EmergencyClass, PlaceDetail
from knowledge.problems import Problem
from knowledge.shapes.matters import CategoriesFile, EmergenciesFile
from knowledge.tree import Path
from knowledge.typed import Sheet

_DETAILS = {
    "不问": PlaceDetail.NONE,
    "任意": PlaceDetail.ANYWHERE,
    "小区": PlaceDetail.COMPOUND,
    "楼": PlaceDetail.BUILDING,
    "单元": PlaceDetail.UNIT,
    "室": PlaceDetail.ROOM,
}


def build_categories(sheet: Sheet[CategoriesFile]) -> tuple[Mapping[str, Category], list[Problem]]:
    file = sheet.value
    usual = {
        "E": file.clocks.e,
        "P1": file.clocks.p1,
        "P2": file.clocks.p2,
        "P3": file.clocks.p3,
        "P4": file.clocks.p4,
    }
    categories: dict[str, Category] = {}
    problems: list[Problem] = []
    for code, shape in file.categories.items():
        found = re.fullmatch(r"([A-Z])[0-9]{1,2}", code)
        if found is None or found[1] not in file.groups:
            problems.append(sheet.problem("category_code", ("类别", code), {"code": code}))
            continue
        clocks = usual[shape.urgency]
        categories[code] = Category(
            code=code,
            name=shape.name,
            short=shape.short,
            group=file.groups[found[1]],
            urgency=shape.urgency,
            accept_within=shape.accept or clocks.accept,
            contact_within=shape.contact or clocks.contact,
            resolve_within=shape.resolve or clocks.resolve,
            place_detail=_DETAILS[shape.place],
            chain=shape.chain,
            words=shape.words,
            not_words=shape.not_words,
            confidential=shape.confidential,
        )
    return categories, problems


def build_emergencies(sheet: Sheet[EmergenciesFile]) -> Mapping[str, EmergencyClass]:
    return {
        code: EmergencyClass(code, shape.name, shape.patterns, shape.reply, shape.private_only)
        for code, shape in sheet.value.classes.items()
    }


def check_emergencies(sheet: Sheet[EmergenciesFile], replies: Mapping[str, str]) -> Iterator[Problem]:
    """Errors: a rule that cannot be read, or an answer that is not there, would fail when minutes count."""
    for code, shape in sheet.value.classes.items():
        if shape.reply not in replies:
            yield sheet.problem("unknown_reply", ("紧急类", code, "答复"), {"key": shape.reply})
        for index, pattern in enumerate(shape.patterns):
            yield from _check_pattern(sheet, pattern, ("紧急类", code, "规则", index))
    for index, pattern in enumerate(sheet.value.softeners):
        yield from _check_pattern(sheet, pattern, ("减弱", index))


def _check_pattern(sheet: Sheet[EmergenciesFile], pattern: str, path: Path) -> Iterator[Problem]:
    try:
        re.compile(pattern)
    except re.error:
        yield sheet.problem("bad_pattern", path, {"pattern": pattern})
