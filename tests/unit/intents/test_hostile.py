"""Whatever is sent, understanding answers: it neither raises nor hangs."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intents.result import Hearing, Understanding
from intents.staff_words import StaffWords, find_ticket_number, read_staff_words
from tests.unit.intents.conftest import NOW, Understand

MEGABYTE = 1_000_000
PIECES = (
    "3号楼",
    "2单元",
    "电梯",
    "坏了",
    "501",
    "-",
    "#",
    "不是",
    "是",
    "十",
    "百",
    "零",
    "周三",
    "下午",
    "点",
    "半",
    "号",
    "月",
    "煤气",
    "着火",
    "1",
    "0",
    "9",
    ",",
    "。",
    "[",
    "]",
    "谢谢",
    "@邻里",
    "A2611-0042",
    "延",
    "转",
    " ",
    "\n",
)

anything = st.text(
    st.characters(), max_size=3000
)  # with control characters, lone surrogates, unassigned ones
like_a_report = st.lists(st.sampled_from(PIECES), max_size=200).map("".join)


@given(text=anything | like_a_report, is_group=st.booleans(), mentioned=st.booleans())
@settings(max_examples=150)
def test_any_text_is_understood_somehow(
    understand: Understand, text: str, is_group: bool, mentioned: bool
) -> None:
    meaning = understand(text, Hearing(NOW, is_group=is_group, mentioned=mentioned))
    assert isinstance(meaning, Understanding)
    assert meaning.text == text
    assert 0.0 <= meaning.confidence <= 1.0


@given(text=anything | like_a_report)
@settings(max_examples=150)
def test_any_staff_line_is_read_or_left(text: str) -> None:
    assert isinstance(read_staff_words(text), StaffWords | None)
    assert isinstance(find_ticket_number(text), str | None)


@pytest.mark.parametrize(
    "character", [*"1零十a-#, \n号楼单元是不电点周[月谢火漏", "\0", "\ud800", "😀", "\u200b"]
)
def test_a_megabyte_of_one_character_comes_to_an_end(
    understand: Understand, alone: Hearing, character: str
) -> None:
    text = character * MEGABYTE
    assert understand(text, alone).text == text
    assert isinstance(read_staff_words(text), StaffWords | None)


@pytest.mark.parametrize("start", ["收到 ", "延 ", "转", "好了 "])
@pytest.mark.parametrize("filling", ["1", " ", "a1", "#", "强", "A2611-"])
def test_a_staff_line_of_a_megabyte_comes_to_an_end(start: str, filling: str) -> None:
    assert isinstance(read_staff_words(start + filling * (MEGABYTE // len(filling))), StaffWords | None)


def test_a_megabyte_of_mixed_text_comes_to_an_end(understand: Understand, alone: Hearing) -> None:
    piece = "".join(PIECES) + "我们楼道灯不亮 hello 😀 12:30 13900001001\t"
    text = piece * (MEGABYTE // len(piece))
    assert understand(text, alone).text == text


@pytest.mark.parametrize(
    "text",
    [
        "".join(map(chr, range(32))) + "\x7f" + "".join(map(chr, range(0x80, 0xA0))),
        "3号楼\x002单元\x07灯坏了\x1b[31m",
        "\ud83d",
        "灯坏了\udc00\ud800",
        "😀" * 1000,
        "👨‍👩‍👧‍👦" * 1000,
        "\u202e3号楼灯坏了\u202c",
        "e\u0301" * 500,
        "(" * 500 + ")" * 500,
        ".*+?^${}()|[]\\" * 20,
        "%s %d {0} {text} ${x}",
        "'; DROP TABLE tickets; --",
        "<script>alert(1)</script>",
        "٣号楼２单元",
        "²号楼③单元",
    ],
)
def test_strange_characters_are_taken_as_they_come(
    understand: Understand, alone: Hearing, in_group: Hearing, text: str
) -> None:
    assert understand(text, alone).text == text
    assert understand(text, in_group).text == text
    assert isinstance(read_staff_words(text), StaffWords | None)


def test_a_thousand_emoji_mean_nothing(understand: Understand, in_group: Hearing) -> None:
    meaning = understand("😀" * 1000, in_group)
    assert (meaning.intent, meaning.emergency, meaning.respond) == (None, None, False)
