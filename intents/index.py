"""An inverted index over phrases: which of tens of thousands are nearest to a text."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz.fuzz import ratio

from intents.synonyms import Synonyms, load_synonyms

_LONGEST = 80  # characters of a text that are compared
_PAIR_WEIGHT = 0.2  # of two neighbouring characters, against one character
_RATIO_WEIGHT = 0.3  # of the letter-by-letter comparison, against the weighted overlap
_MOST_POSTINGS = 6000  # looked at per text, rarest grams first: keeps the cost from growing with the index
_ENOUGH_CANDIDATES = 300
_COMPARED = 8
_REPEATED = 6  # how often a near phrase is found, about


class Hit(NamedTuple):
    """A phrase near the text. `number` counts as the phrases were given; `overlap` and `likeness` are in
    0..1, the first weighted by rarity over canonical words, the second over the letters as written.

    A named tuple, because a dozen are made for each message and frozen dataclasses take thrice as long.
    """

    number: int
    overlap: float
    likeness: float

    @property
    def similarity(self) -> float:
        return (self.overlap + _RATIO_WEIGHT * self.likeness) / (1 + _RATIO_WEIGHT)


class Posting(NamedTuple):
    """Which phrases have a gram: how many, how much it weighs, and their numbers."""

    size: int
    gram: str
    weight: float
    rows: npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class PhraseIndex:
    """`rarest` is the weight of a character that no phrase has."""

    synonyms: Synonyms
    phrases: tuple[str, ...]
    postings: dict[str, Posting]
    rarest: float
    lengths: npt.NDArray[np.float32]

    def nearest(self, folded: str, count: int) -> list[Hit]:
        text = folded[:_LONGEST]
        grams = _grams(self.synonyms.words(text))
        known = [posting for posting in map(self.postings.get, grams) if posting is not None]
        if not known:
            return []
        known.sort(key=itemgetter(0, 1))  # rarest first, the same way every time
        chosen: list[Posting] = []
        seen = wanted = 0
        for posting in known:
            chosen.append(posting)
            wanted += wanted < _ENOUGH_CANDIDATES and posting.size
            seen += posting.size
            if seen > _MOST_POSTINGS:
                break
        sizes, _, weights, rows = zip(*chosen, strict=True)
        numbers = np.concatenate(rows)
        totals = np.bincount(numbers, np.repeat(weights, sizes), len(self.phrases))
        return self._compared(text, totals, numbers[:wanted], sqrt(sum(map(self._weight, grams))))[:count]

    def compare(self, folded: str, phrase: str) -> Hit:
        """The text against one folded phrase, with the weights of this index."""
        grams, wanted = _grams(self.synonyms.words(folded)), _grams(self.synonyms.words(phrase))
        shared = sum(map(self._weight, grams & wanted))
        lengths = sum(map(self._weight, grams)) * sum(map(self._weight, wanted))
        return Hit(-1, shared / sqrt(lengths) if lengths else 0.0, ratio(folded, phrase) / 100)

    def _compared(
        self, text: str, totals: npt.NDArray[Any], rows: npt.NDArray[np.intp], length: float
    ) -> list[Hit]:
        """The best of these rows, which have a phrase once for every gram that it shares."""
        overlaps = totals[rows] / self.lengths[rows]
        if len(rows) > _REPEATED * _COMPARED:
            best = np.argpartition(overlaps, -_REPEATED * _COMPARED)[-_REPEATED * _COMPARED :]
            rows, overlaps = rows[best], overlaps[best]
        ranked = sorted(set(zip(overlaps.tolist(), rows.tolist(), strict=True)), reverse=True)
        hits = [
            Hit(number, overlap / length, ratio(text, self.phrases[number]) / 100)
            for overlap, number in ranked[:_COMPARED]
        ]
        hits.sort(key=lambda hit: (-hit.similarity, hit.number))
        return hits

    def _weight(self, gram: str) -> float:
        posting = self.postings.get(gram)
        if posting is not None:
            return posting.weight
        return self.rarest if len(gram) == 1 else self.rarest * _PAIR_WEIGHT


def build_index(phrases: Sequence[str]) -> PhraseIndex:
    """An index of folded phrases."""
    synonyms = load_synonyms()
    holders: dict[str, array[int]] = {}
    grams_of_phrases = [_grams(synonyms.words(phrase)) for phrase in phrases]
    for number, grams in enumerate(grams_of_phrases):
        for gram in grams:
            holder = holders.get(gram)
            if holder is None:
                holder = holders[gram] = array("i")
            holder.append(number)
    postings = {
        gram: Posting(
            len(numbers), gram, _rarity(gram, len(phrases), len(numbers)), np.array(numbers, np.intp)
        )
        for gram, numbers in holders.items()
    }
    squares = [sum([postings[gram].weight for gram in grams]) for grams in grams_of_phrases]
    return PhraseIndex(
        synonyms=synonyms,
        phrases=tuple(phrases),
        postings=postings,
        rarest=log(1 + len(phrases)),
        lengths=np.sqrt(np.maximum(np.array(squares, dtype=np.float32), 1e-6)),
    )


def _rarity(gram: str, phrases: int, holders: int) -> float:
    return log(1 + phrases / holders) * (1.0 if len(gram) == 1 else _PAIR_WEIGHT)


def _grams(words: list[str]) -> set[str]:
    """Single characters and pairs of neighbours of the canonical text."""
    text = "".join(words)
    grams = set(text)
    grams.update([text[i : i + 2] for i in range(len(text) - 1)])
    return grams
