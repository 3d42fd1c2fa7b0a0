"""The short words with which staff work on tickets."""

from datetime import date, datetime

import pytest

from intents.staff_words import (
    StaffVerb,
    StaffWords,
    find_short_number,
    find_ticket_number,
    read_day,
    read_grounds,
    read_staff_words,
)

WITHOUT_NUMBER = {
    "收到": StaffVerb.ACCEPT,
    "接单": StaffVerb.ACCEPT,
    "签收": StaffVerb.ACCEPT,
    "转": StaffVerb.TRANSFER,
    "转给": StaffVerb.TRANSFER,
    "退": StaffVerb.GIVE_BACK,
    "退回": StaffVerb.GIVE_BACK,
    "退单": StaffVerb.GIVE_BACK,
    "延": StaffVerb.EXTEND,
    "延期": StaffVerb.EXTEND,
    "好了": StaffVerb.DONE,
    "修好了": StaffVerb.DONE,
    "办结": StaffVerb.DONE,
    "当场": StaffVerb.ON_THE_SPOT,
    "报上去": StaffVerb.ESCALATE,
    "上报": StaffVerb.ESCALATE,
    "回复": StaffVerb.REPLY,
    "答复": StaffVerb.REPLY,
    "我的待办": StaffVerb.MY_TASKS,
    "待办": StaffVerb.MY_TASKS,
    "谁在办": StaffVerb.WHO_HAS,
}


@pytest.mark.parametrize(("text", "verb"), WITHOUT_NUMBER.items())
def test_a_verb_alone_is_a_staff_word(text: str, verb: StaffVerb) -> None:
    assert read_staff_words(text) == StaffWords(verb)


@pytest.mark.parametrize(
    "number", ["A2611-0042", "a2611-0042", "Ａ２６１１－００４２", "A26110042", "A2611 0042"]
)
@pytest.mark.parametrize(("text", "verb"), WITHOUT_NUMBER.items())
def test_a_number_behind_a_verb_is_read_in_any_spelling(text: str, verb: StaffVerb, number: str) -> None:
    assert read_staff_words(f"{text} {number}") == StaffWords(verb, "A2611-0042")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("收到#42", StaffWords(StaffVerb.ACCEPT, "42")),
        ("收到 尾号0042", StaffWords(StaffVerb.ACCEPT, "0042")),
        ("收到A2611-0042", StaffWords(StaffVerb.ACCEPT, "A2611-0042")),
        ("收到，马上过去", StaffWords(StaffVerb.ACCEPT, rest="马上过去")),
        ("转 赵强", StaffWords(StaffVerb.TRANSFER, person="赵强")),
        ("转赵强", StaffWords(StaffVerb.TRANSFER, person="赵强")),
        ("转给赵强", StaffWords(StaffVerb.TRANSFER, person="赵强")),
        ("转给马师傅处理", StaffWords(StaffVerb.TRANSFER, person="马师傅", rest="处理")),
        ("转 A2611-0042 赵强", StaffWords(StaffVerb.TRANSFER, "A2611-0042", person="赵强")),
        ("转 赵强 A2611-0042", StaffWords(StaffVerb.TRANSFER, "A2611-0042", person="赵强")),
        ("退 不归我管", StaffWords(StaffVerb.GIVE_BACK, rest="不归我管")),
        ("退 A2611-0042 属于物业", StaffWords(StaffVerb.GIVE_BACK, "A2611-0042", rest="属于物业")),
        ("延 3 等配件", StaffWords(StaffVerb.EXTEND, days=3, rest="等配件")),
        ("延3天 等配件", StaffWords(StaffVerb.EXTEND, days=3, rest="等配件")),
        ("延三天，等配件", StaffWords(StaffVerb.EXTEND, days=3, rest="等配件")),
        ("延期 5个工作日 等厂家", StaffWords(StaffVerb.EXTEND, days=5, rest="等厂家")),
        ("延　３　等配件", StaffWords(StaffVerb.EXTEND, days=3, rest="等配件")),
        ("延 #42 2天 没货", StaffWords(StaffVerb.EXTEND, "42", days=2, rest="没货")),
        ("延 A2611-0042 3 等配件", StaffWords(StaffVerb.EXTEND, "A2611-0042", days=3, rest="等配件")),
        ("好了 换了灯泡", StaffWords(StaffVerb.DONE, rest="换了灯泡")),
        ("好了，换了灯泡。", StaffWords(StaffVerb.DONE, rest="换了灯泡")),
        ("好了 A2611-0042 换了灯泡", StaffWords(StaffVerb.DONE, "A2611-0042", rest="换了灯泡")),
        ("好了 换了LED灯", StaffWords(StaffVerb.DONE, rest="换了LED灯")),
        ("当场 4号楼旧沙发拉走了", StaffWords(StaffVerb.ON_THE_SPOT, rest="4号楼旧沙发拉走了")),
        ("报上去 要动维修基金", StaffWords(StaffVerb.ESCALATE, rest="要动维修基金")),
        ("回复 明天上午来人", StaffWords(StaffVerb.REPLY, rest="明天上午来人")),
        ("回复：明天上午来人", StaffWords(StaffVerb.REPLY, rest="明天上午来人")),
        ("  收到  ", StaffWords(StaffVerb.ACCEPT)),
    ],
)
def test_a_staff_line_is_taken_apart(text: str, expected: StaffWords) -> None:
    assert read_staff_words(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "收到钱了没有",
        "转发一下通知",
        "转账给谁",
        "转让一台冰箱",
        "转身就走了",
        "退休证怎么办",
        "退休金几号发",
        "退钱",
        "延安路堵车",
        "延迟退休的政策",
        "好了伤疤忘了疼",
        "当场就吵起来了",
        "上报纸了",
        "回复我一下呗",
        "待办证件有哪些",
        "3号楼2单元灯坏了",
        "师傅说收到",
        "啥时候修好了告诉我",
        "谁办的这事",
        "",
        "   ",
        "。",
    ],
)
def test_an_ordinary_sentence_is_no_staff_word(text: str) -> None:
    assert read_staff_words(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("A2611-0042怎么样了", "A2611-0042"),
        ("我那个a2611-0042修了没", "A2611-0042"),
        ("编号Ａ２６１１－００４２", "A2611-0042"),
        ("修到哪一步了", None),
        ("13900001001", None),
        ("3-2-501", None),
    ],
)
def test_a_ticket_number_is_found_anywhere(text: str, number: str | None) -> None:
    assert find_ticket_number(text) == number


