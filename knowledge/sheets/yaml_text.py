"""YAML as staff write it: one value, one entry on one line, and a list with the remarks around it kept."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import yaml

from knowledge.tree import Plain

_INDENT = "  "
# Quotes are left out only where nobody could take the text for anything else.
_PLAIN = re.compile(r"[A-Za-z\u4e00-\u9fff](?:[\w\u4e00-\u9fff./（）()—？！-]| (?=\w))*|\d{4}-\d{2}-\d{2}")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def scalar(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    if "\n" in text:
        inner = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{inner}"'
    if '"' in text or "\\" in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'


def flow(value: Plain) -> str:
    match value:
        case None:
            return '""'
        case str():
            return scalar(value)
        case list():
            return f"[{', '.join(map(flow, value))}]"
    return f"{{{', '.join(f'{scalar(key)}: {flow(inner)}' for key, inner in value.items())}}}"


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of a new list. `before`: where it stood in the old one, None for a new entry; `is_same`: what
    stands there already says it."""

    value: Mapping[str, Plain]
    before: int | None
    is_same: bool


@dataclass(frozen=True, slots=True)
class _Chunk:
    """The lines of an entry, the remarks above it, and the remark behind it."""

    above: list[str]
    lines: list[str]
    behind: str
    indent: str


def replace_items(text: str, key: str, items: Sequence[Item]) -> str:
    """`text` with the list under the top-level `key` replaced.

    What stands outside the list stays as it is, entries that say the same stay as they are written, and the
    remarks above an entry go where it goes. A list that is not there yet comes at the end.
    """
    lines = text.split("\n")
    found = _listed(text, key)
    if found is None:
        made = _new_lines(items)
        return "\n".join([text.rstrip("\n"), f"{key}:", *made, ""]).lstrip("\n") if made else text
    name, listed = found
    nothing = "" if items else " []"
    if listed.flow_style:  # all of it between brackets: there are no lines to keep
        start, end = listed.start_mark, listed.end_mark
        rest = lines[end.line][end.column :].strip()
        head = lines[start.line][: start.column].rstrip() + nothing
        made = _new_lines(items)
        return "\n".join([*lines[: start.line], head, *made, *filter(None, [rest]), *lines[end.line + 1 :]])
    first = name.end_mark.line + 1
    chunks = _chunks(listed, lines, first)
    after = first + sum(len(chunk.above) + len(chunk.lines) for chunk in chunks)
    made = [line for item in items for line in _item_lines(item, chunks)]
    colon = lines[first - 1].index(":", name.end_mark.column) + 1
    head = lines[first - 1][:colon] + nothing + lines[first - 1][colon:]
    return "\n".join([*lines[: first - 1], head, *made, *lines[after:]])


def _new_lines(items: Sequence[Item]) -> list[str]:
    return [f"{_INDENT}- {flow(dict(item.value))}" for item in items]


def _listed(text: str, key: str) -> tuple[yaml.ScalarNode, yaml.SequenceNode] | None:
    root = yaml.compose(text, Loader=yaml.CBaseLoader)
    entries = root.value if isinstance(root, yaml.MappingNode) else ()
    return next(((name, value) for name, value in entries if name.value == key), None)


def _chunks(listed: yaml.SequenceNode, lines: Sequence[str], first: int) -> list[_Chunk]:
    chunks = []
    for node in listed.value:
        dash = node.start_mark.line
        while not lines[dash].lstrip().startswith("-"):
            dash -= 1
        last, column = _end_of(node)
        indent = lines[dash][: len(lines[dash]) - len(lines[dash].lstrip())]
        behind = lines[last][column:].rstrip()
        chunks.append(_Chunk([*lines[first:dash]], [*lines[dash : last + 1]], behind, indent))
        first = last + 1
    return chunks


def _end_of(node: yaml.Node) -> tuple[int, int]:
    """Line and column behind the last letter; to the parser a block ends where the next thing begins."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style:
        return _end_of(node.value[-1][1])
    if isinstance(node, yaml.SequenceNode) and not node.flow_style:
        return _end_of(node.value[-1])
    assert node.end_mark is not None, "the parser marks every node"
    return node.end_mark.line, node.end_mark.column


def _item_lines(item: Item, chunks: Sequence[_Chunk]) -> list[str]:
    if item.before is None:
        return [f"{chunks[0].indent}- {flow(dict(item.value))}"]
    chunk = chunks[item.before]
    if item.is_same:
        return [*chunk.above, *chunk.lines]
    return [*chunk.above, f"{chunk.indent}- {flow(dict(item.value))}{chunk.behind}"]
