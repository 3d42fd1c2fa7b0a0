"""What time it is, and how a moment is spoken in community time."""

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

COMMUNITY_TIME = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    def now(self) -> datetime:
        """The moment, aware, in UTC."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class MovableClock:
    """A clock that somebody moves: frozen in dialogue files, running with an offset in the sandbox."""

    def __init__(self, start: datetime, *, running: bool = False) -> None:
        self._offset = start - datetime.now(UTC)
        self._frozen = None if running else start

    def now(self) -> datetime:
        return self._frozen if self._frozen is not None else datetime.now(UTC) + self._offset

    def move_to(self, moment: datetime) -> None:
        if self._frozen is not None:
            self._frozen = moment
        self._offset = moment - datetime.now(UTC)


def to_local(moment: datetime) -> datetime:
    return moment.astimezone(COMMUNITY_TIME)


def from_local(wall_clock: datetime) -> datetime:
    """A wall-clock time without zone, as people write it, to UTC."""
    return wall_clock.replace(tzinfo=COMMUNITY_TIME).astimezone(UTC)


def local_day(moment: datetime) -> date:
    return to_local(moment).date()


def day_start(day: date) -> datetime:
    """Local midnight of `day`, in UTC."""
    return from_local(datetime(day.year, day.month, day.day))  # noqa: DTZ001 - from_local adds the zone


def seconds(amount: float) -> timedelta:
    return timedelta(seconds=amount)
