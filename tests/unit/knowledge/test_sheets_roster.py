"""The roster out to a workbook and back in."""

from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from knowledge.library import read_knowledge
from knowledge.model import Scope
from knowledge.sheets.plan import ChangeKind, Plan, apply
from tests.unit.knowledge.books import (
    as_other_programs_save_it,
    book_with,
    contents,
    doubtful,
    edit,
    roster_book,
    roster_plan,
    row_of,
    write,
    wrong,
)
from tests.unit.knowledge.editing import replace

PEOPLE, GRIDS = "人员", "网格"


def names(plan: Plan, kind: ChangeKind) -> list[str]:
    return [change.name for change in plan.changes if change.kind is kind]


def fields(plan: Plan) -> dict[str, list[tuple[str, str, str]]]:
    return {
        change.name: [(field.header, field.before, field.after) for field in change.fields]
        for change in plan.changes
    }


def test_what_was_exported_changes_nothing(folder: Path) -> None:
    plan = roster_plan(folder, roster_book(folder))

    assert (plan.changes, plan.findings, dict(plan.files), plan.reordered) == ((), (), {}, False)
    assert plan.unchanged == 15


def test_a_file_saved_by_another_program_changes_nothing(folder: Path) -> None:
    plan = roster_plan(folder, as_other_programs_save_it(roster_book(folder)))

    assert (plan.changes, plan.findings) == ((), ())


def test_a_person_with_everything_survives_the_way_out_and_back(folder: Path) -> None:
    full = (
        '{名: 孙丽, 角色: 网格员, 电话: "13900000003", 单位: "A、B公司", '
        "负责: [锦绣园1号楼, 锦绣园 3-4号楼], "
        '替补: 马师傅, 账号: {staff: SunLi, tg: "123456789"}, 到岗: 2026-01-01, 离岗: 2027/12/31}'
    )
    replace(folder, "people.yaml", '{名: 孙丽, 角色: 网格员, 电话: "13900000003"}', full)
    replace(folder, "places.yaml", "网格员: 李敏, 顶班: 赵强", "网格员: 孙丽")
    before = read_knowledge(folder)
    book = roster_book(folder)

    assert roster_plan(folder, book).changes == ()
    replace(folder, "people.yaml", full, "{名: 孙丽, 角色: 楼长}")
    replace(folder, "places.yaml", "网格员: 孙丽, 顶班: 赵强", "网格员: 赵强")
    apply(folder, roster_plan(folder, book))

    after = read_knowledge(folder)
    assert (after.staff, after.grids) == (before.staff, before.grids)


def test_the_columns_are_those_of_the_field(folder: Path) -> None:
    book = load_workbook(roster_book(folder))

    people, grids = book[PEOPLE], book[GRIDS]
    assert [cell.value for cell in people[1]] == [
        *["姓名", "角色", "单位", "电话", "负责楼栋", "账号:staff", "开始", "结束", "替补", "顶班", "网格"]
    ]
    assert [cell.value for cell in people[2]] == [
        *["李敏", "网格员", None, "13900000001", None, None, None, None, None, "赵强", "幸福里第一网格"]
    ]
    assert [cell.value for cell in grids[2]] == ["幸福里第一网格", "幸福里 1-6号楼"]


