"""What staff do: take up what is pushed to them, do it, forget it, are late, hand it over."""

import math
import random
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta

from bot.clock import from_local, to_local
from bot.messaging import OutboundMessage
from bot.simulation.diary import Line
from bot.simulation.material import StaffHabits
from knowledge.model import Knowledge, RoleName, StaffMember
from knowledge.replies import PLACEHOLDER

_NUMBER = re.compile(r"[A-Z][0-9]{4}-[0-9]{4,}")
_QUESTION = "？"
_SPREAD = 0.9  # sigma of the logarithm of how long something takes
_URGENT = "急事"
_LEAVES = "不理"
_DONE = "做完"
_FROM, _TO = time(8), time(19, 30)  # when they look at what can wait
_SATURDAY = 5
_LEADER_WEEKLY = "leader.head"


class Staff:
    """Everybody with a role in one community. Remembers only what somebody means to do already."""

    def __init__(self, knowledge: Knowledge, habits: StaffHabits, seed: str) -> None:
        self._knowledge = knowledge
        self._habits = habits
        self._chance = random.Random(f"{seed}/staff")
        self._meant: set[tuple[str, str]] = set()  # account and ticket number
        self._away: frozenset[str] = frozenset()
        self._known = _patterns(knowledge.replies, [*habits.habit_of, _LEADER_WEEKLY])
        self._workers = [member for member in knowledge.staff.values() if member.role is RoleName.GRID_WORKER]

    def begin_day(self, midnight: datetime) -> Iterator[Line]:
        """Who is away, and what workers settle on the spot without being asked."""
        habits = self._habits
        self._away = frozenset(worker.name for worker in self._workers if self._chance.random() < habits.away)
        for worker in self._workers:
            if worker.name not in self._away and self._chance.random() < habits.spot_a_day:
                at = midnight + timedelta(hours=self._chance.uniform(8.5, 18))
                yield Line(at, worker.name, worker.name, self._chance.choice(habits.on_the_spot))

    def react(self, message: OutboundMessage, now: datetime) -> list[Line]:
        member = self._knowledge.staff.get(message.address.chat)
        if member is None:
            return []
        first = message.text.partition("\n")[0]
        key = next((key for key, pattern in self._known if pattern.match(first)), None)
        if key == _LEADER_WEEKLY:
            return self._leader_answers(member, now)
        if key is None:
            is_asked = first.endswith(_QUESTION) and not message.buttons
            return (
                [self._say(member, self._habits.when_asked, now + timedelta(minutes=1))] if is_asked else []
            )
        habit = self._habits.habit_of[key]
        numbers = dict.fromkeys(_NUMBER.findall(message.text))
        found = (self._take_up(member, habit, number, now) for number in numbers)
        return [line for line in found if line is not None]

    def said(self, line: Line) -> None:
        """It is out: the same ticket may be taken up again."""
        for number in _NUMBER.findall(line.text):
            self._meant.discard((line.account, number))

    # -- below ------------------------------------------------------------------------------------

    def _take_up(self, member: StaffMember, habit: str, number: str, now: datetime) -> Line | None:
        if (member.name, number) in self._meant or (member.name in self._away and habit != _URGENT):
            return None
        says = self._habits.reacts[habit].pick(self._chance)
        if says == _LEAVES:
            return None
        if says == _DONE:
            says = self._chance.choice(self._habits.done)
        minutes = self._habits.minutes[habit] * math.exp(self._chance.gauss(0, _SPREAD))
        at = now + timedelta(minutes=minutes)
        if habit != _URGENT:
            at = self._when_they_look(at)
        self._meant.add((member.name, number))
        others = [worker.name for worker in self._workers if worker.name != member.name]
        colleague = self._chance.choice(others) if others else member.name
        return self._say(member, says.replace("{号}", number).replace("{人}", colleague), at)

    def _when_they_look(self, at: datetime) -> datetime:
        """The next moment at which somebody looks at what can wait."""
        local = to_local(at).replace(tzinfo=None)
        if local.time() > _TO:
            local = datetime.combine(local.date() + timedelta(days=1), _FROM)
        elif local.time() < _FROM:
            local = datetime.combine(local.date(), _FROM)
        while local.weekday() >= _SATURDAY and self._chance.random() > self._habits.weekend:
            local += timedelta(days=1)
        return from_local(local + timedelta(minutes=self._chance.uniform(0, 25)))

    def _leader_answers(self, leader: StaffMember, now: datetime) -> list[Line]:
        if self._chance.random() > self._habits.leader_answers:
            return []
        return [
            self._say(leader, self._habits.leader_says, now + timedelta(hours=self._chance.uniform(0, 9)))
        ]

    def _say(self, member: StaffMember, text: str, at: datetime) -> Line:
        return Line(at, member.name, member.name, text)


def _patterns(replies: Mapping[str, str], keys: list[str]) -> list[tuple[str, re.Pattern[str]]]:
    """How a message is recognised by the sentence it was made from; the longest sentence first."""
    found = [(key, _pattern(replies[key])) for key in keys]
    return sorted(found, key=lambda pair: len(pair[1].pattern), reverse=True)


def _pattern(sentence: str) -> re.Pattern[str]:
    parts = PLACEHOLDER.split(sentence)[::2]  # every second part is the name of a placeholder
    return re.compile(".*?".join(re.escape(part) for part in parts))
