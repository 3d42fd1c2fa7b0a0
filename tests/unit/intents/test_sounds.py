"""What characters sound like."""

import pytest

from intents.sounds import is_sound, loosely_sounded, sounded


@pytest.mark.parametrize(("one", "other"), [("电体", "电梯"), ("无业费", "物业费"), ("报销", "报肖")])
def test_words_of_one_sound_look_the_same(one: str, other: str) -> None:
    assert sounded(one) == sounded(other)


def test_what_is_no_chinese_character_keeps_its_place() -> None:
    heard = sounded("3号楼a-2，灯")

    assert len(heard) == len("3号楼a-2，灯")
    assert (heard[0], heard[3:7]) == ("3", "a-2，")
    assert is_sound(heard[1])
    assert not is_sound("a-2")


@pytest.mark.parametrize(("said", "meant"), [("漏飞", "漏水"), ("自来飞", "自来水"), ("三号楼", "山号楼")])
def test_the_local_way_of_speaking_sounds_like_what_is_meant(said: str, meant: str) -> None:
    assert loosely_sounded(said) == loosely_sounded(meant)
    assert sounded("飞") != sounded("水")
