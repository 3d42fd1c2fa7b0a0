"""Rows of a workbook as FAQ entries: our own columns, or those of MaxKB and FastGPT."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from knowledge.check_faq import normalised
from knowledge.faq import FaqSheet
from knowledge.sheets.cells import lines
from knowledge.sheets.faq_file import (
    COLUMNS,
    LISTS,
    NOTHING,
    Value,
    Values,
    cell_text,
    new_id,
    value_in,
    values_of,
)
from knowledge.sheets.findings import CellRef, Finding, finding
from knowledge.sheets.tables import Row, Table, heading, vocabulary

_UNNAMED_TOPIC = "imported"
_LONGEST_TITLE = 20  # characters of a title taken from an answer
_ID = re.compile(r"[a-z0-9][a-z0-9-]*")
_NOT_IN_TOPICS = re.compile(r"[\\/:*?\"<>|\s.]+")
_NUMBERING = re.compile(r"(\d{1,2})[.、．)）]\s*")


@dataclass(frozen=True, slots=True)
class Base:
    """The entries as they are, by id."""

    sheets: Mapping[str, FaqSheet]
    by_title: Mapping[str, Sequence[FaqSheet]]  # the title as `normalised` has it
    topics: frozenset[str]
    compounds: Collection[str]

    def values(self, sheet: FaqSheet) -> Values:
        """As they would come back from a workbook."""
        return {
            name: value_in(name, cell_text(value), compounds=self.compounds)
            for name, value in values_of(sheet.entry).items()
        }

    def titled(self, title: str) -> FaqSheet | None:
        """The one entry of that title; None where there is none or several."""
        same = self.by_title.get(normalised(title), ())
        return same[0] if len(same) == 1 else None


def base_of(sheets: Sequence[FaqSheet], compounds: Collection[str]) -> Base:
    by_title: dict[str, list[FaqSheet]] = {}
    for sheet in sheets:
        by_title.setdefault(normalised(sheet.entry.title), []).append(sheet)
    by_id = {sheet.entry.id: sheet for sheet in sheets}
    return Base(by_id, by_title, frozenset(sheet.entry.topic for sheet in sheets), compounds)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the workbook. `cells`: column -> the cell that says it."""

    values: Values
    cells: Mapping[str, CellRef]
    at: CellRef
    before: FaqSheet | None

    def cell_of(self, column: str) -> CellRef:
        return self.cells.get(column, self.at)


def entries_of(tables: Sequence[Table], base: Base) -> tuple[list[Entry], list[Finding]]:
    entries: dict[Value, Entry] = {}
    findings: list[Finding] = []
    for table in tables:
        for row in table.rows:
            entry, refused = _entry(table, row, base)
            findings += refused
            if entry is None:
                continue
            first = entries.setdefault(entry.values["id"], entry)
            joined = entry if first is entry else _joined(first, entry)
            if joined is None:
                values = {"name": entry.values["title"], "sheet": first.at.sheet, "row": first.at.row}
                findings.append(finding("row_twice", entry.cell_of("id"), values))
            else:
                entries[entry.values["id"]] = joined
    return list(entries.values()), findings


def _entry(table: Table, row: Row, base: Base) -> tuple[Entry | None, list[Finding]]:
    is_listed = "id" in table.columns
    given = _own(row, base) if is_listed else _foreign(row, base)
    written, title = str(given.get("id", "")), str(given.get("title", ""))
    if written and not _ID.fullmatch(written):
        return None, [finding("not_identifier", row.cell_at("id"), {"value": written})]
    before = base.sheets.get(written) if written else base.titled(title)
    given["id"] = written or (before.entry.id if before else new_id(title, base.sheets))
    given["topic"] = _folder(str(given.get("topic", "")), base) or _topic(table, before, base)
    if before is None and not is_listed and not given.get("phrases"):
        given["phrases"] = (title,)
    values = {**(base.values(before) if before else NOTHING), **given}
    missing = [
        finding("cell_missing", row.cell_at(needed), {"field": heading("faq", needed)})
        for needed in ("title", "answer")
        if not values[needed]
    ]
    return Entry(values, {name: cell.at for name, cell in row.cells.items()}, row.at, before), missing


def _own(row: Row, base: Base) -> dict[str, Value]:
    """A blank cell says that there is nothing."""
    return {
        name: value_in(name, cell.text, compounds=base.compounds)
        for name, cell in row.cells.items()
        if name in COLUMNS
    }


def _foreign(row: Row, base: Base) -> dict[str, Value]:
    """A blank cell says nothing. FastGPT has its questions in a column of their own; where no answer stands
    beside them they are pieces of text."""
    given = {name: value for name, value in _own(row, base).items() if value}
    question = " ".join(lines(row.text("question")))
    if "answer" not in given:
        given["answer"], question = row.text("question"), ""
    phrases = _without_numbers(lines(row.text("phrases")))
    asked = tuple(dict.fromkeys([question, *phrases] if question else phrases))
    if asked:
        given["phrases"] = asked
    if "title" not in given:
        given["title"] = asked[0] if asked else _beginning(str(given["answer"]))
    return given


def _without_numbers(phrases: Sequence[str]) -> tuple[str, ...]:
    """Without the “1. ” and “2. ” of a list that counts its lines."""
    found = [(number, _NUMBERING.match(phrase), phrase) for number, phrase in enumerate(phrases, start=1)]
    return tuple(
        phrase[mark.end() :] if mark and int(mark[1]) == number else phrase for number, mark, phrase in found
    )


def _beginning(answer: str) -> str:
    first = next(iter(lines(answer)), "")
    return first if len(first) <= _LONGEST_TITLE else first[: _LONGEST_TITLE - 1] + "…"


def _folder(name: str, base: Base) -> str:
    """What a topic's folder may be called; those that are there are called what they are."""
    return name if name in base.topics else _NOT_IN_TOPICS.sub("-", name).strip("-")


def _topic(table: Table, before: FaqSheet | None, base: Base) -> str:
    """Where no cell says it: the topic that the sheet is named for, else where the entry lies."""
    title = _folder(table.at.sheet.strip(), base)
    if title in base.topics:
        return title
    if before is not None:
        return before.entry.topic
    unnamed = "|".join(map(re.escape, vocabulary().unnamed))
    return _UNNAMED_TOPIC if re.fullmatch(rf"(({unnamed})\d*)?", title.lower()) else title


def _joined(first: Entry, second: Entry) -> Entry | None:
    """One entry over several rows, with merged cells or blanks beside its phrases; None if they disagree."""
    before = first.values
    for name, value in second.values.items():
        if name not in LISTS and value not in ("", before[name]):
            return None
    lists = {name: tuple(dict.fromkeys([*before[name], *second.values[name]])) for name in LISTS}
    return replace(first, values={**before, **lists})
