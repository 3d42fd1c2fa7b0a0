"""Reads a knowledge folder: all of it, or a list of everything that is wrong with it."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, cast

from knowledge.build import Sheets, build
from knowledge.check_faq import check_faqs
from knowledge.check_places import check_activities, check_files, check_grids, check_people
from knowledge.check_replies import check_templates, check_wording
from knowledge.faq import FaqSheet, read_faq
from knowledge.model import Knowledge
from knowledge.problems import START, KnowledgeError, Level, Problem, problem
from knowledge.replies import community_values
from knowledge.shapes.community import CalendarFile, CommunityFile
from knowledge.shapes.coordination import CoordinationFile
from knowledge.shapes.duty import DutyFile
from knowledge.shapes.matters import CategoriesFile, EmergenciesFile
from knowledge.shapes.neighbourhood import PeopleFile, PlacesFile, ResidentsFile
from knowledge.shapes.offers import ActivitiesFile, LegalFile
from knowledge.shapes.reminders import RemindersFile
from knowledge.shapes.replies import RepliesFile
from knowledge.source import decode
from knowledge.typed import Sheet, read_sheet

__all__ = ["SHIPPED", "KnowledgeError", "check_knowledge", "read_knowledge"]

SHIPPED = Path(__file__).parent
"""The demo neighbourhood, and the starting point of every other one."""

FILES: dict[str, Any] = {
    "community": CommunityFile,
    "places": PlacesFile,
    "people": PeopleFile,
    "residents": ResidentsFile,
    "categories": CategoriesFile,
    "emergencies": EmergenciesFile,
    "replies": RepliesFile,
    "reminders": RemindersFile,
    "calendar": CalendarFile,
    "duty": DutyFile,
    "legal": LegalFile,
    "activities": ActivitiesFile,
    "coordination": CoordinationFile,
}
_PROGRAM_FILES = {"console.yaml", "messages.yaml", "wording.yaml"}  # the same everywhere
_MAY_BE_ABSENT = {"residents", "calendar", "duty", "legal", "activities", "coordination"}


@dataclass(frozen=True, slots=True)
class Reading:
    """One pass over the folder. `knowledge` is None where any problem is an error."""

    knowledge: Knowledge | None
    sheets: Sheets | None
    problems: tuple[Problem, ...]


def read_knowledge(folder: Path) -> Knowledge:
    """Raises KnowledgeError with all errors found, not only the first."""
    reading = read_folder(folder)
    if reading.knowledge is None:
        raise KnowledgeError(tuple(found for found in reading.problems if found.level is Level.ERROR))
    return reading.knowledge


def check_knowledge(folder: Path, today: date | None = None) -> list[Problem]:
    """Errors and warnings. Never raises on bad content. Dates are judged only where `today` is given."""
    reading = read_folder(folder)
    doubts = list(_doubts(folder, reading, today))
    return sorted([*reading.problems, *doubts], key=_place)


def _doubts(folder: Path, reading: Reading, today: date | None) -> Iterator[Problem]:
    """What may be read but should be looked at. Judged only where the files fit together."""
    read = {f"{name}.yaml" for name in FILES} | {
        entry.relative_to(folder).as_posix() for entry in _entries(folder)
    }
    yield from check_files(folder, frozenset(read | _PROGRAM_FILES))
    if reading.knowledge is None or reading.sheets is None:
        return
    sheets = reading.sheets
    yield from check_grids(sheets.places, reading.knowledge, today)
    yield from check_people(sheets.people, today)
    yield from check_wording(sheets.replies, shipped_replies())
    yield from check_faqs(sheets.faqs, frozenset(reading.knowledge.staff), today)
    if sheets.activities is not None and today is not None:
        yield from check_activities(sheets.activities, today)


def read_folder(folder: Path) -> Reading:
    problems: list[Problem] = []
    digest = hashlib.sha256()
    sheets = {name: _read_file(folder, name, digest, problems) for name in FILES}
    faqs = tuple(filter(None, (_read_entry(folder, path, digest, problems) for path in _entries(folder))))
    complete = all(sheets[name] is not None for name in FILES if name not in _MAY_BE_ABSENT)
    knowledge = everything = None
    if complete:
        everything = Sheets(**sheets, faqs=faqs)  # type: ignore[arg-type]  # required ones are present
        knowledge, found = build(everything, version=digest.hexdigest()[:16])
        problems += found
        common = frozenset(community_values(knowledge.community))
        problems += check_templates(everything.replies, shipped_replies(), common)
    if any(found.level is Level.ERROR for found in problems):
        knowledge = None
    return Reading(knowledge, everything, tuple(sorted(problems, key=_place)))


@cache
def shipped_replies() -> RepliesFile:
    """The sentences the program was built with: their keys and placeholders are what code fills."""
    text = (SHIPPED / "replies.yaml").read_text(encoding="utf-8")
    sheet, problems = read_sheet(RepliesFile, text, file="replies.yaml")
    if sheet is None:
        raise KnowledgeError(tuple(problems))
    return cast(RepliesFile, sheet.value)


def _place(found: Problem) -> tuple[str, int, int]:
    return found.file, found.line, found.column


def _entries(folder: Path) -> list[Path]:
    return sorted((folder / "faq").glob("*/*.md"))


def _read_file(
    folder: Path, name: str, digest: "hashlib._Hash", problems: list[Problem]
) -> Sheet[Any] | None:
    path = folder / f"{name}.yaml"
    if not path.is_file():
        if name not in _MAY_BE_ABSENT:
            problems.append(problem("no_file", path.name, START))
        return None
    text = _text(path, path.name, digest, problems)
    if text is None:
        return None
    sheet, found = read_sheet(FILES[name], text, file=path.name)
    problems += found
    return sheet


def _read_entry(
    folder: Path, path: Path, digest: "hashlib._Hash", problems: list[Problem]
) -> FaqSheet | None:
    file = path.relative_to(folder).as_posix()
    text = _text(path, file, digest, problems)
    if text is None:
        return None
    sheet, found = read_faq(text, file=file)
    problems += found
    return sheet


def _text(path: Path, file: str, digest: "hashlib._Hash", problems: list[Problem]) -> str | None:
    try:
        content = path.read_bytes()
    except OSError:  # removed or locked by an editor a moment ago
        problems.append(problem("unreadable_file", file, START))
        return None
    digest.update(file.encode() + b"\0" + content + b"\0")
    text, found = decode(content, file=file)
    problems += found
    return text
