"""Who answers for what, the shifts and who has them: out to the roster's workbook and back in."""

from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from knowledge.library import read_knowledge
from knowledge.sheets.plan import ChangeKind, Plan, apply
from tests.unit.knowledge.books import (
    as_other_programs_save_it,
    edit,
    roster_book,
    roster_plan,
    row_of,
    write,
    wrong,
)
from tests.unit.knowledge.editing import replace

RESPONSIBLE, SHIFTS, DUTIES = "归口", "班次", "值班"
DUTY = """# 我们这儿的
归口:
  # 签了合同的
  - {类别: [B6, H], 地点: [幸福里 1-6号楼, 锦绣园], 人: 马师傅, 依据: 物业服务合同}   # 到年底
  - {类别: A1, 人: 何静}
班次:
  - {班: 晚班, 日子: 工作日, 时间: "17:30-08:30"}
  - {班: 周末班, 日子: 周末, 时间: 8：30至20：30}
值班:
  - {班: 晚班, 日子: 周一至周四, 人: [赵强, 何静]}
  # 换过
  - 班: 晚班
    日子: 2026/11/25
    人: 李敏
  - {班: 周末班, 日子: 周六、周日, 人: [孙丽]}
"""


@pytest.fixture
def duty(folder: Path) -> Path:
    path = folder / "duty.yaml"
    path.write_text(DUTY, encoding="utf-8")
    return path


def told(plan: Plan) -> list[tuple[ChangeKind, str, list[tuple[str, str, str]]]]:
    return [
        (
            change.kind,
            change.name,
            [(field.header, field.before, field.after) for field in change.fields],
        )
        for change in plan.changes
    ]


def emptied(folder: Path) -> Path:
    """The workbook with the heading of each sheet of duty.yaml and nothing else."""
    book = roster_book(folder)
    for title in (RESPONSIBLE, SHIFTS, DUTIES):
        edit(book, title, lambda sheet: sheet.delete_rows(2, sheet.max_row))
    return book


def test_what_was_exported_changes_nothing(folder: Path, duty: Path) -> None:
    for book in (roster_book(folder), as_other_programs_save_it(roster_book(folder))):
        plan = roster_plan(folder, book)

        assert (plan.changes, plan.findings, dict(plan.files), plan.reordered) == ((), (), {}, False)
        assert plan.unchanged == 15 + 7


def test_each_list_has_a_sheet_with_the_headings_of_the_file(folder: Path, duty: Path) -> None:
    book = load_workbook(roster_book(folder))

    assert [[[cell.value for cell in row] for row in book[title]] for title in (RESPONSIBLE, SHIFTS)] == [
        [
            ["类别", "地点", "人", "依据"],
            ["B6\nH", "幸福里 1-6号楼\n锦绣园", "马师傅", "物业服务合同"],
            ["A1", None, "何静", None],
        ],
        [["班", "日子", "时间"], ["晚班", "工作日", "17:30-08:30"], ["周末班", "周末", "8：30至20：30"]],
    ]
    assert [cell.value for cell in book[DUTIES][2]] == ["晚班", "周一至周四", "赵强\n何静"]


@pytest.mark.parametrize("left", ["归口: []\n班次: []\n值班: []\n", "# 还没有\n归口: []   # 以后写\n", None])
def test_everything_comes_back_into_a_file_that_says_nothing_or_is_gone(
    folder: Path, duty: Path, left: str | None
) -> None:
    before = read_knowledge(folder)
    book = roster_book(folder)
    if left is None:
        duty.unlink()
    else:
        duty.write_text(left, encoding="utf-8")

    plan = roster_plan(folder, book)
    assert [kind for kind, *_ in told(plan)] == [ChangeKind.ADDED] * 7
    apply(folder, plan)

    after = read_knowledge(folder)
    assert (after.responsibilities, after.rota) == (before.responsibilities, before.rota)
    assert roster_plan(folder, book).changes == ()


