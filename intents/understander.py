"""One message in, its meaning out: emergency first, then intent, category, urgency, place, time, people."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from intents.acts import ActReader, load_acts
from intents.catalog import load_phrases
from intents.categories import CategoryReader, compile_categories
from intents.classifier import Classifier, Reading, compile_classifier, confidence_of, log_odds_of
from intents.corrections import Corrector, compile_corrector
from intents.datafiles import load
from intents.emergency import EmergencyReader, compile_emergencies
from intents.faq import ANSWERED, FaqReader, phrases_of
from intents.index import PhraseIndex, build_index
from intents.matters import MatterReader
from intents.model import grams_of, load_model
from intents.normalise import clauses, fold
from intents.people import PHONE, read_phones
from intents.place import PlaceReader
from intents.result import Act, Emergency, Hearing, PlaceMention, Scored, Understanding, Vocabulary
from intents.sameness import load_sameness
from intents.staff_words import without_ticket_numbers
from intents.synonyms import Synonyms
from intents.times import read_times

_PHRASES_FETCHED = 16
_MOST_CLAUSES = 4
_ALTERNATIVES = 3
_WORD_FOR_WORD = 0.95  # confidence of an entry that was asked for in its own words
_CLEAR_INTENT = 0.9  # confidence of an intent from which on no second look is needed
_CLEAR_CATEGORY = 0.7  # confidence of the category from which on no second look is needed
_NAMED = 0.6  # confidence of the category from which on a short statement is a report …
_STATED = 0.5  # … and the confidence it then has
_TOO_SHORT_TO_WEIGH = 8  # characters
_UNLIKELY = -4.0  # log-odds of a report in a longer text that only talks of things
_LEAST_BESIDES_PLACE = 3  # characters that can say what danger there is …
_LEAST_BESIDES_PLACE_OF_A_REPORT = 2  # … and what is wrong: “501漏水”
_WORTH_A_SECOND_LOOK = 0.0005  # confidence of the best intent
_ASKS_BY_NUMBER = "track_ticket"  # what a ticket's number and hardly a word more is taken for, …
_BY_NUMBER = 0.7  # … and the confidence of that
_POSSIBLE = 0.6  # confidence shown for an emergency that is only possible

_NOT_SAID_BY_NO_REPORT = ("report_issue", "ask_faq")

# Intents that end as a matter somebody handles; only these have a category.
FILED = frozenset({"emergency", "report_issue", "mediate", "order_service", "propose_topic", "wish"})
ANSWERED_FROM_FAQ = frozenset({"ask_faq", "find_place", "who_is"})


@dataclass(frozen=True, slots=True)
class Understander:
    index: PhraseIndex
    classifier: Classifier
    emergencies: EmergencyReader
    categories: CategoryReader
    matters: MatterReader
    places: PlaceReader
    faqs: FaqReader
    acts: ActReader
    corrector: Corrector
    bot_names: re.Pattern[str]
    questions: re.Pattern[str]
    not_now: re.Pattern[str]  # talk of what is mended, far away or on film
    reports: re.Pattern[str]  # “我要反映”: a matter, even where it is about contracts

    def understand(self, text: str, hearing: Hearing) -> Understanding:
        folded = self.fold(text)
        meaning = self._read(text, folded, hearing, self.emergencies.read(folded))
        if not _is_unclear(meaning):
            return meaning
        corrected = self.corrector.correct(folded)
        if corrected == folded:
            return meaning
        # What only sounds like an emergency may be none (找活, 着火): it is never certain.
        heard = self.emergencies.read(corrected)
        possible = replace(heard, certain=False) if heard is not None else None
        second = self._read(text, corrected, hearing, possible)
        return second if _is_clearer(second, meaning) else meaning

    def _read(self, text: str, folded: str, hearing: Hearing, emergency: Emergency | None) -> Understanding:
        addressed = hearing.mentioned or not hearing.is_group
        unnumbered = without_ticket_numbers(folded)
        faqs, reading = self.read_intents(folded, grams_of(unnumbered), hearing)
        if addressed and self._may_ask(reading):
            faqs, reading = self._asked_in_a_clause(folded, faqs, reading, hearing)
        place = self.places.read(PHONE.sub(" ", unnumbered))
        if emergency is None and reading.best[0] == "emergency" and not _is_only_a_place(folded, place):
            emergency = self.emergencies.likely(folded, reading)
        acts = self.acts.read(unnumbered, place)
        is_no_report = _is_no_report(folded, place, acts)
        others = reading.without("emergency", *(_NOT_SAID_BY_NO_REPORT if is_no_report else ()))
        if unnumbered != folded and not acts and not self.classifier.is_meant(others):
            others = others.raised(_ASKS_BY_NUMBER, log_odds_of(_BY_NUMBER))
        if emergency is not None:
            intent: str | None = "emergency"
            confidence = 1.0 if emergency.certain else _POSSIBLE
            respond = emergency.certain or addressed
        else:
            asked = bool(faqs) and faqs[0].confidence >= ANSWERED
            intent, confidence, respond = self._decided(others, addressed=addressed, has_answer=asked)
        if intent == "book_legal" and self.reports.search(folded):
            intent = "report_issue"
        elif intent not in ("emergency", "ask_faq", reading.word_for_word) and _is_word_for_word(faqs):
            intent, confidence = "ask_faq", faqs[0].confidence  # staff wrote this very question down
            respond = respond or addressed
        if intent is None and addressed and not is_no_report and self._names_a_matter(folded, place, reading):
            intent, confidence, respond = "report_issue", _STATED, True
        categories = self.categories.read(folded) if intent in FILED else ()
        category = emergency.code if emergency is not None else self.categories.fitting(folded, categories)
        return Understanding(
            text=text,
            intent=intent,
            confidence=confidence,
            respond=respond,
            emergency=emergency,
            category=category,
            categories=categories,
            urgency=self._urgency(intent, emergency, category, folded),
            place=place,
            times=read_times(folded, hearing.now),
            phones=read_phones(folded),
            faq=_answer(intent, faqs),
            faqs=faqs,
            alternatives=_alternatives(others, intent),
            acts=acts,
            matters=self.matters.read(folded) if intent == "report_issue" else (),
        )

    def fold(self, text: str) -> str:
        """The text in one spelling, without the bot's own name."""
        return self.bot_names.sub(" ", fold(text)).strip()

    def read_intents(
        self, folded: str, grams: set[str], hearing: Hearing
    ) -> tuple[tuple[Scored, ...], Reading]:
        """Entries of the questions and answers, and the intents; an entry that answers counts as ask_faq."""
        hits = self.index.nearest(folded, _PHRASES_FETCHED)
        faqs = self.faqs.read(folded, hits, compound=hearing.compound, on=hearing.now.date())
        reading = self.classifier.read(grams, hits)
        if faqs and faqs[0].confidence >= ANSWERED:
            reading = reading.raised("ask_faq", log_odds_of(faqs[0].confidence))
        return faqs, reading

    def _may_ask(self, reading: Reading) -> bool:
        return reading.best[0] in ANSWERED_FROM_FAQ or not self.classifier.is_meant(reading)

    def _asked_in_a_clause(
        self, folded: str, faqs: tuple[Scored, ...], reading: Reading, hearing: Hearing
    ) -> tuple[tuple[Scored, ...], Reading]:
        """“我爸八十了，高龄津贴去哪领”: what one of a few clauses asks, where the whole found no answer."""
        parts = clauses(folded)
        if (faqs and faqs[0].confidence >= ANSWERED) or not 1 < len(parts) <= _MOST_CLAUSES:
            return faqs, reading
        questions = (part for part in parts if self.questions.search(part))
        asked = [found for part in questions if (found := self._faqs(part, hearing))]
        best = max(asked, key=lambda found: found[0].confidence, default=())
        if not best or best[0].confidence < ANSWERED:
            return faqs, reading
        return best, reading.raised("ask_faq", log_odds_of(best[0].confidence))

    def _faqs(self, folded: str, hearing: Hearing) -> tuple[Scored, ...]:
        hits = self.index.nearest(folded, _PHRASES_FETCHED)
        return self.faqs.read(folded, hits, compound=hearing.compound, on=hearing.now.date())

    def _decided(
        self, reading: Reading, *, addressed: bool, has_answer: bool
    ) -> tuple[str | None, float, bool]:
        intent, log_odds = reading.best
        meant = self.classifier.is_meant(reading)
        respond = meant and self.classifier.speaks_up(reading, addressed=addressed, has_answer=has_answer)
        return (intent if meant else None), confidence_of(log_odds), respond

    def _names_a_matter(self, folded: str, place: PlaceMention | None, reading: Reading) -> bool:
        """“马桶堵了” said to the bot alone: too short to weigh, but it names a kind of matter."""
        length = len(folded) - (len(place.text) if place is not None else 0)
        if length > _TOO_SHORT_TO_WEIGH and reading.scores["report_issue"] < _UNLIKELY:
            return False
        if self.questions.search(folded) is not None or self.not_now.search(folded) is not None:
            return False
        named = self.categories.read(folded)
        return bool(named) and named[0].confidence >= _NAMED and named[0].key in self.categories.found(folded)

    def _urgency(
        self, intent: str | None, emergency: Emergency | None, category: str | None, folded: str
    ) -> str | None:
        if emergency is not None:
            return "E"
        return self.categories.urgency(category, folded) if intent in FILED else None


