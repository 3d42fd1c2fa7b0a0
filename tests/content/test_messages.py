"""Every sentence of the check is used, and every one used exists."""

import ast
import re

import pytest

from knowledge.library import SHIPPED
from knowledge.problems import sentences
from tests.conftest import ROOT

_LEAST_SPELT_OUT = 8  # letters of an f-string that can be a key: f"channel_{kind}_{code}"


@pytest.fixture(scope="module")
def used() -> re.Pattern[str]:
    """What the code can name: its strings, and its f-strings with anything where values go in."""
    files = [*SHIPPED.rglob("*.py"), *(ROOT / "bot").rglob("*.py")]
    nodes = [node for path in files for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    spelt_out = {
        re.escape(node.value)
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier()
    }
    filled_in = {_pattern_of(node) for node in nodes if isinstance(node, ast.JoinedStr) and _is_key(node)}
    return re.compile("|".join(sorted(spelt_out | filled_in)))


def _literals(node: ast.JoinedStr) -> list[str]:
    return [str(part.value) for part in node.values if isinstance(part, ast.Constant)]


def _is_key(node: ast.JoinedStr) -> bool:
    written = "".join(_literals(node))
    return len(written) >= _LEAST_SPELT_OUT and written.isidentifier()


def _pattern_of(node: ast.JoinedStr) -> str:
    return "".join(
        re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[a-z0-9_]+" for part in node.values
    )


def test_no_sentence_is_idle(used: re.Pattern[str]) -> None:
    assert [key for key in sentences() if used.fullmatch(key) is None] == []


def test_the_staff_read_chinese_only() -> None:
    for message, mend in sentences().values():
        assert message
        assert mend
        for text in (message, mend):
            assert not text.endswith(("。", "；", "."))
