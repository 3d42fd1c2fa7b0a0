"""Rows of a workbook as what duty.yaml holds: who answers for what, the shifts, and who has which.

A row is the entry of the file that has the same key columns; where none has, it is a new one.
"""

from collections.abc import Mapping, Sequence

from knowledge.sheets.findings import CellRef, Finding, finding
from knowledge.sheets.roster_file import LISTED, Names, Record, Value, said, split, value_in
from knowledge.sheets.roster_write import Line
from knowledge.sheets.tables import Row, Table, heading

KEY_COLUMNS = {
    "responsibilities": ("categories", "places"),
    "shifts": ("shift",),
    "duties": ("shift", "days"),
}


def columns_of(kind: str) -> tuple[str, ...]:
    return tuple(LISTED[kind].entry.model_fields)


def lines_of(
    kind: str, tables: Sequence[Table], records: Sequence[Record], people: Names, shifts: Names
) -> tuple[list[Line], list[Finding]]:
    lines: list[Line] = []
    findings: list[Finding] = []
    free = dict(enumerate(records))
    for row in (row for table in tables for row in table.rows):
        values = {column: _value(column, cell.text, people, shifts) for column, cell in row.cells.items()}
        before = _entry(kind, values, free)
        missing = [column for column in _required(kind, values, before) if not values.get(column)]
        findings += (_missing(kind, column, row) for column in missing)
        cells: dict[str, CellRef] = {column: cell.at for column, cell in row.cells.items()}
        for column in missing:
            values.setdefault(column, "")
            cells.setdefault(column, row.at)
        if before is not None:
            del free[before]
        lines.append(Line(values, cells, row.at, before))
    return lines, findings


def name_of_line(kind: str, values: Mapping[str, Value]) -> str:
    """Such as “晚班 周一”."""
    said_of = (values.get(column, "") for column in KEY_COLUMNS[kind])
    return " ".join(value if isinstance(value, str) else "、".join(value) for value in said_of if value)


def _value(column: str, text: str, people: Names, shifts: Names) -> Value:
    match column:
        case "shift":
            return shifts.written(text)
        case "person":
            return people.written(text)
        case "people":
            return tuple(map(people.written, split(text)))
    return value_in(column, text)


def _entry(kind: str, values: Mapping[str, Value], free: Mapping[int, Record]) -> int | None:
    known = [column for column in KEY_COLUMNS[kind] if column in values]
    same = (
        index
        for index, record in free.items()
        if all(said(record, column) == values[column] for column in known)
    )
    return next(same, None)


def _required(kind: str, values: Mapping[str, Value], before: int | None) -> list[str]:
    """A column that the workbook does not have is as it was, but a new entry needs it."""
    fields = LISTED[kind].entry.model_fields.items()
    return [
        column for column, field in fields if field.is_required() and (before is None or column in values)
    ]


def _missing(kind: str, column: str, row: Row) -> Finding:
    return finding("cell_missing", row.cell_at(column), {"field": heading(kind, column)})
