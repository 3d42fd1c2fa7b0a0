"""Types of single values as people write them: every value arrives as text and is read strictly.

Nothing is guessed: `010` stays text where text is meant and is refused where a whole number is; `1_2` is no
number; `8:30` is a time of day. A refusal carries the key of its sentence in messages.yaml.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from knowledge.model import SlaUnit, Span
from knowledge.rota import DutyDays

_DASH = r"\s*[-－–—~～至到]\s*"
_CLOCK = r"(\d{1,2})[:：](\d{2})"
_DAY = r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
_WEEKDAYS = "一二三四五六日"
_MINUTES = {"分钟": 1, "小时": 60, "天": 24 * 60}


@dataclass(frozen=True, slots=True)
class Buildings:
    """A run of buildings of the compound with that name or alias; None = all of it."""

    compound: str
    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class Home:
    compound: str
    building: str
    unit: str
    room: str


@dataclass(frozen=True, slots=True)
class Occasion:
    """Start and end on one day, local time."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Recurrence:
    days: frozenset[int]  # ISO weekdays
    weekly: bool
    at: time


def _text(value: object) -> str:
    if value is None:
        raise PydanticCustomError("empty", "empty")
    if not isinstance(value, str):
        raise PydanticCustomError("not_text", "not_text")
    return value.strip()


def _reads(key: str, parse: Callable[[str], object | None]) -> PlainValidator:
    def read(value: object) -> object:
        text = _text(value)
        result = parse(text)
        if result is None:
            raise PydanticCustomError(key, key, {"value": text})
        return result

    return PlainValidator(read)


def parse_whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"0|[1-9][0-9]{0,8}", text) else None


def parse_amount(text: str) -> float | None:
    return float(text) if re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,2})?", text) else None


def parse_flag(text: str) -> bool | None:
    return {
        "是": True,
        "有": True,
        "true": True,
        "yes": True,
        "否": False,
        "无": False,
        "false": False,
        "no": False,
    }.get(text.lower())


def parse_phone(text: str) -> str | None:
    return (
        text
        if re.fullmatch(
            r"[0-9]{3,6}|(0[0-9]{2,3}-?)?[2-9][0-9]{6,7}|1[3-9][0-9]{9}|[48]00-?[0-9]{3}-?[0-9]{4}", text
        )
        else None
    )


def parse_day(text: str) -> date | None:
    found = re.fullmatch(_DAY, text)
    return _day(*found.groups()) if found else None


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _clock(hour: str, minute: str) -> time | None:
    try:
        return time(int(hour), int(minute))
    except ValueError:
        return None


def parse_clock(text: str) -> time | None:
    found = re.fullmatch(_CLOCK, text)
    return _clock(found[1], found[2]) if found else None


def parse_clock_range(text: str) -> tuple[time, time] | None:
    found = re.fullmatch(_CLOCK + _DASH + _CLOCK, text)
    if not found:
        return None
    start, end = _clock(found[1], found[2]), _clock(found[3], found[4])
    return (start, end) if start is not None and end is not None and start != end else None


def parse_occasion(text: str) -> Occasion | None:
    found = re.fullmatch(_DAY + r"\s+" + "(.+)", text)
    if not found:
        return None
    day, hours = _day(found[1], found[2], found[3]), parse_clock_range(found[4])
    if day is None or hours is None or hours[0] > hours[1]:
        return None
    return Occasion(datetime.combine(day, hours[0]), datetime.combine(day, hours[1]))


def parse_weekday(text: str) -> int | None:
    letter = text.removeprefix("每").removeprefix("周").removeprefix("星期").replace("天", "日")
    return _WEEKDAYS.index(letter) + 1 if len(letter) == 1 and letter in _WEEKDAYS else None


def parse_weekdays(text: str) -> frozenset[int] | None:
    """“周一至周五”, “周六”, “周一、周三”."""
    if run := re.fullmatch(rf"(\S+?){_DASH}(\S+)", text):
        first, last = parse_weekday(run[1]), parse_weekday(run[2])
        return frozenset(range(first, last + 1)) if first and last and first < last else None
    days = [parse_weekday(part) for part in text.split("、")]
    return frozenset(day for day in days if day) if all(days) else None


def parse_duty_days(text: str) -> DutyDays | None:
    """“周一”, “周一至周五”, “每天”, “2026-11-25”, “2026-10-01至2026-10-03”."""
    if text == "每天":
        return DutyDays(frozenset(range(1, 8)))
    if found := re.fullmatch(rf"({_DAY})(?:{_DASH}({_DAY}))?", text):
        first, last = parse_day(found[1]), parse_day(found[5] or found[1])
        return DutyDays(first=first, last=last) if first and last and first <= last else None
    weekdays = parse_weekdays(text)
    return DutyDays(weekdays) if weekdays else None


def parse_recurrence(text: str) -> Recurrence | None:
    """“每周一 08:30” or “每个工作日 16:30”."""
    days_text, _, clock_text = text.partition(" ")
    at = parse_clock(clock_text.strip())
    if at is None:
        return None
    if days_text == "每个工作日":
        return Recurrence(frozenset(range(1, 8)), weekly=False, at=at)
    days = parse_weekdays(days_text.removeprefix("每"))
    return Recurrence(days, weekly=True, at=at) if days else None


