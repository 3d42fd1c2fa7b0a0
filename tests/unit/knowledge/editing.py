"""Edits of a knowledge folder, as staff make them."""

from pathlib import Path

from knowledge.library import check_knowledge
from knowledge.problems import Level, Problem


def replace(folder: Path, file: str, old: str, new: str) -> int:
    """Replaces the first `old` and returns the line it stands on."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def errors(folder: Path) -> list[Problem]:
    return [found for found in check_knowledge(folder) if found.level is Level.ERROR]


def only_error(folder: Path) -> Problem:
    found = errors(folder)
    assert len(found) == 1, [str(problem) for problem in found]
    return found[0]
