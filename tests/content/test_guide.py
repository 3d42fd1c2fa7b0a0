"""The examples of the guide for staff are read like their files."""

import re

import pytest

from knowledge.faq import read_faq
from knowledge.library import SHIPPED
from knowledge.tree import read_tree

GUIDE = (SHIPPED.parent / "docs" / "guides" / "knowledge.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("block", blocks("yaml"))
def test_a_yaml_example_has_no_slip(block: str) -> None:
    node, problems = read_tree(block, file="guide.yaml", keys=frozenset())

    assert node is not None
    assert problems == []


def test_the_faq_example_is_a_whole_entry() -> None:
    (block,) = blocks("markdown")

    sheet, problems = read_faq(block, file="faq/community/office-hours.md")

    assert problems == []
    assert sheet is not None


def test_every_file_is_explained() -> None:
    for path in SHIPPED.glob("*.yaml"):
        if path.name not in ("console.yaml", "messages.yaml", "wording.yaml"):
            assert path.name in GUIDE


def test_the_findings_shown_are_sentences_of_the_check() -> None:
    sentences = (SHIPPED / "messages.yaml").read_text(encoding="utf-8")
    shown = re.findall(r"^\| \S+: (?:error|warning): (.*?)；", GUIDE, flags=re.MULTILINE)

    assert len(shown) >= 8
    for finding in shown:
        pieces = re.split(r"“[^”]*”|\d+", finding)
        assert all(piece in sentences for piece in pieces if len(piece) > 3), finding
