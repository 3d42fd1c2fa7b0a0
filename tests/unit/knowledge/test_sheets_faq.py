"""FAQ entries out to a workbook and back in."""

from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from knowledge.library import KnowledgeError, read_knowledge
from knowledge.sheets.files import EditedMeanwhile
from knowledge.sheets.plan import Change, ChangeKind, Plan, apply
from tests.unit.knowledge.books import (
    as_other_programs_save_it,
    book_with,
    contents,
    doubtful,
    edit,
    faq_book,
    faq_plan,
    row_of,
    write,
    wrong,
)
from tests.unit.knowledge.editing import replace

HEADINGS = ["编号", "标题", "问法", "答案"]


def named(plan: Plan, kind: ChangeKind) -> list[str]:
    return [change.name.split(" ")[0] for change in plan.changes if change.kind is kind]


def only(plan: Plan) -> Change:
    (change,) = plan.changes
    return change


def test_what_was_exported_changes_nothing(folder: Path) -> None:
    plan = faq_plan(folder, faq_book(folder))

    assert (plan.changes, plan.findings, dict(plan.files)) == ((), (), {})
    assert plan.unchanged == len(read_knowledge(folder).faqs)


def test_a_file_saved_by_another_program_changes_nothing(folder: Path) -> None:
    plan = faq_plan(folder, as_other_programs_save_it(faq_book(folder)))

    assert (plan.changes, plan.findings) == ((), ())
    assert plan.unchanged == len(read_knowledge(folder).faqs)


def test_everything_survives_a_way_through_an_empty_neighbourhood(folder: Path) -> None:
    before = read_knowledge(folder).faqs
    book = faq_book(folder)
    for file in folder.glob("faq/*/*.md"):
        file.unlink()

    apply(folder, faq_plan(folder, book))

    assert read_knowledge(folder).faqs == before


def test_odd_texts_survive_the_way_out_and_back(folder: Path) -> None:
    odd = folder / "faq" / "property" / "odd.md"
    odd.write_text(
        "---\nid: odd\n标题: '=1+1：\"引号\"、[括号]　宽'\n问法:\n  - '@网格员'\n  - \"-3号楼\"\n---\n"
        "- 第一\n\n    四格  \n|表|格|\n　　全角开头，\\反斜杠\n",
        encoding="utf-8",
    )
    before = read_knowledge(folder).faqs["odd"]
    book = faq_book(folder)

    assert faq_plan(folder, book).changes == ()
    odd.unlink()
    apply(folder, faq_plan(folder, book))
    assert read_knowledge(folder).faqs["odd"] == before


def test_no_cell_of_an_export_is_a_formula(folder: Path) -> None:
    replace(folder, "faq/property/property-fee.md", "幸福里物业费每平方米", "=HYPERLINK(1)\n每平方米")
    replace(folder, "faq/property/property-fee.md", "标题: 物业费标准与缴纳", '标题: "@SUM(1)"')

    book = load_workbook(faq_book(folder))

    cells = [
        cell for sheet in book for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)
    ]
    assert not [cell.value for cell in cells if cell.value[0] in "=+-@" or cell.data_type == "f"]
    assert "'@SUM(1)" in [cell.value for cell in cells]


def test_days_are_days_and_a_topic_is_a_sheet(folder: Path) -> None:
    book = load_workbook(faq_book(folder))

    assert book.sheetnames == sorted(path.name for path in (folder / "faq").iterdir())
    sheet = book["property"]
    assert [cell.value for cell in sheet[1]] == [
        *["编号", "标题", "问法", "答案", "适用", "来源", "更新于", "有效期至", "负责人", "相关", "类别"]
    ]
    assert sheet.cell(row_of(sheet, "property-fee"), 7).value == datetime(2026, 11, 21)


def test_new_changed_and_removed_entries_are_told_and_nothing_is_touched(folder: Path) -> None:
    def change(sheet: Worksheet) -> None:
        write(sheet, "property-fee", "答案", "一平方米1.30元。")
        sheet.delete_rows(row_of(sheet, "dead-car"))
        sheet.append([None, "电梯年检", "电梯多久检一次\n谁检电梯", "一年一次。"])

    before = contents(folder)
    plan = faq_plan(folder, edit(faq_book(folder), "property", change))

    assert named(plan, ChangeKind.REMOVED) == ["dead-car"]
    assert [field.header for field in next(iter(plan.changes)).fields] == ["答案"]
    assert named(plan, ChangeKind.CHANGED) == ["property-fee"]
    (added,) = named(plan, ChangeKind.ADDED)
    assert wrong(plan) == []
    assert contents(folder) == before

    apply(folder, plan)

    knowledge = read_knowledge(folder)
    assert knowledge.faqs["property-fee"].answer == "一平方米1.30元。"
    assert "dead-car" not in knowledge.faqs
    assert knowledge.faqs[added].phrases == ("电梯多久检一次", "谁检电梯")
    assert knowledge.faqs[added].topic == "property"
    assert faq_plan(folder, faq_book(folder)).changes == ()
    assert not list(folder.glob(".import-*"))


