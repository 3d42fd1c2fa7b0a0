"""A tree of text becomes a checked value; each mistake is told at its place in the file."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from knowledge.problems import Level, Mark, Problem, problem, sentences
from knowledge.tree import Items, Node, Path, Text, locate, plain, read_tree

T = TypeVar("T")

# pydantic's own kinds of error -> key of the sentence in messages.yaml
_KINDS = {
    "missing": "missing",
    "extra_forbidden": "unknown_field",
    "tuple_type": "not_list",
    "list_type": "not_list",
    "model_type": "not_fields",
    "dict_type": "not_fields",
    "mapping_type": "not_fields",
    "too_short": "too_few",
    "enum": "not_among",
    "literal_error": "not_among",
}


@dataclass(frozen=True, slots=True)
class Sheet(Generic[T]):
    """One file's checked value together with where everything stands in it."""

    file: str
    value: T
    tree: Node

    def problem(
        self, key: str, path: Path, values: Mapping[str, object] | None = None, *, level: Level = Level.ERROR
    ) -> Problem:
        return problem(key, self.file, self.at(path), values, level=level)

    def at(self, path: Path) -> Mark:
        return locate(self.tree, path)


@cache
def schema_of(shape: Any) -> Mapping[str, Any]:
    return TypeAdapter(shape).json_schema(by_alias=True)


@cache
def field_names(shape: Any) -> frozenset[str]:
    """Every key that may occur anywhere in a file of this shape."""
    schema = schema_of(shape)
    parts = [schema, *schema.get("$defs", {}).values()]
    return frozenset(name for part in parts for name in part.get("properties", {}))


def read_sheet(shape: Any, text: str, *, file: str) -> tuple[Sheet[Any] | None, list[Problem]]:
    """The value is None where anything is wrong with it; problems are complete in either case."""
    tree, problems = read_tree(text, file=file, keys=field_names(shape))
    if tree is None:
        return None, problems
    try:
        value = TypeAdapter(shape).validate_python(plain(tree))
    except ValidationError as error:
        details = _without_echoes(error.errors(include_url=False))
        found = [_translate(detail, tree, shape, file=file) for detail in details]
        return None, problems + _not_told_already(found, problems)
    return (None if problems else Sheet(file, value, tree)), problems


def _without_echoes(details: list[ErrorDetails]) -> list[ErrorDetails]:
    """A list whose only item is wrong is also called too short: once is enough."""
    places = [detail["loc"] for detail in details]
    return [
        detail
        for detail in details
        if detail["type"] != "too_short"
        or all(place == detail["loc"] or place[: len(detail["loc"])] != detail["loc"] for place in places)
    ]


def _not_told_already(found: list[Problem], told: list[Problem]) -> list[Problem]:
    """A slip of the keyboard drags type errors along on its line; one finding a line is enough there."""
    lines = {problem.line for problem in told}
    return [problem for problem in dict.fromkeys(found) if problem.line not in lines]


def _translate(detail: ErrorDetails, tree: Node, shape: Any, *, file: str) -> Problem:
    path: Path = tuple(detail["loc"])
    name = next((step for step in reversed(path) if isinstance(step, str) and not step.startswith("[")), "")
    values: dict[str, object] = {"field": name, **detail.get("ctx", {})}
    kind = detail["type"]
    if kind == "extra_forbidden":
        return _unknown_field(path, tree, shape, file=file)
    if kind in ("literal_error", "enum"):
        values = {"value": detail["input"], "choices": _choices(str(values["expected"]))}
    key = kind if kind in sentences() else _KINDS.get(kind, "unreadable")
    if key in ("not_list", "not_fields") and detail["input"] is None:
        key = "empty"
    at = locate(tree, path)
    if path and path[-1] == "[key]":
        at = locate(tree, path[:-1], of_key=True)
    elif isinstance(step := _node_at(tree, path), Text) and step.value is None:
        at = locate(tree, path, of_key=True)
    return problem(key, file, at, values)


def _choices(expected: str) -> str:
    return "、".join(f"“{choice}”" for choice in expected.replace(" or ", ", ").replace("'", "").split(", "))


def _unknown_field(path: Path, tree: Node, shape: Any, *, file: str) -> Problem:
    written = str(path[-1])
    at = locate(tree, path, of_key=True)
    allowed = _names_at(shape, path[:-1])
    field, sign = _before_colon(written)
    if field in allowed:  # between braces the whole of “角色：网格员” or “角色:网格员” becomes the key
        colon = Mark(at.line, at.column + len(field))
        return problem("wide_colon" if sign == "：" else "glued_colon", file, colon, {"key": field})
    # A key of one or two letters shares half of them with its likeliest mistyping.
    close = get_close_matches(written, allowed, n=1, cutoff=0.5)
    if close:
        return problem("unknown_field_close", file, at, {"field": written, "close": close[0]})
    choices = "、".join(f"“{name}”" for name in allowed)
    return problem("unknown_field", file, at, {"field": written, "choices": choices})


def _before_colon(written: str) -> tuple[str, str]:
    place = next((place for place, letter in enumerate(written) if letter in ":："), len(written))
    return written[:place], written[place : place + 1]


def _names_at(shape: Any, path: Path) -> list[str]:
    root = schema_of(shape)
    part: Mapping[str, Any] = _resolved(root, root)
    for step in path:
        inner = part.get("items") if isinstance(step, int) else part.get("properties", {}).get(step)
        part = _resolved(inner or part.get("additionalProperties") or part, root)
    return list(part.get("properties", {}))


def _resolved(part: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follows references and “or nothing”."""
    for choice in part.get("anyOf", ()):
        if choice.get("type") != "null":
            return _resolved(choice, root)
    reference = part.get("$ref")
    return root["$defs"][reference.rsplit("/", 1)[1]] if reference else part


def _node_at(tree: Node, path: Path) -> Node | None:
    node: Node | None = tree
    for step in path:
        match node:
            case Items(items=items) if isinstance(step, int):
                node = items[step] if step < len(items) else None
            case Text() | None:
                return None
            case _ if isinstance(step, str) and not isinstance(node, Items):
                node = node.values.get(step)
            case _:
                return None
    return node