def test_new_changed_and_removed_people_are_told_and_nothing_is_touched(folder: Path) -> None:
    def change(sheet: Worksheet) -> None:
        write(sheet, "何静", "结束", datetime(2026, 12, 31))
        write(sheet, "马师傅", "电话", 13900000099)
        write(sheet, "赵强", "账号:staff", "ZhaoQiang")
        sheet.delete_rows(row_of(sheet, "陈秀英"))
        sheet.append(["周新", "楼长", None, 13900000044.0, "幸福里4号楼、幸福里 6号楼"])

    before = contents(folder)
    plan = roster_plan(folder, edit(roster_book(folder), PEOPLE, change))

    assert fields(plan) == {
        "何静": [("结束", "", "2026-12-31")],
        "马师傅": [("电话", "13900000020", "13900000099")],
        "赵强": [("账号:staff", "", "ZhaoQiang")],
        "周新": [],
        "陈秀英": [],
    }
    assert (names(plan, ChangeKind.ADDED), names(plan, ChangeKind.REMOVED)) == (["周新"], ["陈秀英"])
    assert plan.is_sound
    assert contents(folder) == before

    apply(folder, plan)

    staff = read_knowledge(folder).staff
    assert str(staff["何静"].until) == "2026-12-31"
    assert staff["马师傅"].phone == "13900000099"
    assert staff["赵强"].accounts == {"staff": "ZhaoQiang"}
    assert staff["周新"].buildings == (("幸福里", "4"), ("幸福里", "6"))
    assert "陈秀英" not in staff
    assert [file for file in before if contents(folder)[file] != before[file]] == ["people.yaml"]


def test_remarks_and_everything_beside_the_lists_stay_in_the_files(folder: Path) -> None:
    replace(folder, "people.yaml", "  - {名: 赵强", "  # 下半年换人\n  - {名: 赵强")
    before = (folder / "people.yaml").read_text(encoding="utf-8")

    book = edit(roster_book(folder), PEOPLE, lambda sheet: write(sheet, "赵强", "电话", "13900000077"))
    apply(folder, roster_plan(folder, book))

    after = (folder / "people.yaml").read_text(encoding="utf-8")
    assert after == before.replace('"13900000002"', '"13900000077"')


def test_the_order_of_call_is_the_order_of_the_rows(folder: Path) -> None:
    def to_the_end(sheet: Worksheet) -> None:
        row = [cell.value for cell in sheet[row_of(sheet, "李敏")]]
        sheet.delete_rows(row_of(sheet, "李敏"))
        sheet.append(row)

    plan = roster_plan(folder, edit(roster_book(folder), PEOPLE, to_the_end))

    assert (plan.changes, plan.reordered) == ((), True)
    apply(folder, plan)
    assert [*read_knowledge(folder).staff][-1] == "李敏"


def test_grids_change_hands_on_the_sheet_of_people(folder: Path) -> None:
    def change(sheet: Worksheet) -> None:
        write(sheet, "李敏", "网格", None)
        write(sheet, "李敏", "顶班", None)
        write(sheet, "孙丽", "网格", "幸福里第一网格\n锦绣园网格")
        write(sheet, "孙丽", "顶班", "李　敏\n无")

    plan = roster_plan(folder, edit(roster_book(folder), PEOPLE, change))

    assert fields(plan) == {
        "幸福里第一网格": [("网格员", "李敏", "孙丽"), ("顶班", "赵强", "李敏")],
        "锦绣园网格": [("顶班", "赵强", "")],
    }
    apply(folder, plan)
    first, _, third = read_knowledge(folder).grids
    assert (first.worker, first.stand_in, third.worker, third.stand_in) == ("孙丽", "李敏", "孙丽", None)
    assert roster_plan(folder, roster_book(folder)).changes == ()


def test_a_new_grid_is_described_on_one_sheet_and_given_on_the_other(folder: Path) -> None:
    book = edit(roster_book(folder), GRIDS, lambda sheet: sheet.append(["新网格", "锦绣园 7-8号楼"]))
    book = edit(book, GRIDS, lambda sheet: write(sheet, "锦绣园网格", "范围", "锦绣园 1-6号楼"))
    book = edit(book, PEOPLE, lambda sheet: write(sheet, "孙丽", "网格", "锦绣园网格、新网格"))

    apply(folder, roster_plan(folder, book))

    grids = {grid.name: grid for grid in read_knowledge(folder).grids}
    assert grids["新网格"].scopes == (Scope("锦绣园", 7, 8),)
    assert (grids["新网格"].worker, grids["新网格"].stand_in) == ("孙丽", "赵强")


