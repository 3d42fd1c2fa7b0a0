"""The short words with which staff work on tickets: 收到, 转 赵强, 延 3 等配件, 好了 换了灯泡 …"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from intents.datafiles import load
from intents.normalise import fold
from intents.numerals import to_number


class StaffVerb(StrEnum):
    ACCEPT = "accept"  # 收到
    TRANSFER = "transfer"  # 转 姓名
    GIVE_BACK = "give_back"  # 退 原因
    EXTEND = "extend"  # 延 天数 原因
    DONE = "done"  # 好了 做了什么
    ON_THE_SPOT = "on_the_spot"  # 当场 什么事
    ESCALATE = "escalate"  # 报上去 原因
    REPLY = "reply"  # 回复 给居民的话
    MY_TASKS = "my_tasks"  # 我的待办
    WHO_HAS = "who_has"  # 谁在办 编号


@dataclass(frozen=True, slots=True)
class StaffWords:
    """One staff line, taken apart. `number` is a ticket number (“A2611-0042”) or only its last digits
    (“42”); `days` belongs to 延, `person` to 转; `rest` is what is left, as written."""

    verb: StaffVerb
    number: str | None = None
    days: int | None = None
    person: str | None = None
    rest: str = ""


_SEPARATORS = " ,。:;、!?\t\n"
_FULL_NUMBER = re.compile(r"(?<![0-9a-z])(?:编号|#)?\s?([a-z])\s?([0-9]{4})\s?-?\s?([0-9]{4,6})(?![0-9])")
_LAST_DIGITS = re.compile(r"(?:编号|工单|尾号|#)\s?([0-9]{1,6})(?![0-9])号?")
_DAYS = re.compile(r"^([0-9]{1,3}|[一二两三四五六七八九十]{1,3})\s?(?:个?(?:工作日|天|日))?")
_PERSON = re.compile(r"^(?:给|到|交)?\s?([一-鿿·]{2,4}?)(?=[\s,。;:]|$|处理|办理|去办|来办|吧)")


def read_staff_words(text: str) -> StaffWords | None:
    """The staff line in `text`, or None where it does not start with one of the verbs."""
    written = text.strip()
    folded = fold(written)
    if len(folded) != len(written):  # a fold that drops characters would shift what is cut from the original
        written = folded
    for word, verb in _verbs():
        if folded.startswith(word) and _verb_ends(verb, word, folded):
            return _taken_apart(verb, written[len(word) :], folded[len(word) :])
    return None


@cache
def _verbs() -> tuple[tuple[str, StaffVerb], ...]:
    words = [(w, StaffVerb(verb)) for verb, ws in load("staff_words.yaml")["动词"].items() for w in ws]
    return tuple(sorted(words, key=lambda pair: len(pair[0]), reverse=True))


@cache
def _no_names() -> tuple[str, ...]:
    return tuple(load("staff_words.yaml")["转后非人名"])


def _verb_ends(verb: StaffVerb, word: str, folded: str) -> bool:
    """One-character verbs and words of ordinary talk need a break behind them, save where a name or a
    number follows (“转赵强”, “延3天”)."""
    rest = folded[len(word) :]
    if not rest or rest[0] in _SEPARATORS or _FULL_NUMBER.match(rest) or _LAST_DIGITS.match(rest):
        return True
    if verb is StaffVerb.EXTEND:
        return _DAYS.match(rest) is not None
    if verb is StaffVerb.TRANSFER:
        return word.endswith("给") or (
            _PERSON.fullmatch(rest) is not None and not rest.startswith(_no_names())
        )
    return False


def _taken_apart(verb: StaffVerb, written: str, folded: str) -> StaffWords:
    number: str | None = None
    if (match := _FULL_NUMBER.search(folded)) is not None:
        number = f"{match[1].upper()}{match[2]}-{match[3]}"
    elif (match := _LAST_DIGITS.search(folded)) is not None:
        number = match[1]
    if match is not None:
        written = written[: match.start()] + " " + written[match.end() :]
        folded = folded[: match.start()] + " " + folded[match.end() :]
    rest, rest_folded = _trimmed(written, folded)
    if verb is StaffVerb.EXTEND and (days := _DAYS.match(rest_folded)) is not None:
        rest, _ = _trimmed(rest[days.end() :], rest_folded[days.end() :])
        return StaffWords(verb, number, days=to_number(days[1]), rest=rest)
    if verb is StaffVerb.TRANSFER and (person := _PERSON.match(rest_folded)) is not None:
        rest, _ = _trimmed(rest[person.end() :], rest_folded[person.end() :])
        return StaffWords(verb, number, person=person[1], rest=rest)
    return StaffWords(verb, number, rest=rest)


def _trimmed(written: str, folded: str) -> tuple[str, str]:
    start = len(folded) - len(folded.lstrip(_SEPARATORS))
    end = len(folded.rstrip(_SEPARATORS))
    return written[start:end], folded[start:end]


def find_ticket_number(text: str) -> str | None:
    """The full ticket number anywhere in a resident's text, in its official spelling."""
    found = _FULL_NUMBER.search(fold(text))
    return f"{found[1].upper()}{found[2]}-{found[3]}" if found else None
