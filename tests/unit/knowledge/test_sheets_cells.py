"""Values of cells, text that is no formula, and YAML that reads back as what was meant."""

from datetime import date, datetime, time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from knowledge.sheets.cells import (
    CellRefused,
    CellValue,
    day_text,
    escaped,
    name_of,
    same_name,
    storable,
    text_of,
    unescaped,
)
from knowledge.sheets.yaml_text import Item, flow, replace_items, scalar
from knowledge.tree import Plain, plain, read_tree


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("  社区　", "社区"),
        (13900000001, "13900000001"),
        (13900000001.0, "13900000001"),
        (1.5, "1.5"),
        (0, "0"),
        (True, "TRUE"),
        (date(2026, 11, 28), "2026-11-28"),
        (datetime(2026, 11, 28), "2026-11-28"),
        (datetime(2026, 11, 28, 8, 30), "2026-11-28 08:30"),
        (time(8, 30), "08:30:00"),
        ("一行_x000D_\n二行\r\n三行", "一行\n二行\n三行"),
        ("物业\u200b费\ufeff", "物业费"),
    ],
)
def test_a_value_becomes_what_the_person_sees(value: CellValue, text: str) -> None:
    assert text_of(value) == text


def test_a_number_that_has_lost_its_last_digits_is_refused() -> None:
    with pytest.raises(CellRefused) as caught:
        text_of(3.70683199001011e17)

    assert caught.value.key == "number_too_long"


@pytest.mark.parametrize(
    ("stored", "day"),
    [
        ("2026-11-28", "2026-11-28"),
        ("2026/11/28", "2026-11-28"),
        ("2026年11月28日", "2026-11-28"),
        ("２０２６．１１．２８", "2026-11-28"),
        ("20261128", "2026-11-28"),
        ("46354", "2026-11-28"),
        ("年底", "年底"),
        ("20261345", "2026-13-45"),
        ("", ""),
    ],
)
def test_a_day_is_read_however_it_was_stored(stored: str, day: str) -> None:
    assert day_text(stored) == day


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "'=", "''-"])
def test_no_text_begins_like_a_formula_and_none_is_changed(start: str) -> None:
    text = start + "1+1"

    assert escaped(text)[0] == "'"
    assert unescaped(escaped(text)) == text


@given(st.text("'=+-@1a是\t"))
@example("'是")
def test_escaping_can_be_undone(text: str) -> None:
    assert unescaped(escaped(text)) == text
    assert escaped(text)[:1] not in {"=", "+", "-", "@", "\t"}


def test_letters_of_a_name_set_apart_are_the_same_name() -> None:
    assert name_of("李　敏") == "李敏"
    assert name_of("Li Ming") == "Li Ming"
    assert same_name("马师傅（东区）") == same_name("马 师傅(东区)")


# What staff may write on one line; control characters never come this far.
ONE_LINE = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn", "Co", "Zl", "Zp"))).map(
    lambda text: storable(text).strip()
)


def read_back(yaml_text: str) -> Plain:
    node, problems = read_tree(yaml_text, file="a.yaml", keys=frozenset({"名", "标题", "值"}))
    assert node is not None
    assert problems == []
    return plain(node)


@given(ONE_LINE)
@example("标题：甲")
@example("[公告] 停水")
@example("#3号楼")
@example("甲、乙，丙")
@example("2026-11-28")
@example("no")
@example("a: b")
@example('it\'s "so" \\ 1')
@example("“引号”")
@example("-1")
@example("3号楼 - 东")
def test_what_is_written_reads_back_as_it_was(text: str) -> None:
    assert read_back(f"值: {scalar(text)}\n") == {"值": text}
    assert read_back(f"值:\n  - {scalar(text)}\n") == {"值": [text]}
    assert read_back(f"- {flow({'名': text, '值': [text, text], '账号': {'a': text}})}\n") == [
        {"名": text, "值": [text, text], "账号": {"a": text}}
    ]


def test_a_text_of_several_lines_stays_one_value() -> None:
    text = '甲\n乙 “\\丙"'

    assert read_back(f"值: {scalar(text)}\n") == {"值": text}


LIST = """# 开头的话
甲: 1
人:
  # 关于李
  - {名: 李, 角色: a}   # 后面的话
  - 名: 王
    角色: b

  # 关于赵
  - {名: 赵, 角色: c}

# 结尾的话
乙: 2
"""


def items(*said: tuple[int | None, dict[str, Plain] | None]) -> list[Item]:
    return [Item(value or {}, before, is_same=value is None) for before, value in said]


def test_a_list_that_says_the_same_stays_as_it_is_written() -> None:
    assert replace_items(LIST, "人", items((0, None), (1, None), (2, None))) == LIST


def test_remarks_stay_with_their_entry_and_everything_else_where_it_is() -> None:
    changed = replace_items(
        LIST, "人", items((2, None), (0, {"名": "李", "角色": "z"}), (None, {"名": "新"}))
    )

    assert changed == (
        "# 开头的话\n甲: 1\n人:\n\n  # 关于赵\n  - {名: 赵, 角色: c}\n"
        "  # 关于李\n  - {名: 李, 角色: z}   # 后面的话\n  - {名: 新}\n"
        "\n# 结尾的话\n乙: 2\n"
    )


def test_an_entry_over_several_lines_can_be_changed() -> None:
    changed = replace_items(LIST, "人", items((0, None), (1, {"名": "王", "角色": "x"}), (2, None)))

    assert "  - {名: 王, 角色: x}\n\n  # 关于赵" in changed


def test_a_list_between_brackets_becomes_one_with_a_line_for_each() -> None:
    changed = replace_items(
        "人: [{名: 李}, {名: 王}]\n乙: 2\n", "人", items((1, {"名": "王"}), (None, {"名": "新"}))
    )

    assert changed == "人:\n  - {名: 王}\n  - {名: 新}\n乙: 2\n"
