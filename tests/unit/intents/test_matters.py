"""A message that speaks of several matters is cut into its matters."""

import pytest

from bot.conversation.mind import vocabulary_of
from intents.categories import compile_categories
from intents.matters import MatterReader
from intents.normalise import fold
from knowledge.model import Knowledge


@pytest.fixture(scope="module")
def matters(knowledge: Knowledge) -> MatterReader:
    return MatterReader(compile_categories(vocabulary_of(knowledge).categories))


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("楼道灯不亮，还有门口垃圾没人清", "楼道灯", "垃圾"),
        ("电梯又坏了，另外三单元下水道堵了", "电梯", "下水道"),
        ("1、路灯不亮。2、井盖没了", "路灯", "井盖"),
    ],
)
def test_two_matters_are_told_apart_in_order(
    matters: MatterReader, text: str, first: str, second: str
) -> None:
    found = matters.read(fold(text))

    assert len(found) == 2
    assert first in found[0]
    assert second in found[1]


@pytest.mark.parametrize(
    "text",
    [
        "楼道灯不亮，晚上老人上楼看不见",
        "电梯坏了，电梯门也关不上",
        "还有就是谢谢你们",
        "你好，另外问一下",
        "",
    ],
)
def test_one_matter_stays_whole(matters: MatterReader, text: str) -> None:
    assert matters.read(fold(text)) == ()


def test_a_long_letter_is_one_matter(matters: MatterReader) -> None:
    assert matters.read("楼道灯不亮,还有门口垃圾没人清。" * 30) == ()


def test_nothing_that_was_said_is_lost(matters: MatterReader) -> None:
    text = "你好,楼道灯不亮,好几天了,还有门口垃圾没人清,臭得很"

    assert ",".join(matters.read(text)) == text
