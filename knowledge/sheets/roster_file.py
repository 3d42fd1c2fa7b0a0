"""People and grids: the entries of people.yaml and places.yaml, and the values of their columns."""

import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from knowledge.shapes import GridShape, PeopleFile, PersonShape, PlacesFile
from knowledge.sheets.cells import day_text, even, lines, name_of, narrow, same_name
from knowledge.sheets.tables import ACCOUNT
from knowledge.tree import Plain

Value: TypeAlias = str | tuple[str, ...]
Values: TypeAlias = Mapping[str, Value]
Record: TypeAlias = Mapping[str, Plain]  # an entry as the file has it, by its Chinese keys

PEOPLE_KEY = str(PeopleFile.model_fields["people"].alias)
GRIDS_KEY = str(PlacesFile.model_fields["grids"].alias)
PERSON_COLUMNS = ("name", "role", "firm", "phone", "buildings", "since", "until")
GRID_COLUMNS = ("name", "scopes", "worker", "stand_in")
LISTS = ("buildings", "scopes")
DAYS = ("since", "until")

_ACCOUNTS = "accounts"
_BETWEEN = re.compile(r"[、，,;；]")
_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")


def key_of(column: str) -> str:
    """The key in the files, such as “名”."""
    shape = PersonShape if column in PersonShape.model_fields else GridShape
    return str(shape.model_fields[column].alias)


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
    match column:
        case "buildings" | "scopes":
            return split(text)
        case "since" | "until":
            return day_text(text)
        case "phone":
            return narrow(text).replace(" ", "")
        case "role":
            return name_of(text)
    return even(text)


def split(text: str) -> tuple[str, ...]:
    """One a line, or several side by side."""
    parts = (part for line in lines(text) for part in _BETWEEN.split(line) if part.strip())
    return tuple(even(part).translate(_DIGITS) for part in parts)


def said(record: Record, column: str) -> Value:
    """What the entry says, as it would come back from a workbook."""
    value = value_of(record, column)
    return value_in(column, value if isinstance(value, str) else "\n".join(value))


class Names(dict[str, str]):
    """Names in the files, found however their letters are spaced and whatever width their signs have."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__({same_name(name): name for name in names})
        self.all = frozenset(self.values())

    def written(self, text: str) -> str:
        """As the files have it; a new name as the workbook has it."""
        return self.get(same_name(text), name_of(text))
