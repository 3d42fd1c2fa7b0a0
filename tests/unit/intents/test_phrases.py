"""The phrase tests beside the code, and the checker that runs them."""

from pathlib import Path

import pytest

from bot.conversation.mind import vocabulary_of
from intents.phrase_tests import check_phrases
from intents.understander import Understander, compile_understander
from knowledge.model import Knowledge

PHRASES = Path(__file__).parents[2] / "phrases"


@pytest.fixture(scope="module")
def understander(knowledge: Knowledge) -> Understander:
    return compile_understander(vocabulary_of(knowledge))


def test_every_sentence_is_understood_as_its_file_says(understander: Understander) -> None:
    assert list(PHRASES.glob("*.yaml"))
    assert check_phrases(PHRASES, understander) == []


def test_a_wrong_expectation_is_told_with_its_line(understander: Understander, tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text('# 注\n- {说: 3号楼2单元, 楼: "4", 单元: "2"}\n', encoding="utf-8")
    (problem,) = check_phrases(tmp_path, understander)
    assert problem.startswith(f"{file}:2:")


def test_one_of_several_values_is_enough(understander: Understander, tmp_path: Path) -> None:
    (tmp_path / "either.yaml").write_text('- {说: 3号楼2单元, 楼: ["4", "3"]}\n', encoding="utf-8")
    assert check_phrases(tmp_path, understander) == []


@pytest.mark.parametrize(
    "content",
    ["- {说: 你好, 心情: 好}", "- {意图: greeting}", "- {说: [你好]}", "- {说: 你好"],
)
def test_a_badly_written_file_is_told_and_not_passed(
    understander: Understander, tmp_path: Path, content: str
) -> None:
    (tmp_path / "bad.yaml").write_text(content, encoding="utf-8")
    (problem,) = check_phrases(tmp_path, understander)
    assert ": error: " in problem


def test_an_empty_file_expects_nothing(understander: Understander, tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("", encoding="utf-8")
    assert check_phrases(tmp_path, understander) == []
