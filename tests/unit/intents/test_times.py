"""Days and hours, resolved against a Monday morning: 2026-11-23 10:00."""

from datetime import date, datetime, time

import pytest

from intents.normalise import fold
from intents.result import TimeMention
from intents.times import read_times

NOW = datetime(2026, 11, 23, 10, 0)  # local wall-clock time, as read_times wants it


def _one(text: str) -> TimeMention:
    found = read_times(fold(text), NOW)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("今天", date(2026, 11, 23)),
        ("明天", date(2026, 11, 24)),
        ("明儿来吧", date(2026, 11, 24)),
        ("后天", date(2026, 11, 25)),
        ("大后天", date(2026, 11, 26)),
        ("昨天报的", date(2026, 11, 22)),
        ("前天就坏了", date(2026, 11, 21)),
        ("周一", date(2026, 11, 23)),
        ("周三", date(2026, 11, 25)),
        ("星期五", date(2026, 11, 27)),
        ("礼拜天", date(2026, 11, 29)),
        ("周日", date(2026, 11, 29)),
        ("周6", date(2026, 11, 28)),
        ("这周四", date(2026, 11, 26)),
        ("下周一", date(2026, 11, 30)),
        ("下周三", date(2026, 12, 2)),
        ("下个星期二", date(2026, 12, 1)),
        ("下下周一", date(2026, 12, 7)),
        ("上周五", date(2026, 11, 20)),
        ("11月25号", date(2026, 11, 25)),
        ("11月25日", date(2026, 11, 25)),
        ("十一月二十五号", date(2026, 11, 25)),
        ("１１月２５号", date(2026, 11, 25)),
        ("12月5号", date(2026, 12, 5)),
        ("1月8号", date(2027, 1, 8)),
        ("2026年12月5日", date(2026, 12, 5)),
        ("2026-11-25", date(2026, 11, 25)),
        ("28号", date(2026, 11, 28)),
        ("5号去", date(2026, 12, 5)),
    ],
)
def test_a_day_is_resolved(text: str, on: date) -> None:
    mention = _one(text)
    assert (mention.on, mention.at) == (on, None)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("下午两点", time(14)),
        ("下午2点", time(14)),
        ("上午十点半", time(10, 30)),
        ("早上8点", time(8)),
        ("晚上7点", time(19)),
        ("中午12点", time(12)),
        ("中午一点", time(13)),
        ("14:30", time(14, 30)),
        ("14：30", time(14, 30)),
        ("9:05", time(9, 5)),
        ("三点", time(15)),
        ("两点半", time(14, 30)),
        ("九点一刻", time(9, 15)),
        ("下午三点二十", time(15, 20)),
        ("16点", time(16)),
    ],
)
def test_an_hour_is_resolved(text: str, at: time) -> None:
    mention = _one(text)
    assert (mention.on, mention.at) == (None, at)


@pytest.mark.parametrize(
    ("text", "on", "at"),
    [
        ("周三下午两点", date(2026, 11, 25), time(14)),
        ("周三下午2点半", date(2026, 11, 25), time(14, 30)),
        ("后天上午9点半", date(2026, 11, 25), time(9, 30)),
        ("明天下午三点", date(2026, 11, 24), time(15)),
        ("明晚8点", date(2026, 11, 24), time(20)),
        ("下周六上午10点", date(2026, 12, 5), time(10)),
        ("11月25号14:00", date(2026, 11, 25), time(14)),
        ("11月25日 14:30", date(2026, 11, 25), time(14, 30)),
        ("2026-11-25 14:00", date(2026, 11, 25), time(14)),
        ("我想约周三下午两点，当面谈", date(2026, 11, 25), time(14)),
    ],
)
def test_a_day_with_its_hour_is_one_moment(text: str, on: date, at: time) -> None:
    mention = _one(text)
    assert (mention.on, mention.at) == (on, at)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("上午", "morning"),
        ("中午", "noon"),
        ("下午", "afternoon"),
        ("晚上", "evening"),
        ("半夜老响", "night"),
        ("周三下午", "afternoon"),
        ("今晚", "evening"),
        ("明早", "morning"),
    ],
)
def test_a_part_of_the_day_is_kept_where_no_hour_is_said(text: str, part: str) -> None:
    mention = _one(text)
    assert (mention.part, mention.at) == (part, None)


def test_two_moments_are_two_mentions() -> None:
    found = read_times(fold("周三下午两点或者周六上午十点"), NOW)
    assert [(m.on, m.at) for m in found] == [
        (date(2026, 11, 25), time(14)),
        (date(2026, 11, 28), time(10)),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "3号楼2单元501",
        "一点都不热",
        "三号楼二单元五楼东户",
        "2月30号",
        "13月1号",
        "13900001001",
        "楼道灯坏了",
        "5号线地铁",
        "",
    ],
)
def test_what_is_no_time_yields_none(text: str) -> None:
    assert read_times(fold(text), NOW) == ()


def test_a_day_that_this_month_has_passed_is_the_next_month_even_over_new_year() -> None:
    new_years_eve = datetime(2026, 12, 31, 10, 0)  # local wall-clock time
    assert [mention.on for mention in read_times("5号去", new_years_eve)] == [date(2027, 1, 5)]


def test_the_words_of_the_moment_are_kept() -> None:
    assert _one("那就周三下午两点吧").text == "周三下午两点"
