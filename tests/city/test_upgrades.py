"""Processes are replaced one by one: migrations run once, and the release before goes on beside the new."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from procrastinate.schema import SchemaManager
from sqlalchemy import inspect, select, text

from bot.clock import SystemClock
from bot.engine import Engine
from bot.messaging import Capabilities, InboundMessage
from bot.storage.database import Database, own_schema
from bot.storage.job_schema import bring_up
from bot.storage.migrate import migrate
from bot.tickets.models import tickets
from knowledge.library import SHIPPED, read_knowledge
from tests.conftest import ROOT
from tests.stores import address_of

MIGRATE = "import sys; from bot.storage.database import Database; from bot.storage.migrate import migrate; "
MIGRATE += "sys.stdin.readline(); migrate(Database(sys.argv[1]), with_jobs=sys.argv[2] == 'jobs')"


@pytest.fixture
def empty(postgres_url: str) -> Iterator[Database]:
    with own_schema(postgres_url) as database:
        yield database


def migrate_in_processes(url: str, count: int, jobs: str) -> list[int]:
    """The exit statuses of processes that migrate at the same moment."""
    command = [sys.executable, "-c", MIGRATE, url, jobs]
    processes = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for _ in range(count)
    ]
    for process in processes:
        process.communicate(b"go\n", timeout=120)
    return [process.returncode for process in processes]


def test_four_processes_that_start_at_once_migrate_once(empty: Database) -> None:
    assert migrate_in_processes(address_of(empty), 4, "jobs") == [0, 0, 0, 0]

    with empty.engine.connect() as connection:
        names = inspect(connection).get_table_names()
        assert {"tickets", "procrastinate_jobs"} <= set(names)
        assert connection.scalar(text("SELECT count(*) FROM alembic_version")) == 1


def test_the_job_tables_of_an_earlier_release_are_brought_up(empty: Database) -> None:
    files = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    earlier = [file for file in files if file.name < "03.02"]
    with empty.engine.begin() as connection:
        connection.execute(text("CREATE TABLE job_migrations (name text PRIMARY KEY)"))
    for file in earlier:
        with empty.engine.begin() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.execute(file.read_text("utf-8"))
            connection.execute(text("INSERT INTO job_migrations VALUES (:name)"), {"name": file.name})

    for _ in range(2):
        bring_up(empty.engine)

    with empty.engine.connect() as connection:
        noted = connection.execute(text("SELECT name FROM job_migrations ORDER BY name")).scalars()
        assert list(noted) == [file.name for file in files]


def test_a_store_that_a_newer_release_has_migrated_is_left_as_it_is(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    migrate(database)

    with database.engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"
    assert [record.message for record in caplog.records] == ["a newer release has migrated the store"]


def test_a_process_goes_on_beside_columns_and_tables_that_it_does_not_know(database: Database) -> None:
    """What a migration may add before the old release is gone: tables, and columns that may stay empty."""
    engine = Engine(
        knowledge=read_knowledge(SHIPPED), clock=SystemClock(), capabilities={"web": Capabilities()}
    )
    tenant = engine.knowledge().community.id
    database.run(tenant, engine.prepare)
    file_report(database, tenant, engine, "1")

    with database.engine.begin() as connection:
        for table in ("tickets", "ticket_events", "outbox", "inbox", "people", "conversations"):
            connection.execute(text(f"ALTER TABLE {table} ADD COLUMN of_tomorrow text"))
        connection.execute(text("ALTER TABLE tickets ADD COLUMN weight integer NOT NULL DEFAULT 1"))
        connection.execute(text("CREATE TABLE of_tomorrow (tenant integer, id bigint)"))

    file_report(database, tenant, engine, "2")
    database.run(tenant, lambda tx: engine.scheduler.tick(tx, datetime.now(UTC)))
    with database.reading(tenant) as tx:
        assert len(tx.fetch(select(tickets.c.id))) == 2


def file_report(database: Database, tenant: int, engine: Engine, number: str) -> None:
    message = InboundMessage(
        id=number,
        channel="web",
        sender=f"resident-{number}",
        chat=f"resident-{number}",
        text=f"有人从幸福里{number}号楼往下扔东西",
        received_at=datetime.now(UTC),
    )
    answer = database.run(tenant, lambda tx: engine.receiver.receive(tx, message))
    assert answer.messages
