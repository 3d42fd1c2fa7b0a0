"""What is wrong with a workbook, told by sheet, row and column."""

from collections.abc import Mapping
from dataclasses import dataclass

from openpyxl.utils import get_column_letter

from knowledge.problems import START, Level, Problem, problem


@dataclass(frozen=True, slots=True)
class CellRef:
    """Rows and columns count from 1; column 0 is the row as a whole, row 0 the sheet."""

    sheet: str
    row: int = 0
    column: int = 0
    header: str = ""

    @property
    def letter(self) -> str:
        return get_column_letter(self.column) if self.column else ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake or doubt. `at` is None where no cell says it: then `file` is where it shows."""

    at: CellRef | None
    level: Level
    message: str
    mend: str
    file: str = ""


def finding(
    key: str, at: CellRef | None, values: Mapping[str, object] | None = None, *, level: Level = Level.ERROR
) -> Finding:
    """`key` names the sentence in messages.yaml."""
    return found_at(problem(key, "", START, values, level=level), at)


def found_at(told: Problem, at: CellRef | None) -> Finding:
    """What the check says of a file that the workbook would lead to, told of the cell it comes from."""
    file = f"{told.file}:{told.line}:{told.column}" if at is None and told.file else ""
    return Finding(at, told.level, told.message, told.mend, file)
