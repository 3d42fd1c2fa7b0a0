"""Which of the kinds of matter a text is about: by the words of the files and by what was learnt."""

import re
from dataclasses import dataclass, replace

import numpy as np

from intents.category_model import NO_CATEGORY, CategoryModel, load_category_model
from intents.category_words import SEARCHED, Clue, WordReader, compile_words
from intents.datafiles import load
from intents.result import CategoryWords, Scored

FITS = 0.45  # confidence from which on a category is a better guess than none; two may share one matter
_FITS_BY_NAME = 0.25  # the same where the text has a long word of that category: “井盖没了”
_LONG_WORD = 8.0  # the weight of a word of four characters
_FIRST = 5  # candidates kept, …
_LEAST = 0.003  # … if they are worth a look
_UNKNOWN = "P3"
_STEPS = ("P4", "P3", "P2")
_CLEARLY = 2.0  # log-odds by which an added word makes its category the first
_COMPLAINT = 100  # characters: a long letter speaks of everything


@dataclass(frozen=True, slots=True)
class CategoryReader:
    words: WordReader
    added: WordReader  # the words that people have put into the files since the model was learnt
    model: CategoryModel  # a column for each category, in their order, and one for none
    codes: tuple[str, ...]
    columns: dict[str, int]
    urgencies: dict[str, str]
    raised: re.Pattern[str]

    def read(self, folded: str) -> tuple[Scored, ...]:
        """Categories, best first; the confidence of each is that it fits rather than none at all."""
        text = folded[:SEARCHED]
        scores = self.model.scores(text)
        words = self.words.words_in(text)
        for code, signs in self.words.signs(text, words).items():
            scores[self.columns[code]] += self.model.evidence_of(signs)
        if (decided := self.added.most_specific(text, words)) is not None:
            # What somebody put into a file by hand means what the file says, whatever was learnt.
            scores[self.columns[decided]] = scores.max() + _CLEARLY
        likely = np.argsort(-scores[:-1], kind="stable")[:_FIRST]
        fits = 1 / (1 + np.exp(scores[-1] - scores[likely]))
        return tuple(
            Scored(self.codes[column], confidence)
            for column, confidence in zip(likely.tolist(), fits.tolist(), strict=True)
            if confidence >= _LEAST
        )

    def fitting(self, folded: str, scored: tuple[Scored, ...]) -> str | None:
        """The first of the categories that were read, if it is a better guess than none."""
        if not scored or scored[0].confidence >= FITS:
            return scored[0].key if scored else None
        code, confidence = scored[0].key, scored[0].confidence
        is_named = any(clue.weight >= _LONG_WORD for clue in self.found(folded).get(code, ()))
        return code if is_named and confidence >= _FITS_BY_NAME else None

    def weigh(self, folded: str) -> dict[str, float]:
        """How much the words alone speak for each category."""
        return self.words.weigh(folded)

    def found(self, folded: str) -> dict[str, list[Clue]]:
        """The words of the files in the text, by category."""
        return self.words.found(folded)

    def urgency(self, code: str | None, folded: str) -> str:
        """The urgency of the category, one step higher where people first speak of waiting or repetition.
        What has no category is for a person to weigh."""
        if code is None:
            return _UNKNOWN
        base = self.urgencies.get(code, _UNKNOWN)
        if base in ("P4", "P3") and self.raised.search(folded, 0, _COMPLAINT):
            return _STEPS[_STEPS.index(base) + 1]
        return base


def compile_categories(categories: tuple[CategoryWords, ...]) -> CategoryReader:
    codes = tuple(category.code for category in categories)
    model = load_category_model()
    return CategoryReader(
        words=compile_words(categories),
        added=compile_words(tuple(added for c in categories if (added := _without(c, model.words)).words)),
        model=model.for_codes((*codes, NO_CATEGORY)),
        codes=codes,
        columns={code: column for column, code in enumerate(codes)},
        urgencies={category.code: category.urgency for category in categories},
        raised=re.compile("|".join(load("category_rules.yaml")["升级"])),
    )


def _without(category: CategoryWords, learnt: frozenset[tuple[str, str]]) -> CategoryWords:
    added = tuple(word for word in category.words if (category.code, word) not in learnt)
    return replace(category, words=added)
