"""Migrations lead to the tables of the code, on both stores; the community comes first in every key."""

from importlib import import_module

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, ForeignKeyConstraint, Table, UniqueConstraint

from bot.storage.base import metadata
from bot.storage.database import Database
from bot.storage.migrate import migrate
from tests.conftest import ROOT

for file in (ROOT / "bot").rglob("*.py"):
    if " Table(" in file.read_text(encoding="utf-8"):
        import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))

TABLES = sorted(metadata.tables.values(), key=lambda table: table.name)


def test_migrations_lead_to_the_tables_of_the_code(database: Database) -> None:
    with database.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)

    assert differences == []


def test_a_missing_column_would_be_noticed(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE outbox DROP COLUMN note")

    with database.engine.connect() as connection:
        (difference,) = compare_metadata(MigrationContext.configure(connection), metadata)

    assert difference[0] == "add_column"


def test_migrating_again_changes_nothing(database: Database) -> None:
    migrate(database)

    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_community_comes_first_in_every_key(table: Table) -> None:
    keys: list[list[Column[object]]] = [list(table.primary_key.columns)]
    keys += [
        list(constraint.columns)
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint | ForeignKeyConstraint)
    ]
    keys += [list(index.columns) for index in table.indexes]

    assert [columns[0].name for columns in keys] == ["tenant"] * len(keys)
