"""What an import would change, checked on the whole base before a single file is replaced."""

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

from knowledge.library import check_knowledge, read_folder
from knowledge.problems import Level, Problem
from knowledge.sheets.files import Texts, place, replace_files
from knowledge.sheets.findings import CellRef, Finding, found_at

_MOST_ROUNDS = 5


class ChangeKind(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class FieldChange:
    header: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    kind: ChangeKind
    name: str
    at: CellRef | None  # the row; None for what is removed
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """The files as the workbook would have them, by their path below the folder; None where one goes.
    `cell_of` tells from which cell a place in them comes, if any."""

    files: Texts
    cell_of: Callable[[Problem], CellRef | None]


@dataclass(frozen=True, slots=True)
class Plan:
    """`findings` come in the order of sheets and rows. With an error among them nothing may be applied."""

    changes: tuple[Change, ...]
    unchanged: int
    reordered: bool
    findings: tuple[Finding, ...]
    files: Texts
    before: Mapping[str, bytes | None]  # what each of these files holds now

    @property
    def is_sound(self) -> bool:
        return all(found.level is not Level.ERROR for found in self.findings)

    @property
    def changes_anything(self) -> bool:
        return bool(self.files)


Make = Callable[[frozenset[CellRef]], Written]


def mistakes(folder: Path, make: Make, today: date, *, known: frozenset[CellRef]) -> list[Finding]:
    """Everything that is wrong with what `make` writes; where nothing is, what is doubtful.

    A mistake can hide others, because a file that cannot be read is not compared with the rest. So the cells
    found wrong are left out (`make` is given them, and those `known` before) and the rest is checked again.
    """
    wrong = known
    findings: list[Finding] = []
    for _ in range(_MOST_ROUNDS):
        written = make(wrong)
        with TemporaryDirectory() as name:
            copy = Path(name)
            _copy_base(folder, copy)
            place(copy, written.files)
            errors = [found for found in read_folder(copy).problems if found.level is Level.ERROR]
            if not errors:
                doubts = [] if wrong else _new_doubts(folder, copy, today)
                return findings + [found_at(told, written.cell_of(told)) for told in doubts]
        told = [found_at(error, written.cell_of(error)) for error in errors]
        # What stands in the place of a wrong cell may be wrong there, too.
        told = [found for found in told if found.at not in wrong]
        findings += told
        newly_wrong = wrong_cells(told) - wrong
        if not newly_wrong:
            break
        wrong |= newly_wrong
    return findings


def _new_doubts(folder: Path, copy: Path, today: date) -> list[Problem]:
    known = {(told.file, told.message) for told in check_knowledge(folder, today)}
    return [told for told in check_knowledge(copy, today) if (told.file, told.message) not in known]


def wrong_cells(findings: Iterable[Finding]) -> frozenset[CellRef]:
    return frozenset(found.at for found in findings if found.at and found.level is Level.ERROR)


def besides(findings: Iterable[Finding], told: Iterable[Finding]) -> list[Finding]:
    """Those about cells that nothing has been `told` of: one mistake brings others along in its cell."""
    cells = wrong_cells(told)
    return [found for found in findings if found.at not in cells]


def in_order(findings: Iterable[Finding], sheets: Sequence[str]) -> tuple[Finding, ...]:
    """By sheet, row and column; what no cell says comes last."""

    def place(found: Finding) -> tuple[int, int, int]:
        if found.at is None:
            return len(sheets), 0, 0
        return sheets.index(found.at.sheet), found.at.row, found.at.column

    return tuple(sorted(dict.fromkeys(findings), key=place))


def apply(folder: Path, plan: Plan) -> None:
    """Puts the files in place. Raises EditedMeanwhile and OSError, with everything as it was."""
    assert plan.is_sound, "who asks for it has looked"
    replace_files(folder, plan.files, before=plan.before)


def _copy_base(folder: Path, copy: Path) -> None:
    for path in (*folder.glob("*.yaml"), *folder.glob("faq/*/*.md")):
        target = copy / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