def _is_unclear(meaning: Understanding) -> bool:
    """Worth a second look: near enough to a request, and not yet understood as one."""
    if meaning.emergency is not None or meaning.faq is not None:
        return False
    if meaning.intent is None:
        return meaning.confidence >= _WORTH_A_SECOND_LOOK
    if meaning.intent in FILED:
        return not meaning.categories or meaning.categories[0].confidence < _CLEAR_CATEGORY
    if meaning.intent == "ask_faq":
        return True
    return meaning.intent in ANSWERED_FROM_FAQ and meaning.confidence < _CLEAR_INTENT


def _is_word_for_word(faqs: tuple[Scored, ...]) -> bool:
    return bool(faqs) and faqs[0].confidence >= _WORD_FOR_WORD


def _is_clearer(second: Understanding, first: Understanding) -> bool:
    if second.emergency is not None:
        return False
    names_more = (
        second.category is not None or second.faq is not None or second.intent not in (None, first.intent)
    )
    finds_place = second.place is not None and second.place.compound is not None
    return names_more or (finds_place and second.intent == first.intent)


def _alternatives(others: Reading, intent: str | None) -> tuple[Scored, ...]:
    scored = others.scored(_ALTERNATIVES + 1)
    return tuple(other for other in scored if other.key != intent)[:_ALTERNATIVES]


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