def test_every_mistake_is_told_by_sheet_row_and_column(folder: Path) -> None:
    def spoil(sheet: Worksheet) -> None:
        write(sheet, "李敏", "电话", "1390000")
        write(sheet, "赵强", "顶班", "李民")
        write(sheet, "孙丽", "角色", "网格院")
        write(sheet, "周海燕", "结束", "年底")
        write(sheet, "周海燕", "替补", "何敬")
        write(sheet, "何静", "网格", "锦绣园网格")
        write(sheet, "马师傅", "网格", "翠湖里网格")
        write(sheet, "郑经理", "角色", None)
        write(sheet, "吴主任", "顶班", "李敏")
        write(sheet, "刘律师", "替补", "李敏")
        write(sheet, "张桂兰", "负责楼栋", "幸福里13号楼")
        write(sheet, "王建国", "负责楼栋", "5号楼")
        sheet.append([None, "楼长", None, "13900000044"])
        sheet.append(["李敏", "社区书记"])

    book = edit(roster_book(folder), PEOPLE, spoil)
    book = edit(book, GRIDS, lambda sheet: write(sheet, "幸福里第一网格", "范围", "幸福里 1-60号楼"))
    book = edit(book, GRIDS, lambda sheet: sheet.append(["没人的网格", "锦绣园"]))
    told = wrong(roster_plan(folder, book))

    assert told == [
        (PEOPLE, 2, "D", "“1390000”不像电话号码"),
        (PEOPLE, 3, "J", "人员名单里没有“李民”"),
        (PEOPLE, 4, "B", "没有“网格院”这个角色"),
        (PEOPLE, 5, "H", "“年底”不是日期，或者没有这一天"),
        (PEOPLE, 5, "I", "人员名单里没有“何敬”"),
        (PEOPLE, 6, "K", "网格“锦绣园网格”已经归“孙丽”（“人员”第4行）"),
        (PEOPLE, 7, "K", "没有叫“翠湖里网格”的网格"),
        (PEOPLE, 8, "B", "缺少“角色”"),
        (PEOPLE, 9, "J", "“顶班”和“网格”对不上"),
        (PEOPLE, 10, "E", "“幸福里”没有13号楼（1到12号）"),
        (PEOPLE, 11, "E", "“5号楼”不是楼栋范围"),
        (PEOPLE, 13, "I", "“李敏”不能给“刘律师”当替补"),
        (PEOPLE, 14, "A", "缺少“姓名”"),
        (PEOPLE, 15, "A", "“李敏”在“人员”第2行已经有了，两处写的不一样"),
        (GRIDS, 2, "B", "“幸福里”没有60号楼（1到12号）"),
        (GRIDS, 5, "", "网格“没人的网格”没有网格员"),
    ]


def test_somebody_whom_another_file_needs_cannot_go(folder: Path) -> None:
    book = edit(roster_book(folder), PEOPLE, lambda sheet: sheet.delete_rows(row_of(sheet, "刘律师")))

    plan = roster_plan(folder, book)

    (told,) = wrong(plan)
    assert told[0].startswith("legal.yaml:")
    assert told[3] == "人员名单里没有“刘律师”"


def test_a_worker_who_goes_leaves_a_grid_that_is_told(folder: Path) -> None:
    book = edit(roster_book(folder), PEOPLE, lambda sheet: sheet.delete_rows(row_of(sheet, "孙丽")))

    assert (GRIDS, 4, "", "网格“锦绣园网格”没有网格员") in wrong(roster_plan(folder, book))


def test_doubts_are_told_with_the_cell(folder: Path) -> None:
    book = edit(
        roster_book(folder), GRIDS, lambda sheet: write(sheet, "锦绣园网格", "范围", "锦绣园 1-7号楼")
    )

    plan = roster_plan(folder, book)

    assert plan.is_sound
    assert any("8号楼不在任何网格里" in message for *_, message in doubtful(plan))


