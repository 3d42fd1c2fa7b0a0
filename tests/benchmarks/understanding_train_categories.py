"""Compute intents/categories.npz: `python -m tests.benchmarks.understanding_train_categories`.

Learns from letters labelled by hand, from the words of knowledge/categories.yaml with what people say
around them, and from chat that is no matter at all. The n-grams learn only what the words do not already
say. Only weights leave this script. Deterministic.
"""

import json
import random
import sys
from dataclasses import dataclass

import numpy as np
import yaml
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from intents.category_model import NO_CATEGORY, SMOOTHING, WEIGHTS_FILE, CategoryModel, placed_grams
from intents.category_words import SEARCHED, WordReader, compile_words
from intents.normalise import fold
from intents.result import CategoryWords
from knowledge.library import read_knowledge
from tests.benchmarks.understanding_text import LETTER, ROOT, read

LABELS = ROOT / "tests" / "benchmarks" / "understanding_labels.json"  # our own: line of a letter -> codes
AROUND = ROOT / "tests" / "benchmarks" / "understanding_around.yaml"
ACCEPTABLE = (1.0, 0.5, 0.3)  # what the best, second and third acceptable code count
WORD_WEIGHT = 0.3  # of a text made of a word, or of a line of chat, against a letter
CHAT_LINES = 1500  # talk that is no matter at all
LEAST_SOURCES = {2: 4, 3: 4, 4: 8}  # letters or texts that must have a gram of this length
GRAMS_KEPT = 14_000
INVERSE_REGULARISATION = 10.0
STEPS = 80


@dataclass(frozen=True, slots=True)
class Labelled:
    number: int
    title: str
    body: str
    codes: tuple[str, ...]  # acceptable, best first


@dataclass(frozen=True, slots=True)
class Example:
    text: str
    codes: tuple[str, ...]
    weight: float
    source: str  # texts of one source count once where grams are counted


def labelled() -> list[Labelled]:
    """All letters labelled by hand: the first 200 by their file, the others by ours."""
    rows = read("complaints")
    codes = {int(number): found for number, found in json.loads(LABELS.read_text()).items()}
    codes |= {number: row["codes"] for number, row in enumerate(read("categories"))}
    return [
        Labelled(number, rows[number]["title"], rows[number]["body"].strip(), tuple(found))
        for number, found in sorted(codes.items())
    ]


def views(letter: Labelled) -> tuple[str, ...]:
    """The letter as it may be seen: with its title, its first LETTER characters, its head, its title."""
    title, body = letter.title, letter.body
    return tuple(map(fold, (f"{title}。{body[:SEARCHED]}", body[:LETTER], body[:200], title)))


def category_words() -> tuple[CategoryWords, ...]:
    categories = read_knowledge(ROOT / "knowledge").categories.values()
    return tuple(CategoryWords(c.code, c.name, c.urgency, c.words, c.not_words) for c in categories)


def examples(learnt_from: list[Labelled]) -> list[Example]:
    found = [
        Example(text, letter.codes, 1.0, str(letter.number))
        for letter in learnt_from
        for text in views(letter)
    ]
    chance = random.Random(5)
    around = yaml.safe_load(AROUND.read_text(encoding="utf-8"))
    for category in category_words():
        texts = [word.replace("+", "") for word in category.words] + [category.name]
        if category.code not in around["不用"]:
            texts += [
                chance.choice(around["前"]) + word.replace("+", chance.choice(around["间"])) + after
                for word in category.words
                for after in [chance.choice(around["后"])]
            ]
        found += [Example(text, (category.code,), WORD_WEIGHT, text) for text in map(fold, texts)]
    lines = [fold(row["text"]) for row in read("chat")[::2]]
    found += [Example(line, (NO_CATEGORY,), WORD_WEIGHT, line) for line in chance.sample(lines, CHAT_LINES)]
    found += [Example(fold(text), (NO_CATEGORY,), 1.0, text) for text in around["不是事"]]
    return found