def _is_only_a_place(folded: str, place: PlaceMention | None, besides: int = _LEAST_BESIDES_PLACE) -> bool:
    return place is not None and bool(place.text) and len(folded) - len(place.text) < besides


def _is_no_report(folded: str, place: PlaceMention | None, acts: frozenset[Act]) -> bool:
    """“楼道灯亮了” and nothing else; “3号楼2单元501”."""
    is_mended = Act.FIXED in acts and Act.NOT_FIXED not in acts and len(clauses(folded)) == 1
    return is_mended or _is_only_a_place(folded, place, besides=_LEAST_BESIDES_PLACE_OF_A_REPORT)


def _answer(intent: str | None, faqs: tuple[Scored, ...]) -> str | None:
    if intent in ANSWERED_FROM_FAQ and faqs and faqs[0].confidence >= ANSWERED:
        return faqs[0].key
    return None


def _known_words(vocabulary: Vocabulary, synonyms: Synonyms) -> Iterator[str]:
    """What people can be expected to mean when they miswrite a word."""
    for category in vocabulary.categories:
        for word in category.words:
            yield from word.split("+")
    for compound in vocabulary.compounds:
        yield from (compound.name, *compound.aliases)
    for words in synonyms.by_start.values():
        yield from (word for word, canonical in words if canonical)


def compile_understander(vocabulary: Vocabulary) -> Understander:
    """The shipped phrases and what one community adds, in one index. Takes about a second."""
    phrases = load_phrases()
    texts = [fold(phrase.text) for phrase in phrases]
    owners: dict[int, int] = {}
    for number, entry in enumerate(vocabulary.faqs):
        for phrase in phrases_of(entry):
            owners[len(texts)] = number
            texts.append(fold(phrase))
    index = build_index(texts)
    categories = compile_categories(vocabulary.categories)
    names = sorted((fold(name) for name in vocabulary.bot_names), key=len, reverse=True)
    statements = load("statements.yaml")
    return Understander(
        index=index,
        classifier=compile_classifier(load_model(), {n: p.intent for n, p in enumerate(phrases)}),
        emergencies=compile_emergencies(vocabulary.emergency_rules, vocabulary.emergency_softeners),
        categories=categories,
        matters=MatterReader(categories),
        places=PlaceReader(vocabulary.compounds),
        faqs=FaqReader(vocabulary.faqs, owners, index, load_sameness(index.synonyms.asking)),
        acts=load_acts(),
        corrector=compile_corrector(_known_words(vocabulary, index.synonyms), load_model().rows),
        bot_names=re.compile("|".join(map(re.escape, names)) or r"(?!)"),
        questions=_any_of(*statements["提问"]),
        not_now=_any_of(*statements["不是眼前的事"]),
        reports=_any_of(*statements["明说报事"]),
    )
