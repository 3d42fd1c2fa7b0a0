"""Leave and swaps as staff ask for them, and what only looks like it."""

from datetime import date, datetime

import pytest

from intents.normalise import fold
from intents.roster_words import RosterVerb, RosterWords, read_agreement, read_roster_words
from intents.times import read_times

MONDAY = datetime(2026, 11, 23, 9)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("我请假 11月25日到27日，张伟顶班", RosterWords(RosterVerb.LEAVE, "张伟")),
        ("请假三天，让赵强顶一下", RosterWords(RosterVerb.LEAVE, "赵强", 3)),
        ("明天我来不了 赵强替我", RosterWords(RosterVerb.LEAVE, "赵强")),
        ("下周一到周三休年假", RosterWords(RosterVerb.LEAVE)),
        ("周三晚班跟李强换", RosterWords(RosterVerb.SWAP, "李强")),
        ("周三我跟小赵换个班", RosterWords(RosterVerb.SWAP, "小赵")),
        ("我周四晚班换李强周五的", RosterWords(RosterVerb.SWAP, "李强")),
        ("换个班", RosterWords(RosterVerb.SWAP)),
        ("不请假了", RosterWords(RosterVerb.UNDO_LEAVE)),
        ("我提前回来了", RosterWords(RosterVerb.UNDO_LEAVE)),
        ("取消换班", RosterWords(RosterVerb.UNDO_SWAP)),
        ("今晚谁值班", RosterWords(RosterVerb.OVERVIEW)),
        ("请假情况", RosterWords(RosterVerb.OVERVIEW)),
    ],
)
def test_a_line_about_the_roster_is_understood(text: str, words: RosterWords) -> None:
    assert read_roster_words(text) == words


@pytest.mark.parametrize("text", ["换灯泡", "楼道灯换了", "好了 换了灯泡", "电梯不上班", "转 赵强", "收到"])
def test_other_lines_are_not(text: str) -> None:
    assert read_roster_words(text) is None


@pytest.mark.parametrize(
    ("text", "agrees"),
    [
        ("同意", True),
        ("行吧", True),
        ("没问题！", True),
        ("不行", False),
        ("没空", False),
        ("好了", None),
        ("收到", None),
    ],
)
def test_only_a_whole_line_agrees_or_declines(text: str, agrees: bool | None) -> None:
    assert read_agreement(text) is agrees


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("12月25日到27日请假", [date(2026, 12, 25), date(2026, 12, 27)]),  # the 27th of that month
        ("下周一到周三", [date(2026, 11, 30), date(2026, 12, 2)]),  # the Wednesday of that week
        ("11月30日到12月2日", [date(2026, 11, 30), date(2026, 12, 2)]),
    ],
)
def test_the_end_of_a_span_is_counted_from_its_beginning(text: str, days: list[date]) -> None:
    assert [mention.on for mention in read_times(fold(text), MONDAY)] == days
