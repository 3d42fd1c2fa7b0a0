"""The lawyer's free half hours: weekly windows cut into slots, minus what is taken. Plain rules."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.clock import from_local, to_local
from intents.result import TimeMention
from knowledge.offers import LegalService, WeeklyWindow

_EARLIEST_HOUR = 7  # “2:30” without more is the afternoon: nobody consults a lawyer at night
_HALF_DAY = timedelta(hours=12)
_NOON = time(12)
_PARTS: Mapping[str, tuple[time, time]] = {
    "morning": (time(0), _NOON),
    "noon": (time(11), time(14)),
    "afternoon": (_NOON, time(18)),
    "evening": (time(17), time.max),
    "night": (time(18), time.max),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """When somebody would like to come, as far as they said it; local time."""

    on: date | None = None
    at: time | None = None
    part: str | None = None

    def as_text(self) -> str:
        """For the memory of a form; `wish_from_text` reads it."""
        return f"{self.on or ''} {self.at or ''} {self.part or ''}"


def wish_from_text(text: str) -> Wish:
    on, at, part = text.split(" ") if text else ("", "", "")
    return Wish(date.fromisoformat(on) if on else None, time.fromisoformat(at) if at else None, part or None)


def wish_for(slot: datetime) -> Wish:
    local = to_local(slot)
    return Wish(local.date(), local.time())


def all_slots(
    legal: LegalService, *, now: datetime, is_closed: Callable[[date], bool]
) -> tuple[datetime, ...]:
    """The starts (aware UTC) of every slot that may be booked now, taken or not, in order."""
    today = to_local(now).date()
    days = (today + timedelta(days=ahead) for ahead in range(legal.earliest.days + 1))
    return tuple(
        start
        for day in days
        if not is_closed(day)
        for window in sorted(legal.windows, key=lambda window: window.start)
        if window.weekday == day.isoweekday()
        for start in _cut(window, day, legal.slot)
        if start >= now + legal.latest
    )


def _cut(window: WeeklyWindow, day: date, length: timedelta) -> Iterator[datetime]:
    start = from_local(datetime.combine(day, window.start))
    while start + length <= from_local(datetime.combine(day, window.end)):
        yield start
        start += length


def wish_of(mentions: Sequence[TimeMention]) -> Wish | None:
    """What all moments in one message come to: what is said last counts; “11月25日周三” is one day."""
    day: date | None = None
    at: time | None = None
    part: str | None = None
    for mention in mentions:
        if mention.on is not None and (day is None or mention.on.isoweekday() != day.isoweekday()):
            day = mention.on
        at = mention.at or at
        part = mention.part or part
    if at is not None and at.hour < _EARLIEST_HOUR:
        at = (datetime.combine(date.min, at) + _HALF_DAY).time()
    return Wish(day, at, part) if day or at or part else None


@dataclass(frozen=True, slots=True)
class Picked:
    """The slot that a wish comes to; without one, why not: several, taken, not_then."""

    start: datetime | None = None
    why_not: str = ""


def pick(
    wish: Wish, *, free: Sequence[datetime], possible: Sequence[datetime], offered: Sequence[datetime]
) -> Picked:
    """A clock time without a day means one of the days just offered."""
    fit = fitting(free, wish)
    if wish.on is None:
        days = {to_local(slot).date() for slot in offered}
        fit = [slot for slot in fit if to_local(slot).date() in days] or fit
    if len(fit) == 1 or (fit and wish.at is not None):
        return Picked(fit[0])
    if fit:
        return Picked(why_not="several")
    return Picked(why_not="taken" if fitting(possible, wish) else "not_then")


def fitting(slots: Sequence[datetime], wish: Wish) -> list[datetime]:
    """The slots that are as wished."""
    return [slot for slot in slots if _fits(to_local(slot), wish)]


def _fits(local: datetime, wish: Wish) -> bool:
    if wish.on is not None and local.date() != wish.on:
        return False
    if wish.at is not None:
        return local.time() == wish.at
    if wish.part is not None:
        begin, end = _PARTS[wish.part]
        return begin <= local.time() < end
    return True


def nearest(slots: Sequence[datetime], wish: Wish, *, most: int) -> list[datetime]:
    """The slots closest to the wish, in order of time."""
    return sorted(sorted(slots, key=lambda slot: _distance(to_local(slot), wish))[:most])


def _distance(local: datetime, wish: Wish) -> tuple[int, int]:
    """Days and minutes apart; where no day was said, earlier days are nearer."""
    days = abs((local.date() - wish.on).days) if wish.on is not None else local.toordinal()
    wanted = wish.at or (_PARTS[wish.part][0] if wish.part is not None else local.time())
    return days, abs((local.hour - wanted.hour) * 60 + local.minute - wanted.minute)
