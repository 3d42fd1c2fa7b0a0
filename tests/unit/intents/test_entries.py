"""Matters that staff enter for residents: whose it is, and what it is."""

import pytest

from intents.entries import Entry, read_entry, read_name


@pytest.mark.parametrize(
    ("said", "matter", "name"),
    [
        ("代报 3栋王阿姨家水管漏 电话13812345678", "3栋王阿姨家水管漏 电话13812345678", "王阿姨"),
        ("代报：3号楼2单元楼道灯不亮", "3号楼2单元楼道灯不亮", None),
        ("代居民报一下 5号楼张建国家暖气不热", "5号楼张建国家暖气不热", "张建国"),
        ("帮3号楼1单元张阿姨报一下，暖气不热", "3号楼1单元张阿姨，暖气不热", "张阿姨"),
        ("替302老李报个修，马桶堵了", "302老李，马桶堵了", "老李"),
        ("给王建国报修 下水道堵了", "王建国，下水道堵了", "王建国"),
        ("有居民打电话来说8号楼电梯坏了", "8号楼电梯坏了", None),
        ("电话登记 刘大爷 2号楼1单元 水管漏水", "刘大爷 2号楼1单元 水管漏水", "刘大爷"),
        ("代报", "", None),
    ],
)
def test_a_matter_entered_for_a_resident(said: str, matter: str, name: str | None) -> None:
    assert read_entry(said) == Entry(matter, name)


@pytest.mark.parametrize(
    "said",
    [
        "帮我报一下 3号楼电梯坏了",
        "替我报个修",
        "给我妈报个名",
        "帮王阿姨报一下名",
        "报修 3号楼电梯坏了",
        "3号楼王阿姨家水管漏",
        "居民都在催",
        "代办居住证要什么材料",
        "好了 给王阿姨换了灯泡",
    ],
)
def test_what_is_no_entry(said: str) -> None:
    assert read_entry(said) is None


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("是王阿姨家", "王阿姨"),
        ("孙丽", "孙丽"),
        ("高空 抛物", None),
        ("3号楼高层水压不够", None),
        ("白天停水", None),
        ("李奶奶 13812345678", "李奶奶"),
    ],
)
def test_how_a_resident_is_called(said: str, name: str | None) -> None:
    assert read_name(said) == name
