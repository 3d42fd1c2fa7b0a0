"""People, grids and duties: the entries of their files, and the values of their columns."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from knowledge.shapes.base import Shape
from knowledge.shapes.duty import DutyFile, DutyShape, ResponsibilityShape, ShiftShape
from knowledge.shapes.neighbourhood import GridShape, PeopleFile, PersonShape, PlacesFile
from knowledge.sheets.cells import day_text, even, lines, name_of, narrow, same_name
from knowledge.sheets.tables import ACCOUNT
from knowledge.tree import Plain

Value: TypeAlias = str | tuple[str, ...]
Values: TypeAlias = Mapping[str, Value]
Record: TypeAlias = Mapping[str, Plain]  # an entry as the file has it, by its Chinese keys

PERSON_COLUMNS = ("name", "role", "firm", "phone", "buildings", "since", "until", "deputy")
LISTS = ("buildings", "scopes", "categories", "places", "people")
DAYS = ("since", "until")
_LIST_READERS = {"categories": narrow, "people": name_of}
_READERS: Mapping[str, Callable[[str], str]] = {
    "since": day_text,
    "until": day_text,
    "days": day_text,
    "hours": narrow,
    "phone": lambda text: narrow(text).replace(" ", ""),
    "role": name_of,
    "shift": name_of,
    "person": name_of,
}

# Names that are written elsewhere: from a workbook they come as they are written there.
_NAMES = ("name", "worker", "stand_in", "deputy", "shift", "person", "people")
_ACCOUNTS = "accounts"
_BETWEEN = re.compile(r"[、，,;；]")
_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")


@dataclass(frozen=True, slots=True)
class Listed:
    """A list in a file: the file, its shape and its name there, and the shape of an entry."""

    file: str
    whole: type[Shape]
    field: str
    entry: type[Shape]

    @property
    def key(self) -> str:
        return str(self.whole.model_fields[self.field].alias)


# Kind in columns.yaml -> where it is written.
LISTED = {
    "people": Listed("people.yaml", PeopleFile, "people", PersonShape),
    "grids": Listed("places.yaml", PlacesFile, "grids", GridShape),
    "responsibilities": Listed("duty.yaml", DutyFile, "responsibilities", ResponsibilityShape),
    "shifts": Listed("duty.yaml", DutyFile, "shifts", ShiftShape),
    "duties": Listed("duty.yaml", DutyFile, "duties", DutyShape),
}
_KEYS = {
    column: str(field.alias)
    for listed in LISTED.values()
    for column, field in listed.entry.model_fields.items()
}


def key_of(column: str) -> str:
    """The key in the files, such as “名”. Columns of one name have one key."""
    return _KEYS[column]


ACCOUNTS_KEY = key_of(_ACCOUNTS)


def value_of(record: Record, column: str) -> Value:
    """What the entry says; nothing is an empty text or list."""
    if column.startswith(ACCOUNT):
        accounts = record.get(ACCOUNTS_KEY)
        written = accounts.get(column.removeprefix(ACCOUNT)) if isinstance(accounts, dict) else None
    else:
        written = record.get(key_of(column))
    texts = tuple(str(item).strip() for item in (written if isinstance(written, list) else [written]) if item)
    return texts if column in LISTS else "".join(texts)


def channels_of(records: Iterable[Record]) -> list[str]:
    """Every channel in which somebody has an account."""
    accounts = (record.get(ACCOUNTS_KEY) for record in records)
    return list(dict.fromkeys(channel for known in accounts if isinstance(known, dict) for channel in known))


def with_values(record: Record, values: Values) -> dict[str, Plain]:
    """The entry with these columns changed. Keys that no column has stay as they are."""
    changed = {key: value for key, value in record.items() if key != ACCOUNTS_KEY}
    known = record.get(ACCOUNTS_KEY)
    accounts: dict[str, Plain] = dict(known) if isinstance(known, dict) else {}
    for column, value in values.items():
        if column.startswith(ACCOUNT):
            accounts[column.removeprefix(ACCOUNT)] = str(value)
        elif isinstance(value, str):
            changed[key_of(column)] = value
        else:
            changed[key_of(column)] = value[0] if len(value) == 1 else list(value)
    changed[ACCOUNTS_KEY] = {channel: account for channel, account in accounts.items() if account}
    return {key: value for key, value in changed.items() if value}


def value_in(column: str, text: str) -> Value:
    """What a cell says."""
    if column in LISTS:
        return tuple(map(_LIST_READERS.get(column, even), split(text)))
    return _READERS.get(column, even)(text)


def split(text: str) -> tuple[str, ...]:
    """One a line, or several side by side."""
    parts = (part for line in lines(text) for part in _BETWEEN.split(line) if part.strip())
    return tuple(even(part).translate(_DIGITS) for part in parts)


def said(record: Record, column: str) -> Value:
    """What the entry says, as it would come back from a workbook."""
    value = value_of(record, column)
    if column in _NAMES:
        return value
    return value_in(column, value if isinstance(value, str) else "\n".join(value))


class Names(dict[str, str]):
    """Names in the files, found however their letters are spaced and whatever width their signs have."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__({same_name(name): name for name in names})
        self.all = frozenset(self.values())

    def written(self, text: str) -> str:
        """As the files have it; a new name as the workbook has it."""
        return self.get(same_name(text), name_of(text))
