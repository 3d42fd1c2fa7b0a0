"""The times a ticket is promised within (时限), and how they move."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import local_day
from bot.tickets.routing import MatterPlace, covers_place, names_category
from bot.tickets.working_time import WorkCalendar
from knowledge.model import LocalClocks, SlaUnit, Span


@dataclass(frozen=True, slots=True)
class SlaPolicy:
    """How soon the owner picks it up, somebody speaks with the resident, and it is done."""

    accept_within: Span
    contact_within: Span
    resolve_within: Span


# What no category fits goes to the dispatcher and is promised like an ordinary matter (P3).
UNCATEGORISED = SlaPolicy(
    accept_within=Span(4, SlaUnit.WORKING_HOURS),
    contact_within=Span(1, SlaUnit.WORKING_DAYS),
    resolve_within=Span(5, SlaUnit.WORKING_DAYS),
)

# Somebody in danger, whatever the matter is called: police, fire brigade and ambulance own it, we follow.
EMERGENCY = SlaPolicy(
    accept_within=Span(3, SlaUnit.MINUTES),
    contact_within=Span(30, SlaUnit.MINUTES),
    resolve_within=Span(120, SlaUnit.MINUTES),
)

# Somebody who wants to speak to a person is answered within a working day.
CONSULTATION = SlaPolicy(
    accept_within=Span(4, SlaUnit.WORKING_HOURS),
    contact_within=Span(1, SlaUnit.WORKING_DAYS),
    resolve_within=Span(1, SlaUnit.WORKING_DAYS),
)

_HALF_A_DAY = Span(4, SlaUnit.WORKING_HOURS)


@dataclass(frozen=True, slots=True)
class DueTimes:
    """All promised moments of one round, aware UTC.

    `amber_at`: warn the owner; `red_at`: the first late working day begins. `provisional`: a year whose
    holidays are not announced was counted, so that the times are to be reckoned anew once they are.
    """

    response_due_at: datetime
    contact_due_at: datetime
    resolution_due_at: datetime
    amber_at: datetime
    red_at: datetime
    provisional: bool


@dataclass(frozen=True, slots=True)
class Pause:
    """The clock stood: the resident was waited for, or the matter was on hold until a date."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Extension:
    working_days: int


def due_times(
    policy: SlaPolicy, *, calendar: WorkCalendar, start: datetime, moved: Sequence[Pause | Extension] = ()
) -> DueTimes:
    """The times of a round that starts at `start`: the report, or the reopening.

    `moved`: what has moved them since, in the order in which it happened. A pause moves every time that had
    not passed when it began, an extension only the last.
    """
    spans = (policy.accept_within, policy.contact_within, policy.resolve_within)
    due = [calendar.add(span, start) for span in spans]
    for cause in moved:
        if isinstance(cause, Extension):
            due[-1] = due_after_extension(due[-1], calendar=calendar, working_days=cause.working_days)
            continue
        due = [
            due_after_pause(
                moment, unit=span.unit, calendar=calendar, paused_at=cause.since, resumed_at=cause.until
            )
            if cause.since < moment
            else moment
            for span, moment in zip(spans, due, strict=True)
        ]
    response_due_at, contact_due_at, resolution_due_at = due
    uses_calendar = any(span.unit is not SlaUnit.MINUTES for span in spans) or bool(moved)
    return DueTimes(
        response_due_at=response_due_at,
        contact_due_at=contact_due_at,
        resolution_due_at=resolution_due_at,
        amber_at=amber_at(
            unit=policy.resolve_within.unit, calendar=calendar, start=start, due_at=resolution_due_at
        ),
        red_at=red_at(resolution_due_at, calendar=calendar),
        provisional=uses_calendar and calendar.is_provisional(start, max(due)),
    )


def amber_at(*, unit: SlaUnit, calendar: WorkCalendar, start: datetime, due_at: datetime) -> datetime:
    """One working day before the due time, or a quarter of the whole time if that is shorter.

    Natural minutes are quartered by the wall clock, everything else in office time.
    """
    one_day_before = calendar.subtract_working_time(calendar.day_length, due_at)
    if unit is SlaUnit.MINUTES:
        quarter_before = due_at - (due_at - start) / 4
    else:
        quarter = calendar.working_hours_between(start, due_at) / 4
        quarter_before = calendar.subtract_working_time(quarter, due_at)
    return max(one_day_before, quarter_before)


def red_at(due_at: datetime, *, calendar: WorkCalendar) -> datetime:
    """When the first late working day begins."""
    return calendar.next_opening(due_at)


def is_overdue(due_at: datetime, now: datetime) -> bool:
    """Done on the very stroke is still on time."""
    return now > due_at


def in_place(policy: SlaPolicy, local: Sequence[LocalClocks], place: MatterPlace, code: str) -> SlaPolicy:
    """The policy with the times that hold in this place for this category. What is said of a category goes
    before what is said of its group, that before what is said of all; of equals the later line holds."""

    def exactness(line: LocalClocks) -> int:
        return 0 if code in line.categories else 1 if line.categories else 2

    lines = [
        line
        for line in local
        if covers_place(line.scopes, place) and (not line.categories or names_category(line.categories, code))
    ]
    for line in sorted(lines, key=exactness, reverse=True):
        policy = SlaPolicy(
            line.accept_within or policy.accept_within,
            line.contact_within or policy.contact_within,
            line.resolve_within or policy.resolve_within,
        )
    return policy


def second_round(policy: SlaPolicy) -> SlaPolicy:
    """What “not fixed” leads to: half the time of every promise, in whole units, rounded up."""
    return SlaPolicy(
        accept_within=_half(policy.accept_within),
        contact_within=_half(policy.contact_within),
        resolve_within=_half(policy.resolve_within),
    )


def _half(span: Span) -> Span:
    if span == Span(1, SlaUnit.WORKING_DAYS):  # half of it rounded up would be the whole again
        return _HALF_A_DAY
    return Span((span.amount + 1) // 2, span.unit)


def due_after_pause(
    due_at: datetime, *, unit: SlaUnit, calendar: WorkCalendar, paused_at: datetime, resumed_at: datetime
) -> datetime:
    """The due time moved by the pause: by its office time, or by all of it where minutes are natural."""
    if unit is SlaUnit.MINUTES:
        return due_at + max(resumed_at - paused_at, timedelta())
    paused = calendar.working_hours_between(paused_at, resumed_at)
    return calendar.add_working_time(paused, due_at)


def due_after_extension(due_at: datetime, *, calendar: WorkCalendar, working_days: int) -> datetime:
    """The closing time of the day so many working days after the day on which it was due."""
    return calendar.closing(calendar.working_day_after(local_day(due_at), count=working_days))
