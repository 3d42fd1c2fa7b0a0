"""The roster out to a workbook, one sheet for people, grids, and each list of duty.yaml, and back in.

A sheet of people is the whole roster, in the order in which they are called; a sheet of grids is all grids,
and so on. A workbook without one of them, or without some column, leaves what is there as it is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from knowledge.fields import parse_day
from knowledge.sheets.files import bytes_of
from knowledge.sheets.findings import CellRef, Finding, finding
from knowledge.sheets.plan import (
    Change,
    ChangeKind,
    FieldChange,
    Plan,
    besides,
    in_order,
    mistakes,
    wrong_cells,
)
from knowledge.sheets.roster_base import RosterBase, read_base
from knowledge.sheets.roster_duties import KEY_COLUMNS, columns_of, lines_of, name_of_line
from knowledge.sheets.roster_file import (
    DAYS,
    PERSON_COLUMNS,
    Names,
    Record,
    Value,
    channels_of,
    value_of,
)
from knowledge.sheets.roster_rows import Charge, GridEntry, Known, PersonEntry, grids_of, people_of
from knowledge.sheets.roster_write import Line, differences, write_roster
from knowledge.sheets.tables import ACCOUNT, find_tables, heading, title_of, vocabulary
from knowledge.sheets.workbook import Column, RawSheet, SheetTable

_WIDTHS = {
    "firm": 18, "phone": 16, "buildings": 24, "grids": 20, "grid": 20, "scopes": 36, "places": 24,
    "basis": 24, "days": 24, "hours": 16, "people": 24,
}  # fmt: skip
_WRAPPED = ("buildings", "grids", "stand_in", "scopes", "categories", "places", "people")
_TOLD_BY = {
    "people": "name",
    "grids": "scopes",
    "responsibilities": "categories",
    "shifts": "hours",
    "duties": "people",
}

Charges = Mapping[str, tuple[PersonEntry, Charge]]  # name of a grid -> who looks after it


def roster_tables(folder: Path, channels: Iterable[str]) -> list[SheetTable]:
    """`channels` have a column for accounts even where nobody has one yet. Raises KnowledgeError."""
    base = read_base(folder)
    before, after = PERSON_COLUMNS[:-3], PERSON_COLUMNS[-3:]
    known = [ACCOUNT + channel for channel in dict.fromkeys([*channels_of(base.people), *channels])]
    columns = [*before, *known, *after, "stand_in", "grids"]
    people = [[_person_cell(base, person, column) for column in columns] for person in base.people]
    grids = [[str(value_of(grid, "name")), _text(value_of(grid, "scopes"))] for grid in base.grids]
    return [
        SheetTable(title_of("people"), [_column("people", name) for name in columns], people),
        SheetTable(title_of("grids"), [_column("grids", name) for name in ("grid", "scopes")], grids),
        *(_duty_table(base, kind) for kind in KEY_COLUMNS),
    ]


def _duty_table(base: RosterBase, kind: str) -> SheetTable:
    columns = columns_of(kind)
    rows = [[_text(value_of(record, column)) for column in columns] for record in base.lists[kind]]
    return SheetTable(title_of(kind), [_column(kind, name) for name in columns], rows)


def _column(kind: str, name: str) -> Column:
    if name.startswith(ACCOUNT):
        return Column(f"{heading(kind, 'accounts')}:{name.removeprefix(ACCOUNT)}", 18)
    return Column(heading(kind, name), _WIDTHS.get(name, 12), name in _WRAPPED)


def _person_cell(base: RosterBase, person: Record, column: str) -> str | date | None:
    if column not in ("stand_in", "grids"):
        text = _text(value_of(person, column))
        return parse_day(text) if column in DAYS else text
    mine = [grid for grid in base.grids if value_of(grid, "worker") == value_of(person, "name")]
    if column == "grids":
        return "\n".join(str(value_of(grid, "name")) for grid in mine)
    stand_ins = [str(value_of(grid, "stand_in")) or vocabulary().nobody for grid in mine]
    if not any(value_of(grid, "stand_in") for grid in mine):
        return ""
    return "\n".join(stand_ins[:1] if len(set(stand_ins)) == 1 else stand_ins)


def _text(value: Value) -> str:
    return value if isinstance(value, str) else "\n".join(value)


def plan_roster(folder: Path, book: Sequence[RawSheet], today: date) -> Plan:
    """Raises KnowledgeError where the base itself is wrong."""
    base = read_base(folder)
    known = _known(base)
    tables, findings = find_tables(book, {kind: [column] for kind, column in _TOLD_BY.items()})
    people, wrong_people = people_of(tables["people"], known)
    grids, wrong_grids = grids_of(tables["grids"], known)
    charges, wrong_charges = _charges(people)
    findings += besides([*wrong_people, *wrong_grids, *wrong_charges], findings)
    roster: dict[str, Sequence[Line]] = {}
    if tables["people"]:
        roster["people"] = _person_lines(base, people)
    if tables["grids"] or charges:
        roster["grids"] = _grid_lines(base, grids if tables["grids"] else None, charges)
    shifts = Names(str(value_of(shift, "shift")) for shift in base.lists["shifts"])
    for kind in KEY_COLUMNS:
        if tables[kind]:
            roster[kind], missing = lines_of(kind, tables[kind], base.lists[kind], known.people, shifts)
            findings += missing
    findings += besides(_unfitting(base, roster.get("grids", ()), people, charges), findings)
    changes = [change for kind, lines in roster.items() for change in _changes(kind, lines, base.lists[kind])]
    files = write_roster(base, roster, frozenset()).files
    if files:
        known_wrong = wrong_cells(findings)
        findings += mistakes(
            folder, lambda wrong: write_roster(base, roster, wrong), today, known=known_wrong
        )
    return Plan(
        changes=tuple(changes),
        unchanged=sum(map(len, roster.values()))
        - sum(change.kind is not ChangeKind.REMOVED for change in changes),
        reordered=any(_is_reordered(lines) for lines in roster.values()),
        findings=in_order(findings, [sheet.title for sheet in book]),
        files=files,
        before=bytes_of(folder, files),
    )


def _known(base: RosterBase) -> Known:
    charges: dict[str, list[str]] = {}
    for grid, worker in base.workers.items():
        charges.setdefault(worker, []).append(grid)
    people = Names(str(value_of(person, "name")) for person in base.people)
    return Known(people, Names(base.titles), Names(base.workers), charges)


def _charges(people: Sequence[PersonEntry]) -> tuple[Charges, list[Finding]]:
    charges: dict[str, tuple[PersonEntry, Charge]] = {}
    findings = []
    for person in people:
        for charge in person.charges or ():
            first, _ = charges.setdefault(charge.grid, (person, charge))
            if first is not person:
                values = {
                    "grid": charge.grid,
                    "name": first.name,
                    "sheet": first.at.sheet,
                    "row": first.at.row,
                }
                findings.append(finding("grid_taken", person.cell_of("grids"), values))
    return charges, findings


def _person_lines(base: RosterBase, people: Sequence[PersonEntry]) -> list[Line]:
    places = {value_of(record, "name"): index for index, record in enumerate(base.people)}
    return [Line(person.values, person.cells, person.at, places.get(person.name)) for person in people]


def _grid_lines(base: RosterBase, grids: Sequence[GridEntry] | None, charges: Charges) -> list[Line]:
    """All grids as the workbook has them, each with who looks after it. `grids`: None without their sheet."""
    names = [str(value_of(record, "name")) for record in base.grids]
    by_name = {grid.name: grid for grid in grids or ()}
    lines = []
    for name in names if grids is None else by_name:
        before = names.index(name) if name in names else None
        grid = by_name.get(name)
        worker, charge = charges.get(name, (None, None))
        values: dict[str, Value] = {"name": name}
        cells: dict[str, CellRef] = {}
        if grid is not None:
            values["scopes"] = grid.scopes
            cells |= {"name": grid.cells["grid"], "scopes": grid.cells["scopes"]}
        if worker is not None and charge is not None:
            values["worker"] = worker.name
            cells["worker"] = worker.cell_of("grids")
            if charge.stand_in is not None:
                values["stand_in"] = charge.stand_in
                cells["stand_in"] = worker.cell_of("stand_in")
        at = grid.at if grid else worker.at if worker else None
        lines.append(Line(values, cells, at, before))
    return lines


def _unfitting(
    base: RosterBase, grids: Sequence[Line], people: Sequence[PersonEntry], charges: Charges
) -> Iterator[Finding]:
    """Grids that somebody looks after and nobody describes, and the other way round."""
    names = {line.values["name"] for line in grids}
    for name, (person, _) in charges.items():
        if name not in names:
            values = {"grid": name, "sheet": title_of("grids")}
            yield finding("grid_unknown", person.cell_of("grids"), values)
    by_name = {person.name: person for person in people}
    says_who = any(person.charges is not None for person in people)
    for line in grids:
        name = str(line.values["name"])
        if name not in charges and (says_who or line.before is None):
            worker = by_name.get(base.workers.get(name, ""))
            at = line.at or (worker.cell_of("grids") if worker else None)
            yield finding("grid_without_worker", at, {"grid": name, "sheet": title_of("people")})


def _changes(kind: str, lines: Sequence[Line], records: Sequence[Record]) -> Iterator[Change]:
    for line in lines:
        name = _name(kind, line.values)
        if line.before is None:
            yield Change(ChangeKind.ADDED, name, line.at)
            continue
        fields = tuple(
            FieldChange(_heading(kind, column), _text(before), _text(after))
            for column, before, after in differences(line, records)
        )
        if fields:
            yield Change(ChangeKind.CHANGED, name, line.at, fields)
    kept = {line.before for line in lines}
    for index, record in enumerate(records):
        if index not in kept:
            columns = columns_of(kind) if kind in KEY_COLUMNS else ("name",)
            values = {column: value_of(record, column) for column in columns}
            yield Change(ChangeKind.REMOVED, _name(kind, values), None)


def _name(kind: str, values: Mapping[str, Value]) -> str:
    return name_of_line(kind, values) if kind in KEY_COLUMNS else str(values["name"])


def _heading(kind: str, column: str) -> str:
    if column == "worker":
        return title_of("worker")
    if column == "stand_in":
        return heading("people", column)
    return _column(kind, column).header


def _is_reordered(lines: Sequence[Line]) -> bool:
    kept = [line.before for line in lines if line.before is not None]
    return kept != sorted(kept)
