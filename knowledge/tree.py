"""YAML as text nodes with positions: nothing is ever turned into a number, a date or a boolean here."""

import re
from dataclasses import dataclass
from typing import TypeAlias

import yaml
from yaml._yaml import Mark as YamlMark
from yaml.events import (
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from knowledge.problems import START, Mark, Problem, problem
from knowledge.syntax import explain_syntax_error
from knowledge.traps import find_invisible, find_traps

Plain: TypeAlias = "str | list[Plain] | dict[str, Plain] | None"
Path: TypeAlias = tuple[str | int, ...]


@dataclass(slots=True)
class Text:
    at: Mark
    value: str | None  # None where nothing was written


@dataclass(slots=True)
class Items:
    at: Mark
    items: "list[Node]"


@dataclass(slots=True)
class Fields:
    at: Mark
    values: "dict[str, Node]"
    keys: dict[str, Mark]


# Within double quotes YAML turns a backslash and a letter into something else, except where meant so.
_ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*\\[^n\"\\]")

Node: TypeAlias = Text | Items | Fields


def plain(node: Node) -> Plain:
    match node:
        case Text(value=value):
            return value
        case Items(items=items):
            return [plain(item) for item in items]
        case Fields(values=values):
            return {key: plain(value) for key, value in values.items()}


def locate(node: Node, path: Path, *, of_key: bool = False) -> Mark:
    """Where the value at `path` stands (or its key); the nearest existing ancestor if it does not exist."""
    at = node.at
    for step in path:
        match node:
            case Fields() if isinstance(step, str) and step in node.values:
                at = node.keys[step] if of_key else node.values[step].at
                node = node.values[step]
            case Items() if isinstance(step, int) and step < len(node.items):
                node = node.items[step]
                at = node.at
            case _:
                pass  # a step of the type checker that has no place in the file
    return at


def read_tree(text: str, *, file: str, keys: frozenset[str]) -> tuple[Node | None, list[Problem]]:
    """`keys` are the field names known for this kind of file; they tell a mistyped line from a sentence."""
    if invisible := find_invisible(text, file=file):
        return None, invisible  # some of them are line ends to YAML, so that no place would be right
    traps = find_traps(text, file=file, keys=keys)
    try:
        events = list(yaml.parse(text, Loader=yaml.CBaseLoader))
    except yaml.YAMLError as error:
        # The raw lines often say better what went wrong than the parser, which notices it lines later.
        return None, traps or [explain_syntax_error(error, text, file=file)]
    composer = _Composer(events, text.split("\n"), file)
    node = composer.document()
    told = {trap.line for trap in traps}
    return node, traps + [found for found in composer.problems if found.line not in told]


class _Composer:
    def __init__(self, events: list[Event], lines: list[str], file: str) -> None:
        self._events = iter(events)
        self._lines = lines
        self._file = file
        self.problems: list[Problem] = []

    def document(self) -> Node | None:
        root: Node | None = None
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                if root is not None:
                    self._report("second_document", _mark(event))
                    return root
                root = self._node(next(self._events))
        if root is None:
            self._report("empty_file", START)
        return root

    def _node(self, event: Event, *, in_flow: bool = False) -> Node:
        at = _mark(event)
        if getattr(event, "anchor", None) is not None or getattr(event, "tag", None) is not None:
            self._report("special_start", at, {"sign": self._letter(at)})
        match event:
            case ScalarEvent():
                return Text(at, self._scalar(event, at, in_flow=in_flow))
            case SequenceStartEvent():
                return self._items(event, at)
            case MappingStartEvent():
                return self._fields(at)
        return Text(at, None)  # an alias, already reported

    def _items(self, start: SequenceStartEvent, at: Mark) -> Items:
        items: list[Node] = []
        for event in self._events:
            if isinstance(event, SequenceEndEvent):
                break
            items.append(self._node(event, in_flow=bool(start.flow_style)))
        return Items(at, items)

    def _fields(self, at: Mark) -> Fields:
        fields = Fields(at, {}, {})
        for event in self._events:
            if isinstance(event, MappingEndEvent):
                break
            key_at = _mark(event)
            key = self._node(event)
            value = self._node(next(self._events))
            if not isinstance(key, Text) or not key.value:
                self._report("odd_key", key_at)
            elif key.value in fields.keys:
                values = {"key": key.value, "line": fields.keys[key.value].line}
                self._report("duplicate_key", key_at, values)
            else:
                fields.values[key.value] = value
                fields.keys[key.value] = key_at
        return fields

    def _scalar(self, event: ScalarEvent, at: Mark, *, in_flow: bool) -> str | None:
        is_plain = event.implicit[0] and event.style in ("", None)
        if event.style == ">":
            self._report("folded", at)
        if event.style not in ("|", ">") and _end(event).line > at.line:
            self._report("broken_line", at)
        if event.style == '"' and _ESCAPE.search(self._lines[at.line - 1], at.column, _end(event).column):
            self._report("backslash", at)
        if not is_plain:
            return str(event.value)
        if self._comment_after(event):
            self._report("hash", at)
        value = str(event.value)
        if (
            len(value) > 1
            and value[0] in "“‘＂"
            and value[-1] in "”’＂"
            and not set("“”‘’＂") & set(value[1:-1])
        ):
            self._report("chinese_quotes", at, {"value": value})
        if in_flow and any(sign in value for sign in "，、；"):
            self._report("chinese_comma", at, {"value": value})
        return value or None

    def _comment_after(self, event: ScalarEvent) -> bool:
        """A `#` glued to the next letter (“#3号楼”) was meant as text; a remark has a space after it."""
        end = _end(event)
        rest = self._lines[end.line - 1][end.column - 1 :].lstrip(" ,]}")
        return rest.startswith("#") and rest[1:2] not in ("", " ", "#", "\t")

    def _letter(self, at: Mark) -> str:
        return self._lines[at.line - 1][at.column - 1 : at.column]

    def _report(self, key: str, at: Mark, values: dict[str, object] | None = None) -> None:
        self.problems.append(problem(key, self._file, at, values))


def _mark(event: Event) -> Mark:
    return _of(event.start_mark)


def _end(event: Event) -> Mark:
    return _of(event.end_mark)


def _of(mark: yaml.Mark | YamlMark | None) -> Mark:
    assert mark is not None, "the parser marks every event"
    return Mark(mark.line + 1, mark.column + 1)
