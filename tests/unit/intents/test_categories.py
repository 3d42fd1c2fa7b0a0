"""Which kind of matter a text is about."""

from dataclasses import replace

import pytest

from bot.conversation.mind import vocabulary_of
from intents.categories import CategoryReader, compile_categories
from intents.normalise import fold
from intents.result import CategoryWords
from knowledge.model import Knowledge
from tests.benchmarks.categories import SAMPLES, chat_cases, right
from tests.benchmarks.understanding_text import DATA


@pytest.fixture(scope="module")
def words(knowledge: Knowledge) -> tuple[CategoryWords, ...]:
    return vocabulary_of(knowledge).categories


@pytest.fixture(scope="module")
def reader(words: tuple[CategoryWords, ...]) -> CategoryReader:
    return compile_categories(words)


def first(reader: CategoryReader, text: str) -> str | None:
    folded = fold(text)
    return reader.fitting(folded, reader.read(folded))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("小区旁边新来的搅拌站，一开工灰就往屋里飘", "E5"),
        ("对面工地后半夜了还在打桩", "H5"),
        ("楼上装修吵得没法午休", "H1"),
        ("楼下跳舞的音响开得太大", "H2"),
        ("楼上小孩天天跑跳到十一点", "H3"),
        ("机房风机嗡嗡响一整夜", "H8"),
        ("隔壁在楼顶搭了个彩钢房，这是违建吧", "I1"),
        ("小贩天天占道摆摊，人都走不过去", "E6"),
        ("一楼饭店的油烟全飘进我家", "E4"),
        ("又停水了，饭都做不成", "C1"),
        ("消防通道让私家车堵得死死的", "G4"),
        ("楼里开了个麻将馆", "I4"),
        ("有人把绿化铲了停车", "I5"),
        ("电梯又坏了", "B6"),
        ("电梯猛地往下坠了一截", "B7"),
        ("楼道灯不亮，物业一直没人管", "B4"),
        ("路灯不亮，催了好几次", "D3"),
        ("物业收停车费没有依据", "A4"),
        ("动用维修资金没有公示", "A9"),
        ("业委会换届的票数不对", "A8"),
    ],
)
def test_a_thing_and_its_trouble_name_the_category(reader: CategoryReader, text: str, code: str) -> None:
    assert first(reader, text) == code


@pytest.mark.parametrize(
    "text",
    ["幸福里3号楼2单元", "8栋501", "你好", "好的，明天下午行", "开发商十年了不给办房产证", "晚上一起吃饭吗"],
)
def test_what_fits_no_category_gets_none(reader: CategoryReader, text: str) -> None:
    assert first(reader, text) is None


def test_the_head_counts_more_than_the_rest_of_a_long_letter(reader: CategoryReader) -> None:
    rest = "我们多次找过物业，物业费一分没少交，停车费也交了，保安态度还不好，绿化也没人管。" * 3

    assert first(reader, f"三单元706房隔成六户群租房。{rest}") == "I3"


def test_people_who_are_not_helped_still_complain_of_a_thing(reader: CategoryReader) -> None:
    assert first(reader, "举报了好几次没人管，建议处理一下：楼道里堆满杂物") == "G4"


def test_a_category_that_was_never_learnt_is_found_by_its_words(words: tuple[CategoryWords, ...]) -> None:
    added = CategoryWords("M1", "咕噜板", "P3", ("咕噜板", "咕噜+响"))

    assert first(compile_categories((*words, added)), "门口的咕噜板又坏了") == "M1"


def test_a_category_that_was_taken_out_is_never_named(words: tuple[CategoryWords, ...]) -> None:
    left = tuple(category for category in words if category.code != "B6")

    found = compile_categories(left).read(fold("电梯又坏了"))

    assert "B6" not in {scored.key for scored in found}


def test_a_word_that_rules_out_takes_the_category_back(words: tuple[CategoryWords, ...]) -> None:
    def ruled_out(category: CategoryWords) -> CategoryWords:
        return (
            replace(category, not_words=(*category.not_words, "唧唧")) if category.code == "D3" else category
        )

    strict = compile_categories(tuple(map(ruled_out, words)))

    weights = [one.weigh("路灯不亮唧唧")["D3"] for one in (compile_categories(words), strict)]
    assert weights[1] < weights[0]


def test_candidates_come_best_first_with_probabilities(reader: CategoryReader) -> None:
    found = [scored.confidence for scored in reader.read("楼下烧烤店占道经营，油烟大还吵")]

    assert found == sorted(found, reverse=True)
    assert all(0 < confidence <= 1 for confidence in found)


def test_what_people_say_far_down_a_letter_raises_no_urgency(reader: CategoryReader) -> None:
    assert reader.urgency("D3", "路灯不亮好几天了") == "P2"
    assert reader.urgency("D3", "路灯不亮。" + "这条路人来人往。" * 20 + "家里有老人") == "P3"


def test_group_lines_and_samples_get_their_category(reader: CategoryReader) -> None:
    if not (DATA.exists() and SAMPLES.exists()):
        pytest.skip("../shared/data with group lines and samples is absent")
    for cases in chat_cases():
        total, right_first, _ = right(reader, cases)
        assert right_first / total >= 0.9


def with_word(words: tuple[CategoryWords, ...], code: str, word: str) -> tuple[CategoryWords, ...]:
    return tuple(replace(one, words=(*one.words, word)) if one.code == code else one for one in words)


@pytest.mark.parametrize(
    ("code", "word", "text"),
    [
        ("E7", "树根", "树根把路面顶起来一大块，坑坑洼洼"),
        ("H4", "孔雀+叫", "邻居家的孔雀天天早上叫，吵死人"),
        ("A9", "暖气改造款", "暖气改造款交上去，暖气还是不热"),
    ],
)
def test_a_word_that_staff_add_decides_whatever_was_learnt(
    words: tuple[CategoryWords, ...], code: str, word: str, text: str
) -> None:
    before, after = (first(compile_categories(one), text) for one in (words, with_word(words, code, word)))

    assert (before != code, after) == (True, code)


def test_of_added_words_the_longer_one_decides(words: tuple[CategoryWords, ...]) -> None:
    both = with_word(with_word(words, "K6", "咕噜"), "H2", "咕噜板")

    assert first(compile_categories(both), "楼下咕噜板太吵") == "H2"


def test_an_added_word_within_a_longer_known_word_decides_nothing(words: tuple[CategoryWords, ...]) -> None:
    assert first(compile_categories(with_word(words, "B4", "绿灯")), "路口红绿灯坏了") == "D5"
