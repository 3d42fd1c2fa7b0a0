"""What people may book or sign up for, as legal.yaml and activities.yaml have it."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta


@dataclass(frozen=True, slots=True)
class WeeklyWindow:
    weekday: int  # ISO, Monday = 1
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class LegalService:
    lawyer: str
    place: str
    windows: tuple[WeeklyWindow, ...]
    slot: timedelta
    seats: int
    modes: tuple[str, ...]
    earliest: timedelta  # how far ahead one may book
    latest: timedelta  # how shortly before one may still book


@dataclass(frozen=True, slots=True)
class Activity:
    id: str
    title: str
    aliases: tuple[str, ...]
    starts_at: datetime  # local, without zone
    ends_at: datetime
    place: str
    seats: int
    hours: float
