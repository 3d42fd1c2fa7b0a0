"""Whole messages, understood as in the shipped neighbourhood."""

from dataclasses import replace

import pytest

from bot.conversation.mind import vocabulary_of
from intents.result import Act, CategoryWords, FaqPhrases, Hearing, Vocabulary
from intents.understander import compile_understander
from knowledge.model import Knowledge
from tests.unit.intents.conftest import NOW, Understand


@pytest.mark.parametrize(
    ("text", "category", "building", "unit"),
    [
        ("5号楼2单元电梯坏了，抱着孩子爬十层", "B6", "5", "2"),
        ("电梯又罢工了，腿脚不好的咋下楼", "B6", None, None),
        ("3号楼2单元楼道灯不亮", "B4", "3", "2"),
        ("楼道黑咕隆咚，灯坏一个礼拜了", "B4", None, None),
        ("我们单元下水道堵了，厕所往上冒脏水", "B3", None, None),
        ("8号楼1单元门口的垃圾没人清", "E1", "8", "1"),
        ("三号楼二单元电梯不走了", "B6", "3", "2"),
    ],
)
def test_a_report_is_told_with_its_category_and_place(
    understand: Understand, alone: Hearing, text: str, category: str, building: str | None, unit: str | None
) -> None:
    meaning = understand(text, alone)
    assert (meaning.intent, meaning.category, meaning.emergency) == ("report_issue", category, None)
    assert meaning.respond
    place = meaning.place
    assert (place and place.building, place and place.unit) == (building, unit)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("我想问问律师，房子过户的事", "book_legal"),
        ("有没有法律咨询，离婚财产的事", "book_legal"),
        ("我想参加包饺子活动", "sign_up"),
        ("清洁家园给我报个名", "sign_up"),
        ("包饺子那个我去不成了，退了吧", "sign_up"),
        ("我报的那个修到哪一步了", "track_ticket"),
        ("怎么还没人来修，催一下", "urge_ticket"),
        ("转人工", "human"),
        ("我要找个真人说话", "human"),
        ("你好", "greeting"),
        ("你存了我哪些信息", "privacy"),
        ("我们楼的楼长是谁", "who_is"),
    ],
)
def test_other_wishes_are_told_apart(understand: Understand, alone: Hearing, text: str, intent: str) -> None:
    meaning = understand(text, alone)
    assert meaning.intent == intent
    assert meaning.respond


@pytest.mark.parametrize(
    ("text", "faq"),
    [
        ("物业费一平多少钱", "property-fee"),
        ("物业费怎么缴啊", "property-fee"),
        ("租房办居住证需要什么材料", "residence-permit"),
        ("狗证在哪里办", "dog-licence"),
    ],
)
def test_a_question_finds_its_entry(understand: Understand, alone: Hearing, text: str, faq: str) -> None:
    meaning = understand(text, alone)
    assert (meaning.faq, meaning.respond) == (faq, True)


@pytest.mark.parametrize(
    "text",
    [
        "马桶堵了",
        "电梯坏了",
        "楼道灯不亮",
        "暖气不热",
        "门禁坏了",
        "没电了",
        "水管漏水",
        "路灯坏了",
        "下水道堵了",
    ],
)
def test_a_short_statement_to_the_bot_alone_is_a_report(
    understand: Understand, alone: Hearing, text: str
) -> None:
    meaning = understand(text, alone)
    assert (meaning.intent, meaning.respond) == ("report_issue", True)
    assert meaning.category is not None


@pytest.mark.parametrize(
    "text",
    [
        "今天菜市场的鸡蛋便宜",
        "哈哈哈哈",
        "早上好各位",
        "谁家包子好吃",
        "我也买了",
        "下雨了记得收衣服",
        "生日快乐🎂",
        "[呲牙][呲牙]",
        "明天降温多穿点",
        "接孩子去了",
        "666",
        "谁要拼车去机场",
        "收到",
        "顶",
        "电梯修好了，谢谢师傅",
    ],
)
def test_chit_chat_in_a_group_stays_unanswered(understand: Understand, in_group: Hearing, text: str) -> None:
    assert not understand(text, in_group).respond


@pytest.mark.parametrize("text", ["哈哈哈", "今天天气不错", "在干嘛", "吃了吗", "电梯修好了", "不用了"])
def test_chit_chat_is_no_matter_even_when_said_to_the_bot(
    understand: Understand, alone: Hearing, text: str
) -> None:
    meaning = understand(text, alone)
    assert meaning.intent not in ("report_issue", "emergency")
    assert meaning.category is None


def test_the_name_of_the_bot_is_no_part_of_what_is_said(
    understand: Understand, called_in_group: Hearing
) -> None:
    named = understand("@邻里 3号楼2单元门禁坏了", called_in_group)
    plain = understand("3号楼2单元门禁坏了", called_in_group)
    assert replace(named, text="") == replace(plain, text="")
    assert named.respond


@pytest.mark.parametrize("text", ["幸福里3号楼", "2单元", "501", "3-2-501"])
def test_a_place_alone_is_a_place_and_no_matter(understand: Understand, alone: Hearing, text: str) -> None:
    meaning = understand(text, alone)
    assert meaning.place is not None
    assert (meaning.intent, meaning.emergency) == (None, None)


