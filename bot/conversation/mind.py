"""One consistent reading of the knowledge, and the understanding compiled from it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, time
from functools import lru_cache

from intents.result import (
    CategoryWords,
    CompoundNames,
    EmergencyRule,
    FaqPhrases,
    Hearing,
    Understanding,
    Vocabulary,
)
from intents.understander import compile_understander
from knowledge.model import Knowledge

Understand = Callable[[str, Hearing], Understanding]

_MOST_REMEMBERED = 2000
_LONGEST_REMEMBERED = 40  # characters; longer texts are never said twice


@dataclass(frozen=True, slots=True)
class Mind:
    """Replaced whole when a file changes, so one turn never sees two readings."""

    knowledge: Knowledge
    understand: Understand


def make_up_mind(knowledge: Knowledge) -> Mind:
    return Mind(knowledge, remembering(compile_understander(vocabulary_of(knowledge)).understand))


def remembering(understand: Understand) -> Understand:
    """Work out only once a day what a short text means: people press the same buttons, and when the water
    is off, a whole neighbourhood says the same few words at the same time."""
    worked_out = lru_cache(maxsize=_MOST_REMEMBERED)(understand)

    def recall(text: str, hearing: Hearing) -> Understanding:
        if len(text) > _LONGEST_REMEMBERED:
            return understand(text, hearing)
        # Of the moment only the day counts, so that all its hours can share an entry.
        return worked_out(text, replace(hearing, now=datetime.combine(hearing.now, time())))

    return recall


def vocabulary_of(knowledge: Knowledge) -> Vocabulary:
    """What understanding needs of the knowledge, in its own terms."""
    return Vocabulary(
        categories=tuple(
            CategoryWords(category.code, category.name, category.urgency, category.words, category.not_words)
            for category in knowledge.categories.values()
        ),
        faqs=tuple(
            # An entry past its review date is still the best there is: the answer says that it is old.
            FaqPhrases(entry.id, entry.title, entry.phrases, entry.answer, entry.compounds)
            for entry in knowledge.faqs.values()
        ),
        compounds=tuple(
            CompoundNames(compound.name, compound.aliases) for compound in knowledge.compounds.values()
        ),
        emergency_rules=tuple(
            EmergencyRule(emergency.code, pattern)
            for emergency in knowledge.emergency_classes.values()
            for pattern in emergency.patterns
        ),
        emergency_softeners=knowledge.emergency_softeners,
        bot_names=knowledge.community.mention_names,
    )
