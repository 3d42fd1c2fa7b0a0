"""Whatever the table of moves needs, the staff's words ask for, and nothing else."""

import pytest

from bot.services.staff_desk.asking import MOVES, QUESTIONS
from bot.tickets.lifecycle import TABLE
from intents.staff_words import StaffVerb


@pytest.mark.parametrize("verb", MOVES)
def test_a_word_asks_for_what_its_move_needs(verb: StaffVerb) -> None:
    needs = {need for (_, move), rule in TABLE.items() if move is MOVES[verb] for need in rule.needs}

    assert set(QUESTIONS.get(verb, {})) == needs


def test_every_word_makes_a_move_or_only_looks() -> None:
    looks = {
        StaffVerb.REPLY,
        StaffVerb.ON_THE_SPOT,
        StaffVerb.MY_TASKS,
        StaffVerb.WHO_HAS,
        StaffVerb.CALL_BACKS,
    }

    assert set(MOVES) | looks == set(StaffVerb)
