"""The short words with which staff work on tickets: 收到, 转 赵强, 延 3 等配件, 好了 换了灯泡 …"""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any

from intents.datafiles import load
from intents.normalise import fold
from intents.numerals import to_number
from intents.times import read_times


class StaffVerb(StrEnum):
    ACCEPT = "accept"  # 收到
    TRANSFER = "transfer"  # 转 姓名
    GIVE_BACK = "give_back"  # 退 原因
    EXTEND = "extend"  # 延 天数 原因
    DONE = "done"  # 好了 做了什么
    ON_THE_SPOT = "on_the_spot"  # 当场 什么事
    ESCALATE = "escalate"  # 报上去 原因
    DIRECT_LINE = "direct_line"  # 直通车 编号 原因
    REPLY = "reply"  # 回复 给居民的话
    HOLD = "hold"  # 挂起 到哪天 原因
    RESUME = "resume"  # 接着办
    CALL_IN = "call_in"  # 协办 姓名
    PROGRESS = "progress"  # 进展 怎样了
    EXPLAIN = "explain"  # 办不了 依据…… 联系人……
    ASK = "ask"  # 问居民 缺什么
    ACCEPT_CASE = "accept_case"  # 受理
    DECLINE = "decline"  # 不予受理 原因、去处
    WHISTLE = "whistle"  # 吹哨 部门
    ANSWER_WHISTLE = "answer_whistle"  # 响应 几点到
    ARRIVE = "arrive"  # 到场
    REMINDER_LETTER = "reminder_letter"  # 提醒函 编号
    ASSIGNMENT_LETTER = "assignment_letter"  # 交办单 编号
    MERGE = "merge"  # 并单 编号 编号
    SPLIT = "split"  # 拆开 编号
    CALL_BACKS = "call_backs"  # 回访名单
    CALL_BACK = "call_back"  # 回访 编号 满意
    MY_TASKS = "my_tasks"  # 我的待办
    WHO_HAS = "who_has"  # 谁在办 编号


@dataclass(frozen=True, slots=True)
class StaffWords:
    """One staff line, taken apart. `number` is a ticket number (“A2611-0042”) or only its last digits
    (“42”), or, where it is `bare`, only digits, which can also be a line of a list or no number at all;
    `days` belongs to 延, `person` to 转; `rest` is what is left, as written."""

    verb: StaffVerb
    number: str | None = None
    bare: bool = False
    days: int | None = None
    person: str | None = None
    rest: str = ""


_NAME_NO_TICKET = frozenset(
    {StaffVerb.ON_THE_SPOT, StaffVerb.MY_TASKS, StaffVerb.CALL_BACKS, StaffVerb.HOLD}  # 挂起 12.1 等配件
)
_NUMBERED_AT_THE_END = frozenset(  # “吹哨 城管 7”, “转 赵强 7”
    {StaffVerb.TRANSFER, StaffVerb.CALL_IN, StaffVerb.WHISTLE, StaffVerb.CALL_BACK}
    | {StaffVerb.REMINDER_LETTER, StaffVerb.ASSIGNMENT_LETTER}
)
_NEED_NO_BREAK = frozenset(  # “叫上水电工”, “吹哨城管”, “提醒函给物业”
    {
        StaffVerb.ASK,
        StaffVerb.CALL_IN,
        StaffVerb.WHISTLE,
        StaffVerb.REMINDER_LETTER,
        StaffVerb.ASSIGNMENT_LETTER,
    }
)
_INTO = frozenset({"并到", "并入"})
BASIS_WORD, CONTACT_WORD = "依据", "联系人"
_BASIS = re.compile(rf"{BASIS_WORD}[是:： ]*(.+?)(?={CONTACT_WORD}|$)", re.DOTALL)
_CONTACT = re.compile(rf"{CONTACT_WORD}[是:： ]*找?(.+?)(?={BASIS_WORD}|$)", re.DOTALL)
_UNTIL = re.compile(r"(?:等?到|至)\s*$")
_VAGUE = re.compile(
    r"等?到?(?:过|下|这|本)?个?(?:几天|阵子|周|星期|礼拜|月)(?:再说|吧)?"
)  # says when, not why
_AGAIN = re.compile(r"^\s*(?:以后|之后)?再(?:办|弄|说|来|修)")
_SEPARATORS = " ,。:;、!?\t\n"
_BREAKS = frozenset(_SEPARATORS) | {""}
_FULL_NUMBER = re.compile(r"(?<![0-9a-z])(?:编号|#)?\s?([a-z])\s?([0-9]{4})\s?-?\s?([0-9]{4,6})(?![0-9])")
_LAST_DIGITS = re.compile(r"(?:编号|工单|尾号|#)\s?([0-9]{1,6})(?![0-9])号?")
_BARE_DIGITS = re.compile(r"[0-9]{1,4}(?![0-9a-z])")
_NAMED_AT_THE_START = re.compile(r"(?:并?[到入]|[跟和与])?\s?([0-9]{1,4})(?![0-9])")  # “并单 7 到 3”
_LAST_WORD_DIGITS = re.compile(r"(?<=[ ,])[0-9]{1,4}$")
_DAYS = re.compile(r"^([0-9]{1,3}|[一二两三四五六七八九十]{1,3})\s?(?:个?(?:工作日|天|日))?")
_PERSON = re.compile(r"^(?:给|到|交)?\s?([一-鿿·]{2,4}?)(?=[\s,。;:]|$|处理|办理|去办|来办|吧)")


