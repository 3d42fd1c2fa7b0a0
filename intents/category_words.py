"""The words of the categories, as people put them into the files, and what they say of a text."""

from dataclasses import dataclass
from math import log1p

from intents.datafiles import load
from intents.result import CategoryWords

SEARCHED = 300  # characters: people say first what it is about
HEAD = 40  # characters that count most: a title, or the first clause
_RULED_OUT = 0.2  # what is left of a category that one of its 排除词 speaks against
_GENERAL = 0.4  # what a word of a general category counts against one that names a thing


@dataclass(frozen=True, slots=True)
class Clue:
    """A word of a category, or two that must both occur (“楼道+灯”)."""

    code: str
    parts: tuple[str, ...]
    weight: float

    @property
    def length(self) -> int:
        return sum(map(len, self.parts))

    def is_within(self, word: str) -> bool:
        return all(part in word for part in self.parts)


@dataclass(frozen=True, slots=True)
class WordReader:
    by_start: dict[str, tuple[str, ...]]  # first two characters -> the longer words that begin with them
    clues: dict[str, tuple[Clue, ...]]  # word -> the clues that begin with it
    not_words: dict[str, frozenset[str]]

    def signs(self, text: str, words: dict[str, None]) -> dict[str, tuple[float, float, float]]:
        """Of each category with one of these words of the text: the logarithm of the weight of its words in
        the head, that in the whole text, and their share of all that is found."""
        weights = self._weights(words)
        head = self.weigh(text[:HEAD]) if len(text) > HEAD else weights
        total = sum(weights.values())
        return {
            code: (log1p(head.get(code, 0.0)), log1p(weight), weight / total)
            for code, weight in weights.items()
        }

    def weigh(self, folded: str) -> dict[str, float]:
        """How much speaks for each category that has a word in the text."""
        return self._weights(self.words_in(folded))

    def _weights(self, words: dict[str, None]) -> dict[str, float]:
        weights = {code: _summed(clues) for code, clues in self._clues_of(words).items()}
        for code in weights:
            if code in self.not_words and not self.not_words[code].isdisjoint(words):
                weights[code] *= _RULED_OUT
        return weights

    def most_specific(self, folded: str, words: dict[str, None]) -> str | None:
        """The category of the longest word in the text, save of what is ruled out or only stands within one
        of these longer words (“灯” in “红绿灯”)."""
        if not self.clues:
            return None
        clues = [
            clue
            for code, found in self.found(folded).items()
            if self.not_words.get(code, frozenset()).isdisjoint(words)
            for clue in found
            if not any(len(word) > clue.length and clue.is_within(word) for word in words)
        ]
        return max(clues, key=lambda clue: clue.length).code if clues else None

    def found(self, folded: str) -> dict[str, list[Clue]]:
        """The clues in the text, by category."""
        return self._clues_of(self.words_in(folded))

    def _clues_of(self, words: dict[str, None]) -> dict[str, list[Clue]]:
        found: dict[str, list[Clue]] = {}
        for word in words:
            for clue in self.clues[word]:
                if len(clue.parts) == 1 or all(part in words for part in clue.parts):
                    found.setdefault(clue.code, []).append(clue)
        return found

    def words_in(self, folded: str) -> dict[str, None]:
        """All words of the files that stand in the text."""
        text = folded[:SEARCHED]
        by_start, clues = self.by_start, self.clues
        found = dict.fromkeys(character for character in text if character in clues)
        for position in range(len(text) - 1):
            for word in by_start.get(text[position : position + 2], ()):
                if text.startswith(word, position):
                    found[word] = None
        return found


def _summed(clues: list[Clue]) -> float:
    """Words within longer words (“停车” in “停车费”) count once."""
    if len(clues) == 1:
        return clues[0].weight
    total = 0.0
    counted = ""
    for clue in sorted(clues, key=lambda clue: -clue.weight):
        if any(part not in counted for part in clue.parts):
            total += clue.weight
            counted += "|".join(clue.parts) + "|"
    return total


def compile_words(categories: tuple[CategoryWords, ...]) -> WordReader:
    general = frozenset(load("category_rules.yaml")["泛类"])
    clues: dict[str, list[Clue]] = {}
    for category in categories:
        for word in category.words:
            parts = tuple(part for part in word.lower().split("+") if part)
            weight = float(sum(map(len, parts))) ** 1.5
            clue = Clue(category.code, parts, weight * (_GENERAL if category.code in general else 1.0))
            clues.setdefault(parts[0], []).append(clue)
            for part in parts[1:]:
                clues.setdefault(part, [])
        for word in category.not_words:
            clues.setdefault(word.lower(), [])
    by_start: dict[str, list[str]] = {}
    for word in clues:
        if len(word) > 1:
            by_start.setdefault(word[:2], []).append(word)
    return WordReader(
        by_start={start: tuple(words) for start, words in by_start.items()},
        clues={word: tuple(found) for word, found in clues.items()},
        not_words={c.code: frozenset(map(str.lower, c.not_words)) for c in categories if c.not_words},
    )
