"""The roster as a workbook has it, written into people.yaml and places.yaml."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from knowledge.model import Problem
from knowledge.problems import Mark
from knowledge.shapes import PeopleFile, PlacesFile
from knowledge.sheets.findings import CellRef
from knowledge.sheets.plan import Written
from knowledge.sheets.roster_base import PEOPLE_FILE, PLACES_FILE, RosterBase
from knowledge.sheets.roster_file import (
    ACCOUNTS_KEY,
    GRIDS_KEY,
    LISTS,
    PEOPLE_KEY,
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

_NAMES = ("name", "worker", "stand_in")  # in the workbook's line they are as the files write them


@dataclass(frozen=True, slots=True)
class Line:
    """A person or a grid. `values`: what the workbook says; `before`: where it stood in the file."""

    values: Values
    cells: Mapping[str, CellRef]  # column -> the cell it comes from
    at: CellRef | None
    before: int | None


@dataclass(frozen=True, slots=True)
class Roster:
    """None where the workbook says nothing of them."""

    people: Sequence[Line] | None
    grids: Sequence[Line] | None


@dataclass(frozen=True, slots=True)
class _List:
    """A list in a file, and what may be read in it."""

    file: str
    key: str
    shape: Any
    records: Sequence[Record]
    lines: Sequence[Line]


def differences(line: Line, records: Sequence[Record]) -> Iterator[tuple[str, Value, Value]]:
    """Column, value in the file, value in the workbook."""
    record = records[line.before] if line.before is not None else {}
    for column, value in line.values.items():
        before = value_of(record, column) if column in _NAMES else said(record, column)
        if before != value:
            yield column, before, value


def write_roster(base: RosterBase, roster: Roster, wrong: frozenset[CellRef]) -> Written:
    """The files that change. In the place of a wrong cell stands something right, to check the rest by."""
    stand_ins: dict[str, Value] = {
        "role": base.titles[0],
        "scopes": (base.compounds[0],),
        "worker": value_of(base.people[0], "name"),
    }
    lists = []
    if roster.people is not None:
        lists.append(_List(PEOPLE_FILE, PEOPLE_KEY, PeopleFile, base.people, roster.people))
    if roster.grids is not None:
        lists.append(_List(PLACES_FILE, GRIDS_KEY, PlacesFile, base.grids, roster.grids))
    files: dict[str, str | None] = {}
    cells: dict[tuple[str, Mark], CellRef] = {}
    for listed in lists:
        lines = [_righted(line, wrong, stand_ins) for line in listed.lines]
        text = replace_items(
            base.texts[listed.file], listed.key, [_item(line, listed.records) for line in lines]
        )
        if text != base.texts[listed.file]:
            files[listed.file] = text
            cells |= {(listed.file, mark): at for mark, at in _cells(listed, text)}

    def cell_of(told: Problem) -> CellRef | None:
        return cells.get((told.file, Mark(told.line, told.column)))

    return Written(files, cell_of)


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


def _cells(listed: _List, text: str) -> Iterator[tuple[Mark, CellRef]]:
    """Which place of the file comes from which cell."""
    root, _ = read_tree(text, file=listed.file, keys=field_names(listed.shape))
    entries = root.values.get(listed.key) if isinstance(root, Fields) else None
    if not isinstance(entries, Items):
        return
    for line, entry in zip(listed.lines, entries.items, strict=True):
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
