"""No reader takes more than its share for a longer text: a hundred times for one ten times as long would be
a quadratic pattern. Measured in processor time of this process, one text right after the other."""

import time
from collections.abc import Callable

import pytest

from bot.conversation.mind import vocabulary_of
from intents.addresses import load_addresses
from intents.normalise import clauses, fold
from intents.result import Hearing
from intents.service_words import Cue, has_cue
from intents.staff_words import read_staff_words
from intents.times import read_times
from intents.understander import Understander, compile_understander
from knowledge.model import Knowledge
from tests.unit.intents.conftest import NOW

SHORT, LONG = 1_500, 15_000
MOST_GROWTH = 40
FLOOR = 0.002  # seconds: below this the clock says nothing

PIECES = (
    "电梯",
    "煤气",
    "3号楼",
    "3-2-501 ",
    "周三下午",
    "12月5日",
    "人",
    "一",
    "9",
    "a",
    "。",
    " ",
    "打",
    "没",
)


@pytest.fixture(scope="module")
def mind(knowledge: Knowledge) -> Understander:
    return compile_understander(vocabulary_of(knowledge))


def seconds(read: Callable[[str], object], text: str) -> float:
    spent = []
    for _ in range(2):
        begun = time.process_time()
        read(text)
        spent.append(time.process_time() - begun)
    return min(spent)


@pytest.mark.parametrize("piece", PIECES)
def test_a_text_ten_times_as_long_takes_no_forty_times_as_long(mind: Understander, piece: str) -> None:
    readers: dict[str, Callable[[str], object]] = {
        "fold": fold,
        "clauses": clauses,
        "places": mind.places.read,
        "addresses": load_addresses().read,
        "emergencies": mind.emergencies.rules.first,
        "dismissals": mind.emergencies.dismissals.search,
        "habits": mind.emergencies.habits.search,
        "times": lambda text: read_times(text, NOW),
        "questions": mind.questions.search,
        "cue": lambda text: has_cue(text, Cue.CALL_OFF),
        "staff words": read_staff_words,
        "words": mind.index.synonyms.words,
    }
    slow = {
        name: (short, long)
        for name, read in readers.items()
        if (long := seconds(read, piece * (LONG // len(piece))))
        > MOST_GROWTH * max(FLOOR, short := seconds(read, piece * (SHORT // len(piece))))
    }
    assert slow == {}


@pytest.mark.parametrize("piece", PIECES)
def test_beyond_a_letter_more_text_costs_no_more(mind: Understander, piece: str) -> None:
    letter, megabyte = (piece * (length // len(piece)) for length in (10_000, 1_000_000))
    alone = Hearing(NOW)

    def understood(text: str) -> object:
        return mind.understand(text, alone)

    assert seconds(understood, megabyte) < 5 * max(5 * FLOOR, seconds(understood, letter))