def test_files_that_say_the_same_are_not_written(folder: Path) -> None:
    replace(folder, "faq/property/dead-car.md", "标题:", "# 等物业回话\n标题:")
    before = contents(folder)

    apply(folder, faq_plan(folder, edit(faq_book(folder), "property", _cheaper)))

    after = contents(folder)
    assert [file for file in before if before[file] != after[file]] == ["faq/property/property-fee.md"]


def _cheaper(sheet: Worksheet) -> None:
    write(sheet, "property-fee", "答案", "一平方米1.10元。")


def test_a_new_answer_leaves_the_remarks_in_the_head(folder: Path) -> None:
    replace(folder, "faq/property/property-fee.md", "标题:", "# 问过物业\n标题:")

    apply(folder, faq_plan(folder, edit(faq_book(folder), "property", _cheaper)))

    text = (folder / "faq" / "property" / "property-fee.md").read_text(encoding="utf-8")
    assert "# 问过物业\n标题: 物业费标准与缴纳" in text
    assert text.endswith("---\n一平方米1.10元。\n")


def test_another_topic_moves_the_file(folder: Path) -> None:
    plan = faq_plan(
        folder, edit(faq_book(folder), "property", lambda sheet: write(sheet, "dead-car", "类别", "safety"))
    )

    assert [(field.header, field.after) for field in only(plan).fields] == [("类别", "safety")]
    text = (folder / "faq" / "property" / "dead-car.md").read_text(encoding="utf-8")
    apply(folder, plan)
    assert (folder / "faq" / "safety" / "dead-car.md").read_text(encoding="utf-8") == text
    assert not (folder / "faq" / "property" / "dead-car.md").exists()


def test_topics_without_a_sheet_are_left_alone(folder: Path, tmp_path: Path) -> None:
    book = book_with(
        tmp_path / "a.xlsx", [HEADINGS, [None, "新的", "新的怎么办", "这样办。"]], title="新类别"
    )

    plan = faq_plan(folder, book)

    assert len(named(plan, ChangeKind.ADDED)) == 1
    assert named(plan, ChangeKind.REMOVED) == []
    assert [file.split("/")[1] for file in plan.files] == ["新类别"]


def test_every_mistake_is_told_by_sheet_row_and_column(folder: Path) -> None:
    def spoil(sheet: Worksheet) -> None:
        write(sheet, "property-fee", "答案", "打13912345678。")
        write(sheet, "property-fee", "有效期至", "年底")
        write(sheet, "parking-space", "标题", None)
        write(sheet, "parking-space", "适用", "幸福里、翠湖里")
        write(sheet, "dead-car", "编号", "Dead Car")
        write(sheet, "old-estate", "答案", "=A1")
        sheet.append(["dead-end", "断头路", None, None, "翠湖里"])

    book = edit(faq_book(folder), "property", spoil)
    sheet = load_workbook(book)["property"]
    told = wrong(faq_plan(folder, book))

    assert told == sorted(told, key=lambda mistake: (mistake[1], mistake[2]))
    assert {(row, column): message for _, row, column, message in told} == {
        (row_of(sheet, "property-fee"), "D"): "答案里的号码13912345678不在公开号码里",
        (row_of(sheet, "property-fee"), "H"): "“年底”不是日期，或者没有这一天",
        (row_of(sheet, "parking-space"), "B"): "缺少“标题”",
        (row_of(sheet, "parking-space"), "E"): "没有叫“翠湖里”的小区",
        (row_of(sheet, "Dead Car"), "A"): "“Dead Car”不能当编号",
        (row_of(sheet, "old-estate"), "D"): "这一格是公式，没有算好的结果",
        (row_of(sheet, "dead-end"), "D"): "缺少“答案”",
        (row_of(sheet, "dead-end"), "E"): "没有叫“翠湖里”的小区",
    }
    assert len(told) == 8
    assert {sheet_name for sheet_name, *_ in told} == {"property"}


def test_a_wrong_import_is_not_sound(folder: Path) -> None:
    plan = faq_plan(
        folder, edit(faq_book(folder), "property", lambda sheet: write(sheet, "dead-car", "答案", None))
    )

    assert not plan.is_sound
    assert wrong(plan)


