"""Compute intents/sameness.npz: `python -m tests.benchmarks.understanding_train_faq`.

How rare words are in everyday chat and questions, and how much each sign of sameness counts, learnt from
pairs of questions that do or do not ask the same. Only figures leave this script. Deterministic.
"""

import sys
from collections import Counter
from dataclasses import replace

import numpy as np
from sklearn.linear_model import LogisticRegression

from intents.index import PhraseIndex, build_index
from intents.normalise import fold
from intents.sameness import FIGURES_FILE, Sameness
from intents.synonyms import load_synonyms
from tests.benchmarks.understanding_text import read

LEAST_COUNT = 3
INVERSE_REGULARISATION = 3.0


def rarities() -> dict[str, float]:
    texts = [fold(row["text"]) for name in ("chat", "questions") for row in read(name)]
    counts = Counter(word for text in texts for word in set(load_synonyms().words(text)))
    return {
        word: float(np.log(1 + len(texts) / count) / np.log(1 + 2 * len(texts)))
        for word, count in sorted(counts.items())
        if count >= LEAST_COUNT
    }


def train(standards: set[str], rarity: dict[str, float]) -> Sameness:
    """Learnt from the pairs of these standard questions only."""
    rows = [row for row in read("faq-pairs") if row["standard"] in standards]
    phrases = list(dict.fromkeys(row["standard"] for row in read("faq-pairs")))
    index = build_index([fold(phrase) for phrase in phrases])
    untrained = Sameness(rarity, load_synonyms().asking, (), 0.0)
    signs = [signs_of_pair(untrained, index, row["asked"], row["standard"]) for row in rows]
    fitted = LogisticRegression(C=INVERSE_REGULARISATION, max_iter=3000)
    fitted.fit(np.array(signs), [row["same"] for row in rows])
    return replace(untrained, weights=tuple(fitted.coef_[0].tolist()), bias=float(fitted.intercept_[0]))


def signs_of_pair(sameness: Sameness, index: PhraseIndex, asked: str, standard: str) -> tuple[float, ...]:
    words = load_synonyms().words
    folded, wanted = fold(asked), fold(standard)
    hit = index.compare(folded, wanted)
    return sameness.signs(words(folded), words(wanted), hit)


def main() -> None:
    standards = {row["standard"] for row in read("faq-pairs")}
    sameness = train(standards, rarities())
    np.savez_compressed(
        FIGURES_FILE,
        words=np.array("\n".join(sameness.rarity)),
        rarity=np.array(list(sameness.rarity.values()), dtype=np.float16),
        weights=np.array(sameness.weights),
        bias=np.array(sameness.bias),
    )
    sys.stdout.write(f"{len(sameness.rarity)} words; weights {np.round(sameness.weights, 2)}\n")


if __name__ == "__main__":
    main()
