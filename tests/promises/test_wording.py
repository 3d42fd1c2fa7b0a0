"""What people read stands in knowledge/, where staff can change it, and not in the code."""

import ast
import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

# Five Chinese characters in a row are a sentence; fewer are a name, a unit or a set of letters.
SENTENCE = re.compile("[\u4e00-\u9fff][\u4e00-\u9fff，。！？：；、“”（）]{3,}[\u4e00-\u9fff]")
NUMERALS = frozenset("一二三四五六七八九十")
ONE_OF_THESE = re.compile(r"\[[^\]]*\]")  # a character class of a pattern

FILE_FORMAT = "bot/dialogues/"  # its vocabulary is Chinese


def modules() -> list[Path]:
    return [
        file
        for file in sorted((ROOT / "bot").rglob("*.py"))
        if not file.relative_to(ROOT).as_posix().startswith(FILE_FORMAT)
    ]


def sentences(source: str) -> list[tuple[int, str]]:
    """Line and text of every Chinese sentence that is no docstring."""
    tree = ast.parse(source)
    remarks = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in remarks
        if (match := SENTENCE.search(ONE_OF_THESE.sub("", node.value))) and not set(match[0]) <= NUMERALS
    ]


@pytest.mark.parametrize("module", modules(), ids=lambda file: file.relative_to(ROOT).as_posix())
def test_no_module_holds_a_chinese_sentence(module: Path) -> None:
    assert sentences(module.read_text(encoding="utf-8")) == []


def test_a_sentence_would_be_found() -> None:
    assert sentences('"""楼里的灯坏了。"""\nsay(f"{name}，已经登记好了")') == [(2, "，已经登记好了")]
