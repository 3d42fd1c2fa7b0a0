"""The roster as the files have it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge.library import KnowledgeError, read_folder
from knowledge.model import Level
from knowledge.sheets.roster_file import GRIDS_KEY, PEOPLE_KEY, Record, value_of
from knowledge.source import decode
from knowledge.tree import Node, plain

PEOPLE_FILE = "people.yaml"
PLACES_FILE = "places.yaml"


@dataclass(frozen=True, slots=True)
class RosterBase:
    people: Sequence[Record]
    grids: Sequence[Record]
    titles: Sequence[str]  # of roles
    compounds: Sequence[str]
    texts: Mapping[str, str]  # file -> content

    @property
    def workers(self) -> Mapping[str, str]:
        """Name of a grid -> its worker."""
        return {str(value_of(grid, "name")): str(value_of(grid, "worker")) for grid in self.grids}


def read_base(folder: Path) -> RosterBase:
    """Raises KnowledgeError where the files are wrong."""
    reading = read_folder(folder)
    if reading.knowledge is None or reading.sheets is None:
        raise KnowledgeError(tuple(told for told in reading.problems if told.level is Level.ERROR))
    people, places = reading.sheets.people, reading.sheets.places
    return RosterBase(
        people=_records(people.tree, PEOPLE_KEY),
        grids=_records(places.tree, GRIDS_KEY),
        titles=[*people.value.titles],
        compounds=[*reading.knowledge.compounds],
        texts={file: _text(folder / file) for file in (PEOPLE_FILE, PLACES_FILE)},
    )


def _records(tree: Node, key: str) -> list[Record]:
    root = plain(tree)
    listed = root.get(key) if isinstance(root, dict) else None
    return [entry for entry in listed or () if isinstance(entry, dict)]


def _text(path: Path) -> str:
    text, _ = decode(path.read_bytes(), file=path.name)
    assert text is not None, "the file has been read before"
    return text
