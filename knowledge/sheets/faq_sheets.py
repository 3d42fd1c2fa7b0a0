"""FAQ entries out to a workbook, one sheet for each topic, and back in.

A sheet that is named for a topic and has ids is the whole of that topic: what is missing from it goes. Every
other list, those of MaxKB and FastGPT among them, only adds, and changes entries of the same id or title. A
column that a sheet does not have leaves what is there as it is.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from knowledge.faq import FaqSheet
from knowledge.fields import parse_day
from knowledge.library import KnowledgeError, read_folder
from knowledge.model import Knowledge
from knowledge.problems import Level, Problem
from knowledge.sheets.faq_file import (
    COLUMNS,
    DAYS,
    LISTS,
    Value,
    Values,
    answer_lines,
    cell_text,
    entry_lines,
    file_of,
    values_of,
)
from knowledge.sheets.faq_rows import Base, Entry, base_of, entries_of
from knowledge.sheets.files import bytes_of
from knowledge.sheets.findings import CellRef
from knowledge.sheets.plan import (
    Change,
    ChangeKind,
    FieldChange,
    Plan,
    Written,
    besides,
    in_order,
    mistakes,
    wrong_cells,
)
from knowledge.sheets.tables import Table, find_tables, heading, title_of
from knowledge.sheets.workbook import Column, RawSheet, SheetTable
from knowledge.source import decode

_KIND = "faq"
_NEEDED = ("id", "answer", "question")
_WIDTHS = {"title": 24, "phrases": 36, "answer": 60}
_WRAPPED = ("title", "phrases", "answer", "compounds", "related")
_IN_HEAD = frozenset(COLUMNS) - {"answer", "topic"}


def faq_tables(knowledge: Knowledge) -> list[SheetTable]:
    columns = [Column(heading(_KIND, name), _WIDTHS.get(name, 14), name in _WRAPPED) for name in COLUMNS]
    topics: dict[str, list[Values]] = {}
    for entry in sorted(knowledge.faqs.values(), key=lambda entry: (entry.topic, entry.id)):
        topics.setdefault(entry.topic, []).append(values_of(entry))
    return [
        SheetTable(topic, columns, [[_shown(name, values[name]) for name in COLUMNS] for values in entries])
        for topic, entries in (topics or {title_of(_KIND): []}).items()
    ]


def _shown(column: str, value: Value) -> str | date | None:
    text = cell_text(value)
    return parse_day(text) if column in DAYS else text


def plan_faqs(folder: Path, book: Sequence[RawSheet], today: date) -> Plan:
    """Raises KnowledgeError where the base itself is wrong."""
    base = _base(folder)
    tables, findings = find_tables(book, {_KIND: _NEEDED})
    entries, found = entries_of(tables[_KIND], base)
    findings += besides(found, findings)
    changes = [change for entry in entries if (change := _change(entry, base))]
    gone = _gone(tables[_KIND], entries, base)
    changed = {change.at for change in changes}
    touched = [entry for entry in entries if entry.at in changed]
    if touched or gone:
        findings += mistakes(
            folder,
            lambda wrong: _written(folder, base, touched, gone, wrong),
            today,
            known=wrong_cells(findings),
        )
    files = _written(folder, base, touched, gone, frozenset()).files
    changes += [Change(ChangeKind.REMOVED, f"{one.entry.id} {one.entry.title}", None) for one in gone]
    return Plan(
        changes=tuple(changes),
        unchanged=len(entries) - len(touched),
        reordered=False,
        findings=in_order(findings, [sheet.title for sheet in book]),
        files=files,
        before=bytes_of(folder, files),
    )


def _base(folder: Path) -> Base:
    reading = read_folder(folder)
    if reading.knowledge is None or reading.sheets is None:
        raise KnowledgeError(tuple(told for told in reading.problems if told.level is Level.ERROR))
    return base_of(reading.sheets.faqs, reading.knowledge.compounds)


def _change(entry: Entry, base: Base) -> Change | None:
    name = f"{entry.values['id']} {entry.values['title']}"
    if entry.before is None:
        return Change(ChangeKind.ADDED, name, entry.at)
    before = base.values(entry.before)
    fields = tuple(
        FieldChange(heading(_KIND, column), cell_text(before[column]), cell_text(entry.values[column]))
        for column in COLUMNS
        if before[column] != entry.values[column]
    )
    return Change(ChangeKind.CHANGED, name, entry.at, fields) if fields else None


def _gone(tables: Sequence[Table], entries: Sequence[Entry], base: Base) -> list[FaqSheet]:
    listed = {table.at.sheet.strip() for table in tables if "id" in table.columns}
    named = {entry.values["id"] for entry in entries}
    return [one for one in base.sheets.values() if one.entry.topic in listed and one.entry.id not in named]


def _written(
    folder: Path, base: Base, entries: Sequence[Entry], gone: Sequence[FaqSheet], wrong: frozenset[CellRef]
) -> Written:
    """The files that change. What stands in a wrong cell is left out, so that the rest can be checked."""
    files: dict[str, str | None] = {sheet.file: None for sheet in gone}
    cells: dict[tuple[str, int], CellRef] = {}
    for entry in entries:
        if entry.before is not None:
            files.setdefault(entry.before.file, None)
        if entry.at in wrong:
            continue
        values = {name: _without(name, entry, wrong) for name in COLUMNS}
        file = file_of(values)
        made = _lines(folder, base, entry, values)
        files[file] = "\n".join(line for line, _ in made).rstrip("\n") + "\n"
        cells |= {(file, number): entry.cell_of(column) for number, (_, column) in enumerate(made, start=1)}

    def cell_of(told: Problem) -> CellRef | None:
        return cells.get((told.file, told.line))

    return Written(files, cell_of)


def _without(column: str, entry: Entry, wrong: frozenset[CellRef]) -> Value:
    value = entry.values[column]
    if entry.cells.get(column) not in wrong:
        return value
    if column in ("title", "answer"):
        return entry.values["id"]
    return () if column in LISTS else ""


def _lines(folder: Path, base: Base, entry: Entry, values: Values) -> list[tuple[str, str]]:
    """The file's lines with their columns. A head that says the same stays as it is, remarks included."""
    before = entry.before
    if before is None or any(values[name] != base.values(before)[name] for name in _IN_HEAD):
        return entry_lines(values)
    text, _ = decode((folder / before.file).read_bytes(), file=before.file)
    assert text is not None, "the file has been read before"
    head = text.split("\n")[: before.body_line - 1]
    return [*((line, "id") for line in head), *answer_lines(values)]
