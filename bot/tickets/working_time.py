"""Working time: office hours, official days off and make-up working days, and how to count in them.

Moments go in and come out as aware UTC; days and office hours inside are community time. A year whose
official notice is not out yet is counted by Monday to Friday and the statutory holidays, never refused;
`is_provisional` says so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from bot.clock import from_local, local_day
from knowledge.model import SlaUnit, Span

_ONE_DAY = timedelta(days=1)
_LAST_WEEKDAY = 5  # ISO: Friday
_LONGEST_CLOSURE = 366  # days; a calendar without a working day for longer than this is a mistake

# 初一 (除夕 is the day before it), 端午 and 中秋, which move with the moon.
_LUNAR_FESTIVALS: Mapping[int, tuple[date, date, date]] = {
    2027: (date(2027, 2, 6), date(2027, 6, 9), date(2027, 9, 15)),
    2028: (date(2028, 1, 26), date(2028, 5, 28), date(2028, 10, 3)),
    2029: (date(2029, 2, 13), date(2029, 6, 16), date(2029, 9, 22)),
    2030: (date(2030, 2, 3), date(2030, 6, 5), date(2030, 9, 12)),
    2031: (date(2031, 1, 23), date(2031, 6, 24), date(2031, 10, 1)),
    2032: (date(2032, 2, 11), date(2032, 6, 12), date(2032, 9, 19)),
}


class DayKind(StrEnum):
    WORKING_DAY = "working_day"  # 工作日
    DAY_OFF = "day_off"  # 休息日
    HOLIDAY = "holiday"  # 法定节假日, and days the place itself has closed
    MAKE_UP_DAY = "make_up_day"  # 调休上班: a weekend day worked with the hours of an ordinary weekday

    @property
    def is_worked(self) -> bool:
        return self in {DayKind.WORKING_DAY, DayKind.MAKE_UP_DAY}


@lru_cache(maxsize=16)
def statutory_holidays(year: int) -> frozenset[date]:
    """The days the law itself names (全国年节及纪念日放假办法, as of 2025), before any shifting of weekends.

    The lunar festivals are known here for some years ahead; other years get the fixed days only.
    """
    fixed = {date(year, month, day) for month, day in ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))}
    if year not in _LUNAR_FESTIVALS:
        return frozenset(fixed)
    spring, dragon_boat, mid_autumn = _LUNAR_FESTIVALS[year]
    spring_festival = {spring + timedelta(days=offset) for offset in (-1, 0, 1, 2)}
    return frozenset(fixed | spring_festival | {_tomb_sweeping(year), dragon_boat, mid_autumn})


def _tomb_sweeping(year: int) -> date:
    """清明 falls on 4 or 5 April; the usual formula for the years 2000 to 2099."""
    in_century = year % 100
    return date(year, 4, int(in_century * 0.2422 + 4.81) - in_century // 4)


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """When this community works.

    `office_hours`: ISO weekday -> spans of local time, in order; the lunch break is the gap between two.
    `exceptions`: every day that the official notice or the place itself sets, holidays on weekends
    included -> is it worked. `announced_years`: years whose official notice is contained in them.
    """

    office_hours: Mapping[int, tuple[tuple[time, time], ...]]
    exceptions: Mapping[date, bool]
    announced_years: frozenset[int]
    _reckoned: dict[date, tuple[tuple[datetime, datetime], ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        if not any(self.office_hours.get(weekday) for weekday in range(1, _LAST_WEEKDAY + 1)):
            raise ValueError("office hours name no weekday: give at least one of Monday to Friday")
        for weekday, spans in self.office_hours.items():
            runs_backwards = any(begin >= end for begin, end in spans)
            if runs_backwards or any(end > begin for (_, end), (begin, _) in pairwise(spans)):
                raise ValueError(f"office hours of weekday {weekday} overlap or run backwards")

    # -- days -----------------------------------------------------------------------------------------

    def kind_of(self, day: date) -> DayKind:
        worked = self.exceptions.get(day)
        if worked is None and day.year not in self.announced_years and day in statutory_holidays(day.year):
            worked = False
        is_weekend = day.isoweekday() > _LAST_WEEKDAY
        if worked is None:
            return DayKind.DAY_OFF if is_weekend else DayKind.WORKING_DAY
        if not worked:
            return DayKind.HOLIDAY
        return DayKind.MAKE_UP_DAY if is_weekend else DayKind.WORKING_DAY

    def is_working_day(self, day: date) -> bool:
        return bool(self.hours_on(day))

    def working_day_after(self, day: date, *, count: int) -> date:
        """The `count`-th working day after `day`, which itself is not counted; 0 gives `day`."""
        for _ in range(count):
            day = self._first_working_day(day + _ONE_DAY)
        return day

    def opening(self, day: date) -> datetime:
        """When the office opens on a working day."""
        return self.hours_on(day)[0][0]

    def closing(self, day: date) -> datetime:
        """When the office closes on a working day."""
        return self.hours_on(day)[-1][1]

    def hours_on(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """The office hours of that very day, in UTC; empty on a day off."""
        found = self._reckoned.get(day)
        if found is None:
            found = self._reckoned[day] = tuple(
                (from_local(datetime.combine(day, begin)), from_local(datetime.combine(day, end)))
                for begin, end in self._local_hours(day)
            )
        return found

    @property
    def day_length(self) -> timedelta:
        """The working time of an ordinary day."""
        spans = self._ordinary_hours()
        return sum((_since_midnight(end) - _since_midnight(begin) for begin, end in spans), timedelta())

    def is_provisional(self, start: datetime, end: datetime) -> bool:
        """Whether counting from `start` to `end` touched a year whose notice is not out yet."""
        years = range(local_day(_utc(start)).year, local_day(_utc(end)).year + 1)
        return any(year not in self.announced_years for year in years)

    # -- moments --------------------------------------------------------------------------------------

    def add(self, span: Span, start: datetime) -> datetime:
        """The moment `span` after `start`.

        Working days end with the office hours of the last day, and the day of `start` is not counted:
        Monday 09:00 and one working day is Tuesday, closing time. What starts outside office hours
        counts from the next opening.
        """
        match span.unit:
            case SlaUnit.MINUTES:
                return _utc(start) + timedelta(minutes=span.amount)
            case SlaUnit.WORKING_HOURS:
                return self.add_working_time(timedelta(hours=span.amount), start)
            case SlaUnit.WORKING_DAYS:
                first = local_day(self.next_working_moment(start))
                return self.closing(self.working_day_after(first, count=span.amount))

    def add_working_time(self, amount: timedelta, start: datetime) -> datetime:
        """`start` plus so much office time; ends at a closing time rather than at the next opening."""
        left, moment = amount, _utc(start)
        if not left:
            return moment
        for begin, end in self._hours_from(moment):
            if left <= end - begin:
                return begin + left
            left -= end - begin
        raise AssertionError("unreachable: office hours never end")

    def subtract_working_time(self, amount: timedelta, end: datetime) -> datetime:
        """`end` minus so much office time; ends at an opening time rather than at the last closing."""
        left, moment = amount, _utc(end)
        if not left:
            return moment
        for begin, finish in self._hours_until(moment):
            if left <= finish - begin:
                return finish - left
            left -= finish - begin
        raise AssertionError("unreachable: office hours never end")

    def next_working_moment(self, moment: datetime) -> datetime:
        """`moment` itself within office hours, else the next opening."""
        return next(self._hours_from(_utc(moment)))[0]

    def next_opening(self, moment: datetime) -> datetime:
        """The first opening of a working day after `moment`; lunch ends do not count."""
        instant = _utc(moment)
        day = self._first_working_day(local_day(instant))
        if self.opening(day) <= instant:
            day = self._first_working_day(day + _ONE_DAY)
        return self.opening(day)

    def working_hours_between(self, start: datetime, end: datetime) -> timedelta:
        """The office time between two moments; zero if they are the wrong way round."""
        total, until = timedelta(), _utc(end)
        for begin, finish in self._hours_from(_utc(start)):
            if begin >= until:
                return total
            total += min(finish, until) - begin
        raise AssertionError("unreachable: office hours never end")

    # -- inside ---------------------------------------------------------------------------------------

    def _local_hours(self, day: date) -> tuple[tuple[time, time], ...]:
        kind = self.kind_of(day)
        if kind is DayKind.MAKE_UP_DAY:
            return self._ordinary_hours()
        return self.office_hours.get(day.isoweekday(), ()) if kind.is_worked else ()

    def _ordinary_hours(self) -> tuple[tuple[time, time], ...]:
        weekdays = (self.office_hours.get(weekday, ()) for weekday in range(1, _LAST_WEEKDAY + 1))
        return next(spans for spans in weekdays if spans)

    def _first_working_day(self, day: date) -> date:
        return next(self._working_days(day, step=_ONE_DAY))

    def _working_days(self, day: date, *, step: timedelta) -> Iterator[date]:
        """Working days from `day` on (itself included), forwards or backwards, without end."""
        closed_for = 0
        while closed_for < _LONGEST_CLOSURE:
            if self.is_working_day(day):
                closed_for = 0
                yield day
            closed_for += 1
            day += step
        raise ValueError(f"no working day within {_LONGEST_CLOSURE} days of {day}: check the calendar")

    def _hours_from(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        for day in self._working_days(local_day(moment), step=_ONE_DAY):
            for begin, end in self.hours_on(day):
                if end > moment:
                    yield max(begin, moment), end

    def _hours_until(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        for day in self._working_days(local_day(moment), step=-_ONE_DAY):
            for begin, end in reversed(self.hours_on(day)):
                if begin < moment:
                    yield begin, min(end, moment)


@dataclass(frozen=True, slots=True)
class Calendars:
    """The community's calendar, and those of compounds that keep other office hours."""

    community: WorkCalendar
    of_compounds: Mapping[str, WorkCalendar] = field(default_factory=dict)

    def at(self, compound: str | None) -> WorkCalendar:
        return self.of_compounds.get(compound or "", self.community)

    def any_opens(self, since: datetime, until: datetime) -> bool:
        """Whether an office opens on a working day in (since, until]."""
        calendars = (self.community, *self.of_compounds.values())
        return any(calendar.next_opening(since) <= until for calendar in calendars)


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"moment without a time zone: {moment.isoformat()}")
    return moment.astimezone(UTC)


def _since_midnight(moment: time) -> timedelta:
    return timedelta(hours=moment.hour, minutes=moment.minute, seconds=moment.second)
