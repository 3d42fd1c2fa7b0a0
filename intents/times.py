"""Moments and days in a text, resolved against the writer's “now”."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache

from intents.datafiles import load
from intents.numerals import to_number
from intents.result import TimeMention

_HAN = "零一二两三四五六七八九十"
_NUMBER = rf"(?:[0-9]{{1,2}}|[{_HAN}]{{1,3}})"
_WEEKDAYS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "日": 7, "天": 7, "末": 6}
_WEEKS = {"上": -1, "下": 1, "下下": 2}  # calendar weeks from this one
_TILL = frozenset({"到", "至", "-", "~"})
_HALF_A_YEAR = timedelta(days=183)
_NOON, _LAST_HOUR_OF_NOON, _LAST_HOUR_BY_ITSELF = 12, 3, 6

Parts = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class _Words:
    part_of: dict[str, str]  # 下午 -> afternoon
    days_away: dict[str, int]  # 明天 -> 1
    start: re.Pattern[str]
    whole: re.Pattern[str]


def read_times(folded: str, now: datetime) -> tuple[TimeMention, ...]:
    """All moments in a folded text; `now` is local and without zone."""
    words = _words()
    found: list[TimeMention] = []
    position = 0
    while (start := words.start.search(folded, position)) is not None:
        match = words.whole.match(folded, start.start())
        if match is None or match.end() == match.start():
            position = start.end()
            continue
        before = found[-1] if found and folded[position : match.start()].strip() in _TILL else None
        position = match.end()
        if (mention := _resolved(words, match, now, before)) is not None:
            found.append(mention)
    return tuple(found)


@cache
def _words() -> _Words:
    content = load("times.yaml")
    part_of = {word: part for part, words in content["时段"].items() for word in words}
    part = _one_of(part_of)
    day = (
        rf"(?P<relative>{_one_of(content['日子'])})"
        r"|(?P<week>(?:下下|下|上|这|本)?)个?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天末1-7])(?![0-9])"
        r"|(?P<iso>20[0-9]{2}-[0-9]{1,2}-[0-9]{1,2})"
        rf"|(?:(?P<year>20[0-9]{{2}})年)?(?P<month>{_NUMBER})月(?P<day>{_NUMBER})[日号]?"
        rf"|(?<![0-9{_HAN}])(?P<monthday>[0-9]{{1,2}}|[{_HAN}]{{2,3}})[号日](?!{'|'.join(content['不是日子'])})"
    )
    clock = (
        rf"(?<![0-9])(?P<hour>{_NUMBER})(?:[:](?P<minute>[0-5][0-9])(?![0-9])"
        rf"|[点时](?!{'|'.join(content['不是钟点'])})"
        rf"(?:(?P<half>半)|(?P<quarter>[一三])刻|(?P<minute2>{_NUMBER})分?(?!个|楼))?)"
    )
    return _Words(
        part_of=part_of,
        days_away={word: int(away) for word, away in content["日子"].items()},
        start=re.compile(rf"(?:{day})|{part}|{clock}"),
        whole=re.compile(rf"(?:{day})?\s?的?(?P<part>{part})?\s?(?:{clock})?"),
    )


def _one_of(words: dict[str, str] | dict[str, int]) -> str:
    return f"(?:{'|'.join(sorted(words, key=len, reverse=True))})"


def _resolved(
    words: _Words, match: re.Match[str], now: datetime, before: TimeMention | None
) -> TimeMention | None:
    """`before`: the moment from which this one is the end (“晚上7点到9点”)."""
    parts = match.groupdict()
    part = words.part_of.get(parts["part"] or "") or words.part_of.get(parts["relative"] or "")
    on = _day(words, parts, _reference(parts, now.date(), before))
    if before is not None and on is None:
        on, part = before.on, part or before.part
    at = _clock(parts, part)
    if on is None and at is None and part is None:
        return None
    return TimeMention(on=on, at=at, part=part, text=match.group().strip())


def _reference(parts: Parts, today: date, before: TimeMention | None) -> date:
    """The day from which the next “27日” or “周五” is meant: behind “12月25日到”, the 25th."""
    goes_on = parts["monthday"] is not None or (parts["weekday"] is not None and not parts["week"])
    return before.on if goes_on and before is not None and before.on is not None else today


def _day(words: _Words, parts: Parts, today: date) -> date | None:
    if parts["relative"] is not None:
        return today + timedelta(days=words.days_away[parts["relative"]])
    if parts["weekday"] is not None:
        return _weekday(parts["week"] or "", parts["weekday"], today)
    if parts["iso"] is not None:
        return _valid(*map(int, parts["iso"].split("-")))
    return _calendar_day(parts, today)


def _calendar_day(parts: Parts, today: date) -> date | None:
    """“12月5日” of this year, unless it is long past; “5号” of this month, unless it is past."""
    if parts["month"] is not None and parts["day"] is not None:
        month, day = to_number(parts["month"]) or 0, to_number(parts["day"]) or 0
        on = _valid(int(parts["year"] or today.year), month, day)
        is_long_past = on is not None and parts["year"] is None and on < today - _HALF_A_YEAR
        return _valid(today.year + 1, month, day) if is_long_past else on
    if parts["monthday"] is not None:
        day = to_number(parts["monthday"]) or 0
        next_month = date(today.year + today.month // 12, today.month % 12 + 1, 1)
        month_meant = today if day >= today.day else next_month
        return _valid(month_meant.year, month_meant.month, day)
    return None


def _weekday(week: str, written: str, today: date) -> date:
    """“周三” is the next one, today included; “下周三” is in the next calendar week."""
    weekday = _WEEKDAYS.get(written) or int(written)
    monday = today - timedelta(days=today.isoweekday() - 1)
    if week:
        return monday + timedelta(days=7 * _WEEKS.get(week, 0) + weekday - 1)
    return today + timedelta(days=(weekday - today.isoweekday()) % 7)


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _clock(parts: Parts, part: str | None) -> time | None:
    if parts["hour"] is None:
        return None
    exact = parts["half"] or parts["quarter"] or parts["minute"] or parts["minute2"]
    if parts["hour"] == "一" and part is None and exact is None:
        return None  # “一点都不热” is no time of day
    hour = _hour(to_number(parts["hour"]) or 0, part, is_digital=parts["minute"] is not None)
    if parts["half"] is not None:
        minute = 30
    elif parts["quarter"] is not None:
        minute = 15 if parts["quarter"] == "一" else 45
    else:
        minute = to_number(parts["minute"] or parts["minute2"] or "0") or 0
    try:
        return time(hour, minute)
    except ValueError:
        return None


def _hour(hour: int, part: str | None, *, is_digital: bool) -> int:
    """The hour of 24. “三点” without more is in the afternoon: nobody meets at three in the morning."""
    if part in ("afternoon", "evening") or (part == "noon" and hour <= _LAST_HOUR_OF_NOON):
        return hour + _NOON if hour < _NOON else hour
    if part is None and not is_digital and 1 <= hour <= _LAST_HOUR_BY_ITSELF:
        return hour + _NOON
    return hour
