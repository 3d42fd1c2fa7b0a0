"""What n-grams say about the category of a text, beside the words that people put into the files.

Its weights are figures computed by tests/benchmarks/understanding_train_categories.py.
"""

import re
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from intents.category_words import HEAD
from intents.datafiles import HERE
from intents.model import Figures, Weights

WEIGHTS_FILE = HERE / "categories.npz"
NO_CATEGORY = "-"
SMOOTHING = 3.0  # keeps a text of two characters from shouting
_LENGTHS = (2, 3, 4)
_NEAR, _NEAR_SHARE, _FAR_SHARE = 100, 0.5, 0.3  # what counts behind the head, and behind that
_PAUSES = re.compile(r"""[,.。!?;:、\s~…()"'“”‘’【】\[\]<>《》「」*_]+""")
_NUMBERS = re.compile(r"[0-9]+")


def placed_grams(text: str) -> dict[str, float]:
    """N-grams of characters with what each counts where it first stands; pauses count as one character."""
    marked = _NUMBERS.sub("0", _PAUSES.sub("|", f"|{text}"))
    grams: dict[str, float] = {}
    for begin, end, share in ((_NEAR, len(marked), _FAR_SHARE), (HEAD, _NEAR, _NEAR_SHARE), (0, HEAD, 1.0)):
        for length in _LENGTHS:
            starts = range(begin, min(end, len(marked) - length + 1))
            grams.update(dict.fromkeys([marked[start : start + length] for start in starts], share))
    return grams


@dataclass(frozen=True, slots=True)
class CategoryModel:
    """`weights` has a row per known gram and a column per code, in units of `unit`. `evidence` is what the
    words of the files count: the logarithm of their weight in the head, that in the whole text, and their
    share. `words` are those that stood in the files when this was learnt: (code, word)."""

    codes: tuple[str, ...]
    rows: dict[str, int]
    weights: Weights
    bias: Figures
    evidence: tuple[float, float, float]
    unit: float = 1.0
    words: frozenset[tuple[str, str]] = frozenset()

    def scores(self, text: str) -> Figures:
        """One unnormalised log-probability per code, without the words of the files."""
        rows = self.rows
        known = {
            row: share for gram, share in placed_grams(text).items() if (row := rows.get(gram)) is not None
        }
        shares = np.fromiter(known.values(), np.float32, len(known))
        scale = self.unit * (float(shares @ shares) + SMOOTHING) ** -0.5
        totals: Figures = shares @ self.weights[list(known)] * scale + self.bias
        return totals

    def evidence_of(self, signs: tuple[float, float, float]) -> float:
        """What the words of the files add to the score of a category."""
        (head, whole, share), (for_head, for_whole, for_share) = signs, self.evidence
        return head * for_head + whole * for_whole + share * for_share

    def for_codes(self, codes: tuple[str, ...]) -> "CategoryModel":
        """The same model with these columns; a code it has not learnt is as likely as a middling one."""
        column = {code: number for number, code in enumerate(self.codes)}
        weights = np.zeros((len(self.weights), len(codes)), self.weights.dtype)
        bias = np.full(len(codes), np.median(self.bias), np.float32)
        for number, code in enumerate(codes):
            if code in column:
                weights[:, number] = self.weights[:, column[code]]
                bias[number] = self.bias[column[code]]
        return replace(self, codes=codes, weights=weights, bias=bias)


@cache
def load_category_model() -> CategoryModel:
    with np.load(WEIGHTS_FILE) as file:
        head, whole, share = file["evidence"].tolist()
        return CategoryModel(
            codes=tuple(str(file["codes"]).split("\n")),
            rows={gram: row for row, gram in enumerate(str(file["grams"]).split("\n"))},
            weights=file["weights"],
            bias=file["bias"],
            evidence=(head, whole, share),
            unit=float(file["scale"]),
            words=frozenset(_pair(line) for line in str(file["words"]).split("\n")),
        )


def _pair(line: str) -> tuple[str, str]:
    code, _, word = line.partition(" ")
    return code, word