def test_doubts_about_new_entries_are_told_and_those_known_before_are_not(folder: Path) -> None:
    def change(sheet: Worksheet) -> None:
        sheet.append(["new-one", "新条目", "物业费怎么交", "去窗口。", None, None, None, None, "没有的人"])

    plan = faq_plan(folder, edit(faq_book(folder), "property", change))

    assert plan.is_sound
    told = [(column, message) for _, _, column, message in doubtful(plan)]
    assert ("I", "人员名单里没有“没有的人”") in told
    assert any("物业费怎么交" in message for _, message in told)
    assert not any("还没有填" in message for _, message in told)


# -- what people do to workbooks --------------------------------------------------------------------------


def test_rows_with_merged_cells_are_one_entry(folder: Path, tmp_path: Path) -> None:
    book = book_with(
        tmp_path / "a.xlsx",
        [
            HEADINGS,
            ["one", "第一", "甲怎么办", "这样。"],
            [None, None, "乙怎么办", None],
            [None, None, "丙怎么办", None],
            ["two", "第二", "丁怎么办", "那样。"],
        ],
    )

    def merge(sheet: Worksheet) -> None:
        for column in "ABD":
            sheet.merge_cells(f"{column}2:{column}4")

    plan = faq_plan(folder, edit(book, "Sheet1", merge))
    apply(folder, plan)

    faqs = read_knowledge(folder).faqs
    assert faqs["one"].phrases == ("甲怎么办", "乙怎么办", "丙怎么办")
    assert faqs["one"].answer == "这样。"
    assert faqs["two"].phrases == ("丁怎么办",)


def test_one_id_with_two_answers_is_a_mistake(folder: Path, tmp_path: Path) -> None:
    rows = [HEADINGS, ["one", "第一", "甲怎么办", "这样。"], ["one", "第一", "乙怎么办", "那样。"]]

    told = wrong(faq_plan(folder, book_with(tmp_path / "a.xlsx", rows)))

    assert told == [("Sheet1", 3, "A", "“第一”在“Sheet1”第2行已经有了，两处写的不一样")]


def test_a_title_and_remarks_may_stand_above_the_heading(folder: Path, tmp_path: Path) -> None:
    rows = [["幸福社区问答库"], ["2026年整理"], ["序号", "标 题", "答案（必填）"], [1, "新的", "这样办。"]]

    plan = faq_plan(folder, book_with(tmp_path / "a.xlsx", rows))

    assert only(plan).name.endswith(" 新的")
    assert wrong(plan) == []


def test_what_is_not_read_is_told(folder: Path, tmp_path: Path) -> None:
    rows = [["标题", "答案", "有效期止", "口令"], ["新的", "这样办。", "2027-01-01", "芝麻"]]
    book = book_with(tmp_path / "a.xlsx", rows)
    extra = load_workbook(book)
    extra.create_sheet("说明").append(["这张表怎么填"])
    extra.save(book)

    told = doubtful(faq_plan(folder, book))

    assert ("Sheet1", 1, "C", "“有效期止”这一列没有认出来，没有导入") in told
    assert ("Sheet1", 1, "D", "“口令”这一列没有认出来，没有导入") in told
    assert ("说明", 0, "", "这张表没有认出表头，没有导入") in told


def test_a_workbook_without_a_known_table_is_a_mistake(folder: Path, tmp_path: Path) -> None:
    plan = faq_plan(folder, book_with(tmp_path / "a.xlsx", [["甲", "乙"], ["一", "二"]]))

    assert ("", 0, "", "这个文件里没有认得的表") in wrong(plan)


def test_a_missing_column_leaves_what_is_there(folder: Path, tmp_path: Path) -> None:
    rows = [["编号", "问法"], ["property-fee", "物业费去哪交\n物业费几月交"]]

    plan = faq_plan(folder, book_with(tmp_path / "a.xlsx", rows))
    before = read_knowledge(folder).faqs["property-fee"]
    apply(folder, plan)

    after = read_knowledge(folder).faqs["property-fee"]
    assert [field.header for field in only(plan).fields] == ["问法"]
    assert (after.title, after.answer, after.topic) == (before.title, before.answer, before.topic)
    assert after.phrases == ("物业费去哪交", "物业费几月交")


def test_full_width_spaces_and_digits_and_days_as_numbers_are_read(folder: Path, tmp_path: Path) -> None:
    rows = [
        ["编号", "标题", "答案", "更新于", "有效期至", "负责人", "适用"],
        ["　ｎｅｗ－１　", "　新的　", "这样办。", 46347, "２０２７年６月３０日", "何　静", "幸福里，锦绣园"],
    ]

    plan = faq_plan(folder, book_with(tmp_path / "a.xlsx", rows))
    apply(folder, plan)

    entry = read_knowledge(folder).faqs["new-1"]
    assert (entry.title, entry.owner, entry.compounds) == ("新的", "何静", ("幸福里", "锦绣园"))
    assert (str(entry.updated_on), str(entry.valid_until)) == ("2026-11-21", "2027-06-30")


