"""What the commands about workbooks share: what an import would change, and carrying it out."""

import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from bot.clock import SystemClock, local_day
from bot.commands.common import fail
from knowledge.console import words
from knowledge.problems import KnowledgeError, Level, sentences
from knowledge.replies import render
from knowledge.sheets.files import EditedMeanwhile
from knowledge.sheets.findings import Finding
from knowledge.sheets.plan import Change, ChangeKind, Plan, apply
from knowledge.sheets.workbook import BookRefused, RawSheet, SheetTable, read_book, write_book

MakePlan = Callable[[Path, Sequence[RawSheet], date], Plan]

_SIGNS = {ChangeKind.ADDED: "+", ChangeKind.CHANGED: "~", ChangeKind.REMOVED: "-"}
_LONGEST = 40  # characters of a value shown before and after


def save_book(path: Path, tables: Sequence[SheetTable]) -> None:
    try:
        write_book(path, tables)
    except BookRefused as refusal:
        _fail_with(refusal)


def import_book(path: Path, folder: Path, make_plan: MakePlan, *, confirmed: bool) -> None:
    """Shows what would change; does it only if confirmed and nothing is wrong. A mistake is exit status 1."""
    try:
        plan = make_plan(folder, read_book(path), local_day(SystemClock().now()))
    except BookRefused as refusal:
        _fail_with(refusal)
    except KnowledgeError as error:
        fail(words("books.knowledge_broken", problems=error))
    _show(plan)
    if not plan.is_sound:
        print(words("books.not_sound"))
        sys.exit(1)
    if not plan.changes_anything:
        print(words("books.same"))
    elif not confirmed:
        print(words("books.preview"))
    else:
        _carry_out(folder, plan)


def _carry_out(folder: Path, plan: Plan) -> None:
    try:
        apply(folder, plan)
    except EditedMeanwhile as edited:
        fail(words("books.edited_meanwhile", file=edited.file))
    except OSError as error:
        fail(words("books.unwritable", file=error.filename or folder, reason=error.strerror))
    print(words("books.done"))


def _show(plan: Plan) -> None:
    for kind in _SIGNS:
        changes = [change for change in plan.changes if change.kind is kind]
        if changes:
            print(words(f"books.plan_{kind}", number=len(changes)))
        for change in changes:
            _show_change(change)
    print(words("books.reordered" if plan.reordered else "books.unchanged", number=plan.unchanged))
    for level in (Level.ERROR, Level.WARNING):
        findings = [found for found in plan.findings if found.level is level]
        if findings:
            print(words(f"books.found_{level}", number=len(findings)))
        for found in findings:
            print("  " + words("books.finding", where=_where(found), message=found.message, mend=found.mend))


def _show_change(change: Change) -> None:
    where = words("books.change_at", sheet=change.at.sheet, row=change.at.row) if change.at else ""
    print(f"  {_SIGNS[change.kind]} {change.name}{where}")
    for field in change.fields:
        before, after = _short(field.before), _short(field.after)
        print("      " + words("books.field", header=field.header, before=before, after=after))


def _short(text: str) -> str:
    flat = " / ".join(text.split("\n"))
    return (flat if len(flat) <= _LONGEST else flat[: _LONGEST - 1] + "…") or words("books.nothing")


def _where(found: Finding) -> str:
    at = found.at
    if at is None:
        return words("books.in_file", file=found.file) if found.file else ""
    if not at.row:
        return words("books.in_sheet", sheet=at.sheet)
    if not at.column:
        return words("books.in_row", sheet=at.sheet, row=at.row)
    return words("books.in_cell", sheet=at.sheet, row=at.row, letter=at.letter, header=at.header)


def _fail_with(refusal: BookRefused) -> None:
    message, mend = sentences()[refusal.key]
    message, mend = render(message, refusal.values), render(mend, refusal.values)
    fail(words("books.refused", message=message, mend=mend))
