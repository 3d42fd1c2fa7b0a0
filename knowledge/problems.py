"""Findings in knowledge files, worded for the staff who edit them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml

from knowledge.replies import render


class Level(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding in a knowledge or config file. `line` and `column` count from 1."""

    file: str
    line: int
    column: int
    level: Level
    message: str  # what is wrong
    mend: str  # what to write instead

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.level}: {self.message}；{self.mend}"


class KnowledgeError(Exception):
    """The files cannot be used. `problems` holds everything found, in the order of files and lines."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file; both count from 1."""

    line: int
    column: int


START = Mark(1, 1)


@cache
def sentences() -> Mapping[str, tuple[str, str]]:
    """key -> (what is wrong, what to write instead)."""
    file = Path(__file__).with_name("messages.yaml")
    entries = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)  # noqa: S506 - text only
    return {key: (entry["问题"], entry["改法"]) for key, entry in entries.items()}


def problem(
    key: str, file: str, at: Mark, values: Mapping[str, object] | None = None, *, level: Level = Level.ERROR
) -> Problem:
    message, mend = sentences()[key]
    return Problem(
        file=file,
        line=at.line,
        column=at.column,
        level=level,
        message=render(message, values or {}),
        mend=render(mend, values or {}),
    )
