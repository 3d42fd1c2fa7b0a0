"""Whether a text is any of the bot's business, and which intent it has, on one scale of log-odds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import exp, log
from operator import itemgetter

from intents.index import Hit
from intents.model import LinearModel
from intents.result import Scored

ALMOST_SAME = 0.86  # from this similarity on a phrase of the files counts, …
_SAME = 0.97  # … and from here on it is as good as the phrase itself
_LEAST_BONUS, _MOST_BONUS = 1.0, 5.0
_CLEARLY = 0.1

FALSE_TRIGGERS_IN_GROUP = 0.007  # wanted share of ordinary group lines that the bot answers unasked
FALSE_TRIGGERS_ADDRESSED = 0.05  # of ordinary lines said to the bot itself that are taken for a request

# What the bot may answer in a group that did not call it. The rest (“满意”, “催一下”, “你好”) is said
# among neighbours all day long and means the bot only where the bot is spoken to.
ANSWERED_UNASKED = frozenset({"report_issue", "book_legal", "sign_up", "mediate", "ask_faq"})


@dataclass(frozen=True, slots=True)
class Reading:
    """The log-odds of every intent of a text against silence. `word_for_word`: the intent of the phrase that
    the text is; empty where it is none."""

    scores: dict[str, float]
    word_for_word: str = ""

    @property
    def best(self) -> tuple[str, float]:
        intent = max(self.scores, key=self.scores.__getitem__)
        return intent, self.scores[intent]

    def ranked(self, count: int) -> list[tuple[str, float]]:
        return sorted(self.scores.items(), key=itemgetter(1), reverse=True)[:count]

    def raised(self, intent: str, log_odds: float) -> "Reading":
        """The same reading with at least this score for one intent."""
        return replace(self, scores=self.scores | {intent: max(self.scores[intent], log_odds)})

    def without(self, *intents: str) -> "Reading":
        return Reading({name: score for name, score in self.scores.items() if name not in intents})

    def scored(self, count: int) -> tuple[Scored, ...]:
        return tuple(Scored(intent, confidence_of(score)) for intent, score in self.ranked(count))


def confidence_of(log_odds: float) -> float:
    return 1 / (1 + exp(-log_odds))


def log_odds_of(confidence: float) -> float:
    bounded = min(max(confidence, 1e-6), 1 - 1e-6)
    return log(bounded / (1 - bounded))


@dataclass(frozen=True, slots=True)
class Classifier:
    """`meanings`: number of a phrase in the index -> its intent, None for what only looks like one."""

    model: LinearModel
    meanings: dict[int, str | None]
    unasked_from: float
    addressed_from: float

    def read(self, grams: Iterable[str], hits: Sequence[Hit]) -> Reading:
        scores = self.model.scores(grams)
        nearest = next((hit for hit in hits if hit.number in self.meanings), None)
        word_for_word = ""
        if nearest is not None and nearest.similarity >= ALMOST_SAME:
            intent, bonus = self.meanings[nearest.number], _bonus(nearest.similarity)
            if intent is None:
                scores = {name: min(score, -bonus) for name, score in scores.items()}
            else:
                scores[intent] = max(scores[intent], bonus)
                if nearest.similarity >= _SAME:
                    word_for_word = intent
                    # A phrase word for word means what the files say, whatever was learnt of its words.
                    scores[intent] = max(scores[intent], max(scores.values()) + _CLEARLY)
        return Reading(scores, word_for_word)

    def is_meant(self, reading: Reading) -> bool:
        """Whether the text is any business of the bot's, were it spoken to."""
        return reading.best[1] >= self.addressed_from

    def speaks_up(self, reading: Reading, *, addressed: bool, has_answer: bool) -> bool:
        """Whether the bot should speak. `has_answer`: an entry answers the question of the text."""
        intent, score = reading.best
        if addressed:
            return score >= self.addressed_from
        if intent == "ask_faq" and not has_answer:
            return False  # a question among neighbours that the bot could not answer either
        return intent in ANSWERED_UNASKED and score >= self.unasked_from


def compile_classifier(model: LinearModel, meanings: dict[int, str | None]) -> Classifier:
    return Classifier(
        model,
        meanings,
        unasked_from=model.threshold(FALSE_TRIGGERS_IN_GROUP, addressed=False),
        addressed_from=model.threshold(FALSE_TRIGGERS_ADDRESSED, addressed=True),
    )


def _bonus(similarity: float) -> float:
    share = min(1.0, (similarity - ALMOST_SAME) / (_SAME - ALMOST_SAME))
    return _LEAST_BONUS + share * (_MOST_BONUS - _LEAST_BONUS)
