"""How sure it is that two differently worded questions ask the same.

Weights and rarities are figures computed by tests/benchmarks/understanding_train_faq.py.
"""

from dataclasses import dataclass
from functools import cache
from math import exp

import numpy as np

from intents.datafiles import HERE
from intents.index import Hit

FIGURES_FILE = HERE / "sameness.npz"


@dataclass(frozen=True, slots=True)
class Sameness:
    """`rarity`: how unusual a canonical word is in everyday questions and chat, 0..1; unlisted words are
    as rare as can be. `weights` belong to the signs, in their order; `asking` are the words that say what
    is asked."""

    rarity: dict[str, float]
    asking: frozenset[str]
    weights: tuple[float, ...]
    bias: float

    def confidence(self, words: list[str], phrase_words: list[str], hit: Hit) -> float:
        """The probability that both ask the same."""
        total = self.bias
        for weight, sign in zip(self.weights, self.signs(words, phrase_words, hit), strict=True):
            total += weight * sign
        return 1 / (1 + exp(-total))

    def signs(self, words: list[str], phrase_words: list[str], hit: Hit) -> tuple[float, ...]:
        asked, known = set(words), set(phrase_words)
        unasked, unknown = [*map(self._rarity, known - asked)], [*map(self._rarity, asked - known)]
        what, what_known = asked & self.asking, known & self.asking
        return (
            hit.overlap,
            hit.likeness,
            sum(unknown) / (sum(map(self._rarity, asked)) or 1.0),
            sum(unasked) / (sum(map(self._rarity, known)) or 1.0),
            max(unknown, default=0.0),
            max(unasked, default=0.0),
            1.0 if what and what_known and not what & what_known else 0.0,
        )

    def _rarity(self, word: str) -> float:
        return self.rarity.get(word, 1.0)


@cache
def load_sameness(asking: frozenset[str]) -> Sameness:
    with np.load(FIGURES_FILE) as file:
        words = str(file["words"]).split("\n")
        return Sameness(
            rarity=dict(zip(words, file["rarity"].astype(float).tolist(), strict=True)),
            asking=asking,
            weights=tuple(file["weights"].tolist()),
            bias=float(file["bias"]),
        )
