"""Every intent has a service, and all services and reminders are wired."""

import ast
import inspect
import pkgutil
from datetime import datetime
from types import ModuleType

import pytest

import bot.engine
import bot.reminders
import bot.services
from bot.clock import MovableClock, from_local
from bot.engine import Engine
from intents.datafiles import HERE
from knowledge.library import SHIPPED, read_knowledge

# What `understand` may answer: the outside contract's own words.
INTENTS = frozenset(
    {
        "emergency", "report_issue", "book_legal", "order_service", "sign_up", "wish", "ask_faq",
        "find_place", "who_is", "track_ticket", "urge_ticket", "supplement_ticket", "withdraw_ticket",
        "rate_ticket", "human", "privacy", "propose_topic", "mediate", "greeting",
    }
)  # fmt: skip
OVERHEARD = frozenset({"emergency"})  # looked for in every message, before it is asked what is meant


@pytest.fixture(scope="module")
def engine() -> Engine:
    clock = MovableClock(from_local(datetime(2026, 11, 23, 9, 10)))
    return Engine(knowledge=read_knowledge(SHIPPED), clock=clock, capabilities={})


def test_every_intent_has_exactly_one_service(engine: Engine) -> None:
    named = sorted(intent for service in engine.services for intent in service.intents)

    assert named == sorted(INTENTS - OVERHEARD)


def test_every_intent_that_is_asked_for_has_examples() -> None:
    files = {file.stem for file in (HERE / "phrases").glob("*.yaml")}

    assert INTENTS - OVERHEARD <= files <= INTENTS | {"none"}


def test_no_two_services_have_one_name(engine: Engine) -> None:
    names = [service.name for service in engine.services]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("package", [bot.services, bot.reminders], ids=lambda package: package.__name__)
def test_no_service_or_reminder_is_left_unwired(package: ModuleType) -> None:
    there = {f"{package.__name__}.{found.name}" for found in pkgutil.iter_modules(package.__path__)}
    tree = ast.parse(inspect.getsource(bot.engine))
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    wired = {
        node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and called & {alias.name for alias in node.names}
    }

    assert there - wired == set()
