"""Which sentences the code says, and with which values: read from its source, nothing is run."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

# Functions that take a sentence's name; those whose next argument holds values for it; those that add
# the facts of a ticket by themselves. Any other `tell…` fills in what cannot be seen from the call.
SPEAKERS = re.compile(r"say|reply|sentence|button|offer|tell\w*")
WITH_VALUES = frozenset({"say", "sentence"})
WITH_TICKET_FACTS = frozenset({"tell", "tell_staff", "tell_residents"})
DUE = frozenset({"promise", "deadline"})  # they add when it is due, as well
# Keywords of those functions themselves; they fill no placeholder.
OWN_KEYWORDS = frozenset(
    {
        "after",
        "before",
        "brief",
        "buttons",
        "now",
        "occasion",
        "closing",
        "besides",
        "purpose",
        "values",
        "options",
        "untold",
    }
)
PAGE_CALL = re.compile(r"""\b(?:say|text)\(\s*(["'`])(\w+\.\w+)\1""")
PAGE_WORD = re.compile(r"""(["'`])(\w+\.\w+)\1""")
PAGE_PREFIX = re.compile(r"`(\w+\.\w*)\$\{")

Facts = Mapping[str, frozenset[str] | None]
"""Function that gathers values -> their names; None where two functions of that name differ."""


@dataclass(frozen=True, slots=True)
class Saying:
    """A call that says a sentence. `values` is None where they cannot be told from the source."""

    where: str
    key: str
    values: frozenset[str] | None
    explicit: frozenset[str]  # given for this sentence alone, so that it ought to use them


@dataclass(frozen=True, slots=True)
class Spoken:
    sayings: tuple[Saying, ...]
    mentioned: frozenset[str]  # every text in the code that looks like a sentence's name
    prefixes: Mapping[str, str]  # beginnings of names put together at run time -> where


def read_spoken(root: Path, sections: frozenset[str]) -> Spoken:
    """`sections` are the sections of replies.yaml: other texts with a dot are none of ours."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(root.rglob("*.py"))}
    facts = _facts(trees)
    sayings: list[Saying] = []
    mentioned: set[str] = set()
    prefixes: dict[str, str] = {}
    for path, tree in trees.items():
        for node in ast.walk(tree):
            where = f"{path.relative_to(root.parent)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Constant) and _is_key(node.value, sections):
                mentioned.add(str(node.value))
            elif isinstance(node, ast.JoinedStr) and (prefix := _prefix(node, sections)):
                prefixes[prefix] = where
            elif isinstance(node, ast.Call) and SPEAKERS.fullmatch(_name(node.func)):
                sayings += _sayings(node, where, facts)
    for path in sorted(path for path in root.rglob("*") if path.suffix in (".js", ".html")):
        where = str(path.relative_to(root.parent))
        text = path.read_text(encoding="utf-8")
        sayings += (Saying(where, key, None, frozenset()) for _, key in PAGE_CALL.findall(text))
        mentioned |= {key for _, key in PAGE_WORD.findall(text) if _is_key(key, sections)}
        prefixes |= {key: where for key in PAGE_PREFIX.findall(text) if key.partition(".")[0] in sections}
    return Spoken(tuple(sayings), frozenset(mentioned), prefixes)


def _is_key(text: object, sections: frozenset[str]) -> bool:
    return (
        isinstance(text, str)
        and re.fullmatch(r"\w+\.[a-z0-9_]+", text) is not None
        and text.partition(".")[0] in sections
    )


def _prefix(node: ast.JoinedStr, sections: frozenset[str]) -> str | None:
    first = node.values[0]
    if not isinstance(first, ast.Constant):
        return None
    section, dot, _ = str(first.value).partition(".")
    return str(first.value) if dot and section in sections else None


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _sayings(call: ast.Call, where: str, facts: Facts) -> Iterator[Saying]:
    speaker = _name(call.func)
    index = next((n for n, part in enumerate(call.args) if _is_name_of_sentence(part)), None)
    if index is None:
        return
    key = ast.literal_eval(call.args[index])
    explicit = frozenset({keyword.arg for keyword in call.keywords if keyword.arg} - OWN_KEYWORDS)
    sources: list[frozenset[str] | None] = [explicit]
    if any(keyword.arg is None for keyword in call.keywords):
        sources.append(None)
    if speaker in WITH_TICKET_FACTS:
        sources += [facts.get("facts", frozenset()), DUE]
    elif speaker.startswith("tell"):
        sources.append(None)
    given = call.args[index + 1 : index + 2] if speaker in WITH_VALUES else []
    given += [keyword.value for keyword in call.keywords if keyword.arg == "values"]
    sources += (_names_in(part, facts) for part in given)
    known = [names for names in sources if names is not None]
    yield Saying(where, key, frozenset().union(*known) if len(known) == len(sources) else None, explicit)


def _is_name_of_sentence(part: ast.expr) -> bool:
    return (
        isinstance(part, ast.Constant) and re.fullmatch(r"[a-z_]+\.[a-z0-9_]+", str(part.value)) is not None
    )


def _names_in(part: ast.expr, facts: Facts) -> frozenset[str] | None:
    """The names that a mapping gives values for; None where the source does not show them."""
    match part:
        case ast.Dict(keys=keys, values=values):
            spread = [_names_in(value, facts) for key, value in zip(keys, values, strict=True) if key is None]
            own = frozenset(str(key.value) for key in keys if isinstance(key, ast.Constant))
            return None if None in spread else own.union(*(names for names in spread if names is not None))
        case ast.Call():
            return facts.get(_name(part.func))
        case ast.BinOp(left=left, right=right):
            one, other = _names_in(left, facts), _names_in(right, facts)
            return None if one is None or other is None else one | other
    return None


def _facts(trees: Mapping[Path, ast.Module]) -> Facts:
    """What `facts`, `booking_facts` and their like return, where that is written out."""
    facts: dict[str, frozenset[str] | None] = {}
    for tree in trees.values():
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef) or not node.name.endswith("facts"):
                continue
            for part in ast.walk(node):
                if isinstance(part, ast.Return) and isinstance(part.value, ast.Dict):
                    names = _names_in(part.value, {})
                    facts[node.name] = names if facts.get(node.name, names) == names else None
    return facts