@pytest.mark.parametrize("text", ["归口: []   # 以后写\n", None])
def test_a_file_without_lists_is_left_alone_by_empty_sheets(folder: Path, text: str | None) -> None:
    if text is None:
        (folder / "duty.yaml").unlink()
    else:
        (folder / "duty.yaml").write_text(text, encoding="utf-8")

    plan = roster_plan(folder, roster_book(folder))

    assert (plan.changes, dict(plan.files)) == ((), {})


def test_rows_that_are_all_gone_leave_an_empty_list(folder: Path, duty: Path) -> None:
    plan = roster_plan(folder, emptied(folder))

    assert [(kind, name) for kind, name, _ in told(plan)] == [
        (ChangeKind.REMOVED, name)
        for name in (
            *("B6、H 幸福里 1-6号楼、锦绣园", "A1"),
            *("晚班", "周末班"),
            *("晚班 周一至周四", "晚班 2026/11/25", "周末班 周六、周日"),
        )
    ]
    apply(folder, plan)
    assert duty.read_text(encoding="utf-8") == "# 我们这儿的\n归口: []\n班次: []\n值班: []\n"
    assert read_knowledge(folder).rota.shifts == {}


def test_new_changed_and_removed_rows_are_told_and_written_where_they_stand(folder: Path, duty: Path) -> None:
    def swap(sheet: Worksheet) -> None:
        sheet.cell(3, 3).value = "何　静，李敏"
        sheet.delete_rows(4)
        sheet.append(["节假日班", "20261001", "周海燕\n李敏"])
        sheet.append(["晚班", datetime(2026, 12, 2), "孙丽"])

    book = edit(roster_book(folder), DUTIES, swap)
    edit(book, SHIFTS, lambda sheet: sheet.append(["节假日班", "节假日", "０８：３０－２０：３０"]))
    edit(book, RESPONSIBLE, lambda sheet: write(sheet, "A1", "依据", "书记交代的"))
    plan = roster_plan(folder, book)

    assert plan.findings == ()
    assert told(plan) == [
        (ChangeKind.CHANGED, "A1", [("依据", "", "书记交代的")]),
        (ChangeKind.ADDED, "节假日班", []),
        (ChangeKind.CHANGED, "晚班 2026-11-25", [("人", "李敏", "何静\n李敏")]),
        (ChangeKind.ADDED, "节假日班 2026-10-01", []),
        (ChangeKind.ADDED, "晚班 2026-12-02", []),
        (ChangeKind.REMOVED, "周末班 周六、周日", []),
    ]
    assert duty.read_text(encoding="utf-8") == DUTY

    apply(folder, plan)

    assert [*plan.files] == ["duty.yaml"]
    replace(folder, "duty.yaml", "人: 何静, 依据: 书记交代的}", "人: 何静}")
    after = duty.read_text(encoding="utf-8")
    assert after == (
        DUTY[: DUTY.index("值班:")]
        + '  - {班: 节假日班, 日子: 节假日, 时间: "08:30-20:30"}\n'
        + "值班:\n  - {班: 晚班, 日子: 周一至周四, 人: [赵强, 何静]}\n  # 换过\n"
        + '  - {班: 晚班, 日子: "2026/11/25", 人: [何静, 李敏]}\n'
        + "  - {班: 节假日班, 日子: 2026-10-01, 人: [周海燕, 李敏]}\n"
        + "  - {班: 晚班, 日子: 2026-12-02, 人: 孙丽}\n"
    )


def test_the_order_of_call_is_a_change(folder: Path, duty: Path) -> None:
    book = edit(roster_book(folder), DUTIES, lambda sheet: write(sheet, "晚班", "人", "何静、赵强"))

    assert told(roster_plan(folder, book)) == [
        (ChangeKind.CHANGED, "晚班 周一至周四", [("人", "赵强\n何静", "何静\n赵强")])
    ]


