"""Words that only sound right are mended; what people may well have meant is left alone."""

import pytest

from intents.corrections import Corrector, compile_corrector

WORDS = ("电梯", "漏水", "自来水", "网格员", "楼道灯", "三号楼")
WRITTEN = frozenset({"找活", "飞线", "着火", "三楼"})


@pytest.fixture(scope="module")
def corrector() -> Corrector:
    return compile_corrector(WORDS, WRITTEN)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("电体坏了", "电梯坏了"),
        ("俺家漏肥了", "俺家漏水了"),
        ("自来飞有味", "自来水有味"),
        ("忘歌园是谁", "网格员是谁"),
        ("楼到等不亮", "楼道灯不亮"),
    ],
)
def test_a_word_of_the_same_sound_is_mended(corrector: Corrector, written: str, meant: str) -> None:
    assert corrector.correct(written) == meant


@pytest.mark.parametrize("text", ["电梯坏了", "飞线充电", "我想找活", "今天真好", "", "abc 123"])
def test_what_is_written_right_stays(corrector: Corrector, text: str) -> None:
    assert corrector.correct(text) == text


def test_numbers_are_never_mended(corrector: Corrector) -> None:
    assert corrector.correct("四号楼") == "四号楼"


def test_only_the_beginning_of_a_long_text_is_mended(corrector: Corrector) -> None:
    text = "电体" + "嗯" * 300 + "电体"

    assert corrector.correct(text) == "电梯" + "嗯" * 300 + "电体"


def test_words_of_one_character_mend_nothing() -> None:
    assert compile_corrector(["水"], frozenset()).correct("飞") == "飞"
