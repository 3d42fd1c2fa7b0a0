"""Slips of the keyboard that YAML reads as something else, found on the raw lines.

A Chinese keyboard types “：”, “－” and “　” where the format wants “:”, “-” and a space. YAML takes all of
them for ordinary letters, so whole entries become one string, or the error shows up lines later.
"""

import re
from collections.abc import Iterator

from knowledge.problems import Mark, Problem, problem

_BLOCK_START = re.compile(r"(?:^|[:\-]\s+)[|>][+\-0-9]*\s*(?:#.*)?$")
_LEAD = re.compile(r"[ \t\u00a0\u3000]*")
_DASH = re.compile(r"\s*([－–—−•·●])\s*\S")
_GLUED_DASH = re.compile(r"\s*(-)(?!-|\s|\d|$)")
KEY_LINE = re.compile(
    r"""\s*(?:-\s+)?(?:\{\s*)?(?P<key>[^\s:："'#{}\[\],\-][^\s:："'#{}\[\],]*)\s*(?P<colon>[:：])(?P<rest>.*)"""
)
# Zero-width and direction marks that come along when text is pasted from chats and office programs.
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b\u2028-\u202e\u2060\u2066-\u2069\ufeff]")


def find_invisible(text: str, *, file: str) -> list[Problem]:
    return [
        problem("invisible", file, Mark(number, found.start() + 1), {"code": f"U+{ord(found[0]):04X}"})
        for number, line in enumerate(text.split("\n"), start=1)
        if (found := _INVISIBLE.search(line))
    ]


def find_traps(text: str, *, file: str, keys: frozenset[str]) -> list[Problem]:
    problems: list[Problem] = []
    for number, line in _lines_outside_blocks(text):
        problems += (
            problem(key, file, Mark(number, column), values) for key, column, values in _traps_in(line, keys)
        )
    return problems


def _is_reply_key(line: str, key: str) -> bool:
    """Sentences and channels have names of their own, in small Latin letters."""
    return re.fullmatch("[a-z][a-z0-9_]*", key) is not None and not line.lstrip().startswith("-")


def _lines_outside_blocks(text: str) -> Iterator[tuple[int, str]]:
    """Lines that are not remarks and not the free text below a `|`."""
    block: int | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        indent = len(line) - len(line.lstrip(" "))
        if block is not None and indent > block:
            continue
        block = indent if _BLOCK_START.search(line) else None
        yield number, line


def _traps_in(line: str, keys: frozenset[str]) -> Iterator[tuple[str, int, dict[str, object]]]:
    lead = _LEAD.match(line)
    odd = lead and next((place for place, letter in enumerate(lead[0]) if letter != " "), None)
    if odd is not None:
        yield ("tab" if line[odd] == "\t" else "wide_space"), odd + 1, {}
        return
    if dash := _DASH.match(line):
        yield "wide_dash", dash.start(1) + 1, {"sign": dash[1]}
        return
    if dash := _GLUED_DASH.match(line):
        yield "glued_dash", dash.start(1) + 1, {}
        return
    found = KEY_LINE.match(line)
    if found and (found["key"] in keys or _is_reply_key(line, found["key"])):
        column = found.start("colon") + 1
        if found["colon"] == "：":
            yield "wide_colon", column, {"key": found["key"]}
        elif found["rest"].startswith(("\u3000", "\u00a0")):
            yield "wide_space", column + 1, {}
        elif found["rest"] and found["rest"][0] not in " \t":
            yield "glued_colon", column, {"key": found["key"]}
