"""Which place a text speaks of: compound, building, unit, floor and room, however it is written."""

import re
from dataclasses import dataclass, replace

from intents.addresses import load_addresses
from intents.datafiles import load
from intents.normalise import fold
from intents.numerals import to_number
from intents.place_names import load_place_names
from intents.result import CompoundNames, PlaceMention

_HAN = "零〇一二三四五六七八九十百两"
_BUILDING_NO = rf"(?:[a-z]?[0-9]{{1,3}}[a-z]?|[a-z]|[{_HAN}]{{1,4}})"
_SMALL = rf"(?:[0-9]{{1,2}}|[{_HAN}]{{1,3}})"
_NOT_A_ROOM = r"元|块|年|月|天|个|人|米|瓦|斤|多|点|分|度|万|平|次|路|只|条|户|弄|号线"
_ROOM_NO = rf"(?:[0-9]{{3,4}}|[{_HAN}]{{3,4}})(?![0-9{_HAN}])(?!\s?(?:{_NOT_A_ROOM}))"
_UNIT_WORD = r"(?:单元|门洞|门栋|单园)"

_BUILDING = (
    rf"(?<![0-9a-z])(?P<building>{_BUILDING_NO})\s?"
    rf"(?:号楼|号栋|号幢|#楼|#(?!\d{{5}})|(?<!这)(?<!一)(?<!两)(?<!几)(?<!半)(?<!整)(?:栋|幢)|(?<=[0-9a-z])座|(?:楼|号)(?=\s?{_SMALL}{_UNIT_WORD}))"
)
_UNIT = rf"(?P<unit>{_SMALL}|[a-z])\s?{_UNIT_WORD}"
_FLOOR = rf"(?P<floor>{_SMALL})\s?[楼层](?!{_UNIT_WORD})"
_ROOM = rf"(?:(?P<room>{_ROOM_NO})(?:室|号房|房)?|(?P<small_room>[0-9]{{1,2}})室)"
_GAP = r"[\s,、的-]?"

_RUN = re.compile(
    rf"{_BUILDING}(?:{_GAP}(?:{_UNIT}|(?P<unit2>[0-9]{{1,2}})(?=-[0-9]{{3,4}}(?![0-9]))))?"
    rf"(?:[东西南北中](?:门洞|单元))?(?:{_GAP}{_FLOOR})?(?:{_GAP}{_ROOM}|[东西南北中]户)?"
)
_UNIT_RUN = re.compile(rf"(?<![0-9{_HAN}]){_UNIT}(?:{_GAP}{_FLOOR})?(?:{_GAP}{_ROOM})?")
_THREE = re.compile(
    r"(?<![0-9a-z.-])(?P<building>[a-z]?[0-9]{1,3})\s?[-#/]\s?(?P<unit>[0-9]{1,2})\s?[-/]\s?(?P<room>[0-9]{3,4})(?![0-9-])"
)
_TWO = re.compile(r"(?<![0-9a-z.-])(?P<building>[a-z]?[0-9]{1,2}|[a-z])\s?-\s?(?P<room>[0-9]{3,4})(?![0-9-])")
_ROOM_ALONE = re.compile(
    rf"(?<![0-9{_HAN}-])(?:(?P<room>[0-9]{{3,4}}|[{_HAN}]{{3,4}})(?:室|户|住户|号房)"
    r"|^(?!1(?:10|19|20|22)$)(?P<whole>[1-9][0-9]{2,3})$"
    r"|(?:家|住|楼上|楼下|对门|隔壁|我是)(?P<home>[0-9]{3,4})(?![0-9]))"
)
_FLOOR_ALONE = re.compile(rf"(?<![0-9{_HAN}]){_FLOOR}(?!上|下|道|梯)")
_NUMBERED = re.compile(rf"[0-9a-z{_HAN}]\s?[-#0-9a-z{_HAN}号栋幢座楼层单门室户]|^[0-9]+$")
_PATTERNS = (_THREE, _RUN, _UNIT_RUN, _TWO, _ROOM_ALONE, _FLOOR_ALONE)


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    mention: PlaceMention


