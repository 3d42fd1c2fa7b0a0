"""Which activities are still to come, and which of them a text speaks of."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta

from bot.clock import from_local
from intents.normalise import fold
from knowledge.model import Knowledge
from knowledge.offers import Activity

_REMINDED_AT = time(17)  # the day before; well before the quiet hours
_PAIR = 2  # characters that two names share before one may be meant by the other


def reminded_at(activity: Activity) -> datetime:
    """When everybody who has a place is reminded."""
    return from_local(datetime.combine(activity.starts_at.date() - timedelta(days=1), _REMINDED_AT))


def to_come(knowledge: Knowledge, now: datetime) -> list[Activity]:
    """Activities that have not begun, the next one first."""
    ahead = [activity for activity in knowledge.activities.values() if from_local(activity.starts_at) > now]
    return sorted(ahead, key=lambda activity: activity.starts_at)


def named(activities: Iterable[Activity], text: str) -> list[Activity]:
    """The activities that the text calls by a name; a name that is only part of another one said does not
    count."""
    folded = fold(text)
    said = [
        (activity, max((name for name in _names(activity) if name in folded), key=len, default=""))
        for activity in activities
    ]
    return [
        activity
        for activity, name in said
        if name and not any(name != other and name in other for _, other in said)
    ]


def spoken_of(activities: Sequence[Activity], text: str, days: Iterable[date]) -> list[Activity]:
    """The activities that the text may mean: by name, else by parts of the name, and by day."""
    if by_name := named(activities, text):
        return by_name
    folded = fold(text)
    wanted = set(days)
    scores = {
        activity.id: _shared(activity, folded) + (_PAIR if activity.starts_at.date() in wanted else 0)
        for activity in activities
    }
    best = max(scores.values(), default=0)
    return [activity for activity in activities if best and scores[activity.id] == best]


def _names(activity: Activity) -> list[str]:
    return [fold(name) for name in (activity.title, *activity.aliases)]


def _shared(activity: Activity, folded: str) -> int:
    """How many different pairs of neighbouring characters of its names the text contains."""
    pairs = {name[i : i + _PAIR] for name in _names(activity) for i in range(len(name) - 1)}
    return sum(pair in folded for pair in pairs)
