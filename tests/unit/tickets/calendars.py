"""Calendars and moments for the rules' tests: small enough to count on one's fingers."""

from datetime import date, datetime, time

from bot.clock import from_local
from bot.tickets.working_time import WorkCalendar
from knowledge.model import SlaUnit, Span

ANNOUNCED = frozenset({2025, 2026})

# What the State Council set for 2026 (国务院办公厅关于2026年部分节假日安排的通知).
HOLIDAYS_2026 = (
    *(date(2026, 1, day) for day in (1, 2, 3)),
    *(date(2026, 2, day) for day in range(15, 24)),
    *(date(2026, 4, day) for day in (4, 5, 6)),
    *(date(2026, 5, day) for day in range(1, 6)),
    *(date(2026, 6, day) for day in (19, 20, 21)),
    *(date(2026, 9, day) for day in (25, 26, 27)),
    *(date(2026, 10, day) for day in range(1, 8)),
)
MAKE_UP_DAYS_2026 = (
    date(2026, 1, 4),
    date(2026, 2, 14),
    date(2026, 2, 28),
    date(2026, 5, 9),
    date(2026, 9, 20),
    date(2026, 10, 10),
)
OFFICIAL_2026 = dict.fromkeys(HOLIDAYS_2026, False) | dict.fromkeys(MAKE_UP_DAYS_2026, True)

OFFICE_DAY = ((time(8, 30), time(12, 0)), (time(14, 0), time(17, 30)))  # seven hours


def community_calendar() -> WorkCalendar:
    """Monday to Friday with a lunch break, and the official days of 2026."""
    return WorkCalendar(
        office_hours=dict.fromkeys(range(1, 6), OFFICE_DAY),
        exceptions=OFFICIAL_2026,
        announced_years=ANNOUNCED,
    )


def through_calendar(opens: int, closes: int, *, holidays: tuple[date, ...] = ()) -> WorkCalendar:
    """Monday to Friday without a lunch break, as the published tables of other systems have it."""
    return WorkCalendar(
        office_hours=dict.fromkeys(range(1, 6), ((time(opens), time(closes)),)),
        exceptions=dict.fromkeys(holidays, False),
        announced_years=frozenset(range(2013, 2027)),
    )


def at(local: str) -> datetime:
    """A community wall-clock time as UTC."""
    return from_local(datetime.fromisoformat(local))


def minutes(amount: int) -> Span:
    return Span(amount, SlaUnit.MINUTES)


def working_hours(amount: int) -> Span:
    return Span(amount, SlaUnit.WORKING_HOURS)


def working_days(amount: int) -> Span:
    return Span(amount, SlaUnit.WORKING_DAYS)
