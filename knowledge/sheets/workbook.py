"""Reads and writes .xlsx files; the one place that knows the library.

Files saved by WPS and by web programs differ from Excel's: a wrong extent, no default style, empty fills,
hidden sheets of the program's own. They are read all the same.
"""

import re
import secrets
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from io import BytesIO
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from knowledge.sheets.cells import CellValue, escaped, storable

_MOST_BYTES = 50_000_000
_MOST_UNPACKED = 400_000_000
_OLD_FORMAT = bytes.fromhex("d0cf11e0a1b11ae1")  # .xls, and any file with a password
_STYLES = "xl/styles.xml"
_EMPTY_FILL = re.compile(rb"<fill\s*/>|<fill>\s*</fill>")
_NO_FILL = b'<fill><patternFill patternType="none"/></fill>'
_LONGEST_TEXT = 32_767
_LONGEST_TITLE = 31
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\]")
# A workbook is a bundle of XML files by whatever program; this is what the library raises on broken ones.
_BROKEN = (
    zipfile.BadZipFile,
    KeyError,
    ValueError,
    TypeError,
    SyntaxError,
    AttributeError,
    IndexError,
    EOFError,
)


class BookRefused(Exception):
    """The file cannot be read or written as a workbook; `key` names the sentence in messages.yaml."""

    def __init__(self, key: str, values: Mapping[str, object]) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


class Unreadable(Enum):
    """What stands in a cell instead of a value; names the sentence in messages.yaml."""

    FORMULA = "cell_formula"
    ERROR = "cell_error"


@dataclass(frozen=True, slots=True)
class RawSheet:
    """The cells of one sheet: row number -> values, from the first column on. Empty rows are left out."""

    title: str
    rows: Mapping[int, Sequence[CellValue | Unreadable]]


@dataclass(frozen=True, slots=True)
class Column:
    header: str
    width: int  # characters
    wraps: bool = False


@dataclass(frozen=True, slots=True)
class SheetTable:
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str | date | datetime | None]]


def read_book(path: Path) -> list[RawSheet]:
    """The visible sheets, merged cells filled down. Raises BookRefused."""
    content = _content(path)
    with _failures_told(path):
        book = _load(content, data_only=False)
        shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        results = _load(content, data_only=True) if any(_has_formula(sheet) for sheet in shown) else book
        return [RawSheet(sheet.title, _rows(sheet, results[sheet.title])) for sheet in shown]


def write_book(path: Path, sheets: Sequence[SheetTable]) -> None:
    """Plain sheets that old programs open. The file appears whole or not at all. Raises BookRefused."""
    book = Workbook()
    book.remove(book.worksheets[0])
    titles: set[str] = set()
    for table in sheets:
        title = _free_title(table.title, titles)
        titles.add(title.lower())
        _fill(book.create_sheet(title), table)
    staged = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        book.save(staged)
        staged.replace(path)
    except OSError as error:
        staged.unlink(missing_ok=True)
        raise BookRefused("book_not_writable", {"path": path, "reason": error.strerror or error}) from error


# -- reading ----------------------------------------------------------------------------------------------


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise BookRefused("book_too_big", {"path": path})
        content = path.read_bytes()
    except OSError as error:
        key = "book_missing" if isinstance(error, FileNotFoundError) else "book_unreadable"
        raise BookRefused(key, {"path": path}) from error
    if content.startswith(_OLD_FORMAT):
        raise BookRefused("book_old", {"path": path})
    with _failures_told(path), zipfile.ZipFile(BytesIO(content)) as archive:
        if sum(part.file_size for part in archive.infolist()) > _MOST_UNPACKED:
            raise BookRefused("book_too_big", {"path": path})
        return _with_fills(archive, content)


def _with_fills(archive: zipfile.ZipFile, content: bytes) -> bytes:
    """Some programs leave a fill empty, which the library takes for a broken file."""
    if _STYLES not in archive.namelist() or not _EMPTY_FILL.search(archive.read(_STYLES)):
        return content
    mended = BytesIO()
    with zipfile.ZipFile(mended, "w", zipfile.ZIP_DEFLATED) as copy:
        for part in archive.infolist():
            data = archive.read(part)
            copy.writestr(part, _EMPTY_FILL.sub(_NO_FILL, data) if part.filename == _STYLES else data)
    return mended.getvalue()


@contextmanager
def _failures_told(path: Path) -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        raise BookRefused("book_unreadable", {"path": path}) from error


def _load(content: bytes, *, data_only: bool) -> Workbook:
    with warnings.catch_warnings():
        # Of decorations that are left out: default styles, validations, conditional formats.
        warnings.simplefilter("ignore", UserWarning)
        return load_workbook(BytesIO(content), data_only=data_only, keep_links=False)


def _has_formula(sheet: Worksheet) -> bool:
    return any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)


def _rows(sheet: Worksheet, results: Worksheet) -> Mapping[int, Sequence[CellValue | Unreadable]]:
    cells: dict[int, list[CellValue | Unreadable]] = {}
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells[number] = [_value(cell, results) for cell in row]
    for merged in sheet.merged_cells.ranges:
        first, column = cells.get(merged.min_row, []), merged.min_col - 1
        if column < len(first):
            for number in range(merged.min_row + 1, min(merged.max_row, len(cells)) + 1):
                cells[number][column] = first[column]
    return {number: row for number, row in cells.items() if any(value not in (None, "") for value in row)}


def _value(cell: object, results: Worksheet) -> CellValue | Unreadable:
    kind, value = getattr(cell, "data_type", "n"), getattr(cell, "value", None)
    if kind == "f":
        result = results[getattr(cell, "coordinate")]  # noqa: B009 - a merged cell has none of these
        kind, value = result.data_type, result.value
        if value is None:
            return Unreadable.FORMULA
    return Unreadable.ERROR if kind == "e" else value


# -- writing ----------------------------------------------------------------------------------------------


def _free_title(wanted: str, taken: set[str]) -> str:
    title = _NOT_IN_TITLES.sub("-", wanted)[:_LONGEST_TITLE].strip("'")
    number = 2
    while title.lower() in taken:
        ending = f"~{number}"
        title, number = title[: _LONGEST_TITLE - len(ending)] + ending, number + 1
    return title


def _fill(sheet: Worksheet, table: SheetTable) -> None:
    sheet.freeze_panes = "A2"
    for index, column in enumerate(table.columns, start=1):
        whole = sheet.column_dimensions[get_column_letter(index)]
        whole.width = column.width
        whole.number_format = "@"  # what is typed below the last row stays text: 0530, 3-2
        head = sheet.cell(1, index, column.header)
        head.font = Font(bold=True)
    for number, row in enumerate(table.rows, start=2):
        for index, (column, value) in enumerate(zip(table.columns, row, strict=True), start=1):
            cell = sheet.cell(number, index)
            if isinstance(value, str):
                cell.value = _cell_text(value, table.title, column)
                cell.data_type = "s"
                cell.number_format = "@"
            elif value is not None:
                cell.value = value
                cell.number_format = "yyyy-mm-dd hh:mm" if isinstance(value, datetime) else "yyyy-mm-dd"
            cell.alignment = Alignment(vertical="top", wrap_text=column.wraps)


def _cell_text(text: str, title: str, column: Column) -> str:
    written = escaped(storable(text))
    if len(written) > _LONGEST_TEXT:
        raise BookRefused("cell_too_long", {"sheet": title, "column": column.header, "most": _LONGEST_TEXT})
    return written
