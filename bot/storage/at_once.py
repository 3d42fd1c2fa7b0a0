"""Many rows in one statement of PostgreSQL: columns travel as arrays, what all rows share travels once."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Table,
    TableValuedAlias,
    Update,
    bindparam,
    column,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

MANY = 200
"""Fewer rows than this are written as quickly by the usual way, whose statement is ready made."""


def insert_if_new(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, returning: Column[Any]
) -> list[Any]:
    """Insert rows of the same columns unless a unique key is taken; what stands in the column of those that
    are new."""
    differing = _differing(rows)
    values = _values(table, tuple(rows[0]), differing)
    source = select(*values.values()).select_from(_source(table, differing))
    statement = insert(table).from_select(list(values), source)
    found = connection.execute(
        statement.on_conflict_do_nothing().returning(returning), _parameters(rows, differing)
    )
    return list(found.scalars())


def amend(connection: Connection, tenant: int, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Change the same columns of the rows with these ids."""
    differing = _differing(rows)
    statement = _amendment(table, tuple(rows[0]), differing)
    connection.execute(statement, {"of_tenant": tenant, **_parameters(rows, differing)})


@cache
def _amendment(table: Table, names: tuple[str, ...], differing: tuple[str, ...]) -> Update:
    values = _values(table, names, differing)
    this_row = (table.c.tenant == bindparam("of_tenant"), table.c.id == values.pop("id"))
    return update(table).where(*this_row).values(values)


def _differing(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The columns whose values travel for each row. An id does so even where there is one row only."""
    first = rows[0]
    return tuple(name for name in first if name == "id" or any(row[name] != first[name] for row in rows))


@cache
def _source(table: Table, differing: tuple[str, ...]) -> TableValuedAlias:
    arrays = [bindparam(f"all_{name}", type_=ARRAY(table.c[name].type)) for name in differing]
    parts = [column(name, table.c[name].type) for name in differing]
    return func.unnest(*arrays).table_valued(*parts).render_derived(name="part")


def _values(table: Table, names: tuple[str, ...], differing: tuple[str, ...]) -> dict[str, Any]:
    """For each column where its values are found."""
    source = _source(table, differing)
    return {
        name: source.c[name] if name in differing else bindparam(f"each_{name}", type_=table.c[name].type)
        for name in names
    }


def _parameters(rows: Sequence[Mapping[str, Any]], differing: tuple[str, ...]) -> dict[str, Any]:
    return {
        **{f"all_{name}": [row[name] for row in rows] for name in differing},
        **{f"each_{name}": value for name, value in rows[0].items() if name not in differing},
    }
