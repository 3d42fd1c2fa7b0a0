"""Reading WeCom's JSON. What the platform always sends, and sends otherwise, is malformed."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.channels.wechat_codec import MalformedMessageError

_LONGEST_ID = 256
_LATEST = 2**34  # seconds; far beyond any moment that anything can have happened at

Node = Mapping[str, Any]


def as_node(value: object) -> Node:
    if not isinstance(value, dict):
        raise MalformedMessageError
    return value


def inner(outer: Node, name: str) -> Node:
    return as_node(outer.get(name))


def text(outer: Node, name: str) -> str:
    """Empty where there is none."""
    value = outer.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise MalformedMessageError
    return value


def items(outer: Node, name: str) -> Sequence[object]:
    """Empty where there are none."""
    values = outer.get(name) or []
    if not isinstance(values, list):
        raise MalformedMessageError
    return values


def texts(outer: Node, name: str) -> list[str]:
    """Empty where there are none."""
    values = items(outer, name)
    if not all(isinstance(value, str) for value in values):
        raise MalformedMessageError
    return [str(value) for value in values]


def identifier(outer: Node, name: str) -> str:
    value = text(outer, name).strip()
    if not 0 < len(value) <= _LONGEST_ID:
        raise MalformedMessageError
    return value


def number(outer: Node, name: str) -> float:
    value = outer.get(name)
    if not isinstance(value, int | float):
        raise MalformedMessageError
    return float(value)


def moment(outer: Node, name: str) -> datetime:
    """Of seconds since 1970; aware, in UTC."""
    seconds = outer.get(name)
    if not isinstance(seconds, int) or not 0 <= seconds < _LATEST:
        raise MalformedMessageError
    return datetime.fromtimestamp(seconds, UTC)
