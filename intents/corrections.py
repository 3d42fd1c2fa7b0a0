"""Mend words that sound like the right ones: 电体 → 电梯, 漏肥 → 漏水. For a second look, never the first."""

from collections.abc import Container, Iterable
from dataclasses import dataclass

from intents.numerals import NUMERALS
from intents.sounds import is_sound, loosely_sounded

_SHORTEST = 2  # characters of a word that can be told by its sound
_LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True)
class Corrector:
    """`by_start`: the first two sounds -> the words that begin with them, with their sounds, longest
    first. `written`: pairs of characters that people write, and that are therefore left alone."""

    by_start: dict[str, tuple[tuple[str, str], ...]]
    written: Container[str]

    def correct(self, folded: str) -> str:
        text = folded[:_LONGEST_TEXT]
        sounds = loosely_sounded(text)
        parts: list[str] = []
        position = 0
        while position < len(text):
            word = self._word_at(text, sounds, position)
            parts.append(word or text[position])
            position += len(word) if word else 1
        return "".join(parts) + folded[_LONGEST_TEXT:]

    def _word_at(self, text: str, sounds: str, position: int) -> str | None:
        for word_sounds, word in self.by_start.get(sounds[position : position + 2], ()):
            if sounds.startswith(word_sounds, position):
                written = text[position : position + len(word)]
                if written == word or self._is_slip(written, word):
                    return word
        return None

    def _is_slip(self, written: str, word: str) -> bool:
        """Whether nobody would write two of these characters side by side on purpose. Numbers are: people
        say what hour and which building they like."""
        if any(a in NUMERALS for a, b in zip(written, word, strict=True) if a != b):
            return False
        return any(written[i : i + 2] not in self.written for i in range(len(written) - 1))


def compile_corrector(words: Iterable[str], written: Container[str]) -> Corrector:
    by_start: dict[str, list[tuple[str, str]]] = {}
    for word in sorted(set(words), key=lambda word: (-len(word), word)):
        sounds = loosely_sounded(word)
        if len(word) >= _SHORTEST and all(map(is_sound, sounds)):
            by_start.setdefault(sounds[:2], []).append((sounds, word))
    return Corrector({start: tuple(found) for start, found in by_start.items()}, written)
