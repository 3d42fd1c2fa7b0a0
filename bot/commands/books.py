"""What the commands about workbooks share: what an import would change, and carrying it out."""

import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from bot.clock import SystemClock, local_day
from bot.commands.common import fail
from knowledge.problems import KnowledgeError, Level, sentences
from knowledge.replies import render
from knowledge.sheets.files import EditedMeanwhile
from knowledge.sheets.findings import Finding
from knowledge.sheets.plan import Change, ChangeKind, Plan, apply
from knowledge.sheets.workbook import BookRefused, RawSheet, SheetTable, read_book, write_book

MakePlan = Callable[[Path, Sequence[RawSheet], date], Plan]

_TITLES = {ChangeKind.ADDED: "新增", ChangeKind.CHANGED: "改动", ChangeKind.REMOVED: "删除"}
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
        fail(f"{error}\n现在的资料本身有错，先改好再导入。")
    _show(plan)
    if not plan.is_sound:
        print("有错，一处都没有导入。改好表格再来一遍。")
        sys.exit(1)
    if not plan.changes_anything:
        print("和现在的资料一样，没有要改的。")
    elif not confirmed:
        print("以上只是预览，什么都没有改。没问题就在命令后面加上 --yes 再来一遍。")
    else:
        _carry_out(folder, plan)


def _carry_out(folder: Path, plan: Plan) -> None:
    try:
        apply(folder, plan)
    except EditedMeanwhile as edited:
        fail(f"{edited.file} 刚刚被人改过，什么都没有导入。再来一遍，看看新的预览。")
    except OSError as error:
        fail(f"写不了 {error.filename or folder}：{error.strerror}。资料还是原来的样子。")
    print("已经导入，几秒钟后生效。")


def _show(plan: Plan) -> None:
    for kind, title in _TITLES.items():
        changes = [change for change in plan.changes if change.kind is kind]
        if changes:
            print(f"{title} {len(changes)} 条：")
        for change in changes:
            _show_change(change)
    print(f"不变 {plan.unchanged} 条" + ("，顺序有变" if plan.reordered else ""))
    for level, title in ((Level.ERROR, "退回"), (Level.WARNING, "提醒")):
        findings = [found for found in plan.findings if found.level is level]
        if findings:
            print(f"{title} {len(findings)} 处：")
        for found in findings:
            print(f"  {_where(found)}{found.message}；{found.mend}")


def _show_change(change: Change) -> None:
    where = f"（“{change.at.sheet}”第 {change.at.row} 行）" if change.at else ""
    print(f"  {_SIGNS[change.kind]} {change.name}{where}")
    for field in change.fields:
        print(f"      {field.header}：{_short(field.before)} → {_short(field.after)}")


def _short(text: str) -> str:
    flat = " / ".join(text.split("\n"))
    return (flat if len(flat) <= _LONGEST else flat[: _LONGEST - 1] + "…") or "（空）"


def _where(found: Finding) -> str:
    at = found.at
    if at is None:
        return f"{found.file}：" if found.file else ""
    row = f"第 {at.row} 行" if at.row else ""
    column = f" {at.letter} 列“{at.header}”" if at.column else ""
    return f"“{at.sheet}”{row}{column}：" if row else f"“{at.sheet}”："


def _fail_with(refusal: BookRefused) -> None:
    message, mend = sentences()[refusal.key]
    fail(f"{render(message, refusal.values)}；{render(mend, refusal.values)}。")