def test_a_phone_number_is_no_room(understand: Understand, alone: Hearing) -> None:
    meaning = understand("3号楼2单元门禁坏了，电话13900001001", alone)
    assert meaning.phones == ("13900001001",)
    assert meaning.place is not None
    assert meaning.place.room is None


def test_day_and_hour_come_with_the_booking(understand: Understand, alone: Hearing) -> None:
    (moment,) = understand("我要约律师，周三下午两点", alone).times
    assert (moment.on, moment.at) == (NOW.date().replace(day=25), NOW.time().replace(hour=14))


def test_waiting_makes_a_matter_more_urgent(understand: Understand, alone: Hearing) -> None:
    calm = understand("3号楼2单元楼道灯不亮", alone)
    waiting = understand("3号楼2单元楼道灯不亮，报了好几次都没人管", alone)
    assert calm.category == waiting.category == "B4"
    assert calm.urgency is not None
    assert waiting.urgency is not None
    assert waiting.urgency < calm.urgency  # P2 comes before P3


def test_acts_and_place_of_a_correction_come_together(understand: Understand, alone: Hearing) -> None:
    meaning = understand("打错了，是5号楼", alone)
    assert Act.CORRECTION in meaning.acts
    assert meaning.place is not None
    assert meaning.place.building == "5"


@pytest.mark.parametrize("text", ["", " ", "。", "？？？", "\n", "🙂"])
def test_a_line_without_words_means_nothing(understand: Understand, alone: Hearing, text: str) -> None:
    meaning = understand(text, alone)
    assert (meaning.text, meaning.intent, meaning.emergency, meaning.category) == (text, None, None, None)


def test_a_new_question_is_answered_at_once(knowledge: Knowledge, alone: Hearing) -> None:
    vocabulary = vocabulary_of(knowledge)
    asked = "老年食堂的饭票在哪儿充值"
    entry = FaqPhrases(
        "canteen-card", "老年食堂充值", ("老年食堂饭票在哪充值", "食堂饭卡怎么充钱"), "在食堂门口的柜台。"
    )
    before = compile_understander(vocabulary).understand(asked, alone)
    after = compile_understander(replace(vocabulary, faqs=(*vocabulary.faqs, entry))).understand(asked, alone)
    assert before.faq != "canteen-card"
    assert (after.intent, after.faq) == ("ask_faq", "canteen-card")


def test_a_question_of_one_compound_is_not_answered_in_another(knowledge: Knowledge) -> None:
    vocabulary = vocabulary_of(knowledge)
    entry = FaqPhrases(
        "shared-garden", "共享菜园", ("共享菜园怎么申请",), "找居委会。", compounds=("锦绣园",)
    )
    understander = compile_understander(replace(vocabulary, faqs=(*vocabulary.faqs, entry)))
    here = understander.understand("共享菜园怎么申请", Hearing(NOW, compound="锦绣园"))
    there = understander.understand("共享菜园怎么申请", Hearing(NOW, compound="幸福里"))
    assert here.faq == "shared-garden"
    assert there.faq != "shared-garden"


def test_a_new_word_of_a_category_counts_at_once(knowledge: Knowledge, alone: Hearing) -> None:
    vocabulary = vocabulary_of(knowledge)
    text = "3号楼2单元的咕噜板坏了"

    def with_word(category: CategoryWords) -> CategoryWords:
        return replace(category, words=(*category.words, "咕噜板")) if category.code == "B4" else category

    before = compile_understander(vocabulary).understand(text, alone)
    taught = replace(vocabulary, categories=tuple(map(with_word, vocabulary.categories)))
    after = compile_understander(taught).understand(text, alone)
    share = {scored.key: scored.confidence for scored in before.categories}.get("B4", 0.0)
    assert {scored.key: scored.confidence for scored in after.categories}["B4"] > share
    assert after.category == "B4"


def test_an_empty_vocabulary_still_understands_the_shipped_phrases(alone: Hearing) -> None:
    meaning = compile_understander(Vocabulary()).understand("我要约律师", alone)
    assert (meaning.intent, meaning.category, meaning.faq) == ("book_legal", None, None)


def test_the_same_text_is_always_understood_alike(knowledge: Knowledge, in_group: Hearing) -> None:
    vocabulary = vocabulary_of(knowledge)
    one, other = compile_understander(vocabulary), compile_understander(vocabulary)
    for text in (
        "3号楼2单元楼道灯不亮",
        "物业费多少钱",
        "电梯里困住人了",
        "哈哈哈",
        "周三下午两点",
        "转人工",
    ):
        assert one.understand(text, in_group) == other.understand(text, in_group)
        assert one.understand(text, in_group) == one.understand(text, in_group)


@pytest.mark.parametrize(
    "text", ["3号楼2单元楼道灯不亮，还有门口垃圾没人清", "物业费多少钱", "楼道灯坏了", "包饺子我也报一个"]
)
def test_confidences_are_shares_and_come_best_first(
    understand: Understand, alone: Hearing, text: str
) -> None:
    meaning = understand(text, alone)
    assert 0.0 <= meaning.confidence <= 1.0
    for scored in (meaning.categories, meaning.faqs, meaning.alternatives):
        confidences = [candidate.confidence for candidate in scored]
        assert all(0.0 <= confidence <= 1.0 for confidence in confidences)
        assert confidences == sorted(confidences, reverse=True)
    assert all(candidate.key != meaning.intent for candidate in meaning.alternatives)
