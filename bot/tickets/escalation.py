"""Who hears of a ticket that is late, who is rung when nobody picks it up, and how it climbs.

Volunteers and building leaders appear nowhere here: they are asked, never timed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from bot.clock import local_day
from bot.tickets.lifecycle import Actor, RefusalReason, TransitionRefused
from bot.tickets.limits import COMMUNITY_EXTENSION, SUBDISTRICT_EXTENSION
from bot.tickets.sla import red_at
from bot.tickets.working_time import WorkCalendar
from knowledge.model import RoleName


class Level(IntEnum):
    """The rung a ticket stands on; stored as its number, shown by its name."""

    L0 = 0  # settled on the spot
    L1 = 1  # grid worker, property firm
    L2 = 2  # the community, by its party secretary
    L3 = 3  # the subdistrict (街道)
    L4 = 4  # departments, called in by the subdistrict (吹哨)
    L5 = 5  # direct line above the subdistrict


LEVEL_ROLES: Mapping[Level, RoleName] = {
    Level.L0: RoleName.GRID_WORKER,
    Level.L1: RoleName.GRID_WORKER,
    Level.L2: RoleName.SECRETARY,
    # The rungs above have nobody of ours; the subdistrict's officer carries the matter there.
    Level.L3: RoleName.SUBDISTRICT_OFFICER,
    Level.L4: RoleName.SUBDISTRICT_OFFICER,
    Level.L5: RoleName.SUBDISTRICT_OFFICER,
}


def next_rung(level: Level, actor: Actor) -> Level:
    """Where a ticket goes that somebody sends up. Raises TransitionRefused."""
    return raised(level) if level < Level.L4 else direct_line(level, actor)


def direct_line(level: Level, actor: Actor) -> Level:
    """The direct line (直通车), which the secretary or the subdistrict opens. Raises TransitionRefused."""
    if level is Level.L5:
        raise TransitionRefused(RefusalReason.AT_THE_TOP)
    if actor is not Actor.SECRETARY:
        raise TransitionRefused(RefusalReason.FOR_THE_SECRETARY)
    return Level.L5


def climb_at(due_at: datetime, *, days_late: int, calendar: WorkCalendar) -> datetime:
    """When a ticket that is late climbs: the opening of the so-many-th late working day."""
    first = local_day(red_at(due_at, calendar=calendar))
    return calendar.opening(calendar.working_day_after(first, count=days_late - 1))


def raised(level: Level) -> Level:
    """One rung up; the top stays the top."""
    return Level(min(level + 1, max(Level)))


def most_extension_days(level: Level) -> int:
    """How many working days an extension may add while the ticket stands on this rung."""
    return SUBDISTRICT_EXTENSION if level >= Level.L3 else COMMUNITY_EXTENSION


class Step(StrEnum):
    """One notice about lateness; its value is part of the key under which it is sent once."""

    REMIND = "remind"  # 提醒: the assignee
    ALARM = "alarm"  # the desk, about an urgent matter, at once
    SUPERVISE = "supervise"  # 督办: the secretary


class Recipient(StrEnum):
    ASSIGNEE = "assignee"
    DISPATCHER = "dispatcher"
    SECRETARY = "secretary"


@dataclass(frozen=True, slots=True)
class Notice:
    step: Step
    to: Recipient
    at: datetime


class _After(StrEnum):
    AT_ONCE = "at_once"
    HALF_AN_HOUR = "half_an_hour"
    FIRST_LATE_MORNING = "first_late_morning"


_Row = tuple[_After, Step, Recipient]

_ORDINARY: tuple[_Row, ...] = (
    (_After.AT_ONCE, Step.REMIND, Recipient.ASSIGNEE),
    (_After.FIRST_LATE_MORNING, Step.SUPERVISE, Recipient.SECRETARY),
)
# What was due within hours does not wait for the morning.
_URGENT: tuple[_Row, ...] = (
    (_After.AT_ONCE, Step.REMIND, Recipient.ASSIGNEE),
    (_After.AT_ONCE, Step.ALARM, Recipient.DISPATCHER),
    (_After.HALF_AN_HOUR, Step.SUPERVISE, Recipient.SECRETARY),
)
_URGENT_CLASSES = frozenset({"E", "P1"})

SAME_DAY = timedelta(minutes=30)
"""How long after the due time the last notice comes that waits for no office to open."""


def lateness_notices(*, due_at: datetime, urgency: str, calendar: WorkCalendar) -> tuple[Notice, ...]:
    """Everything that is said, and when, if the ticket is not resolved by `due_at`; earliest first."""
    moments = {
        _After.AT_ONCE: due_at,
        _After.HALF_AN_HOUR: due_at + SAME_DAY,
        _After.FIRST_LATE_MORNING: red_at(due_at, calendar=calendar),
    }
    rows = _URGENT if urgency in _URGENT_CLASSES else _ORDINARY
    return tuple(Notice(step, to, moments[after]) for after, step, to in rows)


RING_EVERY: Mapping[str, timedelta] = {
    "E": timedelta(minutes=3),
    "P1": timedelta(minutes=3),
    "P2": timedelta(minutes=15),
}
"""How long one person is rung before the next in the duty order is; other urgencies ring nobody."""


def rung_by(urgency: str, *, since: datetime, now: datetime, people: int) -> int:
    """How many of the duty order have been rung by `now`, if nobody has picked it up since `since`."""
    wait = RING_EVERY.get(urgency)
    if wait is None or now < since:
        return 0
    return min((now - since) // wait + 1, people)
