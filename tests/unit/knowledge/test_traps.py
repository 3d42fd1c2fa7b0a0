"""Slips that YAML reads as something else: each gives the right value, or a clear error at its place."""

import re
from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.faq import read_faq
from knowledge.problems import Problem
from knowledge.shapes.neighbourhood import PlacesFile
from knowledge.shapes.offers import LegalFile
from knowledge.typed import read_sheet

HEAD = "id: a\n标题: 甲\n问法: [乙]\n"  # lines 2 to 4 of the file


def read(head: str, body: str = "答案。") -> list[Problem]:
    return read_faq(f"---\n{head}\n---\n{body}\n", file="faq/x/a.md")[1]


def source(written: str) -> str:
    sheet, problems = read_faq(f"---\n{HEAD}来源: {written}\n---\n答案。\n", file="faq/x/a.md")
    assert sheet is not None, [str(problem) for problem in problems]
    return sheet.entry.source


@pytest.mark.parametrize(
    "written", ["8:30", "010", "1_2", "no", "null", "~", "0x1F", "1e3", "2026-11-28", "甲：乙"]
)
def test_text_stays_what_was_written(written: str) -> None:
    assert source(written) == written


@pytest.mark.parametrize(
    "written", ['"#3号楼"', "'@网格员'", '"[公告] 停水"', '"办公时间: 周一"', '"“你好”"']
)
def test_quotes_protect_any_text(written: str) -> None:
    assert source(written) == written[1:-1]


def test_a_backslash_stays_in_single_quotes_and_plain_text() -> None:
    assert source(r"'燃气\b味'") == r"燃气\b味"
    assert source(r"燃气\b味") == r"燃气\b味"


def test_a_remark_after_a_space_is_a_remark() -> None:
    assert source("物业 # 每年核对") == "物业"


@pytest.mark.parametrize(
    ("line", "column", "says", "mend"),
    [
        ("有效期至: 2026-13-45", 7, "“2026-13-45”不是日期", "2026-11-28"),
        ("标题: 丙", 1, "“标题”写了两次（前一次在第 3 行）", "删掉另一处"),
        ("来源: #3号楼", 4, "“#”后面的字会被当成备注丢掉", "双引号"),
        ("来源: 物业 #3号楼", 5, "“#”后面的字会被当成备注丢掉", "双引号"),
        ("来源: @网格员", 5, "以“@”开头", "双引号"),
        ("来源: %50", 5, "以“%”开头", "双引号"),
        ("来源: *注意", 5, "以“*”开头", "双引号"),
        ("来源: *a", 5, "以“*”开头", "双引号"),
        ("来源: &公告 停水", 5, "以“&”开头", "双引号"),
        ("来源: &a 停水", 5, "以“&”开头", "双引号"),
        ("来源: !重要 停水", 5, "以“!”开头", "双引号"),
        ("来源: !a 停水", 5, "以“!”开头", "双引号"),
        ("来源: `停水`", 5, "以“`”开头", "双引号"),
        ("来源: |公告", 5, "以“|”开头", "双引号"),
        ("来源: [公告] 停水", 5, "以方括号开头", "双引号"),
        ("来源: 办公时间: 周一", 9, "两个“冒号加空格”", "中文冒号"),
        ("来源：物业", 3, "“来源”后面用了中文冒号", "英文冒号"),
        ("来源:物业", 3, "“来源”的冒号后面没有空格", "加一个空格"),
        ("来源:　物业", 4, "中文全角空格", "英文空格"),
        ("　来源: 物业", 1, "中文全角空格", "英文空格"),
        ("\t来源: 物业", 1, "Tab", "换成空格"),
        ("来源: “物业”", 5, "中文引号会原样显示", "删掉引号"),
        ('来源: "物业', 5, "引号没有配对", "补上"),
        ('来源: "物业"公司', 9, "引号后面还有字", "整句"),
        ('来源: "燃气\\b味"', 5, "“\\”有别的意思", "单引号"),
        ('来源: "燃气\\d味"', 8, "“\\”有别的意思", "单引号"),
        ("来源: [物业", 5, "括号没有配对", "成对"),
        ("来源: 物业\n  公司", 5, "断成了好几行", "写在一行里"),
        ("来源: >\n  物业", 5, "用了“>”", "“|”"),
        ("来源: 物\u200b业", 6, "看不见的字符（U+200B）", "重新输入"),
        ("来沅: 物业", 1, "“来沅”：没有这个字段，是不是“来源”？", "改成“来源”"),
        ("电话: 110", 1, "“电话”：没有这个字段", "“标题”"),
        ("  来源: 物业", 3, "缩进", "空格数"),
        ("适用: 甲", 5, "“适用”应该是一个列表", "[甲, 乙]"),
        ("适用: [甲，乙]", 6, "“甲，乙”里有中文标点", "英文逗号"),
        ("来源: [甲, 乙]", 5, "“来源”应该是一句话", "同一行"),
        ("来源: {甲: 乙，丙: 丁}", 10, "中文逗号", "英文逗号"),
        ("相关: - a", 5, "列表没有另起一行", "下一行"),
    ],
)
def test_a_slip_is_told_at_its_place_with_the_mend(line: str, column: int, says: str, mend: str) -> None:
    problems = read(HEAD + line)

    assert len(problems) == 1, [str(problem) for problem in problems]
    found = problems[0]
    assert (found.line, found.column) == (5, column)
    assert says in found.message
    assert mend in found.mend


