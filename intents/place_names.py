"""Names of places that nobody has listed: “A3区中海国际社区三期”, “凤凰路路口”."""

import re
from dataclasses import dataclass

from intents.datafiles import load

_SEARCHED = 200  # characters; whoever names a place in a letter does so early


@dataclass(frozen=True, slots=True)
class PlaceNames:
    endings: re.Pattern[str]  # the ends of all these names: most texts have none
    homes: re.Pattern[str]  # names of estates
    roads: re.Pattern[str]  # names of roads and public places
    not_in_names: re.Pattern[str]  # words that come before a name: 住在, 反映 …
    no_names: frozenset[str]  # “我们小区”, “这条路” name nothing

    def find(self, folded: str) -> str | None:
        """The best span that names a place, without the words before it."""
        if self.endings.search(folded) is None:
            return None
        for pattern in (self.homes, self.roads):
            for match in pattern.finditer(folded[:_SEARCHED]):
                name = self.not_in_names.split(match.group())[-1].strip()
                if self._is_name(name):
                    return name
        return None

    def before(self, folded: str, end: int) -> str:
        """The name that stands directly before a building: “恒基凯旋门2期” in “恒基凯旋门2期17栋”."""
        start = max((folded.rfind(pause, 0, end) for pause in " ,.。!?;:、\n(“"), default=-1) + 1
        name = self.not_in_names.split(folded[max(start, end - 20) : end])[-1].strip()
        return name if self._is_name(name) else ""

    def _is_name(self, name: str) -> bool:
        return len(name) > 2 and name not in self.no_names  # noqa: PLR2004 - “小区” alone is no name


def load_place_names() -> PlaceNames:
    words = load("place_words.yaml")
    return PlaceNames(
        endings=re.compile("|".join((*words["小区结尾"], *words["道路结尾"]))),
        homes=_names_ending_in(words["小区结尾"]),
        roads=_names_ending_in(words["道路结尾"]),
        not_in_names=re.compile("|".join(sorted(words["地名前"], key=len, reverse=True))),
        no_names=frozenset(words["不是地名"]),
    )


def _names_ending_in(endings: list[str]) -> re.Pattern[str]:
    longest_first = "|".join(sorted(endings, key=len, reverse=True))
    return re.compile(
        rf"[一-鿿a-z0-9]{{1,14}}?(?:{longest_first})(?:小区|社区|花园|家园)?(?:[一二三四五六七八九十0-9]{{1,2}}期|[a-z东西南北]区|路口|附近|门口)?"
    )
