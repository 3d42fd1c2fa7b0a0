"""Who may import whom: the contracts of pyproject.toml hold, and each of them would notice."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conftest import ROOT

# One wrong import for every contract, by its name.
WRONG_IMPORTS = {
    "bot uses intents and knowledge; they know nothing of bot or of each other": (
        "intents/place.py",
        "import knowledge.model",
    ),
    "Inside bot: app wires, plug-ins sit on engines, engines sit on storage": (
        "bot/storage/writer.py",
        "import bot.outbox.enqueue",
    ),
    "Channels are strangers to each other; what they share lies below them": (
        "bot/channels/sandbox.py",
        "import bot.channels.web_chat",
    ),
    "Kinds of channels are strangers to each other too": (
        "bot/kinds/onebot.py",
        "import bot.kinds.own_pages",
    ),
    "The WebSocket client stays in the robot's channel": ("bot/scheduler.py", "import websockets"),
    "Commands are strangers to each other; what they share lies below them": (
        "bot/commands/due.py",
        "import bot.commands.replay",
    ),
    "No service or reminder imports its sibling": ("bot/services/faq.py", "import bot.services.greeting"),
    "Ticket rules are pure: no database, no chat, no settings": (
        "bot/tickets/sla.py",
        "import bot.tickets.models",
    ),
    "Services and reminders write no SQL of their own": ("bot/reminders/ring_next.py", "import sqlalchemy"),
    "Only the composition root and the commands in front of it read settings": (
        "bot/services/who_is.py",
        "import bot.settings",
    ),
    "Only the composition root names concrete channels": ("bot/engine.py", "import bot.channels.web_chat"),
    "The HTTP client stays in the channels that call platforms": ("bot/outbox/deliver.py", "import aiohttp"),
    "Telegram's library stays in its channel": ("bot/channels/posted.py", "import telegram.error"),
    "WeChat's envelope and XML stay in the WeChat channel": ("bot/outbox/delivery.py", "import lxml.etree"),
    "Templates and photos stay in the channels that show and take them": (
        "bot/channels/sandbox.py",
        "import jinja2",
    ),
    "Starlette stays at the HTTP edge": ("bot/intake.py", "import starlette.requests"),
    "The HTTP server stays at the HTTP edge and in the process that runs it": (
        "bot/commands/serve.py",
        "import uvicorn",
    ),
    "APScheduler stays in the process that runs it": ("bot/app.py", "import apscheduler.events"),
    "The job queue stays with its tables and with the drain jobs": (
        "bot/outbox/delivery.py",
        "import procrastinate",
    ),
    "Migrations stay in storage": ("bot/engine.py", "import alembic.command"),
    "The official calendar is read in one place": (
        "bot/tickets/working_time.py",
        "import chinese_calendar.constants",
    ),
    "Fuzzy comparison stays in understanding, and in the check of what staff write": (
        "bot/community/places.py",
        "import rapidfuzz.fuzz",
    ),
    "Workbooks are read and written in one place": ("bot/commands/tickets.py", "import openpyxl"),
    "Numbers of the understanding model stay in understanding": ("knowledge/library.py", "import numpy"),
    "pydantic checks what people write: config and knowledge": ("bot/messaging.py", "import pydantic"),
    "No cycles anywhere": ("knowledge/model.py", "import knowledge.library"),
}
A_MODULE_WITHOUT_A_PLACE = "bot/odds_and_ends.py"


def lint(folder: Path) -> str:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


def contracts() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [contract["name"] for contract in project["tool"]["importlinter"]["contracts"]]


def test_every_import_goes_the_right_way() -> None:
    report = lint(ROOT)

    assert f"{len(contracts())} kept, 0 broken" in report, report


@pytest.fixture(scope="module")
def report_on_wrong_imports(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What is said of a copy of the code with one wrong import for every contract."""
    folder = tmp_path_factory.mktemp("wrong")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for package in ("bot", "intents", "knowledge"):
        for module in (ROOT / package).rglob("*.py"):
            copy = folder / module.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(module, copy)
    for file, line in WRONG_IMPORTS.values():
        with (folder / file).open("a", encoding="utf-8") as module:
            module.write(f"\n{line}\n")
    (folder / A_MODULE_WITHOUT_A_PLACE).write_text("", encoding="utf-8")
    return lint(folder)


@pytest.mark.parametrize("contract", contracts())
def test_each_contract_notices_a_wrong_import(report_on_wrong_imports: str, contract: str) -> None:
    assert contract in WRONG_IMPORTS, "write down a wrong import that this contract must notice"
    assert f"{contract} BROKEN" in report_on_wrong_imports


def test_a_module_without_a_place_is_noticed(report_on_wrong_imports: str) -> None:
    assert "odds_and_ends" in report_on_wrong_imports