@pytest.mark.parametrize(
    ("text", "verb", "number", "rest"),
    [
        ("挂到12月1日，等配件", StaffVerb.HOLD, None, "12月1日，等配件"),
        ("先挂起，下周三再办", StaffVerb.HOLD, None, "下周三再办"),
        ("接着办", StaffVerb.RESUME, None, ""),
        ("叫上水电工", StaffVerb.CALL_IN, None, "水电工"),
        ("协办 马师傅 带梯子", StaffVerb.CALL_IN, None, "马师傅 带梯子"),
        ("进展 总管通了", StaffVerb.PROGRESS, None, "总管通了"),
        ("吹哨城管 A2611-0003", StaffVerb.WHISTLE, "A2611-0003", "城管"),
        ("呼叫 供电所", StaffVerb.WHISTLE, None, "供电所"),
        ("响应 二十分钟到", StaffVerb.ANSWER_WHISTLE, None, "二十分钟到"),
        ("到了，正在清", StaffVerb.ARRIVE, None, "正在清"),
        ("办不了 依据条例第三条", StaffVerb.EXPLAIN, None, "依据条例第三条"),
        ("不予受理 去窗口", StaffVerb.DECLINE, None, "去窗口"),
        ("提醒函 A2611-0003", StaffVerb.REMINDER_LETTER, "A2611-0003", ""),
        ("交办单 3号", StaffVerb.ASSIGNMENT_LETTER, None, "3号"),
        ("并单 A2611-0003 A2611-0001", StaffVerb.MERGE, "A2611-0003", "A2611-0001"),
        ("并到 A2611-0001", StaffVerb.MERGE, None, "A2611-0001"),
        ("拆开 A2611-0001 老孙", StaffVerb.SPLIT, "A2611-0001", "老孙"),
        ("回访名单", StaffVerb.CALL_BACKS, None, ""),
        ("回访 A2611-0003 基本满意", StaffVerb.CALL_BACK, "A2611-0003", "基本满意"),
    ],
)
def test_the_words_of_a_longer_life(text: str, verb: StaffVerb, number: str | None, rest: str) -> None:
    words = read_staff_words(text)

    assert words is not None
    assert (words.verb, words.number, words.rest) == (verb, number, rest)


