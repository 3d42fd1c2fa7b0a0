"""Whose shift it is: the rota of duty.yaml read by the working calendar, with the swaps that are agreed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.clock import from_local, local_day
from bot.tickets.working_time import DayKind, WorkCalendar
from knowledge.rota import Rota, Shift, ShiftDays

_KINDS = {
    ShiftDays.WORKING_DAYS: frozenset({DayKind.WORKING_DAY, DayKind.MAKE_UP_DAY}),
    ShiftDays.DAYS_OFF: frozenset({DayKind.DAY_OFF}),
    ShiftDays.HOLIDAYS: frozenset({DayKind.HOLIDAY}),
    ShiftDays.EVERY_DAY: frozenset(DayKind),
}
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Swap:
    """Two people who have changed places in the shift that begins on `day`."""

    day: date
    shift: str
    one: str
    other: str


def on_call(
    rota: Rota, calendar: WorkCalendar, moment: datetime, swaps: Sequence[Swap] = ()
) -> tuple[str, ...]:
    """Everybody whose shift covers the moment (aware), in the order in which they are called."""
    names = [
        name
        for shift, day in _covering(rota, calendar, moment)
        for name in people_of(rota, shift.name, day, swaps)
    ]
    return tuple(dict.fromkeys(names))


def people_of(rota: Rota, shift: str, day: date, swaps: Sequence[Swap] = ()) -> tuple[str, ...]:
    """Who has the shift that begins on `day`: a swap exchanges two names wherever they stand."""
    people = rota.people(shift, day)
    for swap in swaps:
        if (swap.day, swap.shift) == (day, shift):
            places = {swap.one: swap.other, swap.other: swap.one}
            people = tuple(places.get(name, name) for name in people)
    return people


def shifts_on(rota: Rota, calendar: WorkCalendar, day: date) -> list[Shift]:
    """The shifts that begin on that day."""
    kind = calendar.kind_of(day)
    return [shift for shift in rota.shifts.values() if kind in _KINDS[shift.days]]


def empty_shifts(rota: Rota, calendar: WorkCalendar, first: date, days: int) -> Iterator[tuple[date, Shift]]:
    """The shifts that begin on one of so many days and have nobody."""
    for day in (first + count * _ONE_DAY for count in range(days)):
        yield from (
            (day, shift) for shift in shifts_on(rota, calendar, day) if not rota.people(shift.name, day)
        )


def _covering(rota: Rota, calendar: WorkCalendar, moment: datetime) -> Iterator[tuple[Shift, date]]:
    today = local_day(moment)
    for day in (today - _ONE_DAY, today):
        for shift in shifts_on(rota, calendar, day):
            last = day if shift.end > shift.start else day + _ONE_DAY
            begins = from_local(datetime.combine(day, shift.start))
            if begins <= moment < from_local(datetime.combine(last, shift.end)):
                yield shift, day
