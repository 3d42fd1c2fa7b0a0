"""How well labelled lines are understood: precision and recall, confusion, false triggers, worst mistakes.

A labelled line is a JSON object: `text`, and what is known of it: `intent` (null: none of our business),
`speak` (whether the bot should speak), `chat` ("private" or "group"), `mentioned`, `emergency` (a code, or
null), `category` (a code or a list of acceptable ones).
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from intents.datafiles import load
from intents.result import Hearing, Understanding
from intents.understander import Understander

_WORST = 15
_CONFUSIONS = 10
UNKNOWN = "?"  # the label of a line whose intent is not given


@dataclass(frozen=True, slots=True)
class Labelled:
    line: int
    text: str
    in_group: bool
    mentioned: bool
    intent: str | None = UNKNOWN
    speak: bool | None = None
    emergency: str | None = UNKNOWN
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """One labelled line and what was understood."""

    wanted: Labelled
    got: Understanding

    @property
    def is_right(self) -> bool:
        return self.wanted.intent == self.got.intent


@dataclass(frozen=True, slots=True)
class IntentScore:
    intent: str | None
    count: int
    precision: float | None  # None: never said
    recall: float | None  # None: never meant


@dataclass(frozen=True, slots=True)
class Evaluation:
    judged: tuple[Judged, ...]

    def with_intent(self) -> list[Judged]:
        return [j for j in self.judged if j.wanted.intent != UNKNOWN]

    def accuracy(self) -> float:
        rows = self.with_intent()
        return _share(sum(j.is_right for j in rows), len(rows)) or 0.0

    def by_intent(self) -> list[IntentScore]:
        rows = self.with_intent()
        wanted = Counter(j.wanted.intent for j in rows)
        said = Counter(j.got.intent for j in rows)
        right = Counter(j.got.intent for j in rows if j.is_right)
        intents = sorted(wanted.keys() | said.keys(), key=lambda name: (-wanted[name], name or ""))
        return [
            IntentScore(
                name, wanted[name], _share(right[name], said[name]), _share(right[name], wanted[name])
            )
            for name in intents
        ]

    def confusion(self) -> Counter[tuple[str | None, str | None]]:
        """(wanted, got) -> how often; right ones included."""
        return Counter((j.wanted.intent, j.got.intent) for j in self.with_intent())

    def worst(self) -> list[Judged]:
        wrong = [j for j in self.with_intent() if not j.is_right]
        return sorted(wrong, key=lambda j: -j.got.confidence)[:_WORST]

    def speaking(self) -> tuple[list[Judged], list[Judged]]:
        """Lines on which the bot should speak, and lines on which it should be silent."""
        labelled = [j for j in self.judged if j.wanted.speak is not None]
        return [j for j in labelled if j.wanted.speak], [j for j in labelled if not j.wanted.speak]


def read_labelled(path: Path) -> list[Labelled]:
    """Raises ValueError with line and reason for a line that cannot be used."""
    rows: list[Labelled] = []
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                rows.append(_labelled(number, json.loads(line)))
            except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
                raise ValueError(f"{path}:{number}: {error}") from error
    return rows


def _labelled(number: int, row: dict[str, Any]) -> Labelled:
    category = row.get("category") or ()
    return Labelled(
        line=number,
        text=str(row["text"]),
        in_group=row.get("chat") == "group",
        mentioned=bool(row.get("mentioned", False)),
        intent=row.get("intent", UNKNOWN),
        speak=row.get("speak"),
        emergency=row.get("emergency", UNKNOWN),
        categories=(category,) if isinstance(category, str) else tuple(category),
    )


def evaluate(understander: Understander, rows: Iterable[Labelled], now: datetime) -> Evaluation:
    return Evaluation(
        tuple(
            Judged(
                row,
                understander.understand(
                    row.text, Hearing(now, is_group=row.in_group, mentioned=row.mentioned)
                ),
            )
            for row in rows
        )
    )


def as_text(evaluation: Evaluation) -> str:
    """The report as plain text."""
    said = load("evaluation.yaml")
    rows = evaluation.with_intent()
    lines = [said["总数"].format(count=len(evaluation.judged), accuracy=evaluation.accuracy())]
    if rows:
        lines.append(said["表头"])
    for score in evaluation.by_intent():
        precision, recall = _percent(score.precision), _percent(score.recall)
        name = score.intent or said["无"]
        lines.append(said["一行"].format(intent=name, count=score.count, precision=precision, recall=recall))
    lines += _speaking_lines(said, evaluation) + _other_lines(said, evaluation)
    mistakes = [(pair, n) for pair, n in evaluation.confusion().most_common() if pair[0] != pair[1]]
    if mistakes:
        lines.append(said["混淆"])
        for (wanted, got), count in mistakes[:_CONFUSIONS]:
            shown = {"wanted": wanted or said["无"], "got": got or said["无"], "count": count}
            lines.append(said["混淆行"].format(**shown))
    if worst := evaluation.worst():
        lines.append(said["错"])
        for judged in worst:
            shown = {
                "line": judged.wanted.line,
                "wanted": judged.wanted.intent or said["无"],
                "got": judged.got.intent or said["无"],
                "confidence": judged.got.confidence,
                "text": judged.wanted.text[:60],
            }
            lines.append(said["错行"].format(**shown))
    return "\n".join(lines)


def _speaking_lines(said: dict[str, str], evaluation: Evaluation) -> list[str]:
    speaking, silent = evaluation.speaking()
    if not speaking and not silent:
        return []
    wrong, right = sum(j.got.respond for j in silent), sum(j.got.respond for j in speaking)
    shown = {
        "silent": len(silent),
        "wrong": wrong,
        "rate": _share(wrong, len(silent)) or 0.0,
        "speaking": len(speaking),
        "right": right,
        "recall": _share(right, len(speaking)) or 0.0,
    }
    return [said["误触发"].format(**shown)]


def _other_lines(said: dict[str, str], evaluation: Evaluation) -> list[str]:
    lines: list[str] = []
    known = [j for j in evaluation.judged if j.wanted.emergency != UNKNOWN]
    if known:
        real = [j for j in known if j.wanted.emergency is not None]
        others = [j for j in known if j.wanted.emergency is None]
        caught = sum(j.got.emergency is not None for j in real)
        wrong = sum(j.got.emergency is not None for j in others)
        lines.append(said["紧急"].format(count=len(real), caught=caught, others=len(others), wrong=wrong))
    filed = [j for j in evaluation.judged if j.wanted.categories]
    if filed:
        first = sum(j.got.category in j.wanted.categories for j in filed) / len(filed)
        third = sum(_among_three(j) for j in filed) / len(filed)
        lines.append(said["类别"].format(count=len(filed), first=first, third=third))
    return lines


def _among_three(judged: Judged) -> bool:
    return any(scored.key in judged.wanted.categories for scored in judged.got.categories[:3])


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"
