"""The front door tells the truth: its links lead somewhere, its folders and commands exist."""

import re
from pathlib import Path

import pytest
import typer.main

from bot.__main__ import cli
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_folder_and_file_of_the_layout_exists() -> None:
    layout = README.partition("## Layout")[2].split("```")[1]
    named = [line.split()[0] for line in layout.splitlines() if line and not line.startswith(" ")]

    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_package_has_its_line_in_the_layout() -> None:
    layout = README.partition("## Layout")[2].split("```")[1]
    packages = sorted(file.parent.name for file in (ROOT / "bot").glob("*/__init__.py"))

    assert [name for name in packages if f"bot/{name}/" not in layout] == []


def test_every_command_is_told() -> None:
    table = README.partition("## Commands")[2].partition("## Layout")[0]

    assert [name for name in typer.main.get_command(cli).commands if f"`{name}" not in table] == []


def test_the_gate_runs_the_tests_as_people_are_told_to() -> None:
    told = re.search(r"bin/python (-m pytest.*)$", README, re.MULTILINE)
    run = re.search(r"bin/python\" (-m pytest.*)$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)

    assert told
    assert run
    assert run[1] == told[1]


def test_the_gate_can_be_run() -> None:
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
