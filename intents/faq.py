"""Which entry of the community's questions and answers a text asks for."""

from dataclasses import dataclass
from datetime import date

from intents.index import Hit, PhraseIndex
from intents.result import FaqPhrases, Scored
from intents.sameness import Sameness

ANSWERED = 0.66  # from here on the first entry is the answer
OFFERED = 0.1  # from here on an entry may stand among the three “您是想问…”
_JUDGED = 6  # phrases looked at closely …
_NEAR = 0.3  # … if they are at least this similar


@dataclass(frozen=True, slots=True)
class FaqReader:
    entries: tuple[FaqPhrases, ...]
    owners: dict[int, int]  # number of a phrase in the index -> number of its entry
    index: PhraseIndex
    sameness: Sameness

    def read(self, folded: str, hits: list[Hit], *, compound: str | None, on: date) -> tuple[Scored, ...]:
        """Up to three entries that are valid here and today, best first."""
        words: list[str] | None = None
        best: dict[str, float] = {}
        near = [hit for hit in hits if hit.number in self.owners and hit.similarity >= _NEAR]
        for hit in near[:_JUDGED]:
            entry = self.entries[self.owners[hit.number]]
            if entry.id in best or not _valid(entry, compound, on):
                continue
            words = words or self.index.synonyms.words(folded)
            phrase_words = self.index.synonyms.words(self.index.phrases[hit.number])
            if set(words) & set(phrase_words) <= self.sameness.asking:
                continue  # “几点来着” and “停电到几点” share only that they ask for an hour
            best[entry.id] = self.sameness.confidence(words, phrase_words, hit)
        ranked = sorted(best.items(), key=lambda item: -item[1])[:3]
        return tuple(Scored(key, value) for key, value in ranked if value >= OFFERED)


def phrases_of(entry: FaqPhrases) -> list[str]:
    return list(dict.fromkeys((entry.title, *entry.phrases)))


def _valid(entry: FaqPhrases, compound: str | None, on: date) -> bool:
    here = not entry.compounds or compound is None or compound in entry.compounds
    return here and (entry.until is None or on <= entry.until)
