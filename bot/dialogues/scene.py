"""Reads dialogue files. An unknown key, a missing one or a wrong value is an error with file and line."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode


class SceneError(Exception):
    """The file is no dialogue file; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a text must and must not contain; `nothing` = the bot must say nothing at all."""

    contains: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    nothing: bool = False


@dataclass(frozen=True, slots=True)
class Say:
    line: int
    who: str
    group: str | None
    text: str
    answer: Expectation | None
    in_private: Expectation | None


@dataclass(frozen=True, slots=True)
class Pushed:
    line: int
    to: str
    expected: Expectation


@dataclass(frozen=True, slots=True)
class MoveClock:
    line: int
    to: datetime  # local, without zone


@dataclass(frozen=True, slots=True)
class Check:
    """A look into the store: what is looked at, and the fields it must show."""

    line: int
    what: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class InGroup:
    line: int
    group: str
    excludes: tuple[str, ...]


Step = Say | Pushed | MoveClock | Check | InGroup


@dataclass(frozen=True, slots=True)
class Scene:
    file: str
    line: int
    title: str
    starts_at: datetime  # local, without zone
    steps: tuple[Step, ...] = field(default=())


TICKET_FIELDS = frozenset(
    ["第", "状态", "类别", "楼", "单元", "负责人", "级别", "紧急", "结果", "解决", "满意度", "附议", "截止"]
)
_CHECKS: dict[str, frozenset[str]] = {
    "工单": TICKET_FIELDS,
    "预约": frozenset({"谁", "律师", "开始", "状态"}),
    "报名": frozenset({"谁", "活动", "状态"}),
}
_NEEDED = {"工单": (), "预约": ("谁",), "报名": ("谁", "活动")}
_WHICH_TICKET = re.compile(r"最新|[1-9][0-9]*|[A-Z][0-9]{4}-[0-9]{4,6}")


def read_scenes(path: Path) -> list[Scene]:
    """All scenes of a file, one a document. Raises SceneError."""
    try:
        text = path.read_text(encoding="utf-8")
        documents = [node for node in yaml.compose_all(text, Loader=yaml.CBaseLoader) if node is not None]
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SceneError(f"{path}: {error}") from error
    return [_Reader(path).scene(node) for node in documents]


class _Reader:
    def __init__(self, path: Path) -> None:
        self._path = path

    def scene(self, node: Node) -> Scene:
        fields = self._fields(node, {"场景", "时间", "对话"}, ("场景", "时间", "对话"))
        steps = fields["对话"]
        if not isinstance(steps, SequenceNode):
            self._fail(steps, "“对话”下面要一步一行，每行以“- ”开头")
        return Scene(
            file=str(self._path),
            line=_line(node),
            title=self._text(fields["场景"]),
            starts_at=self._moment(fields["时间"]),
            steps=tuple(self._step(step) for step in steps.value),
        )

    def _step(self, node: Node) -> Step:
        fields = self._fields(node, None)
        if not fields:
            self._fail(node, "这一步是空的")
        key = next(iter(fields))
        match key:
            case "推送":
                self._only(node, fields, {"推送"})
                return self._pushed(fields["推送"])
            case "时间":
                self._only(node, fields, {"时间"})
                return MoveClock(_line(node), self._moment(fields["时间"]))
            case "工单数":
                self._only(node, fields, {"工单数"})
                return Check(_line(node), "工单数", {"数": self._text(fields["工单数"])})
            case "群里":
                self._only(node, fields, {"群里"})
                inner = self._fields(fields["群里"], {"群", "不含"}, ("群", "不含"))
                return InGroup(_line(node), self._text(inner["群"]), tuple(self._texts(inner["不含"])))
            case "工单" | "预约" | "报名":
                self._only(node, fields, {key})
                inner = self._fields(fields[key], set(_CHECKS[key]), _NEEDED[key])
                if "第" in inner and _WHICH_TICKET.fullmatch(which := self._text(inner["第"])) is None:
                    self._fail(inner["第"], f"“第: {which}”写成“最新”、“第: 1”（第几张）或者编号“A2611-0001”")
                return Check(_line(node), key, {name: self._text(value) for name, value in inner.items()})
            case _:
                return self._say(node, key, fields)

    def _say(self, node: Node, speaker: str, fields: Mapping[str, Node]) -> Say:
        self._only(node, fields, {speaker, "答", "私信"})
        who, _, group = speaker.partition("@")
        return Say(
            line=_line(node),
            who=who.strip(),
            group=group.strip() or None,
            text=self._text(fields[speaker]),
            answer=self._expectation(fields["答"]) if "答" in fields else None,
            in_private=self._expectation(fields["私信"]) if "私信" in fields else None,
        )

    def _pushed(self, node: Node) -> Pushed:
        fields = self._fields(node, {"给", "包含", "不含", "无"})
        if "给" not in fields:
            self._fail(node, "推送要写“给: 谁”")
        expected = Expectation(
            tuple(self._texts(fields["包含"])) if "包含" in fields else (),
            tuple(self._texts(fields["不含"])) if "不含" in fields else (),
            "无" in fields and self._text(fields["无"]) in ("true", "是"),
        )
        return Pushed(_line(node), self._text(fields["给"]), expected)

    def _expectation(self, node: Node) -> Expectation:
        if isinstance(node, ScalarNode):
            if node.value != "无":
                self._fail(node, "这里写“无”，或者“{包含: [...], 不含: [...]}”")
            return Expectation(nothing=True)
        if isinstance(node, SequenceNode):
            return Expectation(tuple(self._texts(node)))
        fields = self._fields(node, {"包含", "不含"})
        return Expectation(
            tuple(self._texts(fields["包含"])) if "包含" in fields else (),
            tuple(self._texts(fields["不含"])) if "不含" in fields else (),
        )

    # -- nodes --------------------------------------------------------------------------------

    def _fields(self, node: Node, allowed: set[str] | None, needed: tuple[str, ...] = ()) -> dict[str, Node]:
        if not isinstance(node, MappingNode):
            self._fail(node, "这里要写成“名字: 内容”")
        fields: dict[str, Node] = {}
        for key, value in node.value:
            if key.value in fields:
                self._fail(key, f"“{key.value}”写了两次")
            fields[key.value] = value
        if allowed is not None:
            self._only(node, fields, allowed)
        for key in needed:
            if key not in fields:
                self._fail(node, f"没有“{key}”")
        return fields

    def _only(self, node: Node, fields: Mapping[str, Node], allowed: set[str]) -> None:
        for key in fields:
            if key not in allowed:
                self._fail(node, f"没有“{key}”这个写法，这里可以写：{'、'.join(sorted(allowed))}")

    def _text(self, node: Node) -> str:
        if not isinstance(node, ScalarNode):
            self._fail(node, "这里要写一句话")
        return str(node.value)

    def _texts(self, node: Node) -> Iterator[str]:
        if isinstance(node, SequenceNode):
            for item in node.value:
                yield self._text(item)
        else:
            yield self._text(node)

    def _moment(self, node: Node) -> datetime:
        written = self._text(node)
        try:
            return datetime.fromisoformat(written)
        except ValueError:
            self._fail(node, f"“{written}”不是时间，写成 2026-11-23 09:10")

    def _fail(self, node: Node, message: str) -> NoReturn:
        mark = node.start_mark
        raise SceneError(f"{self._path}:{mark.line + 1}:{mark.column + 1}: {message}")


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1
