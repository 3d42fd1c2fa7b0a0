"""Who is on duty when, as duty.yaml has it: shifts, and the people of each in the order they are called."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum


class ShiftDays(StrEnum):
    """On which kind of day a shift begins; the value is what staff write."""

    WORKING_DAYS = "工作日"  # make-up days included
    DAYS_OFF = "周末"  # ordinary days off
    HOLIDAYS = "节假日"
    EVERY_DAY = "每天"


@dataclass(frozen=True, slots=True)
class Shift:
    """Local time. Where `end` is not after `start`, the shift ends on the next day."""

    name: str
    days: ShiftDays
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class DutyDays:
    """Weekdays (ISO) that come again every week, or the days from `first` to `last`."""

    weekdays: frozenset[int] = frozenset()
    first: date | None = None
    last: date | None = None

    def contains(self, day: date) -> bool:
        if self.first is not None and self.last is not None:
            return self.first <= day <= self.last
        return day.isoweekday() in self.weekdays

    def overlaps(self, other: "DutyDays") -> bool:
        """Dates and weekdays do not compete: a date is the exception to the week."""
        if self.first is not None and self.last is not None:
            return (
                other.first is not None
                and self.first <= (other.last or other.first)
                and (other.first <= self.last)
            )
        return bool(self.weekdays & other.weekdays)


@dataclass(frozen=True, slots=True)
class DutyLine:
    shift: str
    days: DutyDays
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rota:
    shifts: Mapping[str, Shift]
    lines: tuple[DutyLine, ...]

    def people(self, shift: str, day: date) -> tuple[str, ...]:
        """Who has the shift that begins on `day`, in the order of call; a line with a date goes before one
        with weekdays."""
        lines = [line for line in self.lines if line.shift == shift and line.days.contains(day)]
        lines.sort(key=lambda line: line.days.first is None)
        return lines[0].people if lines else ()
