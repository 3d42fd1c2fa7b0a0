"""Places in all the ways in which residents write them."""

import pytest

from intents.normalise import fold
from intents.place import PlaceReader
from intents.result import CompoundNames, PlaceMention

COMPOUNDS = (
    CompoundNames("幸福里", ("幸福小区", "老棉纺厂家属院")),
    CompoundNames("锦绣园", ("锦绣花园",)),
)
READER = PlaceReader(COMPOUNDS)

Parts = tuple[str | None, str | None, str | None, str | None]  # building, unit, floor, room


def _read(text: str) -> PlaceMention | None:
    return READER.read(fold(text))


def _parts(place: PlaceMention | None) -> Parts:
    assert place is not None
    return place.building, place.unit, place.floor, place.room


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("3号楼2单元501", ("3", "2", None, "501")),
        ("3号楼2单元501室", ("3", "2", None, "501")),
        ("3 号楼 2 单元 501", ("3", "2", None, "501")),
        ("３号楼２单元５０１", ("3", "2", None, "501")),
        ("3號樓2單元501", ("3", "2", None, "501")),
        ("3-2-501", ("3", "2", None, "501")),
        ("３－２－５０１", ("3", "2", None, "501")),
        ("3—2—501", ("3", "2", None, "501")),
        ("12-1-1102", ("12", "1", None, "1102")),
        ("3#2-501", ("3", "2", None, "501")),
        ("3＃2-501", ("3", "2", None, "501")),
        ("3/2/501", ("3", "2", None, "501")),
        ("三号楼二单元五楼东户", ("3", "2", "5", None)),
        ("十一号楼三单元十楼西户", ("11", "3", "10", None)),
        ("A3栋", ("A3", None, None, None)),
        ("a3栋", ("A3", None, None, None)),
        ("B座1203", ("B", None, None, "1203")),
        ("2号楼西门洞", ("2", None, None, None)),
        ("2号楼三门洞", ("2", "3", None, None)),
        ("6幢", ("6", None, None, None)),
        ("6栋2单元", ("6", "2", None, None)),
        ("5#楼", ("5", None, None, None)),
        ("4楼3单元", ("4", "3", None, None)),
        ("3号楼501", ("3", None, None, "501")),
        ("7-302", ("7", None, None, "302")),
        ("2单元", (None, "2", None, None)),
        ("二单元", (None, "2", None, None)),
        ("6楼", (None, None, "6", None)),
        ("501室", (None, None, None, "501")),
        ("1102", (None, None, None, "1102")),
    ],
)
def test_a_place_alone_is_read_in_every_spelling(text: str, parts: Parts) -> None:
    assert _parts(_read(text)) == parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("我是9号楼1单元的，楼下井盖松了", ("9", "1", None, None)),
        ("麻烦看下10号楼3单元门口的路灯", ("10", "3", None, None)),
        ("三号楼二单元的楼道灯灭了两天了", ("3", "2", None, None)),
        ("5号楼2单元6楼的声控灯坏了", ("5", "2", "6", None)),
        ("我住4-2-602，厨房漏水", ("4", "2", None, "602")),
        ("8栋楼顶漏雨", ("8", None, None, None)),
        ("7号楼2单元门口停了3辆车，堵了5天", ("7", "2", None, None)),
    ],
)
def test_a_place_is_found_within_a_sentence(text: str, parts: Parts) -> None:
    assert _parts(_read(text)) == parts


@pytest.mark.parametrize(
    ("text", "compound", "building"),
    [
        ("幸福里3号楼", "幸福里", "3"),
        ("幸福小区3号楼", "幸福里", "3"),
        ("老棉纺厂家属院6号楼", "幸福里", "6"),
        ("老棉纺厂家属院 六号楼", "幸福里", "6"),
        ("锦绣园2号楼", "锦绣园", "2"),
        ("锦绣花园2-1-101", "锦绣园", "2"),
        ("我在锦绣园", "锦绣园", None),
        ("幸福里东门的路灯不亮", "幸福里", None),
    ],
)
def test_a_compound_is_known_by_all_its_names(text: str, compound: str, building: str | None) -> None:
    place = _read(text)
    assert place is not None
    assert (place.compound, place.building) == (compound, building)


def test_an_unknown_compound_is_no_compound_but_its_words_are_kept() -> None:
    place = _read("碧水湾小区")
    assert place is not None
    assert place.compound is None
    assert "碧水湾小区" in place.text


@pytest.mark.parametrize(
    "text", ["我家水管爆了", "我们楼没电", "俺家暖气不热", "我们单元门禁坏了", "咱楼道灯灭了"]
)
def test_ones_own_home_is_marked_and_not_guessed(text: str) -> None:
    place = _read(text)
    assert place is not None
    assert place.own
    assert _parts(place) == (None, None, None, None)


def test_a_place_of_others_is_not_ones_own() -> None:
    place = _read("5号楼的灯坏了")
    assert place is not None
    assert not place.own


@pytest.mark.parametrize(
    ("text", "meant", "denied"),
    [
        ("不是3号楼，是5号楼", "5", "3"),
        ("不是三号楼是五号楼", "5", "3"),
        ("是5号楼，不是3号楼", "5", "3"),
        ("不是3号楼", None, "3"),
        ("我不住8号楼，我住9号楼", "9", "8"),
    ],
)
def test_a_place_taken_back_is_never_the_place(text: str, meant: str | None, denied: str) -> None:
    place = _read(text)
    assert place is not None
    assert place.negated is not None
    assert (place.building, place.negated.building) == (meant, denied)


def test_a_unit_taken_back_leaves_the_building_open() -> None:
    place = _read("不是2单元，是3单元")
    assert place is not None
    assert place.negated is not None
    assert (place.building, place.unit, place.negated.unit) == (None, "3", "2")


@pytest.mark.parametrize(
    "text",
    [
        "物业费多少钱",
        "今天天气真好",
        "花了1200块钱",
        "下午3点开会",
        "2026-11-25",
        "110",
        "119",
        "12月5号去",
        "都是一栋楼的邻居",
        "一共来了300个人",
        "",
        "   ",
    ],
)
def test_what_is_no_place_is_read_as_none(text: str) -> None:
    assert _read(text) is None


def test_without_compounds_a_building_is_still_read() -> None:
    place = PlaceReader(()).read(fold("幸福里3号楼2单元"))
    assert place is not None
    assert (place.compound, place.building, place.unit) == (None, "3", "2")


def test_the_first_of_two_places_counts() -> None:
    place = _read("3号楼2单元的垃圾堆到5号楼门口了")
    assert place is not None
    assert (place.building, place.unit) == ("3", "2")
