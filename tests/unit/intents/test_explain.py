"""Why a text is understood as it is, in lines that a person reads."""

import pytest

from bot.conversation.mind import vocabulary_of
from intents.explain import explain
from intents.result import Hearing
from intents.understander import Understander, compile_understander
from knowledge.model import Knowledge


@pytest.fixture(scope="module")
def mind(knowledge: Knowledge) -> Understander:
    return compile_understander(vocabulary_of(knowledge))


def test_a_report_shows_its_words_its_runner_up_and_its_place(mind: Understander, alone: Hearing) -> None:
    shown = explain("3号楼2单元楼道灯又不亮了", mind, alone)

    assert "意图：report_issue" in shown
    assert "其次：" in shown
    assert "类别：B4" in shown
    assert "楼道灯" in shown
    assert "building=3 unit=2" in shown
    assert "因为“又”升了一级" in shown


def test_an_emergency_shows_the_words_that_fired(mind: Understander, in_group: Hearing) -> None:
    shown = explain("8号楼1单元电梯里困住人了", mind, in_group)

    assert "紧急：G3，规则认出“" in shown
    assert "当真" in shown


def test_a_dismissed_emergency_shows_what_speaks_against_it(mind: Understander, in_group: Hearing) -> None:
    shown = explain("去年车棚着火了，吓得不轻", mind, in_group)

    assert "不当紧急" in shown
    assert "去年" in shown


def test_a_question_shows_the_entry_and_its_wording(mind: Understander, alone: Hearing) -> None:
    assert "问答：property-fee" in explain("物业费多少钱", mind, alone)


@pytest.mark.parametrize("text", ["", "😀", "{text}", "嗯" * 5000])
def test_whatever_is_said_is_explained(mind: Understander, alone: Hearing, text: str) -> None:
    assert explain(text, mind, alone).startswith("这句话：")
