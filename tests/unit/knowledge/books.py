"""Workbooks as people send them: made by hand, exported and edited, or saved by another program."""

import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from knowledge.library import read_knowledge
from knowledge.problems import Level
from knowledge.sheets.faq_sheets import faq_tables, plan_faqs
from knowledge.sheets.findings import Finding
from knowledge.sheets.plan import Plan
from knowledge.sheets.roster_sheets import plan_roster, roster_tables
from knowledge.sheets.workbook import read_book, write_book

TODAY = date(2026, 11, 23)
Value = str | int | float | date | datetime | None


def book_with(path: Path, rows: Sequence[Sequence[Value]], *, title: str = "Sheet1") -> Path:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    book.save(path)
    return path


def edit(path: Path, sheet: str, change: Callable[[Worksheet], object]) -> Path:
    book = load_workbook(path)
    change(book[sheet])
    book.save(path)
    return path


def row_of(sheet: Worksheet, text: str) -> int:
    """The row in whose first column this stands."""
    return next(row[0].row for row in sheet.iter_rows() if row[0].value == text)


def column_of(sheet: Worksheet, heading: str) -> int:
    return next(cell.column for cell in sheet[1] if cell.value == heading)


def write(sheet: Worksheet, key: str, heading: str, value: Value) -> None:
    sheet.cell(row_of(sheet, key), column_of(sheet, heading)).value = value


def faq_book(folder: Path) -> Path:
    path = folder.parent / "faq.xlsx"
    write_book(path, faq_tables(read_knowledge(folder)))
    return path


def faq_plan(folder: Path, path: Path) -> Plan:
    return plan_faqs(folder, read_book(path), TODAY)


def roster_book(folder: Path) -> Path:
    path = folder.parent / "roster.xlsx"
    write_book(path, roster_tables(folder, ["staff"]))
    return path


def roster_plan(folder: Path, path: Path) -> Plan:
    return plan_roster(folder, read_book(path), TODAY)


def wrong(plan: Plan) -> list[tuple[str, int, str, str]]:
    """Sheet, row, column letter and what is wrong, of every mistake."""
    return [_told(found) for found in plan.findings if found.level is Level.ERROR]


def doubtful(plan: Plan) -> list[tuple[str, int, str, str]]:
    return [_told(found) for found in plan.findings if found.level is Level.WARNING]


def _told(found: Finding) -> tuple[str, int, str, str]:
    if found.at is None:
        return found.file, 0, "", found.message
    return found.at.sheet, found.at.row, found.at.letter, found.message


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def as_other_programs_save_it(path: Path) -> Path:
    """With what is known of files from WPS and from web programs: a sheet is said to be one cell large, fills
    are empty, there is no default style, and a hidden sheet holds the pictures."""
    book = load_workbook(path)
    hidden = book.create_sheet("WpsReserved_CellImgList")
    hidden.append(["姓名", "角色", "编号", "答案"])
    hidden.append(["看不见的人", "网格员", "hidden", "看不见的答案"])
    hidden.sheet_state = "veryHidden"
    book.save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, _spoilt(name, data))
    return path


def _spoilt(name: str, data: bytes) -> bytes:
    if name.startswith("xl/worksheets/sheet"):
        return re.sub(rb'<dimension ref="[^"]*"\s*/>', b'<dimension ref="A1"/>', data)
    if name == "xl/styles.xml":
        data, fills = re.subn(rb"<fill>.*?</fill>", b"<fill/>", data, flags=re.DOTALL)
        data, styles = re.subn(rb"<cellStyles.*?</cellStyles>", b"", data, flags=re.DOTALL)
        assert fills
        assert styles
    return data
