"""The official working days: the State Council's notices as chinesecalendar has them, and our own days.

The library is the only source of the notices; a year it does not have yet is filled in by staff in the
calendar file and counts as announced once its National Day (1 October) is named there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from chinese_calendar.constants import holidays, workdays


@dataclass(frozen=True, slots=True)
class OfficialDays:
    """What `WorkCalendar` needs besides the office hours.

    `exceptions`: day -> is it worked, for every day that a notice or the community itself sets.
    `announced_years`: years whose notice is contained in `exceptions`.
    """

    exceptions: Mapping[date, bool]
    announced_years: frozenset[int]


def official_days(overrides: Mapping[date, bool]) -> OfficialDays:
    """The notices with the community's own days laid over them."""
    notices = dict.fromkeys(holidays, False) | dict.fromkeys(workdays, True)
    entered_by_staff = {day.year for day in overrides if (day.month, day.day) == (10, 1)}
    return OfficialDays(
        exceptions=notices | dict(overrides),
        announced_years=frozenset({day.year for day in holidays} | entered_by_staff),
    )
