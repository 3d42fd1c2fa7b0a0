"""The public text beside the checkout, cut into halves, and spoilt by same-sound typing errors."""

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from intents.sounds import sounded

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
LETTER = 60  # characters of a letter that are used: the rest is more formal than chat
QUESTION = 80


def read(name: str) -> list[dict[str, Any]]:
    with (DATA / f"{name}.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def half(rows: Sequence[Any], which: int | None) -> list[Any]:
    """Every second row, from the first (0) or the second (1) on; None = all of them."""
    return list(rows) if which is None else list(rows[which::2])


def texts(name: str, which: int | None) -> list[str]:
    """Letters as their first LETTER characters, legal questions as their first QUESTION, chat whole."""
    rows = half(read(name), which)
    if name == "complaints":
        return [row["body"][:LETTER] for row in rows]
    return [row["text"][:QUESTION] if name == "legal" else row["text"] for row in rows]


class Typist:
    """Replaces a share of the characters by common ones of the same sound, the same ones every time."""

    def __init__(self, corpus: Iterable[str], *, share: float) -> None:
        seen = Counter(c for text in corpus for c in text)
        self._alike: dict[str, list[str]] = defaultdict(list)
        for character, _ in seen.most_common(3500):
            if (sound := sounded(character)) != character:
                self._alike[sound].append(character)
        self._share = share
        self._random = random.Random(3)

    def spoil(self, text: str) -> str:
        return "".join(map(self._typed, text))

    def _typed(self, character: str) -> str:
        others = [c for c in self._alike.get(sounded(character), ()) if c != character]
        if others and self._random.random() < self._share:
            return self._random.choice(others)
        return character
