"""Public addresses with marked spans: how many are read with building, unit and room all right."""

import re
from typing import Any

from intents.normalise import fold
from intents.numerals import to_number
from intents.place import PlaceReader
from tests.benchmarks.understanding_text import read

_PARTS = ("houseno", "cellno", "roomno")
_SUFFIX = re.compile(r"(?:号楼|号院|[号栋幢座楼室单元撞宅户房#])+$")


def share_of_addresses_read(places: PlaceReader) -> tuple[float, int]:
    """The share read right, and how many have a building, a unit or a room at all."""
    right = count = 0
    for row in read("addresses"):
        wanted = _marked(row)
        if not any(wanted):
            continue
        place = places.read(fold(row["text"]))
        count += 1
        right += place is not None and (place.building, place.unit, place.room) == wanted
    return right / count, count


def _marked(row: dict[str, Any]) -> tuple[str | None, ...]:
    marked: dict[str, str] = {}
    for text, kind in row["spans"]:
        marked.setdefault(kind, text)
    return tuple(_number(marked.get(part)) for part in _PARTS)


def _number(written: str | None) -> str | None:
    if written is None:
        return None
    bare = _SUFFIX.sub("", fold(written))
    number = to_number(bare)
    return str(number) if number is not None else bare.upper()
