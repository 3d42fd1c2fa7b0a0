"""Full postal addresses (“…路945号红街公寓30-5-1550”): where “号” and bare numbers mean different things."""

import re
from dataclasses import dataclass, replace

from intents.datafiles import load
from intents.numerals import to_number
from intents.result import PlaceMention

_LONGEST = 80  # longer texts are letters, not addresses
_HAN = "零〇一二两三四五六七八九十百"
_NUMBER = rf"(?:[a-z]?[0-9]{{1,5}}[a-z]?|[a-z]|[{_HAN}]{{1,3}})"
_TOKEN = re.compile(
    rf"(?P<chain>(?<![0-9a-z])[a-z]?[0-9]{{1,4}}[a-z]?(?:[-#](?:[a-z]?[0-9]{{1,5}}[a-z]?|[a-z])){{1,2}}(?:号|室|房)?)"
    rf"|(?P<number>{_NUMBER})(?P<suffix>号楼|号院|号|栋|幢|撞|座|#|单元|单(?=[0-9])|门洞|室|房|楼|层|f|区|期|排|街|弄|组|档|米|年|期|元)"
    rf"|(?P<bare>[a-z]{{0,2}}[0-9]{{3,5}}[a-z]?|[a-z][0-9]{{1,2}}|[零〇一二三四五六七八九]{{3,4}})(?=$|[^0-9a-z路街道弄巷])"
)
_NAME_AND_NUMBER = re.compile(r"[^0-9]*[一-鿿]{2}[^,。!?]*[0-9a-z一二三四五六七八九十]")
_LETTERED_BUILDING = re.compile(r"[A-Z][0-9]{1,2}")
_PAIR = 2  # “3-501”
_ROOM_DIGITS = 3  # 101 is a room, 12 a unit
_BUILDING = frozenset({"号楼", "栋", "幢", "撞", "座", "#"})
_UNIT = frozenset({"单元", "单", "门洞"})
_ROOM = frozenset({"室", "房", "档"})
_FLOOR = frozenset({"楼", "层", "f"})


@dataclass(frozen=True, slots=True)
class _Found:
    """What has been read so far. A weak building is a bare “号”, which a “幢” behind it overrules."""

    place: PlaceMention
    weak_building: bool = False
    firm_room: bool = False

    def building(self, number: str, *, weak: bool) -> "_Found":
        if self.place.building is not None and (weak or not self.weak_building):
            return self
        return replace(self, place=replace(self.place, building=number), weak_building=weak)

    def room(self, number: str, *, firm: bool) -> "_Found":
        """A second room number makes the first one the unit: “134幢105号704室”."""
        if self.firm_room:
            return self
        unit = self.place.unit or self.place.room
        return replace(self, place=replace(self.place, unit=unit, room=number), firm_room=firm)


@dataclass(frozen=True, slots=True)
class AddressReader:
    spoken: re.Pattern[str]  # what is said in sentences, never in addresses
    named: re.Pattern[str]  # the ends of names, behind which a bare “号” is a building: “花园3号”
    road: re.Pattern[str]  # what a street number stands behind
    large_house: re.Pattern[str]  # what a room number stands behind: “大厦843号”

    def read(self, folded: str) -> PlaceMention | None:
        """Building, unit, floor and room of an address; None where the text is none or has none of them."""
        if len(folded) > _LONGEST or _NAME_AND_NUMBER.match(folded) is None or self.spoken.search(folded):
            return None
        found = _Found(PlaceMention())
        last = 0
        for match in _TOKEN.finditer(folded):
            taken = self._taken(found, match, folded[: match.start()])
            if taken is not found:
                found, last = taken, match.end()
        return replace(found.place, text=folded[:last]) if last else None

    def _taken(self, found: _Found, match: re.Match[str], before: str) -> _Found:
        behind_road = self.road.search(before) is not None
        if (chain := match["chain"]) is not None:
            return _with_chain(found, chain, behind_road=behind_road)
        if (bare := match["bare"]) is not None:
            return found if behind_road else _with_bare(found, _value(bare))
        number, suffix = _value(match["number"]), match["suffix"]
        if suffix == "号":
            return found if behind_road else self._with_plain_number(found, number, before)
        return _with_suffix(found, number, suffix)

    def _with_plain_number(self, found: _Found, number: str, before: str) -> _Found:
        """“号” says least: an entrance, a room, or a building, by what stands before it."""
        place = found.place
        if place.building and place.unit is None and len(number) < _ROOM_DIGITS:
            return replace(found, place=replace(place, unit=number))  # “14栋3号”: the entrance
        if place.building or place.floor or self.large_house.search(before):
            return found.room(number, firm=False)
        return found.building(number, weak=True) if self.named.search(before) else found


def load_addresses() -> AddressReader:
    words = load("place_words.yaml")
    return AddressReader(
        spoken=re.compile("|".join(words["不是地址"])),
        named=re.compile(
            rf"(?:{'|'.join(words['地名末字'])})[东西南北中]?区?[A-Za-z一二三四五六七八九十0-9]*[区期排弄]?$"
        ),
        road=re.compile(rf"(?:{'|'.join(words['道路'])})[甲乙丙附第]?$"),
        large_house=re.compile(rf"(?:{'|'.join(words['大楼'])})$"),
    )


def _with_suffix(found: _Found, number: str, suffix: str) -> _Found:
    place = found.place
    if suffix in _BUILDING:
        return found.building(number, weak=False)
    if suffix in _ROOM:
        return found.room(number, firm=True)
    if suffix in _UNIT:
        return replace(found, place=replace(place, unit=place.unit or number))
    if suffix in _FLOOR:
        return replace(found, place=replace(place, floor=place.floor or number))
    return found


def _with_bare(found: _Found, bare: str) -> _Found:
    inside = found.place.building or found.place.floor
    if not inside and _LETTERED_BUILDING.fullmatch(bare):
        return found.building(bare, weak=False)
    return found.room(bare, firm=False)


def _with_chain(found: _Found, chain: str, *, behind_road: bool) -> _Found:
    parts = [part.upper() for part in re.split(r"[-#]", chain.rstrip("号室房"))]
    if len(parts) == _PAIR and _begins_with_street_number(parts, chain, behind_road=behind_road):
        parts = parts[1:]
    place = found.place
    if (place.building or place.floor) and len(parts) == _PAIR and parts[0].isalpha():
        return found.room("-".join(parts), firm=True)  # “7楼C-11”
    if place.building is not None and not found.weak_building:
        parts = [place.building, *parts[-_PAIR:]]
    building, *rest = parts
    unit = rest[0] if len(rest) == _PAIR or (rest and len(rest[0]) < _ROOM_DIGITS) else place.unit
    room = rest[-1] if len(rest) == _PAIR or (rest and len(rest[0]) >= _ROOM_DIGITS) else place.room
    chained = replace(place, building=building, unit=unit, room=room)
    return _Found(chained, weak_building=behind_road, firm_room=room is not None)


def _begins_with_street_number(parts: list[str], chain: str, *, behind_road: bool) -> bool:
    """“永丰路126-6号”, “中路1100-A”: the street number, then the building."""
    street, building = parts
    if chain.endswith("号"):
        return street.isdigit() and (behind_road or len(building) < _ROOM_DIGITS)
    return behind_road and building.isalpha()


def _value(written: str) -> str:
    number = to_number(written)
    return str(number) if number is not None else written.upper()
