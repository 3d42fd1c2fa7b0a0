"""One database transaction of one community.

Reads go out at once; appended rows are gathered and written together, which is what makes one commit
for many turns cheap. A read sees every earlier write: rows still waiting for a table that the read
touches are written first.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Column, Connection, Insert, Row, Select, Table, Update, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import Delete
from sqlalchemy.sql.util import find_tables

from bot.storage import at_once
from bot.storage.each import run_for_each

Values = Mapping[str, Any]
M = TypeVar("M")

_tables_touched: WeakKeyDictionary[Any, frozenset[Table]] = WeakKeyDictionary()


class Transaction:
    """Open work on the store. Nobody but its opener commits it."""

    def __init__(self, connection: Connection, tenant: int) -> None:
        self._connection = connection
        self._insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        self._new_rows: dict[Table, list[dict[str, Any]]] = {}
        self._replaced_rows: dict[Table, dict[tuple[Any, ...], dict[str, Any]]] = {}
        self._memories: dict[type[Any], Any] = {}
        self.tenant = tenant

    # -- writing ------------------------------------------------------------------------------

    def add(self, table: Table, **values: Any) -> None:
        """Append a row. It is written before the next read of its table, at the latest at commit."""
        self._new_rows.setdefault(table, []).append({"tenant": self.tenant, **values})

    def put(self, table: Table, **values: Any) -> None:
        """Write a row whole, over the one with the same primary key where there is one."""
        row = {"tenant": self.tenant, **values}
        key = tuple(row[column.name] for column in table.primary_key)
        self._replaced_rows.setdefault(table, {})[key] = row

    def add_if_new(self, table: Table, **values: Any) -> bool:
        """Insert at once unless a unique key is taken; says whether the row is new."""
        # Not every driver counts the rows of such an insert; the returned key says the same.
        first_key = next(iter(table.primary_key))
        return bool(self.add_all_if_new(table, [values], returning=first_key))

    def add_all_if_new(self, table: Table, rows: Sequence[Values], *, returning: Column[Any]) -> list[Any]:
        """The same for several rows in one statement; what stands in the column of those that are new."""
        self._flush_tables(_with_parents(table))
        complete = [{"tenant": self.tenant, **row} for row in rows]
        if len(rows) >= at_once.MANY and self._connection.dialect.name == "postgresql":
            return at_once.insert_if_new(self._connection, table, complete, returning=returning)
        statement = _insert_if_new(self._insert, table, returning)
        return list(self._connection.execute(statement, complete).scalars())

    def amend(self, table: Table, row_id: int, **changes: Any) -> None:
        """Change columns of the row with this id, which is known to be there."""
        for row in reversed(self._new_rows.get(table, ())):
            if row["id"] == row_id:  # not written yet
                row.update(changes)
                return
        new_values = {f"new_{name}": value for name, value in changes.items()}
        met = self.change(_amendment(table, tuple(changes)), of_id=row_id, **new_values)
        assert met == 1, "the row is there"

    def amend_all(self, table: Table, rows: Sequence[Values]) -> None:
        """Change the same columns of several rows, each named by its `id` and known to be there."""
        if not rows:
            return
        self._flush_tables([table])
        if self._connection.dialect.name == "postgresql":
            at_once.amend(self._connection, self.tenant, table, rows)
            return
        names = tuple(name for name in rows[0] if name != "id")
        new_values = [{"of_id": row["id"], **{f"new_{name}": row[name] for name in names}} for row in rows]
        self.change_many(_amendment(table, names), new_values)

    def change(self, statement: Update | Delete, **parameters: Any) -> int:
        """Run an update or delete; the number of rows it met."""
        self._flush_for(statement)
        return self._connection.execute(statement, {"of_tenant": self.tenant, **parameters}).rowcount

    def change_many(self, statement: Update | Insert, parameters: Sequence[Values]) -> None:
        if parameters:
            self._flush_for(statement)
            rows = [{"of_tenant": self.tenant, **row} for row in parameters]
            run_for_each(self._connection, statement, rows)

    # -- reading ------------------------------------------------------------------------------

    def fetch(self, statement: Select[Any], **parameters: Any) -> Sequence[Row[Any]]:
        """All rows. Statements name the community by `bindparam("of_tenant")`."""
        self._flush_for(statement)
        return self._connection.execute(statement, {"of_tenant": self.tenant, **parameters}).all()

    def fetch_one(self, statement: Select[Any], **parameters: Any) -> Row[Any] | None:
        rows = self.fetch(statement, **parameters)
        return rows[0] if rows else None

    def fetch_value(self, statement: Select[Any] | Update | Insert, **parameters: Any) -> Any:
        """The first column of the first row, also of an update or insert with RETURNING; None if none."""
        self._flush_for(statement)
        row = self._connection.execute(statement, {"of_tenant": self.tenant, **parameters}).first()
        return None if row is None else row[0]

    def pending_put(self, table: Table, key: tuple[Any, ...]) -> dict[str, Any] | None:
        """A row given to `put` in this transaction and not yet written: a read that need not go out."""
        return self._replaced_rows.get(table, {}).get((self.tenant, *key))

    def memory(self, kind: type[M]) -> M:
        """The one object of this class in this transaction. What was read once need not be read again,
        because writing is serialised per community; whoever keeps things there keeps them right."""
        found = self._memories.get(kind)
        if found is None:
            found = self._memories[kind] = kind()
        return cast(M, found)

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Within it, work that fails is undone by itself and leaves the rest as it was."""
        self.flush()
        with self._connection.begin_nested():
            try:
                yield
                self.flush()
            except BaseException:
                for kept in (self._new_rows, self._replaced_rows, self._memories):
                    kept.clear()
                raise

    # -- flushing -----------------------------------------------------------------------------

    def flush(self) -> None:
        self._flush_tables(self._new_rows.keys() | self._replaced_rows.keys())

    def _flush_for(self, statement: Any) -> None:
        if not (self._new_rows or self._replaced_rows):
            return
        touched = _tables_touched.get(statement)
        if touched is None:
            touched = frozenset(
                table
                for table in find_tables(statement, include_joins=True, include_crud=True, check_columns=True)
                if isinstance(table, Table)
            )
            _tables_touched[statement] = touched
        self._flush_tables(touched)

    def _flush_tables(self, wanted: Collection[Table]) -> None:
        for table in wanted:
            if table in self._new_rows or table in self._replaced_rows:
                for needed in _with_parents(table):
                    self._write(needed)

    def _write(self, table: Table) -> None:
        if rows := self._new_rows.pop(table, None):
            by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = {}
            for row in rows:
                by_columns.setdefault(tuple(row), []).append(row)
            for alike in by_columns.values():
                run_for_each(self._connection, _plain_insert(table), alike)
        if replaced := self._replaced_rows.pop(table, None):
            run_for_each(self._connection, _replacing_insert(self._insert, table), list(replaced.values()))


# -- statements, made once: making one costs about as much as running it --------------------------------


@cache
def _with_parents(table: Table) -> tuple[Table, ...]:
    """A table after those that its rows refer to, in the order in which waiting rows are to be written."""
    order: dict[Table, None] = {}
    for constraint in sorted(table.foreign_key_constraints, key=lambda found: found.referred_table.name):
        order |= dict.fromkeys(_with_parents(constraint.referred_table))
    return (*order, table)


@cache
def _plain_insert(table: Table) -> Insert:
    return table.insert()


@cache
def _insert_if_new(insert: Any, table: Table, returning: Column[Any]) -> Any:
    return insert(table).on_conflict_do_nothing().returning(returning)


@cache
def _replacing_insert(insert: Any, table: Table) -> Any:
    statement = insert(table)
    changed = {column.name: statement.excluded[column.name] for column in table.c if not column.primary_key}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed)


@cache
def _amendment(table: Table, names: tuple[str, ...]) -> Update:
    this_row = (table.c.tenant == bindparam("of_tenant"), table.c.id == bindparam("of_id"))
    return update(table).where(*this_row).values({name: bindparam(f"new_{name}") for name in names})
