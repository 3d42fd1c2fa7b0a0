"""What residents do: begin to talk, answer what they are asked, press a button or let it be."""

import random
from collections import Counter, deque
from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.messaging import OutboundMessage
from bot.simulation.diary import Line
from bot.simulation.material import ResidentHabits, Trouble
from bot.simulation.town import Plan, Resident

_REMEMBERED = 300  # people who were told a ticket number lately, and may come back to it
_QUESTION = "？"
_A_LINE_TAKES = (4.0, 90.0)  # seconds


class Residents:
    """Everybody of one community; nobody is kept but those who came back with a number lately."""

    def __init__(self, plan: Plan, habits: ResidentHabits, number_mark: str) -> None:
        """`number_mark` begins every ticket number of the community."""
        self._plan = plan
        self._habits = habits
        self._number_mark = number_mark
        self._chance = random.Random(f"{plan.seed}/residents")
        self._reporters: deque[str] = deque(maxlen=_REMEMBERED)
        self._lines_today: Counter[str] = Counter()

    def begin_day(self, midnight: datetime, troubles: list[tuple[Trouble, str | None]]) -> Iterator[Line]:
        """All conversations that begin on this day by themselves. A trouble hits one compound, or all."""
        self._lines_today.clear()
        for _ in range(self._how_many(self._habits.per_thousand, 1.0)):
            yield from self._opening(midnight)
        for trouble, compound in troubles:
            yield from self._all_at_once(midnight, trouble, compound)

    def react(self, message: OutboundMessage, now: datetime) -> Line | None:
        """What the receiver says to it; mostly nothing."""
        who = self._plan.of_account(message.address.chat)
        if who is None:
            return None
        if self._number_mark in message.text:
            self._reporters.append(who.account)
        self._lines_today[who.account] += 1
        if self._lines_today[who.account] > self._habits.most_lines:
            return None
        says = self._answer(message, who)
        pause = timedelta(seconds=self._chance.uniform(*_A_LINE_TAKES))
        return Line(now + pause, who.account, who.name, says) if says is not None else None

    # -- below ------------------------------------------------------------------------------------

    def _answer(self, message: OutboundMessage, who: Resident) -> str | None:
        if message.buttons:
            offered: list[str | None] = [button.says for button in message.buttons]
            weights = [self._habits.buttons.get(button.says, 1.0) for button in message.buttons]
            return self._chance.choices([*offered, None], [*weights, self._habits.ignores])[0]
        is_asked = message.text.partition("\n")[0].endswith(_QUESTION)
        return self._placed("{室}", who) if is_asked else None

    def _opening(self, midnight: datetime) -> Iterator[Line]:
        at = midnight + timedelta(
            hours=self._habits.hours.pick(self._chance), seconds=self._chance.uniform(0, 3600)
        )
        if self._reporters and self._chance.random() < self._habits.later_share:
            account = self._chance.choice(self._reporters)
            who = self._plan.of_account(account)
            lines, group = self._habits.later, False
        else:
            who = self._somebody()
            group = self._chance.random() < self._habits.group_share
            lines = self._habits.in_group if group else self._habits.opens
        assert who is not None, "accounts are made from numbers"
        text = self._placed(lines.pick(self._chance), who)
        yield Line(at, who.account, who.name, text, f"{who.compound}/residents" if group else None)

    def _all_at_once(self, midnight: datetime, trouble: Trouble, compound: str | None) -> Iterator[Line]:
        compounds = len(self._plan.knowledge.compounds)
        begins = midnight + timedelta(hours=self._chance.uniform(0, 24 - trouble.hours))
        share = 1.0 if compound is None else 1 / compounds
        for _ in range(self._how_many(trouble.per_thousand, share)):
            who = self._somebody(compound)
            at = begins + timedelta(hours=self._chance.triangular(0, trouble.hours, 0))
            text = self._placed(self._chance.choice(trouble.lines), who)
            yield Line(at, who.account, who.name, text)

    def _somebody(self, compound: str | None = None) -> Resident:
        while True:
            who = self._plan.resident(self._chance.randrange(self._plan.residents))
            if compound in (None, who.compound):
                return who

    def _how_many(self, per_thousand: float, share: float) -> int:
        expected = per_thousand * share * self._plan.residents / 1000
        return int(expected) + (self._chance.random() < expected % 1)

    def _placed(self, text: str, who: Resident) -> str:
        unit = self._plan.place_of(who)
        room = f"{unit}{who.room}"
        return text.replace("{院}", who.compound).replace("{处}", unit).replace("{室}", room)
