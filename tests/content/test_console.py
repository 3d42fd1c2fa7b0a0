"""What the command line says: each sentence is said, each one said exists and gets the values it names."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pytest

from bot.roles import Role
from bot.simulation.verdicts import Promise
from bot.tickets.rates import RateName
from knowledge.console import console_sentences, words
from knowledge.replies import placeholders
from knowledge.sheets.plan import ChangeKind
from tests.conftest import ROOT

FILES = [ROOT / "bot" / "__main__.py", *sorted((ROOT / "bot" / "commands").glob("*.py"))]


@dataclass(frozen=True)
class Call:
    """A place in the code that says a sentence, or one of several that are named alike."""

    where: str
    key: re.Pattern[str]
    values: frozenset[str]


def calls_in(source: str, name: str) -> Iterator[Call]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "words":
            values = frozenset(str(keyword.arg) for keyword in node.keywords)
            for key in keys_of(node.args[0]):
                yield Call(f"{name}:{node.lineno}", re.compile(key), values)


def keys_of(node: ast.expr) -> Iterable[str]:
    """Patterns of the keys that an expression can come to."""
    match node:
        case ast.Constant(value=str(key)):
            return [re.escape(key)]
        case ast.IfExp(body=one, orelse=other):
            return [*keys_of(one), *keys_of(other)]
        case ast.JoinedStr(values=parts):
            return [
                "".join(re.escape(str(p.value)) if isinstance(p, ast.Constant) else r"\w+" for p in parts)
            ]
    pytest.fail(f"line {node.lineno}: write the key where the sentence is said")


CALLS = [call for file in FILES for call in calls_in(file.read_text(encoding="utf-8"), file.name)]


def test_every_sentence_is_said_somewhere() -> None:
    said = [key for key in console_sentences() if any(call.key.fullmatch(key) for call in CALLS)]

    assert said == list(console_sentences())


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.where} {call.key.pattern}")
def test_what_is_said_exists_and_gets_its_values(call: Call) -> None:
    meant = [sentence for key, sentence in console_sentences().items() if call.key.fullmatch(key)]

    assert meant
    for sentence in meant:
        assert placeholders(sentence) <= call.values


@pytest.mark.parametrize(
    "key",
    [
        *(f"rates.{what}_{rate}" for rate in RateName for what in ("name", "met", "of")),
        *(f"simulate.promise_{promise}" for promise in Promise),
        *(f"serve.started_{role}" for role in Role),
        *(f"books.plan_{kind}" for kind in ChangeKind),
    ],
)
def test_whatever_has_a_name_in_code_has_one_for_people(key: str) -> None:
    assert key in console_sentences()


def test_a_sentence_is_filled_in() -> None:
    assert words("replay.empty", file="a.jsonl") == "a.jsonl 里没有消息。"