@pytest.mark.parametrize(
    ("items", "says"),
    [
        ("  -物业费\n  -停车费", "“-”后面没有空格"),
        ("－ 物业费\n－ 停车费", "列表开头用了“－”"),
        ("— 物业费\n— 停车费", "列表开头用了“—”"),
        ("• 物业费\n• 停车费", "列表开头用了“•”"),
    ],
)
def test_every_bad_dash_of_a_list_is_told(items: str, says: str) -> None:
    problems = read(f"id: a\n标题: 甲\n问法:\n{items}")

    assert [problem.line for problem in problems] == [5, 6]
    assert all(says in problem.message for problem in problems)


def test_full_width_colons_everywhere_are_told_line_by_line() -> None:
    problems = read("id：a\n标题：甲\n问法：\n  - 乙")

    assert [(problem.line, problem.column) for problem in problems] == [(2, 3), (3, 3), (4, 3)]
    assert all("中文冒号" in problem.message for problem in problems)


def test_a_full_width_colon_on_a_list_is_told_on_its_own_line() -> None:
    (found,) = read("id: a\n标题: 甲\n问法：\n  - 乙\n来源: 丙")

    assert (found.line, found.column) == (4, 3)


def test_a_blank_optional_field_counts_as_left_out_and_a_blank_required_one_is_told() -> None:
    assert read(HEAD + "来源:\n相关:") == []
    (found,) = read("id: a\n标题:\n问法: [乙]")
    assert (found.line, found.column, found.message) == (3, 1, "“标题”后面是空的")


def test_all_mistakes_of_a_file_are_told_at_once() -> None:
    problems = read("标题: 甲\n问法: 乙\n有效期至: 明天\n来沅: 物业")

    assert [(problem.line, problem.column) for problem in problems] == [(2, 1), (3, 5), (4, 7), (5, 1)]


def test_the_answer_may_hold_every_sign() -> None:
    answer = "# 3号楼 @网格员\n- [公告] *注意* 8:30: %50\n标题不是字段"
    sheet, problems = read_faq(f"---\n{HEAD}---\n{answer}\n", file="faq/x/a.md")

    assert problems == []
    assert sheet is not None
    assert sheet.entry.answer == answer


def test_a_fence_in_the_middle_of_the_head_does_not_make_fields_an_answer() -> None:
    (found,) = read(HEAD + "---\n来源: 物业")

    assert found.line == 6
    assert "会被当成答案" in found.message


@pytest.mark.parametrize("text", ["", "答案", "---\nid: a\n", "———\nid: a\n———\n答", "\n---\nid: a\n---\n答"])
def test_a_file_without_a_complete_head_says_how_to_begin(text: str) -> None:
    (found,) = read_faq(text, file="faq/x/a.md")[1]

    assert (found.line, found.column) == (1, 1)
    assert "第一行写“---”" in found.mend


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("{名：一, 范围: 幸福里, 网格员: 李敏}", "“名”后面用了中文冒号"),
        ("{名: 一, 范围: 幸福里, 网格员：李敏}", "“网格员”后面用了中文冒号"),
        ("{名: 一, 范围: 幸福里, 网格员:李敏}", "“网格员”的冒号后面没有空格"),
    ],
)
def test_a_bad_colon_between_braces_is_told(written: str, says: str) -> None:
    text = f"小区: [{{名: 幸福里, 楼: 1-12, 单元: 3, 层: 11, 电梯: 是}}]\n网格:\n  - {written}\n"

    _, problems = read_sheet(PlacesFile, text, file="places.yaml")

    found = [problem for problem in problems if says in problem.message]
    colon = len(re.split("：|:(?! )", written)[0])
    assert [(problem.line, problem.column) for problem in found] == [(3, 5 + colon)]


