"""pyproject.toml, uv.lock and constraints.txt say the same; every dependency is used and explained."""

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LINES = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
EXPORT = [
    "export",
    "--frozen",
    "--no-hashes",
    "--no-emit-project",
    "--all-extras",
    "--no-annotate",
    "--no-header",
]

# Needed by what we import, or found by it when installed; never imported by us.
USED_UNSEEN = {"httptools", "python-multipart", "tzdata"}


def uv(*arguments: str, cache: Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("uv"), *arguments, "--offline", "--cache-dir", str(cache)]
    environment = {**os.environ, "UV_PYTHON": sys.executable}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_the_lock_fits_the_project(tmp_path: Path) -> None:
    checked = uv("lock", "--check", cache=tmp_path)

    assert checked.returncode == 0, f"run uv lock: {checked.stderr}"


def test_the_constraints_fit_the_lock(tmp_path: Path) -> None:
    exported = uv(*EXPORT, cache=tmp_path)
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()

    assert [line for line in constraints if not line.startswith("#")] == exported.stdout.splitlines()


def test_the_constraints_name_no_address() -> None:
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")

    assert not re.search(r"://|@|^-", constraints, re.MULTILINE)


def name_of(requirement: str) -> str:
    return re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0]


RUNTIME = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["postgres"]]


@pytest.mark.parametrize("requirement", RUNTIME, ids=name_of)
def test_every_dependency_has_a_floor_and_a_reason(requirement: str) -> None:
    (line,) = [line for line in LINES if f'"{requirement}"' in line]

    assert ">=" in requirement
    assert re.search(r"#\s+\S+", line), f"no reason stands behind {requirement}"


@pytest.mark.parametrize("requirement", PROJECT["dependencies"], ids=name_of)
def test_every_dependency_is_imported(requirement: str) -> None:
    name = name_of(requirement)
    modules = [
        module
        for module, distributions in packages_distributions().items()
        if name.lower().replace("_", "-") in {given.lower().replace("_", "-") for given in distributions}
    ]
    importing = re.compile(rf"^\s*(?:from|import) (?:{'|'.join(map(re.escape, modules))})\b", re.MULTILINE)
    files = [file for folder in ("bot", "intents", "knowledge") for file in (ROOT / folder).rglob("*.py")]
    used = modules and any(importing.search(file.read_text(encoding="utf-8")) for file in files)

    assert bool(used) is (name not in USED_UNSEEN)
