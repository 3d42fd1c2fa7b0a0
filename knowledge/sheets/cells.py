"""What a cell holds, as text, and text as a cell may hold it."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from typing import TypeAlias

from knowledge.fields import parse_day

CellValue: TypeAlias = str | int | float | bool | date | datetime | time | timedelta | None

# Office programs run a cell that begins like this; behind an apostrophe it is only read.
_STARTS_FORMULA = re.compile(r"'*[=+\-@\t\r]")
# What comes along when text is pasted from chats and office programs; no file may hold it.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)
_LINE_ENDS = re.compile("\r\n|_x000D_\n|_x000D_|[\r\u2028\u2029]")
_HANZI_APART = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")
_LAST_EXACT = 10**15  # longer whole numbers lose their last digits in an office program
_DAY_ZERO = date(1899, 12, 30)  # a day stored as a number counts from here
_SERIAL_DAYS = range(20_000, 80_000)  # 1954 to 2119


class CellRefused(Exception):
    """The cell shows something that cannot be taken for text; `key` names the sentence in messages.yaml."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def escaped(text: str) -> str:
    return f"'{text}" if _STARTS_FORMULA.match(text) else text


def unescaped(text: str) -> str:
    return text[1:] if text.startswith("'") and _STARTS_FORMULA.match(text) else text


def storable(text: str) -> str:
    """Without the control characters that no workbook may hold."""
    return _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text))


def text_of(value: CellValue) -> str:
    """What the person sees in the cell. Raises CellRefused."""
    match value:
        case str():
            return unescaped(storable(value).strip())
        case bool():
            return str(value).upper()
        case int() | float():
            return _number(value)
        case datetime() if value.time() != time():
            return f"{value:%Y-%m-%d %H:%M}"
        case date():
            return f"{value:%Y-%m-%d}"
    return "" if value is None else str(value)


def _number(value: float) -> str:
    if value != int(value):
        return repr(value)
    if abs(value) >= _LAST_EXACT:
        raise CellRefused("number_too_long")
    return str(int(value))


def narrow(text: str) -> str:
    """Full-width digits, letters, signs and spaces as ordinary ones: for ids, numbers and days."""
    return even(unicodedata.normalize("NFKC", text))


def even(text: str) -> str:
    """On one line, with single ordinary spaces: for names, whose brackets may be full-width."""
    return " ".join(text.split())


def name_of(text: str) -> str:
    """Two letters of a name are often set apart, to be as wide as three: “李　敏”."""
    return _HANZI_APART.sub("", even(text))


def same_name(text: str) -> str:
    """The same for two ways to write one name."""
    return _HANZI_APART.sub("", narrow(text))


def lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.split("\n") if line.strip())


def day_text(text: str) -> str:
    """A day however it was stored: as text, as 20261128, or as a number counting days. What is none stays."""
    written = narrow(text)
    if written.isdecimal() and int(written) in _SERIAL_DAYS:
        return (_DAY_ZERO + timedelta(days=int(written))).isoformat()
    if found := re.fullmatch(r"(20\d{2})(\d{2})(\d{2})", written):
        written = "-".join(found.groups())
    day = parse_day(written)
    return day.isoformat() if day else written