def test_an_entry_without_an_answer_is_told() -> None:
    (found,) = read(HEAD.rstrip(), body="  \n")

    assert found.message == "没有答案"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("---\n小区: []\n---\n网格: []\n", 3, "后面的内容不会被读到"),
        ('小区: []\n"": 甲\n网格: []\n', 2, "冒号前面没有名称"),
        ("小区: []\n\ufffe: 甲\n", 1, "读不懂"),
        ("", 1, "文件是空的"),
        ("# 只有备注\n", 1, "文件是空的"),
        ("小区\n", 1, "应该是一项一项"),
    ],
)
def test_a_file_of_another_make_is_told(text: str, line: int, says: str) -> None:
    sheet, problems = read_sheet(PlacesFile, text, file="places.yaml")

    assert sheet is None
    assert [problem.line for problem in problems if says in problem.message] == [line], problems


PLACE = """小区:
  - {名: 幸福里, 楼: %s, 单元: 3, 层: 11, 电梯: %s}
网格:
  - {名: 一, 范围: 幸福里, 网格员: 李敏}
"""


@pytest.mark.parametrize("written", ["1_2", "012", "1２", "0-5", "9-3", "十二"])
def test_a_building_number_is_never_guessed(written: str) -> None:
    sheet, problems = read_sheet(PlacesFile, PLACE % (written, "是"), file="places.yaml")

    assert sheet is None
    assert problems[0].message == f"“{written}”不是楼号"


@pytest.mark.parametrize(
    ("written", "expected"), [("是", True), ("no", False), ("否", False), ("true", True)]
)
def test_yes_and_no_are_read_in_both_languages(written: str, expected: bool) -> None:
    sheet, _ = read_sheet(PlacesFile, PLACE % ("1-12", written), file="places.yaml")

    assert sheet is not None
    assert sheet.value.compounds[0].has_lift is expected


def test_anything_else_is_no_yes_or_no() -> None:
    _, (found,) = read_sheet(PlacesFile, PLACE % ("1-12", "部分"), file="places.yaml")

    assert found.message == "“部分”不是“是”或“否”"


SPANS = """律师: 甲
地点: 乙
时段: [{每周: 三, 从: %s, 到: 17:00}]
每段分钟: 30
每段人数: 1
方式: [当面]
提前: {最早天数: 14, 最晚小时: 2}
"""


@pytest.mark.parametrize("written", ["8:30", "08:30", "08：30"])
def test_a_time_of_day_is_no_number(written: str) -> None:
    sheet, problems = read_sheet(LegalFile, SPANS % written, file="legal.yaml")

    assert sheet is not None, problems
    assert sheet.value.windows[0].start == time(8, 30)


@pytest.mark.parametrize("written", ["510", "8.30", "24:00", "8:75", "上午"])
def test_what_is_no_time_of_day_is_refused(written: str) -> None:
    _, (found,) = read_sheet(LegalFile, SPANS % written, file="legal.yaml")

    assert found.message == f"“{written}”不是钟点"


FRAGMENTS = st.lists(
    st.sampled_from(
        [*"id标题问法适用:：-－#@&*!|>%`[]{}，,“”\"'\t \u3000\n\n\n乙", "- ", ": ", "---\n", "2026-13-45"]
    ),
    max_size=40,
).map("".join)


@given(FRAGMENTS)
def test_no_text_whatever_breaks_the_reader(text: str) -> None:
    sheet, problems = read_faq(text, file="faq/x/a.md")
    assert (sheet is None) == bool(problems)

    sheet, problems = read_faq(f"---\n{HEAD}{text}\n---\n答\n", file="faq/x/a.md")
    assert (sheet is None) == bool(problems)


@given(st.text(max_size=60))
def test_no_text_whatever_breaks_the_reader_of_yaml_files(text: str) -> None:
    sheet, problems = read_sheet(PlacesFile, text, file="places.yaml")

    assert sheet is None
    assert problems
