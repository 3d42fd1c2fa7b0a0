"""What is committed speaks of no machine: no folder of somebody's own, no host that packages came from."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

# Written apart, so that this file does not find itself.
FOLDERS = re.compile(r"(?<![\w.}/-])/" + r"(?:work|root|home|tmp|Users)" + r"(?=/|\b)")
HOSTS = re.compile(
    r"py" + r"pi\.org|python" + r"hosted\.|npm" + r"js\.org|deb\." + r"debian\.|/sim" + r"ple\b"
)
LOCK = "uv.lock"  # holds the public index's address of every file, by its format


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("the files are not in a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def text_of(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None  # a picture, or numbers


def found_in(files: list[Path], pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in files
        for number, line in enumerate((text_of(file) or "").splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_file_names_a_folder_of_some_machine(tracked: list[Path]) -> None:
    assert found_in(tracked, FOLDERS) == []


def test_no_file_names_a_host_of_packages(tracked: list[Path]) -> None:
    assert found_in([file for file in tracked if file.name != LOCK], HOSTS) == []


def test_the_lock_was_made_from_the_public_index_alone() -> None:
    hosts = set(re.findall(r"[a-z]+://([^/\"]+)", (ROOT / LOCK).read_text(encoding="utf-8")))

    assert hosts == {"py" + "pi.org", "files.python" + "hosted.org"}


@pytest.mark.parametrize("line", ["cd /" + "work/main", 'path = "/' + 'tmp"', "/" + "root/.ssh/key"])
def test_a_folder_of_a_machine_would_be_found(line: str) -> None:
    assert FOLDERS.search(line)


@pytest.mark.parametrize("line", ["bot/work/x", "a homework", "$HOME/root", "https://host.example/tmpl"])
def test_an_address_or_a_relative_path_is_no_such_folder(line: str) -> None:
    assert not FOLDERS.search(line)
