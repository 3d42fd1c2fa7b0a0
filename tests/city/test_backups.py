"""The commands of docs/operations.md for backup, restore, partitions and a replica, as they stand there."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select, text

from bot.clock import SystemClock
from bot.conversation.models import inbox
from bot.engine import Engine
from bot.messaging import Capabilities, InboundMessage
from bot.outbox.models import outbox
from bot.storage.database import Database
from bot.storage.migrate import migrate
from knowledge.library import SHIPPED, read_knowledge
from tests.city.cluster import Cluster
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")


def commands(heading: str, **places: str) -> str:
    """The first block under a heading of the page, with names of ours in the place of its own."""
    section = PAGE.split(f"\n### {heading}\n")[1]
    found = re.search(r"```\w*\n(.*?)```", section, re.DOTALL)
    assert found is not None
    script = found[1].replace(".venv/bin/python", sys.executable)
    for name, place in places.items():
        assert name in script
        script = script.replace(name, place)
    return script


def run(script: str, folder: Path, **variables: str) -> None:
    done = subprocess.run(
        ["sh", "-e", "-c", script],
        cwd=folder, env=os.environ | variables, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def listed(url: str, folder: Path) -> list[dict[str, object]]:
    """What `tickets list --json` says of a store."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", "tickets", "list", "--json"],
        cwd=folder, env=os.environ | {"LINLI_DATABASE_URL": url, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def report(database: Database, number: int) -> None:
    engine = Engine(
        knowledge=read_knowledge(SHIPPED), clock=SystemClock(), capabilities={"web": Capabilities()}
    )
    tenant = engine.knowledge().community.id
    database.run(tenant, engine.prepare)
    who = f"resident-{number}"
    message = InboundMessage(
        id=str(number), channel="web", sender=who, chat=who, received_at=datetime.now(UTC),
        text=f"有人从幸福里{number}号楼往下扔东西",
    )  # fmt: skip
    assert database.run(tenant, lambda tx: engine.receiver.receive(tx, message)).messages


def test_a_copy_of_sqlite_taken_while_it_is_written_is_whole(tmp_path: Path) -> None:
    url = "sqlite:///var/linli.sqlite3"
    database = Database(f"sqlite:///{tmp_path}/var/linli.sqlite3")
    migrate(database)
    report(database, 1)
    with database.transaction(1):  # somebody is in the middle of writing
        run(commands("备份 SQLite"), tmp_path)
    report(database, 2)  # after the copy
    database.close()
    (copy,) = (tmp_path / "backup").iterdir()
    assert sqlite3.connect(copy).execute("PRAGMA integrity_check").fetchone() == ("ok",)

    run(commands("恢复 SQLite", **{"backup/linli-20261123.sqlite3": str(copy)}), tmp_path)

    assert [ticket["text"] for ticket in listed(url, tmp_path)] == ["有人从幸福里1号楼往下扔东西"]


@pytest.mark.postgres
def test_a_dump_of_postgresql_restores_everything(private_cluster: Cluster, tmp_path: Path) -> None:
    database = Database(private_cluster.url)
    migrate(database, with_jobs=True)
    report(database, 1)
    report(database, 2)
    before = listed(private_cluster.url, tmp_path)
    server = {"PGHOST": "127.0.0.1", "PGPORT": str(database.url.port), "PGUSER": "postgres"}

    run(commands("备份 PostgreSQL", **{'.dump" linli': '.dump" postgres'}), tmp_path, **server)
    (dump,) = (tmp_path / "backup").iterdir()
    run(commands("恢复 PostgreSQL", **{"backup/linli-20261123.dump": str(dump)}), tmp_path, **server)
    database.close()

    restored = database.url.set(database="linli_restored").render_as_string()
    assert listed(restored, tmp_path) == before
    assert len(before) == 2
    again = Database(restored)
    migrate(again, with_jobs=True)
    report(again, 3)
    again.close()


@pytest.mark.postgres
def test_the_large_table_is_swept_often(private_cluster: Cluster) -> None:
    database = Database(private_cluster.url)
    migrate(database)

    with database.engine.begin() as connection:
        connection.exec_driver_sql(commands("让数据库勤打扫"))
        options = connection.exec_driver_sql(
            "SELECT reloptions FROM pg_class WHERE oid = 'outbox'::regclass"
        ).scalar_one()
    report(database, 1)
    database.close()

    assert "autovacuum_vacuum_scale_factor=0.02" in options


@pytest.mark.postgres
def test_turns_go_on_when_the_large_tables_are_partitioned(private_cluster: Cluster) -> None:
    database = Database(private_cluster.url)
    migrate(database)
    report(database, 1)
    with database.reading(1) as tx:
        before = tx.fetch_value(select(func.count()).select_from(outbox))

    with database.engine.begin() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        script = commands("按社区分区")
        for table in ("outbox", "inbox"):
            driver.execute(script.replace("outbox", table))  # SQLAlchemy takes per cent signs for its own
    report(database, 2)
    report(database, 2)  # brought again

    with database.reading(1) as tx:
        assert tx.fetch_value(select(func.count()).select_from(outbox)) > before
        assert tx.fetch_value(select(func.count()).select_from(inbox)) == 2
    with database.engine.connect() as connection:
        of_table = text("SELECT count(*) FROM pg_inherits WHERE inhparent = to_regclass(:name)")
        parts = [connection.scalar(of_table, {"name": name}) for name in ("outbox", "inbox")]
    assert parts == [8, 8]
    migrate(database)
    database.close()


@pytest.mark.postgres
def test_reports_are_read_from_a_replica(private_cluster: Cluster, tmp_path: Path) -> None:
    database = Database(private_cluster.url)
    migrate(database)
    report(database, 1)
    database.close()
    with private_cluster.replica() as replica:
        engine = create_engine(replica.url)
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT pg_is_in_recovery()"))
        engine.dispose()

        assert listed(replica.url, tmp_path) == listed(private_cluster.url, tmp_path)
        on_replica = {"LINLI_DATABASE_URL": replica.url, "PYTHONPATH": str(ROOT)}
        run(f"{sys.executable} -m bot tickets export 工单.xlsx", tmp_path, **on_replica)
        run(f"{sys.executable} -m bot rates --from 2026-01-01 --to 2026-12-31", tmp_path, **on_replica)
        assert (tmp_path / "工单.xlsx").exists()
