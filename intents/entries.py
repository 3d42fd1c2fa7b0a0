"""A matter that one of the staff enters for a resident: “代报 3栋王阿姨家水管漏”, “帮张阿姨报一下”."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from intents.datafiles import load
from intents.normalise import fold

_SEPARATORS = " ,。:;、!?，：；！？\t\n"


@dataclass(frozen=True, slots=True)
class Entry:
    """`text`: the matter, with whatever is said of the place; `name`: the resident, where one is named."""

    text: str
    name: str | None


def read_entry(text: str) -> Entry | None:
    """None where nothing is entered for somebody else."""
    written, folded = _aligned(text)
    found = _patterns().opening.match(folded)
    if found is not None:
        rest = written[found.end() :].strip(_SEPARATORS)
        return Entry(rest, read_name(rest))
    found = _patterns().for_somebody.fullmatch(folded)
    if found is None:
        return None
    who, matter = (written[slice(*found.span(part))].strip(_SEPARATORS) for part in ("某人", "事"))
    return Entry(f"{who}，{matter}" if matter else who, read_name(who))


def read_name(text: str) -> str | None:
    """“王阿姨”, “老李”, “张建国”: how the resident is called; None where no name is seen."""
    found = _patterns().name.search(fold(text))
    name = found[0] if found is not None else None
    return None if name in _settings()["不是姓名"] else name


def _aligned(text: str) -> tuple[str, str]:
    """The text and its fold, of one length: what is found in one is cut from the other."""
    written = text.strip()
    folded = fold(written)
    return (written if len(written) == len(folded) else folded), folded


@dataclass(frozen=True, slots=True)
class _Patterns:
    opening: re.Pattern[str]
    for_somebody: re.Pattern[str]
    name: re.Pattern[str]


@cache
def _patterns() -> _Patterns:
    settings = _settings()
    surname, title = f"[{settings['姓']}]", settings["称呼"]
    with_title = rf"{surname}[一-鿿]{{0,2}}?(?:{title})|[老小]{surname}(?=家|说|报|的|[\s,。]|$)"
    whole = rf"(?<![一-鿿]){surname}[一-鿿]{{1,2}}?(?={settings['姓名后']})"
    behind_place = rf"(?<=[楼元室栋号户]){surname}[一-鿿]{{1,2}}?(?={settings['姓名后']})"
    return _Patterns(
        re.compile(f"(?:{'|'.join(settings['开头'])})"),
        re.compile(settings["帮某人"]),
        re.compile(f"{with_title}|{whole}|{behind_place}"),
    )


@cache
def _settings() -> dict[str, Any]:
    return load("entries.yaml")
