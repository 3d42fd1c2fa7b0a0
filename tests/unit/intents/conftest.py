"""The understanding of the shipped neighbourhood, compiled once for each process."""

from collections.abc import Callable
from datetime import datetime

import pytest

from bot.conversation.mind import make_up_mind
from intents.result import Hearing, Understanding
from knowledge.library import SHIPPED, read_knowledge
from knowledge.model import Knowledge

NOW = datetime(2026, 11, 23, 10, 0)  # a Monday, in local wall-clock time as Hearing wants it

Understand = Callable[[str, Hearing], Understanding]


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return read_knowledge(SHIPPED)


@pytest.fixture(scope="session")
def understand(knowledge: Knowledge) -> Understand:
    return make_up_mind(knowledge).understand


@pytest.fixture
def alone() -> Hearing:
    """Said to the bot alone."""
    return Hearing(NOW)


@pytest.fixture
def in_group() -> Hearing:
    """Said in a group, to nobody in particular."""
    return Hearing(NOW, is_group=True)


@pytest.fixture
def called_in_group() -> Hearing:
    return Hearing(NOW, is_group=True, mentioned=True)