class PlaceReader:
    """Reads places; knows the compounds of one community by all their names."""

    def __init__(self, compounds: tuple[CompoundNames, ...]) -> None:
        words = load("place_words.yaml")
        self._official = {fold(name): c.name for c in compounds for name in (c.name, *c.aliases)}
        self._names = _one_of(self._official)
        self._own = _one_of(words["自家"])
        self._denied = re.compile(rf"(?:{'|'.join(words['否定'])})[是在]?$")
        self._addresses = load_addresses()
        self._unlisted = load_place_names()

    def read(self, folded: str) -> PlaceMention | None:
        """The place meant in a folded text, or None where it says nothing of a place."""
        own = self._own.search(folded) is not None
        named = self._named(folded)
        if not named and _NUMBERED.search(folded) is None:
            name = self._unlisted.find(folded)
            return PlaceMention(text=(name or "").upper(), own=own) if name or own else None
        if (address := self._addresses.read(folded)) is not None:
            return replace(
                address,
                text=address.text.upper(),
                compound=named[0].mention.compound if named else None,
                own=own,
            )
        spans = self._spans(folded, named)
        if not spans:
            name = self._unlisted.find(folded)
            return PlaceMention(text=(name or "").upper(), own=own) if name or own else None
        denied = [span for span in spans if self._denied.search(folded[max(0, span.start - 6) : span.start])]
        meant = [span for span in spans if span not in denied]
        negated = _joined(folded, denied, own=False, negated=None) if denied else None
        if not meant:
            return PlaceMention(own=own, negated=negated)
        joined = _joined(folded, meant, own=own, negated=negated)
        if joined.compound is None and joined.building is not None:
            return replace(joined, text=self._unlisted.before(folded, meant[0].start).upper() + joined.text)
        return joined

    def _named(self, folded: str) -> list[_Span]:
        return [
            _Span(match.start(), match.end(), PlaceMention(self._official[match.group()]))
            for match in self._names.finditer(folded)
        ]

    def _spans(self, folded: str, named: list[_Span]) -> list[_Span]:
        found = list(named)
        taken = bytearray(len(folded))
        for span in named:
            taken[span.start : span.end] = b"x" * (span.end - span.start)
        for pattern in _PATTERNS:
            for match in pattern.finditer(folded):
                start, end = match.span()
                if taken.find(b"x", start, end) < 0:
                    found.append(_Span(start, end, _mention(match)))
                    taken[start:end] = b"x" * (end - start)
        return sorted(found, key=lambda span: span.start)


def _one_of(words: "dict[str, str] | list[str]") -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) if longest_first else r"(?!)")


def _mention(match: re.Match[str]) -> PlaceMention:
    parts = match.groupdict()
    return PlaceMention(
        building=_number(parts.get("building")),
        unit=_number(parts.get("unit") or parts.get("unit2")),
        floor=_number(parts.get("floor")),
        room=_number(parts.get("room") or parts.get("small_room") or parts.get("home") or parts.get("whole")),
    )


def _number(written: str | None) -> str | None:
    if written is None:
        return None
    value = to_number(written)
    return str(value) if value is not None else written.upper()


def _joined(folded: str, spans: list[_Span], *, own: bool, negated: PlaceMention | None) -> PlaceMention:
    """One mention out of several: what is said first counts, later ones fill what is missing."""
    compound, building, unit, floor, room = (
        next((value for span in spans if (value := getattr(span.mention, part)) is not None), None)
        for part in ("compound", "building", "unit", "floor", "room")
    )
    first, last = spans[0], spans[0]
    for span in spans[1:]:
        if span.start - last.end > 1:
            break
        last = span
    return PlaceMention(
        compound, building, unit, floor, room, folded[first.start : last.end].upper(), own, negated
    )