def parse_span(text: str) -> Span | None:
    found = re.fullmatch(r"([1-9][0-9]{0,3})\s*个?(分钟|小时|天|工作时|工作日)", text)
    if not found:
        return None
    amount = int(found[1])
    if found[2] == "工作时":
        return Span(amount, SlaUnit.WORKING_HOURS)
    if found[2] == "工作日":
        return Span(amount, SlaUnit.WORKING_DAYS)
    return Span(amount * _MINUTES[found[2]], SlaUnit.MINUTES)


def parse_run(text: str) -> tuple[int, int] | None:
    found = re.fullmatch(rf"([1-9][0-9]{{0,3}})(?:{_DASH}([1-9][0-9]{{0,3}}))?(?:号楼)?", text)
    if not found:
        return None
    first, last = int(found[1]), int(found[2] or found[1])
    return (first, last) if first <= last else None


def parse_buildings(text: str) -> Buildings | None:
    """“幸福里”, “幸福里 1-6号楼”, “幸福里3号楼”."""
    found = re.fullmatch(rf"(\D+?)\s*(?:([0-9]+)(?:号楼)?(?:{_DASH}([0-9]+))?号楼)?", text)
    if not found:
        return None
    if found[2] is None:
        return Buildings(found[1], None, None)
    first, last = int(found[2]), int(found[3] or found[2])
    return Buildings(found[1], first, last) if first <= last else None


def parse_home(text: str) -> Home | None:
    found = re.fullmatch(r"(.+?)\s*([0-9]+)号楼([0-9]+)单元([0-9]+)室?", text)
    return Home(*found.groups()) if found else None


def _schema(pattern: str, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": [example]})


def _number_schema(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": ["integer", "string"], "pattern": pattern})


_LINE = WithJsonSchema({"type": ["string", "integer"], "minLength": 1})

Line = Annotated[str, _reads("empty", lambda text: text or None), _LINE]
"""One line of text; a number is text too."""
Identifier = Annotated[
    str,
    _reads("not_identifier", lambda text: text if re.fullmatch(r"[a-z0-9][a-z0-9-]*", text) else None),
    _schema("^[a-z0-9][a-z0-9-]*$", "property-fee"),
]
ReplyKey = Annotated[
    str,
    _reads("not_reply_key", lambda text: text if re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)+", text) else None),
    _schema(r"^[a-z0-9_]+(\.[a-z0-9_]+)+$", "emergency.gas"),
]
Word = Annotated[
    str,
    _reads("not_word", lambda text: text if re.fullmatch(r"[a-z][a-z0-9_]*", text) else None),
    _schema("^[a-z][a-z0-9_]*$", "worker_morning_list"),
]
Whole = Annotated[int, _reads("not_whole", parse_whole), _number_schema("^(0|[1-9][0-9]*)$")]
Positive = Annotated[
    int, _reads("not_positive", lambda text: parse_whole(text) or None), _number_schema("^[1-9][0-9]*$")
]
Amount = Annotated[float, _reads("not_amount", parse_amount), WithJsonSchema({"type": ["number", "string"]})]
Flag = Annotated[
    bool, _reads("not_flag", parse_flag), WithJsonSchema({"enum": ["是", "否", "有", "无", True, False]})
]
Phone = Annotated[str, _reads("not_phone", parse_phone), WithJsonSchema({"type": ["string", "integer"]})]
Letter = Annotated[
    str,
    _reads("not_letter", lambda text: text if re.fullmatch("[A-Z]", text) else None),
    _schema("^[A-Z]$", "A"),
]
Day = Annotated[date, _reads("not_day", parse_day), _schema(r"^\d{4}-\d{2}-\d{2}$", "2026-11-28")]
ClockRange = Annotated[
    tuple[time, time],
    _reads("not_clock_range", parse_clock_range),
    _schema(r"^\d{1,2}:\d{2}-\d{1,2}:\d{2}$", "08:30-12:00"),
]
ClockTime = Annotated[time, _reads("not_clock", parse_clock), _schema(r"^\d{1,2}:\d{2}$", "14:00")]
OccasionText = Annotated[
    Occasion,
    _reads("not_occasion", parse_occasion),
    _schema(r"^\d{4}-\d{2}-\d{2} \d{1,2}:\d{2}-\d{1,2}:\d{2}$", "2026-11-28 08:30-10:30"),
]
Weekday = Annotated[
    int, _reads("not_weekday", parse_weekday), _schema("^(周|星期)?[一二三四五六日天]$", "周三")
]
Weekdays = Annotated[frozenset[int], _reads("not_weekdays", parse_weekdays), _schema("周", "周一至周五")]
DutyDaysText = Annotated[
    DutyDays,
    _reads("not_duty_days", parse_duty_days),
    _schema(r"^(每天|.*周.+|\d{4}-\d{2}-\d{2}.*)$", "周一"),
]
RecurrenceText = Annotated[
    Recurrence,
    _reads("not_recurrence", parse_recurrence),
    _schema(r"^(每周.+|每个工作日) \d{1,2}:\d{2}$", "每周一 08:30"),
]
SpanText = Annotated[
    Span, _reads("not_span", parse_span), _schema("^[1-9][0-9]*个?(分钟|小时|天|工作时|工作日)$", "4工作时")
]
Run = Annotated[
    tuple[int, int], _reads("not_run", parse_run), WithJsonSchema({"type": ["string", "integer"]})
]
BuildingsText = Annotated[
    Buildings, _reads("not_buildings", parse_buildings), _schema("^[^0-9].*$", "幸福里 1-6号楼")
]
HomeText = Annotated[
    Home, _reads("not_home", parse_home), _schema("^.+[0-9]+号楼[0-9]+单元[0-9]+室?$", "幸福里3号楼2单元501")
]
