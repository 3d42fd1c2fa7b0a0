"""Compute the shipped weights (intents/model.npz): `python -m tests.benchmarks.understanding_train`.

Learns from our own phrases, from sentences composed of our own frames, and from the public text beside
the checkout. Only weights and thresholds leave this script; no sentence does. Deterministic.
"""

import random
import re
import sys
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import yaml
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from intents.catalog import INTENTS, load_phrases
from intents.classifier import ANSWERED_UNASKED
from intents.model import SMOOTHING, WEIGHTS_FILE, LinearModel, grams_of
from intents.normalise import fold
from tests.benchmarks.understanding_text import LETTER, QUESTION, ROOT, half, read

FRAMES = ROOT / "tests" / "benchmarks" / "understanding_frames.yaml"
CHAT, ASKING = "none: chat", "none: question"
COMPOSED = (  # frames, label, sentences
    ("报事", "report_issue", 5000),
    ("不报", CHAT, 8000),
    ("急事", "emergency", 3000),
    ("不急", CHAT, 3000),
    ("约律师", "book_legal", 400),
    ("约服务", "order_service", 600),
)
PHRASE_WEIGHT, COMPOSED_WEIGHT = 3.0, 0.25
RARE_INTENT = 400  # intents with fewer phrases weigh more, …
MOST_WEIGHT = 6.0  # … up to this
LEAST_COUNT = 2  # a gram seen once teaches nothing
GRAMS_KEPT = 45_000
INVERSE_REGULARISATION = 30.0
FALSE_RATES = (0.0003, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1)


@dataclass(frozen=True, slots=True)
class Example:
    text: str
    label: str
    weight: float = 1.0


def examples(which: int | None) -> list[Example]:
    """What is learnt from; `which` half of the public text."""
    found = [Example(p.text, p.intent or CHAT, PHRASE_WEIGHT) for p in load_phrases()]
    found += composed()
    for row in half(read("complaints"), which):
        found += [Example(row["title"], "report_issue"), Example(row["body"][:LETTER], "report_issue")]
    found += [Example(row["text"][:QUESTION], "book_legal") for row in half(read("legal"), which)]
    found += [Example(row["text"], CHAT) for row in half(read("chat"), which)]
    found += [Example(row["text"], ASKING) for row in half(read("questions"), which)]
    return balanced(found)


def composed() -> list[Example]:
    content = yaml.safe_load(FRAMES.read_text(encoding="utf-8"))
    chance = random.Random(7)

    def sentence(frame: str) -> str:
        thing = chance.choice(content["东西"])
        slots = content | {"物": thing["名"], "病": thing["毛病"], "好": thing["好了"]}
        filled = re.sub(r"\{(.)\}", lambda slot: str(chance.choice(slots[slot[1]])), frame)
        return filled.replace("了了", "了")

    return [
        Example(sentence(chance.choice(content[frames])), label, COMPOSED_WEIGHT)
        for frames, label, sentences in COMPOSED
        for _ in range(sentences)
    ]


def balanced(found: list[Example]) -> list[Example]:
    counts = Counter(example.label for example in found)
    return [
        replace(
            example, weight=example.weight * min(MOST_WEIGHT, max(1.0, RARE_INTENT / counts[example.label]))
        )
        for example in found
    ]


def train(found: list[Example]) -> LinearModel:
    grams = [sorted(grams_of(fold(example.text))) for example in found]
    counts = Counter(gram for row in grams for gram in row)
    known = sorted(gram for gram, count in counts.items() if count >= LEAST_COUNT)
    rows = {gram: row for row, gram in enumerate(known)}
    fitted = LogisticRegression(C=INVERSE_REGULARISATION, max_iter=200)
    fitted.fit(
        _matrix(grams, rows),
        [example.label for example in found],
        sample_weight=[example.weight for example in found],
    )
    columns = [list(fitted.classes_).index(label) for label in (*INTENTS, CHAT, ASKING)]
    weights = fitted.coef_.T[:, columns]
    kept = np.sort(
        np.argsort(-np.abs(weights - weights.mean(axis=1, keepdims=True)).max(axis=1))[:GRAMS_KEPT]
    )
    return LinearModel(
        intents=INTENTS,
        rows={known[row]: number for number, row in enumerate(kept)},
        weights=weights[kept].astype(np.float32),
        bias=fitted.intercept_[columns].astype(np.float32),
    )


def _matrix(grams: list[list[str]], rows: dict[str, int]) -> csr_matrix:
    values: list[float] = []
    columns: list[int] = []
    starts = [0]
    for row in grams:
        found = [rows[gram] for gram in row if gram in rows]
        columns += found
        values += [1 / (len(found) + SMOOTHING) ** 0.5] * len(found)
        starts.append(len(columns))
    return csr_matrix((values, columns, starts), shape=(len(grams), len(rows)))


def with_thresholds(model: LinearModel, others: list[tuple[LinearModel, int]]) -> LinearModel:
    """Thresholds measured on chat that the models measured with have not seen: (model, unseen half)."""
    unasked = [INTENTS.index(intent) for intent in sorted(ANSWERED_UNASKED)]
    scores = np.array(
        [
            list(other.scores(grams_of(fold(row["text"]))).values())
            for other, unseen in others
            for row in half(read("chat"), unseen)
        ]
    )
    shares = [1 - rate for rate in FALSE_RATES]
    return replace(
        model,
        false_rates=FALSE_RATES,
        unasked=tuple(np.quantile(scores[:, unasked].max(axis=1), shares).tolist()),
        addressed=tuple(np.quantile(scores.max(axis=1), shares).tolist()),
    )


def save(model: LinearModel) -> None:
    scale = np.float32(np.abs(model.weights).max() / 127)
    np.savez_compressed(
        WEIGHTS_FILE,
        intents=np.array("\n".join(model.intents)),
        grams=np.array("\n".join(model.rows)),
        weights=np.round(model.weights / scale).astype(np.int8),
        scale=scale,
        bias=model.bias,
        false_rates=np.array(model.false_rates),
        unasked=np.array(model.unasked),
        addressed=np.array(model.addressed),
    )


def main() -> None:
    halves = [(train(examples(seen)), 1 - seen) for seen in (0, 1)]
    model = with_thresholds(train(examples(None)), halves)
    save(model)
    size = WEIGHTS_FILE.stat().st_size / 1024
    sys.stdout.write(f"{len(model.rows)} n-grams, {len(model.intents)} intents, {size:.0f} KiB\n")
    for rate, unasked, addressed in zip(FALSE_RATES, model.unasked, model.addressed, strict=True):
        sys.stdout.write(f"  {rate:.2%} of unseen chat: unasked {unasked:.2f}, addressed {addressed:.2f}\n")


if __name__ == "__main__":
    main()
