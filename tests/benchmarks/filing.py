"""What a commit of its own for every filing costs, and what an asynchronous ORM would.

    python -m tests.benchmarks.filing [--store sqlite|postgres]

A filing is the rows of one turn: inbox, ticket, event, and two promises in the outbox. Three ways, one after
the other in every round: our writer with 64 callers who each wait for their own commit; the same transactions
one at a time; and SQLAlchemy's asynchronous ORM with eight sessions on the same tables.
"""

import argparse
import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Table, event
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.orm import registry

from bot.conversation.models import inbox
from bot.outbox.models import DeliveryState, Purpose, outbox
from bot.storage.database import Database, own_schema
from bot.storage.ids import new_id
from bot.storage.migrate import migrate
from bot.storage.transaction import Transaction
from bot.storage.writer import Writer
from bot.tickets.models import ticket_events, tickets
from tests.conftest import DEFAULT_POSTGRES
from tests.stores import address_of

TENANT = 1
CALLERS = 64
SESSIONS = 8
MOMENTS = (
    "created_at",
    "round_started_at",
    "response_due_at",
    "contact_due_at",
    "due_at",
    "amber_at",
    "red_at",
)
_numbers = count()


def _plain(column: Any) -> Any:
    """Something of the column's type."""
    kind = column.type.python_type if column.type.__class__.__name__ not in ("Json", "Moment") else list
    return {str: "", int: 0, bool: False, list: []}[kind]


_PLAIN_TICKET = {
    column.name: _plain(column) for column in tickets.c if not column.nullable and column.name != "tenant"
}


def filing() -> list[tuple[Table, dict[str, Any]]]:
    """The rows of one turn."""
    now = datetime.now(UTC)
    number, ticket = next(_numbers), new_id()
    values = _PLAIN_TICKET | dict.fromkeys(MOMENTS, now)
    values |= {"id": ticket, "number": f"A2611-{number:07}", "text": "水管爆了"}
    opened = {"id": new_id(), "ticket_id": ticket, "at": now, "what": "open", "to_state": "assigned"}
    return [
        (inbox, {"channel": "web", "message_id": str(number), "received_at": now, "failed": False}),
        (tickets, values),
        (ticket_events, opened),
        *((outbox, _promise(number, part, now)) for part in range(2)),
    ]


def _promise(number: int, part: int, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(), "dedupe_key": f"answer/web/{number}/{part}", "person_id": number, "is_group": False,
        "purpose": Purpose.ANSWER, "urgent": False, "text": "已记下", "buttons": [], "created_at": now,
        "not_before": now, "state": DeliveryState.SENT, "attempts": 0,
    }  # fmt: skip


def file(tx: Transaction) -> None:
    for table, values in filing():
        tx.add(table, **values)


async def grouped(database: Database, filings: int) -> None:
    writer = Writer(database)

    async def caller(its: int) -> None:
        for _ in range(its):
            await writer.do(TENANT, file)

    await asyncio.gather(*(caller(filings // CALLERS) for _ in range(CALLERS)))
    writer.close()


async def one_by_one(database: Database, filings: int) -> None:
    for _ in range(filings):
        database.run(TENANT, file)


def mapped() -> dict[Table, type[Any]]:
    """Our tables as ORM classes."""
    mapping = registry()
    classes = {}
    for table in (inbox, tickets, ticket_events, outbox):
        classes[table] = type(table.name, (), {})
        mapping.map_imperatively(classes[table], table)
    return classes


async def by_async_orm(engine: AsyncEngine, classes: dict[Table, type[Any]], filings: int) -> None:
    session_of = async_sessionmaker(engine)

    async def caller(its: int) -> None:
        for _ in range(its):
            async with session_of() as session, session.begin():
                for table, values in filing():
                    row = classes[table]()
                    for name, value in {"tenant": TENANT, **values}.items():
                        setattr(row, name, value)
                    session.add(row)
                    await session.flush()

    await asyncio.gather(*(caller(filings // SESSIONS) for _ in range(SESSIONS)))


def analyse(database: Database) -> None:
    """As PostgreSQL does by itself within a minute of the first rows, where nobody has turned that off."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


async def rate(work: Callable[[], Awaitable[None]], filings: int) -> float:
    started = time.perf_counter()
    await work()
    return filings / (time.perf_counter() - started)


async def compare(database: Database, engine: AsyncEngine, filings: int, rounds: int) -> None:
    classes = mapped()
    few = filings // 8
    await grouped(database, few)
    analyse(database)
    rates: dict[str, list[float]] = {"group": [], "one": [], "orm": []}
    for _ in range(rounds):
        rates["group"].append(await rate(lambda: grouped(database, filings), filings))
        rates["one"].append(await rate(lambda: one_by_one(database, few), few))
        rates["orm"].append(await rate(lambda: by_async_orm(engine, classes, few), few))
    group = median(rates["group"])
    print(f"  group commit: {group:.0f} filings/s")
    for name, what in (("one", "one commit each"), ("orm", "async ORM")):
        ratio = median(ours / its for ours, its in zip(rates["group"], rates[name], strict=True))
        print(f"  {what}: {median(rates[name]):.0f}/s; group commit is {ratio:.1f} times that", flush=True)
    await engine.dispose()


@contextmanager
def sqlite(folder: Path) -> Iterator[tuple[Database, AsyncEngine]]:
    path = folder / "filing.sqlite3"
    database = Database(f"sqlite:///{path}")
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", connect_args={"timeout": 60})

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA synchronous=FULL")

    yield database, engine
    database.close()


@contextmanager
def postgres() -> Iterator[tuple[Database, AsyncEngine]]:
    with own_schema(os.environ.get("TEST_DATABASE_URL", DEFAULT_POSTGRES)) as database:
        yield database, create_async_engine(address_of(database), pool_size=SESSIONS)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.filing", description=__doc__)
    parser.add_argument("--filings", type=int, default=6_400)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--store", choices=["sqlite", "postgres"], action="append")
    options = parser.parse_args()
    for store in options.store or ["sqlite", "postgres"]:
        with (
            TemporaryDirectory() as name,
            sqlite(Path(name)) if store == "sqlite" else postgres() as (
                database,
                engine,
            ),
        ):
            migrate(database)
            print(f"{store}:")
            asyncio.run(compare(database, engine, options.filings, options.rounds))


if __name__ == "__main__":
    main()
