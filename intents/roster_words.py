"""How staff ask for leave and swap shifts: “我请假 11月25日到27日，张伟顶班”, “周三晚班跟李强换”."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from intents.datafiles import load
from intents.normalise import clauses, fold
from intents.numerals import to_number


class RosterVerb(StrEnum):
    LEAVE = "leave"  # 请假
    SWAP = "swap"  # 换班
    UNDO_LEAVE = "undo_leave"  # 取消请假
    UNDO_SWAP = "undo_swap"  # 取消换班
    OVERVIEW = "overview"  # 请假情况


@dataclass(frozen=True, slots=True)
class RosterWords:
    """`person`: whom the text names as stand-in or partner, as written. `days`: how many, if it says so."""

    verb: RosterVerb
    person: str | None = None
    days: int | None = None


_TAIL = " ,.!。~吧啊哦呀哈"


def read_roster_words(text: str) -> RosterWords | None:
    """What the line asks of the roster; None where it asks nothing of it."""
    folded = fold(text)
    for verb, pattern in _verbs():
        if pattern.search(folded):
            days = _days().search(folded)
            return RosterWords(verb, read_person(text), to_number(days[1]) if days else None)
    return None


def read_person(text: str) -> str | None:
    """Whom the text names to stand in or to swap with."""
    folded = fold(text)
    found = (pattern.search(folded) for pattern in _names())
    return next((match[1] for match in found if match), None)


def is_leave_of(text: str, name: str) -> bool:
    """Whether the line says that this person, by name, is on leave: “张伟明天请假，李强顶班”."""
    first = next(iter(clauses(fold(text))), "")
    return first.startswith(name) and read_roster_words(first) is not None and read_person(first) is None


def read_agreement(text: str) -> bool | None:
    """Whether the line, as a whole, agrees to stand in or to swap; None where it says neither."""
    folded = fold(text).strip()
    return next((agrees for agrees, said in _answers() if said.fullmatch(folded)), None)


@cache
def _verbs() -> tuple[tuple[RosterVerb, re.Pattern[str]], ...]:
    lines = load("roster_words.yaml")["说法"]
    return tuple((RosterVerb(verb), re.compile("|".join(patterns))) for verb, patterns in lines.items())


@cache
def _names() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in load("roster_words.yaml")["名字"])


@cache
def _days() -> re.Pattern[str]:
    return re.compile(load("roster_words.yaml")["天数"])


@cache
def _answers() -> tuple[tuple[bool, re.Pattern[str]], ...]:
    """The refusals first: “不行” has a “行” in it."""
    content = load("roster_words.yaml")
    return tuple((agrees, _one_or_more(content[key])) for agrees, key in ((False, "不同意"), (True, "同意")))


def _one_or_more(words: Sequence[str]) -> re.Pattern[str]:
    either = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    return re.compile(rf"(?:(?:{either})[{re.escape(_TAIL)}]*)+")