def test_every_mistake_is_told_by_sheet_row_and_column(folder: Path, duty: Path) -> None:
    def spoil(sheet: Worksheet) -> None:
        sheet.cell(2, 2).value = "礼拜八"
        sheet.cell(2, 3).value = "赵强、李民"
        sheet.cell(4, 1).value = "早班"
        sheet.append(["晚班", "周三", "王建国"])
        sheet.append(["晚班", "周三至周五", "孙丽"])
        sheet.append(["晚班", None, "孙丽"])
        sheet.append([None, "周六", "孙丽"])
        sheet.append(["晚班", "周六", None])

    def spoil_shifts(sheet: Worksheet) -> None:
        sheet.cell(3, 3).value = "晚上"
        sheet.append(["晚班", "阴天", "08:00-09:00"])
        sheet.append([None, "周末", "08:00-09:00"])

    def spoil_responsible(sheet: Worksheet) -> None:
        sheet.cell(2, 1).value = "B6、Z9"
        sheet.cell(2, 2).value = "翠湖里"
        sheet.cell(3, 3).value = "王某"
        sheet.append(["C1", "3号楼", None])

    book = edit(roster_book(folder), DUTIES, spoil)
    edit(book, SHIFTS, spoil_shifts)
    edit(book, RESPONSIBLE, spoil_responsible)
    found = wrong(roster_plan(folder, book))

    assert found == [
        (RESPONSIBLE, 2, "A", "没有编号为“Z9”的类别"),
        (RESPONSIBLE, 2, "B", "没有叫“翠湖里”的小区"),
        (RESPONSIBLE, 3, "C", "人员名单里没有“王某”"),
        (RESPONSIBLE, 4, "B", "“3号楼”不是楼栋范围"),
        (RESPONSIBLE, 4, "C", "缺少“人”"),
        (SHIFTS, 3, "C", "“晚上”不是一段钟点"),
        (SHIFTS, 4, "A", "“晚班”写了两次"),
        (SHIFTS, 4, "B", "“阴天”不在可选的内容里"),
        (SHIFTS, 5, "A", "缺少“班”"),
        (DUTIES, 2, "B", "“礼拜八”不是值班的日子"),
        (DUTIES, 2, "C", "人员名单里没有“李民”"),
        (DUTIES, 4, "A", "没有叫“早班”的班次"),
        (DUTIES, 5, "C", "“王建国”是楼长，不派单、不值班"),
        (DUTIES, 6, "B", "“晚班”同一天写了两行"),
        (DUTIES, 7, "B", "缺少“日子”"),
        (DUTIES, 8, "A", "缺少“班”"),
        (DUTIES, 9, "C", "缺少“人”"),
    ]


def test_somebody_on_duty_who_leaves_the_sheet_of_people_is_told_at_the_duty(
    folder: Path, duty: Path
) -> None:
    book = edit(roster_book(folder), "人员", lambda sheet: sheet.delete_rows(row_of(sheet, "何静")))

    found = wrong(roster_plan(folder, book))

    assert (RESPONSIBLE, 3, "C", "人员名单里没有“何静”") in found
    assert (DUTIES, 2, "C", "人员名单里没有“何静”") in found


def test_a_missing_column_or_sheet_leaves_what_is_there(folder: Path, duty: Path) -> None:
    book = load_workbook(roster_book(folder))
    del book[SHIFTS]
    book[RESPONSIBLE].delete_cols(4)
    book.save(folder.parent / "a.xlsx")

    assert roster_plan(folder, folder.parent / "a.xlsx").changes == ()


def test_a_new_row_without_a_column_it_needs_is_told(folder: Path, duty: Path) -> None:
    def change(sheet: Worksheet) -> None:
        sheet.delete_cols(2)
        sheet.append(["夜班", "20:00-08:00"])

    book = edit(roster_book(folder), SHIFTS, change)

    assert wrong(roster_plan(folder, book)) == [(SHIFTS, 4, "", "缺少“日子”")]
