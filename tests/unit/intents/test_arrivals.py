"""When a department says that it will be there."""

from datetime import date, datetime, time

import pytest

from intents.arrivals import Arrival, read_arrival

NOW = datetime(2026, 11, 23, 9, 10, 30)  # a Monday
TODAY, TOMORROW = date(2026, 11, 23), date(2026, 11, 24)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我们下午三点到", Arrival(TODAY, time(15))),
        ("三点半到", Arrival(TODAY, time(15, 30))),
        ("10:30到", Arrival(TODAY, time(10, 30))),
        ("20分钟到", Arrival(TODAY, time(9, 30))),
        ("二十分钟左右", Arrival(TODAY, time(9, 30))),
        ("半小时到", Arrival(TODAY, time(9, 40))),
        ("半个钟头", Arrival(TODAY, time(9, 40))),
        ("一个小时以后到", Arrival(TODAY, time(10, 10))),
        ("一个半小时", Arrival(TODAY, time(10, 40))),
        ("明天上午过去", Arrival(TOMORROW, part="morning")),
        ("明天上午10点", Arrival(TOMORROW, time(10))),
        ("周三去", Arrival(date(2026, 11, 25))),
    ],
)
def test_what_is_promised(text: str, expected: Arrival) -> None:
    assert read_arrival(text, NOW) == expected


@pytest.mark.parametrize("text", ["", "知道了", "马上到", "昨天去过了", "8:30已经到了"])
def test_what_promises_no_time_to_come(text: str) -> None:
    assert read_arrival(text, NOW) is None


def test_a_while_may_lead_into_the_next_day() -> None:
    assert read_arrival("两小时到", datetime(2026, 11, 23, 23, 0)) == Arrival(TOMORROW, time(1))
