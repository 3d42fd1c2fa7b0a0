"""procrastinate's own tables, made and brought up by its own migrations."""

from pathlib import Path

from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, Engine, inspect, text

# It keeps no account of its own of which migrations have run.
_NOTE_TABLE = text("CREATE TABLE IF NOT EXISTS job_migrations (name text PRIMARY KEY)")
_NOTED = text("SELECT name FROM job_migrations")
_NOTE = text("INSERT INTO job_migrations (name) VALUES (:name)")


def bring_up(engine: Engine) -> None:
    """Make the tables, or apply the migrations that this release of procrastinate adds. PostgreSQL only; the
    caller holds the migration lock.

    Also those that procrastinate would have after the upgrade: a worker of the release before cannot fetch
    jobs then until it is replaced, and what it would have sent is sent by the others.
    """
    files = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    with engine.begin() as connection:
        connection.execute(_NOTE_TABLE)
        if not inspect(connection).has_table("procrastinate_jobs"):
            _run(connection, SchemaManager.get_schema())
            connection.execute(_NOTE, [{"name": file.name} for file in files])
        noted = set(connection.execute(_NOTED).scalars())
    for file in files:
        if file.name not in noted:
            with engine.begin() as connection:  # each its own: some use what the one before has added
                _run(connection, file.read_text("utf-8"))
                connection.execute(_NOTE, {"name": file.name})


def _run(connection: Connection, script: str) -> None:
    """Several statements, per cent signs and all: only the driver itself takes such a script."""
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute(script)
