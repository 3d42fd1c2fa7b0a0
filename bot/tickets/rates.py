"""How well matters are dealt with: rates that are never said without the numbers behind them.

Every rate is a share of what was due or asked, not of what went well. Silence (未评价, 未答) is counted apart
and never as a yes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction

REPEAT_WINDOW = timedelta(days=30)
FEWEST_ANSWERS = 10  # what fewer residents said is no score: only how many they were is shown


class RateName(StrEnum):
    TAKEN = "taken"  # 签收率: picked up in time, of those due. No answer to the resident yet
    CONTACTED = "contacted"  # 响应率: the resident was spoken with in time, of those due
    ON_TIME = "on_time"  # 办结率: done in time, of those due; late and open ones count
    SOLVED = "solved"  # 解决率: “解决了”, of those who answered
    SATISFIED = "satisfied"  # 满意率: 满意 and 基本满意, of those who rated
    REOPENED = "reopened"  # 重办率: came back, of those done
    REPEATED = "repeated"  # 重复率: the same matter at the same place within thirty days, of those filed
    RETURNED = "returned"  # 退单率: given back by the owner, of those assigned
    TOLD = "told"  # 告知率: the resident was told how it ended, of those done
    WHISTLE_ANSWERED = "whistle_answered"  # 应哨率: departments that answered in time, of those due
    WHISTLE_ARRIVED = "whistle_arrived"  # 到场率: departments that were there in time, of those due


_SCORES = frozenset({RateName.SOLVED, RateName.SATISFIED})


@dataclass(frozen=True, slots=True)
class Rate:
    """`met` of `n`. `silent`: who was asked and did not say; they are in neither."""

    name: RateName
    met: int
    n: int
    silent: int = 0

    @property
    def share(self) -> Fraction | None:
        """None where nothing was counted, and where too few people answered to call it a score."""
        fewest = FEWEST_ANSWERS if self.name in _SCORES else 1
        return Fraction(self.met, self.n) if self.n >= fewest else None

    @property
    def permille(self) -> int | None:
        """Rounded down, so that 100 % is said only where not one is missing."""
        return None if self.share is None else int(self.share * 1000)


@dataclass(frozen=True, slots=True)
class Filed:
    """What makes a matter the same as another. Without a unit it is about the whole building."""

    compound: str
    building: str
    unit: str | None
    category: str
    created_at: datetime

    def repeats(self, earlier: "Filed") -> bool:
        same_unit = self.unit is None or earlier.unit is None or self.unit == earlier.unit
        return same_unit and self.created_at - earlier.created_at <= REPEAT_WINDOW


def repeats(filed: Iterable[Filed], *, since: datetime) -> tuple[int, int]:
    """(matters that repeat an earlier one, all matters) filed from `since` on. `filed` comes in the order of
    filing and reaches back thirty days more."""
    by_matter: dict[tuple[str, str, str], list[Filed]] = {}
    met = n = 0
    for matter in filed:
        before = by_matter.setdefault((matter.compound, matter.building, matter.category), [])
        if matter.created_at >= since:
            n += 1
            met += any(matter.repeats(earlier) for earlier in reversed(before))
        before.append(matter)
    return met, n
