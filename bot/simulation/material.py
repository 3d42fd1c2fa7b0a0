"""What the invented county is made of, read from county.yaml: numbers, names, and what people say and do."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

import yaml

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Weighted(Generic[T]):
    """Things and how often each of them happens."""

    things: tuple[T, ...]
    weights: tuple[float, ...]

    def pick(self, chance: random.Random) -> T:
        return chance.choices(self.things, self.weights)[0]


@dataclass(frozen=True, slots=True)
class Lines:
    """Things people say, in groups of which each has its share."""

    groups: Weighted[tuple[str, ...]]

    def pick(self, chance: random.Random) -> str:
        return chance.choice(self.groups.pick(chance))


@dataclass(frozen=True, slots=True)
class Size:
    residents: int
    subdistricts: int
    communities: int
    compounds: int
    leaders: int
    workers: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """What many report at once. `chance` a day, `per_thousand` reports within `hours`."""

    chance: float
    hours: float
    per_thousand: float
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Names:
    surnames: str
    given: str
    forms_of_address: tuple[str, ...]
    compounds: tuple[str, ...]
    compound_endings: tuple[str, ...]
    communities: tuple[str, ...]
    subdistricts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ResidentHabits:
    per_thousand: float  # conversations begun a day
    hours: Weighted[int]
    opens: Lines
    in_group: Lines
    group_share: float
    later: Lines
    later_share: float
    buttons: Mapping[str, float]
    ignores: float  # weight of pressing no button
    most_lines: int


@dataclass(frozen=True, slots=True)
class StaffHabits:
    reacts: Mapping[str, Weighted[str]]  # habit -> what is said
    habit_of: Mapping[str, str]  # key in replies -> habit
    minutes: Mapping[str, float]  # habit -> median of how long it takes
    done: tuple[str, ...]
    on_the_spot: tuple[str, ...]
    when_asked: str
    leader_says: str
    away: float
    weekend: float
    spot_a_day: float
    leader_answers: float


@dataclass(frozen=True, slots=True)
class County:
    size: Size
    start: date
    redelivered: float  # share of messages that the platform brings twice
    undelivered: float  # share of sends that fail for the moment
    names: Names
    residents: ResidentHabits
    staff: StaffHabits
    storm: Trouble  # hits the whole county
    outage: Trouble  # hits one compound


@cache
def county() -> County:
    text = Path(__file__).with_name("county.yaml").read_text(encoding="utf-8")
    return _county(yaml.safe_load(text))


def _county(written: Mapping[str, Any]) -> County:
    size, names, weather = written["规模"], written["名字"], written["风雨"]
    return County(
        size=Size(
            size["居民"], size["街道"], size["社区"], size["小区"], size["楼长"], size["网格员"]
        ),
        start=written["开始"],
        redelivered=written["送达"]["重复"],
        undelivered=written["送达"]["失败"],
        names=Names(
            names["姓"], names["名"], tuple(names["居民"]), tuple(names["小区头"]), tuple(names["小区尾"]),
            tuple(names["社区"]), tuple(names["街道"]),
        ),
        residents=ResidentHabits(
            per_thousand=written["每千人"],
            hours=Weighted(tuple(range(24)), tuple(written["钟点"])),
            opens=_lines(written["居民说"]),
            in_group=_lines(written["群里说"]),
            group_share=written["群里占"],
            later=_lines(written["后来说"]),
            later_share=written["后来占"],
            buttons=written["按钮"],
            ignores=written["不按"],
            most_lines=written["最多几句"],
        ),
        staff=_staff(written),
        storm=_trouble(weather["全县"], written["风雨里说"]),
        outage=_trouble(weather["停水停电"], written["停了说"]),
    )  # fmt: skip


def _staff(written: Mapping[str, Any]) -> StaffHabits:
    staff, chances = written["工作人员"], written["机会"]
    return StaffHabits(
        reacts={habit: _weighted(staff[habit]) for habit in written["多久"]},
        habit_of=written["推送当作"],
        minutes=written["多久"],
        done=tuple(staff["做完的话"]),
        on_the_spot=tuple(staff["当场"]),
        when_asked=staff["问起时答"],
        leader_says=staff["楼长回"],
        away=chances["请假"],
        weekend=chances["周末看"],
        spot_a_day=chances["当场"],
        leader_answers=chances["楼长回"],
    )


def _lines(groups: list[Mapping[str, Any]]) -> Lines:
    texts = tuple(tuple(group["话"]) for group in groups)
    return Lines(Weighted(texts, tuple(group["常"] for group in groups)))


def _weighted(shares: Mapping[str, float]) -> Weighted[str]:
    return Weighted(tuple(shares), tuple(shares.values()))


def _trouble(numbers: Mapping[str, float], lines: list[str]) -> Trouble:
    return Trouble(numbers["机会"], numbers["小时"], numbers["每千人"], tuple(lines))