# -- what people do to workbooks --------------------------------------------------------------------------


def test_several_sheets_of_people_with_merged_cells_are_one_roster(folder: Path, tmp_path: Path) -> None:
    staff = [
        ["幸福社区网格员名册", None, None, None],
        ["序号", "姓　名", "职务", "联系电话"],
        [1, "李　敏", "网格员", 13900000001],
        [2, "赵　强", None, 13900000002],
        [3, "孙　丽", None, 13900000003],
    ]
    rest = [
        [["姓名", "角色", "手机", "负责楼栋"]],
        [["周海燕", "社区书记", "13900000010"]],
        [["何静", "社区管理员", "13900000011"]],
        [["马师傅", "物业维修", "13900000020"]],
        [["郑经理", "物业经理", "13900000021"]],
        [["吴主任", "街道干部", "13900000030"]],
        [["张桂兰", "楼长", "13900000043", "幸福里3号楼"], [None, None, None, "幸福里4号楼"]],
        [["王建国", "楼长", "13900000045", "幸福里5号楼"]],
        [["陈秀英", "楼长", "13900000048", "幸福里8号楼"]],
        [["刘律师", "公益律师", "13900000060"]],
    ]
    path = book_with(tmp_path / "a.xlsx", staff, title="网格员")
    book = load_workbook(path)
    book["网格员"].merge_cells("A1:D1")
    book["网格员"].merge_cells("C3:C5")
    other = book.create_sheet("其他人")
    for group in rest:
        for row in group:
            other.append(row)
    for column in "ABC":
        other.merge_cells(f"{column}7:{column}8")
    book.save(path)

    plan = roster_plan(folder, path)

    assert fields(plan) == {"张桂兰": [("负责楼栋", "幸福里3号楼", "幸福里3号楼\n幸福里4号楼")]}
    assert (plan.findings, plan.reordered) == ((), False)


def test_a_missing_column_leaves_what_is_there(folder: Path) -> None:
    def without_grids(sheet: Worksheet) -> None:
        sheet.delete_cols(9, 3)
        sheet.delete_cols(4)

    book = edit(roster_book(folder), PEOPLE, without_grids)

    assert roster_plan(folder, book).changes == ()


@pytest.mark.parametrize(
    "heading", ["账号:staff", "账号：staff", "账号（staff）", "账号 staff", "帐号-staff"]
)
def test_accounts_of_a_channel_have_a_column(folder: Path, heading: str) -> None:
    def change(sheet: Worksheet) -> None:
        sheet.cell(1, 6).value = heading
        sheet.cell(row_of(sheet, "李敏"), 6).value = "LiMin"

    apply(folder, roster_plan(folder, edit(roster_book(folder), PEOPLE, change)))

    assert read_knowledge(folder).staff["李敏"].accounts == {"staff": "LiMin"}


def test_an_account_without_a_channel_is_told(folder: Path) -> None:
    def change(sheet: Worksheet) -> None:
        sheet.cell(1, 6).value = "账号"
        sheet.cell(2, 6).value = "LiMin"

    plan = roster_plan(folder, edit(roster_book(folder), PEOPLE, change))

    assert doubtful(plan) == [(PEOPLE, 1, "F", "“账号”这一列没有认出来，没有导入")]
    assert "“账号:渠道名”" in plan.findings[0].mend


def test_a_key_that_no_column_knows_is_kept(folder: Path) -> None:
    replace(folder, "people.yaml", "{名: 李敏,", "{名: 李敏, 账号: {tg: Li}, ")
    book = roster_book(folder)

    def change(sheet: Worksheet) -> None:
        sheet.delete_cols(6)  # the accounts in tg
        write(sheet, "李敏", "电话", "13900000088")

    apply(folder, roster_plan(folder, edit(book, PEOPLE, change)))

    assert read_knowledge(folder).staff["李敏"].accounts == {"tg": "Li"}