def test_an_id_cannot_lead_out_of_the_folder(folder: Path, tmp_path: Path) -> None:
    rows = [
        ["编号", "标题", "答案", "类别"],
        ["../../x", "坏的", "这样。", None],
        ["ok", "好的", "这样。", "../.."],
    ]

    plan = faq_plan(folder, book_with(tmp_path / "a.xlsx", rows))

    assert wrong(plan)[0][1:3] == (2, "A")
    assert all(".." not in Path(file).parts for file in plan.files)


# -- lists from other programs ----------------------------------------------------------------------------

MAXKB = [
    "分段标题（选填）",
    "分段内容（必填，问题答案，最长不超过4096个字符）",
    "问题（选填，单元格内一行一个）",
]


def test_a_maxkb_list_is_taken_in(folder: Path, tmp_path: Path) -> None:
    rows = [
        MAXKB,
        ["供暖时间", "十一月十五日开始。", "几号供暖\n啥时候来暖气"],
        [None, "收费窗口在一楼。", "在哪交暖气费"],
        ["只有正文", "说明文字。", None],
    ]
    book = book_with(tmp_path / "a.xlsx", rows, title="供热.docx")

    apply(folder, faq_plan(folder, book))

    faqs = {entry.title: entry for entry in read_knowledge(folder).faqs.values()}
    assert faqs["供暖时间"].phrases == ("几号供暖", "啥时候来暖气")
    assert faqs["供暖时间"].topic == "供热-docx"
    assert faqs["在哪交暖气费"].answer == "收费窗口在一楼。"
    assert faqs["只有正文"].phrases == ("只有正文",)
    assert faq_plan(folder, book).changes == ()


def test_a_fastgpt_list_is_taken_in(folder: Path, tmp_path: Path) -> None:
    rows = [
        [" Q ", "A", "Indexes"],
        ["几号供暖", "十一月十五日开始。", "1. 啥时候来暖气\n2. 供暖时间", "暖气哪天来"],
        ["一段没有答案的文字，讲的是怎么开阀门，很长很长很长。", None, "怎么开阀门"],
        [None, None, None],
    ]
    book = book_with(tmp_path / "a.xlsx", rows)

    apply(folder, faq_plan(folder, book))

    faqs = {entry.title: entry for entry in read_knowledge(folder).faqs.values()}
    assert faqs["几号供暖"].phrases == ("几号供暖", "啥时候来暖气", "供暖时间", "暖气哪天来")
    assert faqs["几号供暖"].topic == "imported"
    assert faqs["怎么开阀门"].answer == rows[2][0]
    assert faq_plan(folder, book).changes == ()


def test_a_list_from_elsewhere_changes_the_entry_of_that_title_and_removes_none(
    folder: Path, tmp_path: Path
) -> None:
    rows = [MAXKB, ["物业费标准与缴纳", "一平方米1.30元。", None]]
    before = read_knowledge(folder).faqs["property-fee"]

    plan = faq_plan(folder, book_with(tmp_path / "a.xlsx", rows, title="property"))
    apply(folder, plan)

    after = read_knowledge(folder).faqs
    assert [field.header for field in only(plan).fields] == ["答案"]
    assert after["property-fee"].answer == "一平方米1.30元。"
    assert after["property-fee"].phrases == before.phrases
    assert len(after) == plan.unchanged + 59


# -- putting files in place -------------------------------------------------------------------------------


def test_an_edit_made_meanwhile_is_not_overwritten(folder: Path) -> None:
    plan = faq_plan(folder, edit(faq_book(folder), "property", _cheaper))
    replace(folder, "faq/property/property-fee.md", "1.20元", "1.25元")

    with pytest.raises(EditedMeanwhile):
        apply(folder, plan)

    assert "1.25元" in (folder / "faq" / "property" / "property-fee.md").read_text(encoding="utf-8")


def test_a_failure_half_way_puts_everything_back(folder: Path, tmp_path: Path) -> None:
    def change(sheet: Worksheet) -> None:
        _cheaper(sheet)
        sheet.append(["zz-last", "最后一条", "最后怎么办", "这样办。"])

    plan = faq_plan(folder, edit(faq_book(folder), "property", change))
    before = contents(folder)
    (folder / "faq" / "property" / "zz-last.md").mkdir()  # in the way of the last file

    with pytest.raises(OSError, match="zz-last"):
        apply(folder, plan)

    (folder / "faq" / "property" / "zz-last.md").rmdir()
    assert contents(folder) == before


def test_a_base_that_is_wrong_itself_takes_nothing_in(folder: Path) -> None:
    book = faq_book(folder)
    replace(folder, "places.yaml", "网格员: 李敏", "网格员: 李明")

    with pytest.raises(KnowledgeError):
        faq_plan(folder, book)
