import pytest

from knowledge.library import SHIPPED, read_knowledge
from knowledge.replies import MissingValueError, community_values, placeholders, render


def test_placeholders_are_filled_and_nothing_else_is_touched() -> None:
    assert render(
        "编号{number}，{place}的{subject}。", {"number": "A2611-0001", "place": "3号楼", "subject": "灯"}
    ) == ("编号A2611-0001，3号楼的灯。")
    assert render("100%｛｝ { x } %s", {}) == "100%｛｝ { x } %s"


def test_a_value_that_looks_like_a_placeholder_is_not_filled_again() -> None:
    assert render("{text}", {"text": "{number}", "number": 1}) == "{number}"


def test_a_value_the_sentence_does_not_name_is_left_out() -> None:
    assert render("好的。", {"number": 1}) == "好的。"


def test_a_placeholder_without_a_value_is_never_shown_to_anybody() -> None:
    with pytest.raises(MissingValueError, match="number"):
        render("编号{number}", {"place": "3号楼"})


def test_the_placeholders_of_a_sentence_are_known() -> None:
    assert placeholders("{a}和{b_1}和{ c }") == {"a", "b_1"}


def test_emergency_sentences_need_only_the_communitys_own_numbers() -> None:
    knowledge = read_knowledge(SHIPPED)
    values = community_values(knowledge.community)

    for emergency in knowledge.emergency_classes.values():
        text = render(knowledge.replies[emergency.reply], values)
        assert any(number in text for number in knowledge.community.numbers.values())