def read_staff_words(text: str) -> StaffWords | None:
    """The staff line in `text`, or None where it is none. The verb stands first, save behind a ticket's
    number (“A2611-0001 好了”), a lead-in (“麻烦叫上马师傅”) or the reason (“等配件，先挂着”)."""
    written = text.strip()
    folded = fold(written)
    if len(folded) != len(written):  # a fold that drops characters would shift what is cut from the original
        written = folded
    return (
        _verb_first(written, folded)
        or _number_first(written, folded)
        or _behind_a_lead_in(written, folded)
        or _reason_first(written, folded)
        or _asks_for_the_list(folded)
    )


def _verb_first(written: str, folded: str) -> StaffWords | None:
    for word, verb in _verbs():
        if folded.startswith(word) and _verb_ends(verb, word, folded):
            cut = 0 if word in _settings()["自带原因"] else len(word)
            words = _taken_apart(verb, written[cut:], folded[cut:])
            return _merging_into(words) if word in _INTO else words
    return None


def _number_first(written: str, folded: str) -> StaffWords | None:
    found = _FULL_NUMBER.match(folded)
    if found is None:
        return None
    rest, rest_folded = _trimmed(written[found.end() :], folded[found.end() :])
    words = _verb_first(rest, rest_folded)
    if words is None or words.number is not None:
        return None
    return replace(words, number=_official(found))


def _behind_a_lead_in(written: str, folded: str) -> StaffWords | None:
    found = re.match(_settings()["开头语"]["写法"], folded)
    words = _verb_first(*_trimmed(written[found.end() :], folded[found.end() :])) if found else None
    return None if words is None or words.verb in _settings()["开头语"]["不算"] else words


def _reason_first(written: str, folded: str) -> StaffWords | None:
    how = _settings()["先说原因"]
    for comma in re.finditer("[,。;]", folded):
        before, before_folded = _trimmed(written[: comma.start()], folded[: comma.start()])
        if not re.search(how["原因"], before_folded) or re.search(how["报事"], before_folded):
            continue
        rest = _trimmed(written[comma.end() :], folded[comma.end() :])
        words = _verb_first(*rest) or _behind_a_lead_in(*rest)
        if words is not None and words.verb in how["动词"]:
            return replace(
                words,
                number=words.number or find_ticket_number(before),
                rest=f"{words.rest} {before}".strip(),
            )
    return None


def _asks_for_the_list(folded: str) -> StaffWords | None:
    asked = folded.strip(_SEPARATORS + "啊呀呢了")
    if any(re.fullmatch(pattern, asked) for pattern in _settings()["问待办"]):
        return StaffWords(StaffVerb.MY_TASKS)
    return None


def _merging_into(words: StaffWords) -> StaffWords:
    """“并到 A2611-0001” names the ticket that goes on, not the one it is said of."""
    if words.number is None or find_short_number(words.rest) is not None:
        return words
    return replace(words, number=None, bare=False, rest=words.number)


def read_day(rest: str, now: datetime) -> tuple[date | None, str]:
    """The day in what follows 挂起, and the reason: the rest of it. `now` is local, without zone."""
    folded = fold(rest)
    mention = next((time for time in read_times(folded, now) if time.on is not None), None)
    if mention is None:
        return None, rest.strip(_SEPARATORS + "，。；、！？")
    before, _, after = folded.partition(mention.text)
    parts = (_UNTIL.sub("", before).strip(_SEPARATORS), _AGAIN.sub("", after).strip(_SEPARATORS))
    reason = " ".join(part for part in parts if part and not _VAGUE.fullmatch(part))
    return mention.on, reason


def read_grounds(rest: str) -> tuple[str, str]:
    """(依据, 联系人) in what follows 办不了; empty where it is not said."""
    return _after(_BASIS, rest), _after(_CONTACT, rest)


def _after(mark: re.Pattern[str], rest: str) -> str:
    found = mark.search(rest)
    return found[1].strip(f"{_SEPARATORS}：，。；、") if found else ""


