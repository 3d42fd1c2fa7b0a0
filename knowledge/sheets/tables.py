"""Sheets with a heading that is known: which column means what, and the rows as text."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

import yaml

from knowledge.problems import Level
from knowledge.sheets.cells import CellRefused, CellValue, text_of
from knowledge.sheets.findings import CellRef, Finding, finding
from knowledge.sheets.workbook import RawSheet, Unreadable

ACCOUNT = "account:"  # the column of one channel's accounts is “account:” and the channel's name

_ACCOUNTS = "accounts"
_HEAD_AMONG = 10  # a title and remarks may stand above the heading, in so many rows
_REMARK = re.compile(r"\(.*?\)")
_TAIL_OF = "phrases"  # FastGPT goes on with further questions in columns without a heading


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    at: CellRef


@dataclass(frozen=True, slots=True)
class Row:
    """One row by the program's names of its columns; a column that the sheet does not have is missing."""

    at: CellRef
    cells: Mapping[str, Cell]

    def text(self, column: str) -> str:
        return self.cells[column].text if column in self.cells else ""

    def cell_at(self, column: str) -> CellRef:
        return self.cells[column].at if column in self.cells else self.at


@dataclass(frozen=True, slots=True)
class Table:
    at: CellRef
    columns: Mapping[str, str]  # the program's name -> the heading as written
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class _Head:
    number: int
    columns: Mapping[int, str]  # index -> the program's name
    unknown: Mapping[int, str]  # index -> the heading as written


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What columns.yaml says. `kinds`: kind of table -> the program's name of a column -> its headings."""

    kinds: Mapping[str, Mapping[str, Sequence[str]]]
    titles: Mapping[str, str]
    unnamed: Sequence[str]
    ignored: Sequence[str]
    nobody: str
    account_heading: str


@cache
def vocabulary() -> Vocabulary:
    file = Path(__file__).with_name("columns.yaml")
    return Vocabulary(**yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader))  # noqa: S506 - text only


def heading(kind: str, column: str) -> str:
    """The heading that is written on export."""
    return vocabulary().kinds[kind][column][0]


def title_of(kind: str) -> str:
    return vocabulary().titles[kind]


def find_tables(
    sheets: Sequence[RawSheet], kinds: Mapping[str, Collection[str]]
) -> tuple[Mapping[str, list[Table]], list[Finding]]:
    """The tables of each kind. `kinds`: name in columns.yaml -> columns of which one must be there; where a
    heading fits several kinds, the first is taken. Sheets without such a heading are told and left out."""
    tables: dict[str, list[Table]] = {kind: [] for kind in kinds}
    findings: list[Finding] = []
    for sheet in sheets:
        found = next(
            ((kind, head) for kind, among in kinds.items() if (head := _head(sheet, kind, among))), None
        )
        if found is None:
            if sheet.rows:
                findings.append(finding("sheet_skipped", CellRef(sheet.title), level=Level.WARNING))
            continue
        kind, head = found
        findings += _unknown_columns(sheet, kind, head)
        table, refused = _table(sheet, head)
        findings += refused
        tables[kind].append(table)
    if not any(tables.values()):
        findings.append(finding("no_table", None, {"choices": _headings(kinds)}))
    return tables, findings


def _headings(kinds: Iterable[str]) -> str:
    written = (
        vocabulary().account_heading if name == _ACCOUNTS else names[0]
        for kind in kinds
        for name, names in vocabulary().kinds[kind].items()
    )
    return "、".join(f"“{heading}”" for heading in dict.fromkeys(written))


def _head(sheet: RawSheet, kind: str, among: Collection[str]) -> _Head | None:
    """The first row that names two columns of this kind, one of them among the required."""
    for number, row in list(sheet.rows.items())[:_HEAD_AMONG]:
        columns: dict[int, str] = {}
        unknown: dict[int, str] = {}
        for index, value in enumerate(row):
            written = value.strip() if isinstance(value, str) else ""
            name = _column(written, kind)
            if name is not None and name not in columns.values():
                columns[index] = name
            elif written:
                unknown[index] = written
        if len(columns) > 1 and set(columns.values()) & set(among):
            return _Head(number, columns, unknown)
    return None


def _column(written: str, kind: str) -> str | None:
    folded = unicodedata.normalize("NFKC", written)
    for name in vocabulary().kinds[kind].get(_ACCOUNTS, ()):
        if found := re.fullmatch(rf"{name}\s*[:(\-_ ]\s*([^()]+?)\s*\)?", folded):
            return ACCOUNT + found[1]
    plain = _plain(_REMARK.sub("", folded))
    for name, headings in vocabulary().kinds[kind].items():
        if name != _ACCOUNTS and plain in map(_plain, headings):
            return name
    return None


def _plain(written: str) -> str:
    return re.sub(r"[\s*:]", "", written).lower()


def _unknown_columns(sheet: RawSheet, kind: str, head: _Head) -> Iterator[Finding]:
    """What stands in a column that is not read would be lost without a word."""
    below = [row for number, row in sheet.rows.items() if number > head.number]
    known = (headings for name, headings in vocabulary().kinds[kind].items() if name != _ACCOUNTS)
    choices = [written for headings in known for written in headings]
    for index, written in head.unknown.items():
        if _plain(written) in vocabulary().ignored or all(_is_blank(row, index) for row in below):
            continue
        at = CellRef(sheet.title, head.number, index + 1, written)
        close = get_close_matches(written, choices, n=1, cutoff=0.5)
        key = "column_unknown_close" if close else "column_unknown"
        values = {"close": close[0]} if close else {"choices": _headings([kind])}
        yield finding(key, at, {"column": written, **values}, level=Level.WARNING)


def _is_blank(row: Sequence[object], index: int) -> bool:
    return index >= len(row) or row[index] in (None, "")


def _table(sheet: RawSheet, head: _Head) -> tuple[Table, list[Finding]]:
    written = {name: str(sheet.rows[head.number][index]).strip() for index, name in head.columns.items()}
    rows: list[Row] = []
    findings: list[Finding] = []
    for number, values in sheet.rows.items():
        # A heading over two rows, merged downwards, comes twice.
        if number <= head.number or values == sheet.rows[head.number]:
            continue
        cells: dict[str, Cell] = {}
        for index, name in _columns_of(head, values):
            at = CellRef(sheet.title, number, index + 1, written[name])
            text, refused = _text(values[index] if index < len(values) else None, at)
            findings += refused
            before = cells[name].text if name in cells else ""
            cells[name] = Cell(f"{before}\n{text}".strip(), cells[name].at if name in cells else at)
        if any(cell.text for cell in cells.values()):
            rows.append(Row(CellRef(sheet.title, number), cells))
    return Table(CellRef(sheet.title, head.number), written, rows), findings


def _columns_of(head: _Head, values: Sequence[object]) -> Iterator[tuple[int, str]]:
    yield from head.columns.items()
    last = max(head.columns)
    if head.columns[last] == _TAIL_OF and not any(index > last for index in head.unknown):
        yield from ((index, _TAIL_OF) for index in range(last + 1, len(values)))


def _text(value: CellValue | Unreadable, at: CellRef) -> tuple[str, list[Finding]]:
    if isinstance(value, Unreadable):
        return "", [finding(value.value, at)]
    try:
        return text_of(value), []
    except CellRefused as refusal:
        return "", [finding(refusal.key, at)]