@pytest.mark.parametrize(
    "text", ["办不了那么快", "到了冬天就不热", "响应号召", "进展怎么样了", "不受理就算了", "接着办证"]
)
def test_ordinary_talk_is_no_staff_word(text: str) -> None:
    assert read_staff_words(text) is None


@pytest.mark.parametrize(
    ("rest", "day", "reason"),
    [
        ("12月1日，等配件", date(2026, 12, 1), "等配件"),
        ("等配件 到12月1日", date(2026, 12, 1), "等配件"),
        ("下周三再办", date(2026, 12, 2), ""),
        ("等物业批", None, "等物业批"),
        ("2026-11-20 等配件", date(2026, 11, 20), "等配件"),
    ],
)
def test_a_hold_says_its_day_and_its_reason(rest: str, day: date | None, reason: str) -> None:
    assert read_day(rest, datetime(2026, 11, 23, 9, 10)) == (day, reason)


@pytest.mark.parametrize(
    ("rest", "basis", "contact"),
    [
        ("依据：条例第三条 联系人：周海燕 0530-5550100", "条例第三条", "周海燕 0530-5550100"),
        ("联系人何静，依据是民法典第278条", "民法典第278条", "何静"),
        ("依据条例", "条例", ""),
        ("就是办不了", "", ""),
    ],
)
def test_the_grounds_are_a_rule_and_a_person(rest: str, basis: str, contact: str) -> None:
    assert read_grounds(rest) == (basis, contact)


@pytest.mark.parametrize(
    ("text", "verb", "number", "rest"),
    [
        ("好了 7 换了灯泡", StaffVerb.DONE, "7", "换了灯泡"),
        ("好了7", StaffVerb.DONE, "7", ""),
        ("好了7，换了灯泡", StaffVerb.DONE, "7", "换了灯泡"),
        ("并单 7 3", StaffVerb.MERGE, "7", "3"),
        ("合并 12 到 3", StaffVerb.MERGE, "12", "到 3"),
        ("拆开 7", StaffVerb.SPLIT, "7", ""),
        ("吹哨 城管 7", StaffVerb.WHISTLE, "7", "城管"),
        ("直通车 7 没人修", StaffVerb.DIRECT_LINE, "7", "没人修"),
        ("回访 2 满意", StaffVerb.CALL_BACK, "2", "满意"),
    ],
)
def test_bare_digits_behind_a_verb_may_name_a_ticket(
    text: str, verb: StaffVerb, number: str, rest: str
) -> None:
    assert read_staff_words(text) == StaffWords(verb, number, bare=True, rest=rest)


@pytest.mark.parametrize(
    "text",
    [
        "好了 3 盏灯都换了",
        "好了 2楼灯换了",
        "回复 8点到",
        "回复 8 点到",
        "好了 12:30修的",
        "挂起 12.1 等配件",
    ],
)
def test_digits_that_count_or_date_name_no_ticket(text: str) -> None:
    words = read_staff_words(text)

    assert words is not None
    assert words.number is None


def test_behind_extend_the_first_digits_are_days_unless_days_follow() -> None:
    assert read_staff_words("延 7 3 等配件") == StaffWords(
        StaffVerb.EXTEND, "7", bare=True, days=3, rest="等配件"
    )
    assert read_staff_words("延 3 等配件") == StaffWords(StaffVerb.EXTEND, days=3, rest="等配件")


def test_into_which_ticket_may_be_said_in_short() -> None:
    assert find_short_number("到 3") == find_short_number("3") == find_short_number("尾号3") == "3"
    assert find_short_number("A2611-0003") == "A2611-0003"
    assert find_short_number("那一件") is None
