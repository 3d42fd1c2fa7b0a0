"""The small linear model: n-grams of characters and of sounds in, one score per intent out.

Its weights are figures computed by tests/benchmarks/understanding_train.py; nothing is learnt at run time.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from math import exp, log

import numpy as np
import numpy.typing as npt

from intents.datafiles import HERE
from intents.sounds import is_sound, sounded

Figures = npt.NDArray[np.float32]
Weights = npt.NDArray[np.float32] | npt.NDArray[np.int8]

SMOOTHING = 3.0  # keeps a text of two characters from shouting
WEIGHTS_FILE = HERE / "model.npz"
_HEAD, _TAIL = 120, 40  # of a long letter: people say what they want at either end
_PAUSES = re.compile(r"""[,.。!?;:、\s~…()"'“”‘’【】\[\]<>《》「」*_]+""")


def grams_of(folded: str) -> set[str]:
    """Distinct 1- to 3-grams of characters and 2-grams of sounds; pauses count as one character."""
    if len(folded) > _HEAD + _TAIL:
        folded = f"{folded[:_HEAD]} {folded[-_TAIL:]}"
    marked = f"^{_PAUSES.sub('|', folded)}$"
    heard = sounded(marked)
    pairs = range(len(marked) - 1)
    grams = set(marked)
    grams.update([marked[i : i + 2] for i in pairs])
    grams.update([marked[i : i + 3] for i in pairs])
    grams.update([heard[i : i + 2] for i in pairs])
    return grams


@dataclass(frozen=True, slots=True)
class LinearModel:
    """`weights` has a row per known gram and a column per intent, in units of `scale`; the last two columns
    stand for talk and for questions that are none of the bot's business. They stay as small as they are
    stored: a message needs a hundred rows from all over them. `unasked` and `addressed` say from which
    log-odds on the bot would speak, for each of the `false_rates`: shares of ordinary chat."""

    intents: tuple[str, ...]
    rows: dict[str, int]
    weights: Weights
    bias: Figures
    scale: float = 1.0
    false_rates: tuple[float, ...] = ()
    unasked: tuple[float, ...] = ()
    addressed: tuple[float, ...] = ()

    def scores(self, grams: Iterable[str]) -> dict[str, float]:
        """The log-odds of every intent against silence."""
        known = [row for row in map(self.rows.get, grams) if row is not None]
        scale = self.scale * (len(known) + SMOOTHING) ** -0.5
        summed = self.weights[known].sum(axis=0, dtype=np.float32)
        totals: list[float] = (summed * scale + self.bias).tolist()
        *meant, chat, asking = totals
        most = max(chat, asking)
        silence = most + log(exp(chat - most) + exp(asking - most))
        return {intent: total - silence for intent, total in zip(self.intents, meant, strict=True)}

    def pushes(self, grams: Iterable[str], intent: str) -> dict[str, float]:
        """How much each known gram pushes the text towards an intent and away from silence."""
        known = [gram for gram in grams if gram in self.rows]
        scale = self.scale * (len(known) + SMOOTHING) ** -0.5
        column, silence = self.intents.index(intent), self.weights[:, len(self.intents) :]
        return {
            gram: (float(self.weights[row, column]) - float(silence[row].max())) * scale
            for gram in known
            if not is_sound(gram)
            for row in (self.rows[gram],)
        }

    def threshold(self, false_rate: float, *, addressed: bool) -> float:
        """The log-odds from which on this share of ordinary chat would make the bot speak."""
        measured = self.addressed if addressed else self.unasked
        return float(np.interp(np.log(false_rate), np.log(self.false_rates), measured))


@cache
def load_model() -> LinearModel:
    with np.load(WEIGHTS_FILE) as file:
        return LinearModel(
            intents=tuple(str(file["intents"]).split("\n")),
            rows={gram: row for row, gram in enumerate(str(file["grams"]).split("\n"))},
            weights=file["weights"],
            bias=file["bias"],
            scale=float(file["scale"]),
            false_rates=tuple(file["false_rates"].tolist()),
            unasked=tuple(file["unasked"].tolist()),
            addressed=tuple(file["addressed"].tolist()),
        )
