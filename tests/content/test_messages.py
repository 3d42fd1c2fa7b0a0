"""Every sentence of the check is used, and every one used exists."""

import ast

import pytest

from knowledge.library import SHIPPED
from knowledge.problems import sentences
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def words_in_code() -> set[str]:
    files = [*SHIPPED.rglob("*.py"), ROOT / "bot" / "settings.py", ROOT / "bot" / "kinds.py"]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in files]
    nodes = (node for tree in trees for node in ast.walk(tree))
    return {
        str(node.value) for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_no_sentence_is_idle(words_in_code: set[str]) -> None:
    assert set(sentences()) - words_in_code == set()


def test_the_staff_read_chinese_only() -> None:
    for message, mend in sentences().values():
        assert message
        assert mend
        for text in (message, mend):
            assert not text.endswith(("。", "；", "."))
