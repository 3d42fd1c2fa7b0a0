"""When somebody says they will be there: “下午三点到”, “20分钟到”, “明天上午过去”."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from intents.normalise import fold
from intents.numerals import NUMBER, to_number
from intents.times import read_times

_IN_A_WHILE = re.compile(
    rf"(?P<minutes>{NUMBER})分钟"
    rf"|(?P<hours>{NUMBER})个?(?P<and_half>半)?(?:小时|钟头)"
    r"|(?P<half>半)个?(?:小时|钟头)"
)
_HALF_AN_HOUR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Arrival:
    """The day, and the wall-clock time or at least the `part` of the day (morning, noon, afternoon, evening,
    night), where it is told."""

    on: date
    at: time | None = None
    part: str | None = None


def read_arrival(text: str, now: datetime) -> Arrival | None:
    """The first moment in a text that is still to come; None where it tells none. `now` is local, without
    zone."""
    folded = fold(text)
    if (found := _IN_A_WHILE.search(folded)) is not None:
        moment = now + _while(found)
        return Arrival(moment.date(), moment.time().replace(second=0, microsecond=0))
    for mention in read_times(folded, now):
        on = mention.on or now.date()
        at = mention.at
        is_past = on < now.date() or (at is not None and datetime.combine(on, at) <= now)
        if not is_past:
            return Arrival(on, at, None if at is not None else mention.part)
    return None


def _while(found: re.Match[str]) -> timedelta:
    if found["half"] is not None:
        return _HALF_AN_HOUR
    if found["minutes"] is not None:
        return timedelta(minutes=to_number(found["minutes"]) or 0)
    half = _HALF_AN_HOUR if found["and_half"] is not None else timedelta()
    return timedelta(hours=to_number(found["hours"]) or 0) + half