@cache
def _verbs() -> tuple[tuple[str, StaffVerb], ...]:
    words = [(w, StaffVerb(verb)) for verb, ws in _settings()["动词"].items() for w in ws]
    return tuple(sorted(words, key=lambda pair: len(pair[0]), reverse=True))


@cache
def _settings() -> dict[str, Any]:
    return load("staff_words.yaml")


@cache
def _no_names() -> tuple[str, ...]:
    return tuple(_settings()["转后非人名"])


def _verb_ends(verb: StaffVerb, word: str, folded: str) -> bool:
    """One-character verbs and words of ordinary talk need a break behind them, save where a name or a
    number follows (“转赵强”, “延3天”)."""
    rest = folded[len(word) :]
    if not rest or rest[0] in _SEPARATORS or _FULL_NUMBER.match(rest) or _LAST_DIGITS.match(rest):
        return True
    if verb is StaffVerb.EXTEND:
        return _DAYS.match(rest) is not None
    if verb in _NEED_NO_BREAK or (verb is StaffVerb.HOLD and word.endswith("到")):
        return True
    if (digits := _BARE_DIGITS.match(rest)) is not None and rest[digits.end() : digits.end() + 1] in _BREAKS:
        return verb not in _NAME_NO_TICKET
    if verb is StaffVerb.TRANSFER:
        return word.endswith("给") or (
            _PERSON.fullmatch(rest) is not None and not rest.startswith(_no_names())
        )
    return verb is StaffVerb.EXPLAIN and rest.startswith(BASIS_WORD)


def _taken_apart(verb: StaffVerb, written: str, folded: str) -> StaffWords:
    number: str | None = None
    bare = False
    if (match := _FULL_NUMBER.search(folded)) is not None:
        number = _official(match)
    elif (match := _LAST_DIGITS.search(folded)) is not None:
        number = match[1]
    elif (match := _bare_number(verb, folded)) is not None:
        number, bare = match[0].strip(_SEPARATORS), True
    if match is not None:
        written = written[: match.start()] + " " + written[match.end() :]
        folded = folded[: match.start()] + " " + folded[match.end() :]
    rest, rest_folded = _trimmed(written, folded)
    if verb is StaffVerb.EXTEND and (days := _DAYS.match(rest_folded)) is not None:
        rest, _ = _trimmed(rest[days.end() :], rest_folded[days.end() :])
        return StaffWords(verb, number, bare, days=to_number(days[1]), rest=rest)
    if verb is StaffVerb.TRANSFER and (person := _PERSON.match(rest_folded)) is not None:
        rest, _ = _trimmed(rest[person.end() :], rest_folded[person.end() :])
        return StaffWords(verb, number, bare, person=person[1], rest=rest)
    return StaffWords(verb, number, bare, rest=rest)


def _bare_number(verb: StaffVerb, folded: str) -> re.Match[str] | None:
    """“7” in “好了 7 换了灯泡”; behind 延 only where the days follow it."""
    start = len(folded) - len(folded.lstrip(_SEPARATORS))
    found = _BARE_DIGITS.match(folded, start) if verb not in _NAME_NO_TICKET else None
    if found is None:
        return _LAST_WORD_DIGITS.search(folded) if verb in _NUMBERED_AT_THE_END else None
    rest = folded[found.end() :]
    if verb is StaffVerb.EXTEND:
        return found if rest[:1] in (" ", ",") and _DAYS.match(rest.strip(_SEPARATORS)) else None
    return None if re.match(_settings()["数后面不算编号"], rest.lstrip(" ")) else found


def find_short_number(text: str) -> str | None:
    """What names a ticket where a number is asked for: “A2611-0042”, “尾号42” or only “42”."""
    folded = fold(text).strip(_SEPARATORS)
    digits = _LAST_DIGITS.search(folded) or _NAMED_AT_THE_START.match(folded)
    return find_ticket_number(text) or (digits[1] if digits else None)


def _trimmed(written: str, folded: str) -> tuple[str, str]:
    start = len(folded) - len(folded.lstrip(_SEPARATORS))
    end = len(folded.rstrip(_SEPARATORS))
    return written[start:end], folded[start:end]


def find_ticket_number(text: str) -> str | None:
    """The full ticket number anywhere in a resident's text, in its official spelling."""
    found = _FULL_NUMBER.search(fold(text))
    return _official(found) if found else None


def _official(number: re.Match[str]) -> str:
    return f"{number[1].upper()}{number[2]}-{number[3]}"


def without_ticket_numbers(folded: str) -> str:
    """The text without what could be taken for a building and a room: “a2611-0042”."""
    return _FULL_NUMBER.sub(" ", folded)
