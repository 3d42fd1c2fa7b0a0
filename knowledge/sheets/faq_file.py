"""One FAQ entry as the values of its columns, and as the file that staff edit by hand."""

import hashlib
import re
from collections.abc import Callable, Collection, Mapping
from typing import TypeAlias

from knowledge.model import FaqEntry
from knowledge.shapes.faq import FaqHead
from knowledge.sheets.cells import day_text, even, lines, name_of, narrow
from knowledge.sheets.yaml_text import flow, scalar

Value: TypeAlias = str | tuple[str, ...]
Values: TypeAlias = Mapping[str, Value]

LISTS = ("phrases", "compounds", "related")
DAYS = ("updated_on", "valid_until")
_OPTIONAL = ("compounds", "source", "updated_on", "valid_until", "owner", "related")
COLUMNS = ("id", "title", "phrases", "answer", *_OPTIONAL, "topic")
NOTHING: Values = {name: () if name in LISTS else "" for name in COLUMNS}

_BETWEEN = re.compile(r"[、，,;；]")
_FENCE = "---"


def values_of(entry: FaqEntry) -> Values:
    return {
        "id": entry.id,
        "topic": entry.topic,
        "title": entry.title,
        "phrases": entry.phrases,
        "answer": entry.answer,
        "compounds": entry.compounds,
        "source": entry.source,
        "updated_on": entry.updated_on.isoformat() if entry.updated_on else "",
        "valid_until": entry.valid_until.isoformat() if entry.valid_until else "",
        "owner": entry.owner,
        "related": entry.related,
    }


def cell_text(value: Value) -> str:
    return value if isinstance(value, str) else "\n".join(value)


_READERS: Mapping[str, Callable[[str], Value]] = {
    "id": narrow,
    "phrases": lines,
    "answer": str.strip,
    "updated_on": day_text,
    "valid_until": day_text,
    "owner": name_of,
}


def value_in(column: str, text: str, *, compounds: Collection[str]) -> Value:
    """What a cell of this column says. Lists have one item a line; names and ids may also stand side by side,
    but the name of a compound is never taken apart."""
    if column in _READERS:
        return _READERS[column](text)
    if column not in LISTS:
        return " ".join(lines(text))
    parts = (part for item in lines(text) for part in ([item] if item in compounds else _BETWEEN.split(item)))
    return tuple(even(part) for part in parts if part.strip())


def new_id(title: str, taken: Collection[str]) -> str:
    """The same for the same title, so that importing a list again finds what it brought the first time."""
    digest = hashlib.sha256(title.encode()).hexdigest()
    return next(made for length in range(8, len(digest)) if (made := f"faq-{digest[:length]}") not in taken)


def file_of(values: Values) -> str:
    return f"faq/{values['topic']}/{values['id']}.md"


def entry_lines(values: Values) -> list[tuple[str, str]]:
    """The file, each line with the column it comes from."""
    phrases = values["phrases"]
    made = [
        (_FENCE, "id"),
        (f"id: {values['id']}", "id"),
        (f"{_key('title')}: {_shown(values['title'])}", "title"),
    ]
    made.append((f"{_key('phrases')}:" if phrases else f"{_key('phrases')}: []", "phrases"))
    made += [(f"  - {scalar(phrase)}", "phrases") for phrase in phrases]
    made += [(f"{_key(name)}: {_shown(values[name])}", name) for name in _OPTIONAL if values[name]]
    return [*made, (_FENCE, "answer"), *answer_lines(values)]


def answer_lines(values: Values) -> list[tuple[str, str]]:
    return [(line, "answer") for line in str(values["answer"]).split("\n")]


def _key(column: str) -> str:
    return FaqHead.model_fields[column].alias or column


def _shown(value: Value) -> str:
    return scalar(value) if isinstance(value, str) else flow(list(value))
