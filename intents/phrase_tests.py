"""Phrase tests: files that say how sentences must be understood, run by pytest and by `check`.

- {说: 3号楼2单元楼道灯不亮, 意图: report_issue, 类别: B4, 楼: "3", 单元: "2"}
- {说: 电梯修好了，谢谢师傅, 群里: 不答}
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import yaml

from intents.datafiles import load
from intents.result import Hearing, PlaceMention, Understanding
from intents.understander import Understander

_NOW = datetime(2026, 11, 23, 9, 10)  # noqa: DTZ001 - local wall-clock time, as Hearing wants it


@dataclass(frozen=True, slots=True)
class Expectation:
    """One thing said of one sentence; several values are alternatives."""

    file: Path
    line: int
    column: int
    text: str
    key: str
    wanted: tuple[str, ...]


def check_phrases(folder: Path, understander: Understander) -> list[str]:
    """What is not understood as the files in `folder` say: `file:line:column: error: what is wrong`."""
    sayings = load("phrase_tests.yaml")
    found: list[str] = []
    for path in sorted(folder.glob("*.yaml")):
        for item in _read(path):
            if isinstance(item, str):
                found.append(item)
                continue
            got = _CHECKS[item.key](_heard(understander, item), sayings)
            if got not in item.wanted:
                wanted = "/".join(item.wanted)
                problem = str(sayings["不符"]).format(text=item.text, key=item.key, got=got, wanted=wanted)
                found.append(f"{path}:{item.line}:{item.column}: error: {problem}")
    return found


def _heard(understander: Understander, item: Expectation) -> Understanding:
    in_group = item.key == "群里"
    return understander.understand(item.text, Hearing(_NOW, is_group=in_group))


def _read(path: Path) -> Iterator[Expectation | str]:
    """The expectations of one file, and what is wrong with its writing."""
    sayings = load("phrase_tests.yaml")

    def problem(node: yaml.Node, what: str, **values: object) -> str:
        mark = node.start_mark
        return f"{path}:{mark.line + 1}:{mark.column + 1}: error: {str(sayings[what]).format(**values)}"

    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        yield f"{path}:1:1: error: {str(sayings['写法不对']).format(problem=error)}"
        return
    if not isinstance(root, yaml.SequenceNode):
        if root is not None:
            yield problem(root, "不是列表")
        return
    for node in root.value:
        if not isinstance(node, yaml.MappingNode):
            yield problem(node, "不是一条")
            continue
        pairs = {key.value: value for key, value in node.value}
        text = pairs.pop("说", None)
        if not isinstance(text, yaml.ScalarNode):
            yield problem(node, "没有说")
            continue
        for key, value in pairs.items():
            if key not in _CHECKS:
                yield problem(value, "不认识", key=key, known="、".join(_CHECKS))
                continue
            wanted = value.value if isinstance(value, yaml.SequenceNode) else [value]
            mark = value.start_mark
            values = tuple(str(choice.value) for choice in wanted)
            yield Expectation(path, mark.line + 1, mark.column + 1, text.value, key, values)


def _place(part: str) -> Callable[[Understanding, dict[str, str]], str]:
    def check(meaning: Understanding, sayings: dict[str, str]) -> str:
        place = meaning.place or PlaceMention()
        return str(getattr(place, part) or sayings["无"])

    return check


_CHECKS: dict[str, Callable[[Understanding, dict[str, str]], str]] = {
    "意图": lambda meaning, sayings: meaning.intent or sayings["无"],
    "类别": lambda meaning, sayings: meaning.category or sayings["无"],
    "紧急": lambda meaning, sayings: meaning.emergency.code if meaning.emergency else sayings["无"],
    "问答": lambda meaning, sayings: meaning.faq or sayings["无"],
    "群里": lambda meaning, sayings: sayings["答" if meaning.respond else "不答"],
    "小区": _place("compound"),
    "楼": _place("building"),
    "单元": _place("unit"),
    "层": _place("floor"),
    "室": _place("room"),
}
