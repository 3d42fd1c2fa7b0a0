"""The roster as a workbook has it, written into the files."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias

from knowledge.problems import Mark, Problem
from knowledge.rota import ShiftDays
from knowledge.sheets.findings import CellRef
from knowledge.sheets.plan import Written
from knowledge.sheets.roster_base import RosterBase
from knowledge.sheets.roster_file import (
    ACCOUNTS_KEY,
    LISTED,
    LISTS,
    Listed,
    Record,
    Value,
    Values,
    key_of,
    said,
    value_of,
    with_values,
)
from knowledge.sheets.tables import ACCOUNT
from knowledge.sheets.yaml_text import Item, replace_items
from knowledge.tree import Fields, Items, Node, read_tree
from knowledge.typed import field_names

_LONG_AGO = date(1900, 1, 1)  # no duty is on such a day


@dataclass(frozen=True, slots=True)
class Line:
    """One entry. `values`: what the workbook says; `before`: where it stood in the file."""

    values: Values
    cells: Mapping[str, CellRef]  # column -> the cell it comes from
    at: CellRef | None
    before: int | None


Roster: TypeAlias = Mapping[str, Sequence[Line]]
"""Kind in columns.yaml -> its entries; what the workbook says nothing of is missing."""


def differences(line: Line, records: Sequence[Record]) -> Iterator[tuple[str, Value, Value]]:
    """Column, value in the file, value in the workbook."""
    record = records[line.before] if line.before is not None else {}
    for column, value in line.values.items():
        before = said(record, column)
        if before != value:
            yield column, before, value


def write_roster(base: RosterBase, roster: Roster, wrong: frozenset[CellRef]) -> Written:
    """The files that change. In the place of a wrong cell stands something right, to check the rest by."""
    texts = dict(base.texts)
    for kind, lines in roster.items():
        listed, records = LISTED[kind], base.lists[kind]
        righted = [_righted(line, wrong, _stand_ins(base, kind, index)) for index, line in enumerate(lines)]
        items = [_item(line, records) for line in righted]
        if not _says_the_same(items, records):
            texts[listed.file] = replace_items(texts[listed.file], listed.key, items)
    cells = {
        (LISTED[kind].file, mark): at
        for kind, lines in roster.items()
        for mark, at in _cells(LISTED[kind], lines, texts[LISTED[kind].file])
    }

    def cell_of(told: Problem) -> CellRef | None:
        return cells.get((told.file, Mark(told.line, told.column)))

    return Written({file: text for file, text in texts.items() if text != base.texts[file]}, cell_of)


def _says_the_same(items: Sequence[Item], records: Sequence[Record]) -> bool:
    return all(item.is_same for item in items) and [item.before for item in items] == [*range(len(records))]


def _stand_ins(base: RosterBase, kind: str, index: int) -> Mapping[str, Value]:
    """What can be read in the place of a wrong cell, and gets in the way of no other line."""
    somebody = value_of(base.people[0], "name")
    common: dict[str, Value] = {
        "role": base.titles[0],
        "scopes": (base.compounds[0],),
        "worker": somebody,
        "person": somebody,
        "people": (str(somebody),),
        "categories": ("A",),
        "shift": str(index),
        "hours": "00:00-01:00",
        "days": ShiftDays.EVERY_DAY.value,
    }
    return common | {"days": str(_LONG_AGO + timedelta(days=index))} if kind == "duties" else common


def _righted(line: Line, wrong: frozenset[CellRef], stand_ins: Mapping[str, Value]) -> Line:
    def value(column: str) -> Value:
        if line.cells.get(column) not in wrong or column in ("name", "worker"):
            return line.values[column]
        return stand_ins.get(column, () if column in LISTS else "")

    values = {column: value(column) for column in line.values}
    if wrong and "scopes" in values:  # a new grid without a worker has been told of
        values = {"worker": stand_ins["worker"], **values} if line.before is None else values
    return Line(values, line.cells, line.at, line.before)


def _item(line: Line, records: Sequence[Record]) -> Item:
    changed = {column: value for column, _, value in differences(line, records)}
    record = records[line.before] if line.before is not None else {}
    return Item(with_values(record, changed), line.before, is_same=line.before is not None and not changed)


def _cells(listed: Listed, lines: Sequence[Line], text: str) -> Iterator[tuple[Mark, CellRef]]:
    """Which place of the file comes from which cell."""
    root, _ = read_tree(text, file=listed.file, keys=field_names(listed.whole))
    entries = root.values.get(listed.key) if isinstance(root, Fields) else None
    if not isinstance(entries, Items):
        return
    for line, entry in zip(lines, entries.items, strict=True):
        if line.at is None or not isinstance(entry, Fields):
            continue
        yield entry.at, line.at
        plain = [column for column in line.values if column in line.cells and not column.startswith(ACCOUNT)]
        columns = {key_of(column): line.cells[column] for column in plain}
        for key, node in entry.values.items():
            at = columns.get(key, line.at)
            yield from ((mark, at) for mark in (entry.keys[key], *_marks(node)))
            if key == ACCOUNTS_KEY and isinstance(node, Fields):
                for channel, account in node.values.items():
                    yield account.at, line.cells.get(ACCOUNT + channel, line.at)


def _marks(node: Node) -> Iterator[Mark]:
    yield node.at
    inner = (
        node.items if isinstance(node, Items) else node.values.values() if isinstance(node, Fields) else ()
    )
    for each in inner:
        yield from _marks(each)
