"""The words that single services listen for."""

import pytest

from intents.service_words import (
    Cue,
    asks_duty_phone,
    has_cue,
    named_role,
    names_a_topic,
    read_ordinal,
    read_people,
)


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("律师那个不约了", Cue.CALL_OFF),
        ("律师那个不约了", Cue.LAWYER),
        ("取消预约", Cue.LAWYER),
        ("15:30，电话", Cue.BY_PHONE),
        ("打電話就行", Cue.BY_PHONE),
        ("还是当面谈吧", Cue.IN_PERSON),
        ("这周有什么活动", Cue.ACTIVITIES),
        ("接龙＋1", Cue.JOINING),
        ("我们俩都去包饺子", Cue.COMING),
        ("再加一个人", Cue.ADDING),
        ("我报了啥活动", Cue.SIGNED_UP),
        ("我约的几点", Cue.BOOKED),
        ("越早越好", Cue.EARLIEST),
        ("把我的信息删了", Cue.DELETE),
        ("别再给我发消息了", Cue.STOP),
        ("我搬到5号楼了", Cue.CHANGE_HOME),
        ("我的电话换成13912345678了", Cue.CHANGE_PHONE),
        ("机器人", Cue.BACK_TO_BOT),
        ("不用了", Cue.NOT_NEEDED),
        ("你能干什么", Cue.ABILITIES),
        ("社区在哪", Cue.SERVICE_CENTRE),
        ("调解室在几楼", Cue.LEGAL_PLACE),
        ("路灯归谁管", Cue.WHO_IS_RESPONSIBLE),
    ],
)
def test_a_cue_is_heard(text: str, cue: Cue) -> None:
    assert has_cue(text, cue)


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("我电话是13912345678", Cue.BY_PHONE),
        ("楼上搬家太吵了", Cue.CHANGE_HOME),
        ("改一下地址，是5号楼", Cue.CHANGE_HOME),
        ("我要去医院", Cue.JOINING),
        ("残疾证能办什么补贴", Cue.ABILITIES),
        ("不是", Cue.NOT_NEEDED),
        ("改成电话吧", Cue.CHANGE_PHONE),
    ],
)
def test_a_cue_is_not_heard_where_something_else_is_meant(text: str, cue: Cue) -> None:
    assert not has_cue(text, cue)


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("接龙+1 2个人", 2),
        ("报名敬老包饺子，三个人", 3),
        ("3位", 3),
        ("两个", 2),
        ("我们俩都去", 2),
        ("我和老伴都去", 2),
        ("敬老包饺子我也报一个", None),
        ("3号楼2单元", None),
        ("0个人", None),
    ],
)
def test_people_are_counted_with_the_writer(text: str, people: int | None) -> None:
    assert read_people(text) == people


@pytest.mark.parametrize(
    ("text", "index"),
    [("2", 1), ("第二个", 1), ("要第1个吧", 0), ("选三", 2), ("第四个", None), ("两点", None), ("0", None)],
)
def test_an_offered_thing_is_picked_by_its_number(text: str, index: int | None) -> None:
    assert read_ordinal(text, 3) == index


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("我们楼楼长是谁", "building_leader"),
        ("社区书记是谁", "secretary"),
        ("物业维修师傅电话", "repairer"),
        ("社区民警电话", None),
    ],
)
def test_a_role_is_known_by_what_residents_call_it(text: str, role: str | None) -> None:
    assert named_role(text) == role


def test_the_duty_phone_is_asked_for_in_plain_words() -> None:
    assert asks_duty_phone("社区电话多少")
    assert not asks_duty_phone("网格员电话多少")


@pytest.mark.parametrize("text", ["我要约律师", "想约律师当面谈谈", "律师那个不约了", "能帮我预约个律师吗"])
def test_wanting_the_lawyer_is_no_topic(text: str) -> None:
    assert not names_a_topic(text)


@pytest.mark.parametrize("text", ["想问问律师离婚财产怎么分", "房东不退押金怎么办"])
def test_what_it_is_about_is_a_topic(text: str) -> None:
    assert names_a_topic(text)
