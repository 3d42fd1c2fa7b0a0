"""Rows of a workbook as people and grids."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from knowledge.sheets.findings import CellRef, Finding, finding
from knowledge.sheets.roster_file import LISTS, PERSON_COLUMNS, Names, Value, Values, split, value_in
from knowledge.sheets.tables import ACCOUNT, Row, Table, heading, vocabulary


@dataclass(frozen=True, slots=True)
class Charge:
    """A grid that somebody looks after. `stand_in` is None where the workbook has no such column."""

    grid: str
    stand_in: str | None


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """Somebody on the roster. `values` has the columns that are there; `charges` is None without theirs."""

    values: Values
    charges: tuple[Charge, ...] | None
    cells: Mapping[str, CellRef]
    at: CellRef

    @property
    def name(self) -> str:
        return str(self.values["name"])

    def cell_of(self, column: str) -> CellRef:
        return self.cells.get(column, self.at)


@dataclass(frozen=True, slots=True)
class GridEntry:
    name: str
    scopes: tuple[str, ...]
    cells: Mapping[str, CellRef]
    at: CellRef


@dataclass(frozen=True, slots=True)
class Known:
    """The names in the files, and who looks after which grids."""

    people: Names
    roles: Names
    grids: Names
    charges: Mapping[str, Sequence[str]]  # name of a worker -> grids


def people_of(tables: Sequence[Table], known: Known) -> tuple[list[PersonEntry], list[Finding]]:
    people: dict[str, PersonEntry] = {}
    findings: list[Finding] = []
    for row in (row for table in tables for row in table.rows):
        if not row.text("name"):
            findings.append(_missing("people", "name", row.cell_at("name")))
            continue
        entry, refused = _person(row, known)
        findings += refused
        first = people.setdefault(entry.name, entry)
        joined = entry if first is entry else _joined(first, entry)
        if joined is None:
            values = {"name": entry.name, "sheet": first.at.sheet, "row": first.at.row}
            findings.append(finding("row_twice", entry.cell_of("name"), values))
        else:
            people[entry.name] = joined
    findings += (told for entry in people.values() if (told := _wrong_role(entry, known)))
    return list(people.values()), findings


def grids_of(tables: Sequence[Table], known: Known) -> tuple[list[GridEntry], list[Finding]]:
    grids: dict[str, GridEntry] = {}
    findings: list[Finding] = []
    for row in (row for table in tables for row in table.rows):
        name, scopes = known.grids.written(row.text("grid")), split(row.text("scopes"))
        if not name or not scopes:
            missing = "scopes" if name else "grid"
            findings.append(_missing("grids", missing, row.cell_at(missing)))
        if name:
            cells = {column: cell.at for column, cell in row.cells.items()}
            first = grids.setdefault(name, GridEntry(name, (), cells, row.at))
            grids[name] = replace(first, scopes=tuple(dict.fromkeys([*first.scopes, *scopes])))
    return list(grids.values()), findings


def _wrong_role(entry: PersonEntry, known: Known) -> Finding | None:
    """Told before the files are checked: a person without a role is missing everywhere else, too."""
    role = str(entry.values.get("role", ""))
    if role in known.roles.all or ("role" not in entry.values and entry.name in known.people.all):
        return None
    if not role:
        return _missing("people", "role", entry.cell_of("role"))
    choices = "、".join(f"“{title}”" for title in known.roles.values())
    return finding("role_unknown", entry.cell_of("role"), {"role": role, "choices": choices})


def _missing(kind: str, column: str, at: CellRef) -> Finding:
    return finding("cell_missing", at, {"field": heading(kind, column)})


def _person(row: Row, known: Known) -> tuple[PersonEntry, list[Finding]]:
    values: dict[str, Value] = {
        column: value_in(column, cell.text)
        for column, cell in row.cells.items()
        if column in PERSON_COLUMNS or column.startswith(ACCOUNT)
    }
    name = values["name"] = known.people.written(row.text("name"))
    if "role" in values:
        values["role"] = known.roles.written(row.text("role"))
    if "deputy" in values:
        values["deputy"] = known.people.written(row.text("deputy"))
    charges = _charges(row, name, known)
    refused = []
    if isinstance(charges, Finding):
        refused, charges = [charges], None
    return PersonEntry(
        values, charges, {column: cell.at for column, cell in row.cells.items()}, row.at
    ), refused


def _charges(row: Row, name: str, known: Known) -> tuple[Charge, ...] | Finding | None:
    """Several grids with one stand-in, or with as many as there are grids, in their order."""
    if "grids" not in row.cells and "stand_in" not in row.cells:
        return None
    grids = known.charges.get(name, ())
    if "grids" in row.cells:
        grids = [known.grids.written(part) for part in split(row.text("grids"))]
    if "stand_in" not in row.cells:
        return tuple(Charge(grid, None) for grid in grids)
    nobody = vocabulary().nobody
    parts = split(row.text("stand_in"))
    stand_ins = ["" if part == nobody else known.people.written(part) for part in parts]
    if len(stand_ins) not in (0, 1, len(grids)) or (stand_ins and not grids):
        return finding("stand_in_count", row.cell_at("stand_in"), {"nobody": nobody})
    if len(stand_ins) != len(grids):
        stand_ins = (stand_ins or [""]) * len(grids)
    return tuple(Charge(grid, stand_in) for grid, stand_in in zip(grids, stand_ins, strict=True))


def _joined(first: PersonEntry, second: PersonEntry) -> PersonEntry | None:
    """One person over several rows, with merged cells or blanks beside the buildings; None if not."""
    values = dict(first.values)
    for column, value in second.values.items():
        before = values.setdefault(column, value)
        if column in LISTS:
            values[column] = tuple(dict.fromkeys([*before, *value]))
        elif value not in ("", before):
            return None
    charges = first.charges
    if charges is not None and second.charges is not None:
        charges = tuple(dict.fromkeys([*charges, *second.charges]))
    return replace(first, values=values, charges=charges)
