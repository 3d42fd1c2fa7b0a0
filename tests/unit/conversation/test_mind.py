"""Short texts are understood once a day, and never differently from afresh."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.conversation.mind import make_up_mind, remembering, vocabulary_of
from intents.result import Hearing, Understanding
from intents.understander import Understander, compile_understander
from knowledge.library import SHIPPED, read_knowledge

EARLY = datetime(2026, 11, 23, 0, 5)
TEXTS = (
    "对", "1", "3号楼2单元电梯坏了", "周三下午两点", "明天早上8点", "今晚停水吗", "11月25号约律师", "3点半",
    "物业费多少钱", "一点都不热", "我的信息", "着火了", "10号来修", "昨晚就没水了",
)  # fmt: skip


@pytest.fixture(scope="module")
def understander() -> Understander:
    return compile_understander(vocabulary_of(read_knowledge(SHIPPED)))


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("is_group", [True, False])
def test_of_the_moment_only_the_day_counts(understander: Understander, text: str, is_group: bool) -> None:
    hearings = [Hearing(EARLY + timedelta(hours=hour), is_group=is_group) for hour in (0, 7, 13, 23)]
    assert len({understander.understand(text, hearing) for hearing in hearings}) == 1


def test_what_is_remembered_is_what_would_be_worked_out() -> None:
    mind = make_up_mind(read_knowledge(SHIPPED))
    fresh = compile_understander(vocabulary_of(mind.knowledge)).understand
    for hearing in (
        Hearing(EARLY),
        Hearing(EARLY + timedelta(hours=9)),
        Hearing(EARLY + timedelta(days=1)),
        Hearing(EARLY, is_group=True),
        Hearing(EARLY, is_group=True, mentioned=True),
        Hearing(EARLY, compound="锦绣园"),
    ):
        for text in TEXTS:
            assert mind.understand(text, hearing) == fresh(text, hearing)


def test_a_text_is_worked_out_once_a_day_and_circumstance() -> None:
    asked: list[tuple[str, Hearing]] = []

    def understand(text: str, hearing: Hearing) -> Understanding:
        asked.append((text, hearing))
        return Understanding(text)

    recall = remembering(understand)
    hearing = Hearing(EARLY)
    for hour in range(20):
        assert recall("停水了", replace(hearing, now=EARLY + timedelta(hours=hour))).text == "停水了"
    recall("停水了", replace(hearing, now=EARLY + timedelta(days=1)))
    recall("停水了", replace(hearing, is_group=True))
    recall("没水了", hearing)
    assert len(asked) == 4
    for _ in range(3):
        recall("停水了，" * 20, hearing)
    assert len(asked) == 7
