"""One word for everything that means the same, so that differently worded questions look alike."""

from dataclasses import dataclass
from functools import cache

from intents.datafiles import load

_NOT_WORDS = frozenset(" ,.。!?;:、~…()\"'“”‘’【】[]<>《》「」*_-|\n\r\t")


@dataclass(frozen=True, slots=True)
class Synonyms:
    """`by_start`: the first two characters of longer words -> these words, longest first, each with the
    word that stands for it (empty for words that say nothing about what is asked)."""

    by_start: dict[str, tuple[tuple[str, str], ...]]
    single: dict[str, str]  # words of one character
    asking: frozenset[str]  # canonical words that say what is asked: 哪里, 多少钱, 怎么办 …

    def words(self, folded: str) -> list[str]:
        """The text as canonical words and single characters, without pauses and fillers."""
        found: list[str] = []
        position, length = 0, len(folded)
        by_start, single = self.by_start, self.single
        while position < length:
            character = folded[position]
            meant, step = single.get(character, character), 1
            for word, canonical in by_start.get(folded[position : position + 2], ()):
                if folded.startswith(word, position):
                    meant, step = canonical, len(word)
                    break
            if meant:
                found.append(meant)
            position += step
        return found


@cache
def load_synonyms() -> Synonyms:
    content = load("synonyms.yaml")
    canonical = dict.fromkeys([*map(str, content["去掉"]), *_NOT_WORDS], "")
    for group in reversed(content["同义"]):
        canonical |= dict.fromkeys(map(str, group), str(group[0]))
    by_start: dict[str, list[tuple[str, str]]] = {}
    for word in sorted(canonical, key=len, reverse=True):
        if len(word) > 1:
            by_start.setdefault(word[:2], []).append((word, canonical[word]))
    return Synonyms(
        by_start={start: tuple(words) for start, words in by_start.items()},
        single={word: meant for word, meant in canonical.items() if len(word) == 1},
        asking=frozenset(map(str, content["问什么"])),
    )
