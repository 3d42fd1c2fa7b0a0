"""Async stays at the edges: whoever reads a service, a rule or a query reads plain calls."""

import ast
from pathlib import Path

from tests.conftest import ROOT

EDGES = {
    "bot/app.py",  # wires the edges
    "bot/serving.py",  # runs them
    "bot/web.py",  # called over HTTP
    "bot/intake.py",  # one message from an edge to the writer and back
    "bot/outbox/delivery.py",  # sends through channels
    "bot/outbox/jobs.py",  # tells other processes to
    "bot/messaging.py",  # what a channel must offer
    "bot/upkeep.py",  # and may offer to administrators
    "bot/commands/one_channel.py",  # asks a platform
    "bot/commands/codes.py",  # the same
    "bot/commands/menu.py",  # the same
    "bot/notebook.py",  # what a channel may keep
    "bot/simulation/phones.py",  # a channel
    "bot/simulation/neighbourhood.py",  # runs the edges of one community
    "bot/simulation/month.py",  # of all of them
    "bot/commands/simulate.py",  # starts and ends them
    "bot/storage/writer.py",  # lets a coroutine wait for its own commit
    "bot/storage/notebook.py",  # the same, kept in the store
}
ASYNC = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)


def is_edge(file: str) -> bool:
    return file in EDGES or file.startswith("bot/channels/")


def modules() -> list[Path]:
    return [file for package in ("bot", "intents", "knowledge") for file in (ROOT / package).rglob("*.py")]


def has_async(file: Path) -> bool:
    return any(isinstance(node, ASYNC) for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))))


def test_async_is_only_at_the_edges() -> None:
    found = {file.relative_to(ROOT).as_posix() for file in modules() if has_async(file)}

    assert {file for file in found if not is_edge(file)} == set()


def test_no_edge_is_listed_in_vain() -> None:
    found = {file.relative_to(ROOT).as_posix() for file in modules() if has_async(file)}

    assert found >= EDGES
