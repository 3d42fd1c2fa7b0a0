"""Emergencies are never missed, and talk of them rings nobody."""

import json
from pathlib import Path

import pytest

from intents.result import Hearing
from tests.unit.intents.conftest import Understand

CASES = Path(__file__).parents[4] / "shared" / "design" / "data" / "emergency_cases.json"


def _written_cases(side: str) -> list[str]:
    if not CASES.exists():
        pytest.skip("the written emergency cases (shared/design/data) are absent")
    texts: list[str] = json.loads(CASES.read_text(encoding="utf-8"))[side]
    return texts


def test_every_written_emergency_is_heard(understand: Understand, in_group: Hearing) -> None:
    missed = [text for text in _written_cases("positive") if not understand(text, in_group).respond]
    assert missed == []


def test_every_written_emergency_has_its_class(understand: Understand, alone: Hearing) -> None:
    missed = [text for text in _written_cases("positive") if understand(text, alone).emergency is None]
    assert missed == []


def test_no_written_ordinary_line_rings_anybody(understand: Understand, in_group: Hearing) -> None:
    found = [(text, understand(text, in_group).emergency) for text in _written_cases("negative")]
    assert [
        (text, emergency) for text, emergency in found if emergency is not None and emergency.certain
    ] == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("7号楼3单元厨房煤气泄漏，味道很冲", "G1"),
        ("楼道里一股天然气味", "G1"),
        ("燃气管子漏气了，嘶嘶响", "G1"),
        ("5号楼四楼着火了", "G2"),
        ("车棚起火了，好大的烟", "G2"),
        ("我被困在电梯里了", "G3"),
        ("老太太困在8号楼电梯里出不来", "G3"),
        ("电梯里关着两个孩子，门打不开", "G3"),
        ("有人触电了躺在地上", "G8"),
        ("刮风把高压线刮断了，掉在路上", "G8"),
        ("小孩掉进湖里了，快救人", "G10"),
        ("我爸突然晕倒，叫不醒", "K0"),
        ("我妈不见了，她有老年痴呆，从早上找到现在", "J5"),
        ("楼下有人拿刀砍人", "J1"),
        ("我不想活了，现在站在楼顶", "J8"),
        ("他又打我了，我锁在厕所里，救命", "J6"),
    ],
)
def test_an_emergency_is_certain_and_has_its_class(
    understand: Understand, in_group: Hearing, text: str, code: str
) -> None:
    meaning = understand(text, in_group)
    assert meaning.emergency is not None
    assert (meaning.emergency.code, meaning.emergency.certain) == (code, True)
    assert (meaning.intent, meaning.category, meaning.urgency, meaning.respond) == (
        "emergency",
        code,
        "E",
        True,
    )


@pytest.mark.parametrize("text", ["电梯困人了！！", "煤气泄漏！！！", "着火了", "救命啊着火了", "煤氣洩漏了"])
def test_a_cry_of_a_few_characters_is_enough(understand: Understand, in_group: Hearing, text: str) -> None:
    meaning = understand(text, in_group)
    assert meaning.emergency is not None
    assert meaning.respond


@pytest.mark.parametrize(
    "text",
    [
        "电梯坏了，爬楼累死了",
        "电梯按钮不灵了",
        "煤气费在哪交",
        "燃气卡丢了怎么补",
        "明天上午消防演练，听到警报不要慌",
        "昨晚看的电影里楼都塌了",
        "今年股票又跳水了",
        "热死人了这天",
        "笑死我了",
        "孩子作业写得我要疯了",
        "烟道串味，做饭的油烟味太大",
        "下水道堵了往上返",
        "烧烤摊的烟太呛",
        "钥匙不见了，谁捡到了",
        "猫走丢了，橘色的",
        "灭火器过期了该换了",
        "去年车棚着过一次火",
        "广场舞音响太吵要人命",
        "幸福里3号楼",
        "3号楼2单元501",
        "2单元",
        "501",
    ],
)
def test_what_only_sounds_like_danger_is_no_certain_emergency(
    understand: Understand, in_group: Hearing, text: str
) -> None:
    emergency = understand(text, in_group).emergency
    assert emergency is None or not emergency.certain


@pytest.mark.parametrize(
    "text", ["3号楼", "幸福里5号楼2单元", "3-2-501", "锦绣园", "我家", "8号楼1单元1102", "东门口"]
)
def test_a_place_alone_is_no_emergency(understand: Understand, alone: Hearing, text: str) -> None:
    assert understand(text, alone).emergency is None


def test_a_place_in_an_emergency_is_read(understand: Understand, in_group: Hearing) -> None:
    place = understand("8号楼1单元电梯里困住人了", in_group).place
    assert place is not None
    assert (place.building, place.unit) == ("8", "1")


def test_an_emergency_at_the_end_of_a_long_letter_is_heard(understand: Understand, in_group: Hearing) -> None:
    letter = "小区的绿化一直没有人管，希望有人来看看。" * 20
    assert understand(letter + "快来人，5号楼着火了！", in_group).emergency is not None


@pytest.mark.parametrize(
    "text",
    [
        "电梯经常困人，物业也不彻底修",
        "线路老化多次起火，希望彻底整改",
        "4月26日向您反映的塌方式违建至今没拆",
        "小区的绿化一直没有人管，希望有人来看看。" * 10 + "电表箱装在门口，起火了谁负责",
    ],
)
def test_a_letter_about_what_happens_again_and_again_is_no_emergency(
    understand: Understand, alone: Hearing, text: str
) -> None:
    assert understand(text, alone).emergency is None


def test_who_is_beaten_again_and_again_is_heard(understand: Understand, alone: Hearing) -> None:
    assert understand("我老公经常打我", alone).emergency is not None
