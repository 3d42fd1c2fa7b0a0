"""Sentences of the bot: placeholders that the program fills, and wording that residents understand."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import yaml

from knowledge.problems import Level, Problem
from knowledge.replies import PLACEHOLDER, placeholders
from knowledge.shapes.replies import RepliesFile, flattened
from knowledge.typed import Sheet

_BRACE = re.compile(r"[{}｛｝]")
_HALF_WIDTH = re.compile(
    r"(?<=[\u4e00-\u9fff])[,;:!?()](?!\d)|(?<=[\u4e00-\u9fff])\.(?!\w)|[,;!?()](?=[\u4e00-\u9fff])"
)
_TICKET_NUMBER = re.compile(r"[A-Z]\d{4}-\d{4}")
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@cache
def _wording() -> tuple[frozenset[str], tuple[str, ...]]:
    """(Latin words that residents know, Chinese words that only we use)."""
    file = Path(__file__).with_name("wording.yaml")
    lists = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)  # noqa: S506 - text only
    return frozenset(lists["可以出现的字母"]), tuple(lists["不对居民说的词"])


def check_templates(
    sheet: Sheet[RepliesFile], shipped: RepliesFile, common: frozenset[str]
) -> Iterator[Problem]:
    """Errors, held against the sentences that the program was built with. `common` may be named anywhere."""
    known = flattened(shipped)
    written = flattened(sheet.value)
    for path, sentence in written.items():
        if _BRACE.search(PLACEHOLDER.sub("", sentence)):
            yield sheet.problem("broken_placeholder", path)
        for name in sorted(placeholders(sentence) - placeholders(known.get(path, sentence)) - common):
            values = {"name": f"{{{name}}}", "choices": _names(known[path])}
            yield sheet.problem("unknown_placeholder", path, values)
    for path in known.keys() - written.keys():
        yield sheet.problem("missing_reply", path[:1], {"key": ".".join(path)})


def _names(sentence: str) -> str:
    return "、".join(f"{{{name}}}" for name in sorted(placeholders(sentence))) or "（没有）"


def check_wording(sheet: Sheet[RepliesFile], shipped: RepliesFile) -> Iterator[Problem]:
    known = flattened(shipped)
    for path, sentence in flattened(sheet.value).items():
        if path not in known:
            yield sheet.problem("unused_reply", path, {"key": ".".join(path)}, level=Level.WARNING)
        for name, values in _doubts(sentence):
            yield sheet.problem(name, path, values, level=Level.WARNING)


def _doubts(sentence: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    words = _TICKET_NUMBER.sub("", PLACEHOLDER.sub("", sentence))
    known, internal = _wording()
    if found := _HALF_WIDTH.search(words):
        yield "half_width", {"sign": found[0]}
    for word in dict.fromkeys(_LATIN.findall(words)):
        if word not in known:
            yield "internal_word", {"word": word}
    for word in internal:
        if word in words:
            yield "internal_word", {"word": word}
