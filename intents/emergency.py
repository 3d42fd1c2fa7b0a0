"""Emergencies: by rules with context first, then by likeness to what people write when something happens.

Certain: ring somebody. Only possible: show the numbers. Merely talked about (a drill, a film, last year):
no emergency.
"""

import re
from dataclasses import dataclass

from intents.classifier import Reading
from intents.datafiles import load
from intents.result import Emergency, EmergencyRule
from intents.rule_search import RuleSearch, compile_rules

_AT_ONCE = 120  # characters: whoever is in danger says so at once, …
_SEARCHED = 4000  # … or cries for help
_LIKELY = 0.2  # log-odds of the model from which on a text without a rule is a possible emergency …
_SURE = 2.5  # … and a certain one, …
_CLEAR = 1.0  # … if it leads the next best intent by this much
_ILLNESS = "K0"  # the class where the words name none: 120


@dataclass(frozen=True, slots=True)
class EmergencyReader:
    rules: RuleSearch
    softeners: re.Pattern[str]  # certain -> possible
    dismissals: re.Pattern[str]  # films, drills, the past: no emergency at all
    habits: re.Pattern[str]  # “经常”, “3月5日”: a complaint about what happens, …
    even_as_habit: frozenset[str]  # … save in these classes
    cries: re.Pattern[str]  # “快来人”
    live: re.Pattern[str]  # it is happening, whatever else the words suggest
    classes: tuple[tuple[str, re.Pattern[str]], ...]  # what a text without a rule is about

    def read(self, folded: str) -> Emergency | None:
        """The emergency that a rule finds."""
        text = self.searched(folded)
        if (fired := self.rules.first(text)) is None:
            return None
        code, _ = fired
        if self.live.search(text) is not None or self.cries.search(text) is not None:
            return Emergency(code, certain=True)
        return self._weighed(code, text, certain=True)

    def searched(self, folded: str) -> str:
        """The part of a text in which an emergency is looked for."""
        return folded[: _SEARCHED if self.cries.search(folded, 0, _SEARCHED) else _AT_ONCE]

    def likely(self, folded: str, reading: Reading) -> Emergency | None:
        """The emergency that no rule finds, but that the text reads like more than like anything else."""
        (_, log_odds), (_, next_best) = reading.ranked(2)
        if log_odds < _LIKELY or log_odds - next_best < _CLEAR:
            return None
        text = folded[:_AT_ONCE]
        sure = log_odds >= _SURE
        for code, pattern in self.classes:
            if pattern.search(text) is not None:
                return self._weighed(code, text, certain=sure)
        return self._weighed(_ILLNESS, text, certain=False) if sure else None

    def _weighed(self, code: str, text: str, *, certain: bool) -> Emergency | None:
        if self.dismissals.search(text) is not None:
            return None
        if code not in self.even_as_habit and self.habits.search(text) is not None:
            return None
        return Emergency(code, certain=certain and self.softeners.search(text) is None)


def compile_emergencies(rules: tuple[EmergencyRule, ...], softeners: tuple[str, ...]) -> EmergencyReader:
    context = load("emergency_context.yaml")
    return EmergencyReader(
        rules=compile_rules((rule.code, rule.pattern) for rule in rules),
        softeners=_any_of(softeners),
        dismissals=_any_of(tuple(context["说的不是眼前"])),
        habits=_any_of(tuple(context["说的是常事"])),
        even_as_habit=frozenset(context["常有也当真"]),
        cries=_any_of(tuple(context["呼救"])),
        live=_any_of(tuple(context["就在眼前"])),
        classes=tuple((code, re.compile(pattern)) for code, pattern in context["归类"].items()),
    )


def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{p})" for p in patterns) or r"(?!)")
