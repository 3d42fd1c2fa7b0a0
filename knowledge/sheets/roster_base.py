"""The roster as the files have it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge.library import KnowledgeError, read_folder
from knowledge.problems import Level
from knowledge.sheets.roster_file import LISTED, Record, value_of
from knowledge.source import decode
from knowledge.tree import Node, plain


@dataclass(frozen=True, slots=True)
class RosterBase:
    lists: Mapping[str, Sequence[Record]]  # kind in columns.yaml -> entries
    titles: Sequence[str]  # of roles
    compounds: Sequence[str]
    texts: Mapping[str, str]  # file -> content; empty where it is not there

    @property
    def people(self) -> Sequence[Record]:
        return self.lists["people"]

    @property
    def grids(self) -> Sequence[Record]:
        return self.lists["grids"]

    @property
    def workers(self) -> Mapping[str, str]:
        """Name of a grid -> its worker."""
        return {str(value_of(grid, "name")): str(value_of(grid, "worker")) for grid in self.grids}


def read_base(folder: Path) -> RosterBase:
    """Raises KnowledgeError where the files are wrong."""
    reading = read_folder(folder)
    if reading.knowledge is None or reading.sheets is None:
        raise KnowledgeError(tuple(told for told in reading.problems if told.level is Level.ERROR))
    people, places, duty = reading.sheets.people, reading.sheets.places, reading.sheets.duty
    trees = {sheet.file: sheet.tree for sheet in (people, places, duty) if sheet is not None}
    return RosterBase(
        lists={kind: _records(trees.get(listed.file), listed.key) for kind, listed in LISTED.items()},
        titles=[*people.value.titles],
        compounds=[*reading.knowledge.compounds],
        texts={listed.file: _text(folder / listed.file) for listed in LISTED.values()},
    )


def _records(tree: Node | None, key: str) -> list[Record]:
    root = plain(tree) if tree is not None else None
    listed = root.get(key) if isinstance(root, dict) else None
    return [entry for entry in listed or () if isinstance(entry, dict)]


def _text(path: Path) -> str:
    if not path.exists():
        return ""
    text, _ = decode(path.read_bytes(), file=path.name)
    assert text is not None, "the file has been read before"
    return text