def train(learnt_from: list[Labelled]) -> CategoryModel:
    words = category_words()
    codes = (NO_CATEGORY, *(category.code for category in words))
    found = examples(learnt_from)
    grams = [placed_grams(example.text[:SEARCHED]) for example in found]
    rows = {gram: row for row, gram in enumerate(_kept(found, grams))}
    counts = _matrix(grams, rows)
    signs = _signs(found, compile_words(words), codes)
    wanted = _wanted(found, codes)
    importance = np.array([example.weight for example in found], np.float32)[:, None]
    shape = (len(rows), len(codes))
    cut = shape[0] * shape[1]

    def loss(figures: np.ndarray) -> tuple[float, np.ndarray]:
        weights = figures[:cut].reshape(shape).astype(np.float32)
        bias, evidence = figures[cut:-3].astype(np.float32), figures[-3:].astype(np.float32)
        scores = counts @ weights + bias + np.tensordot(evidence, signs, 1)
        scores -= scores.max(axis=1, keepdims=True)
        odds = np.exp(scores)
        total = odds.sum(axis=1, keepdims=True)
        wrong = (odds / total - wanted) * importance
        cost = -np.sum(importance * wanted * (scores - np.log(total)), dtype=np.float64)
        cost += 0.5 / INVERSE_REGULARISATION * np.sum(weights**2, dtype=np.float64)
        cost += 0.05 * np.sum(bias**2, dtype=np.float64)
        slopes = (counts.T @ wrong + weights / INVERSE_REGULARISATION).ravel()
        evidence_slopes = np.einsum("ij,kij->k", wrong, signs)
        return float(cost), np.concatenate([slopes, wrong.sum(axis=0) + 0.1 * bias, evidence_slopes]).astype(
            np.float64
        )

    start = np.zeros(cut + len(codes) + 3)
    start[-3:] = 0.5
    figures = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS, "maxcor": 6}).x
    head, whole, share = figures[-3:].tolist()
    return CategoryModel(
        codes=codes,
        rows=rows,
        weights=figures[:cut].reshape(shape).astype(np.float32),
        bias=figures[cut:-3].astype(np.float32),
        evidence=(head, whole, share),
        words=frozenset((category.code, word) for category in words for word in category.words),
    )


def _kept(found: list[Example], grams: list[dict[str, float]]) -> list[str]:
    sources: dict[str, set[str]] = {}
    for example, placed in zip(found, grams, strict=True):
        for gram in placed:
            sources.setdefault(gram, set()).add(example.source)
    known = [gram for gram, from_where in sources.items() if len(from_where) >= LEAST_SOURCES[len(gram)]]
    return sorted(sorted(known, key=lambda gram: (-len(sources[gram]), gram))[:GRAMS_KEPT])


def _matrix(grams: list[dict[str, float]], rows: dict[str, int]) -> csr_matrix:
    values: list[float] = []
    columns: list[int] = []
    starts = [0]
    for placed in grams:
        known = [(rows[gram], share) for gram, share in placed.items() if gram in rows]
        scale = (sum(share * share for _, share in known) + SMOOTHING) ** -0.5
        columns += [row for row, _ in known]
        values += [share * scale for _, share in known]
        starts.append(len(columns))
    return csr_matrix((np.array(values, np.float32), columns, starts), shape=(len(grams), len(rows)))


def _signs(found: list[Example], words: WordReader, codes: tuple[str, ...]) -> np.ndarray:
    column = {code: number for number, code in enumerate(codes)}
    signs = np.zeros((3, len(found), len(codes)), np.float32)
    for number, example in enumerate(found):
        text = example.text[:SEARCHED]
        for code, figures in words.signs(text, words.words_in(text)).items():
            signs[:, number, column[code]] = figures
    return signs


def _wanted(found: list[Example], codes: tuple[str, ...]) -> np.ndarray:
    column = {code: number for number, code in enumerate(codes)}
    wanted = np.zeros((len(found), len(codes)), np.float32)
    for number, example in enumerate(found):
        shares = ACCEPTABLE[: len(example.codes)]
        for code, share in zip(example.codes, shares, strict=False):
            wanted[number, column[code]] = share / sum(shares)
    return wanted


def save(model: CategoryModel) -> None:
    scale = np.float32(np.abs(model.weights).max() / 127)
    np.savez_compressed(
        WEIGHTS_FILE,
        codes=np.array("\n".join(model.codes)),
        grams=np.array("\n".join(model.rows)),
        weights=np.round(model.weights / scale).astype(np.int8),
        scale=scale,
        bias=model.bias,
        evidence=np.array(model.evidence),
        words=np.array("\n".join(sorted(f"{code} {word}" for code, word in model.words))),
    )


def main() -> None:
    model = train(labelled())
    save(model)
    size = WEIGHTS_FILE.stat().st_size / 1024
    sys.stdout.write(f"{len(model.rows)} n-grams, {len(model.codes)} columns, {size:.0f} KiB\n")


if __name__ == "__main__":
    main()
