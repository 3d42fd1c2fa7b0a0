"""Many rows in one statement of PostgreSQL: columns travel as arrays, what all rows share travels once."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Table, bindparam, column, func, select
from sqlalchemy.dialects.postgresql import ARRAY, insert

MANY = 200
"""Fewer rows than this are written as quickly by the usual way, whose statement is ready made."""


def insert_if_new(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, returning: Column[Any]
) -> list[Any]:
    """Insert rows of the same columns unless a unique key is taken; what stands in the column of those that
    are new."""
    first = rows[0]
    differing = [name for name in first if any(row[name] != first[name] for row in rows)]
    arrays = [bindparam(f"all_{name}", type_=ARRAY(table.c[name].type)) for name in differing]
    parts = [column(name, table.c[name].type) for name in differing]
    source = func.unnest(*arrays).table_valued(*parts).render_derived(name="part")
    values = [
        source.c[name] if name in differing else bindparam(f"each_{name}", type_=table.c[name].type)
        for name in first
    ]
    statement = insert(table).from_select(list(first), select(*values).select_from(source))
    parameters = {f"all_{name}": [row[name] for row in rows] for name in differing}
    parameters |= {f"each_{name}": first[name] for name in first if name not in differing}
    found = connection.execute(statement.on_conflict_do_nothing().returning(returning), parameters)
    return list(found.scalars())
