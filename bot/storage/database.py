"""The engine for one database URL: SQLite embedded, or PostgreSQL."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, NotSupportedError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from sqlalchemy.pool import StaticPool

from bot.storage.base import metadata
from bot.storage.transaction import Transaction

T = TypeVar("T")

_LOCK_COMMUNITY = text("SELECT pg_advisory_xact_lock(:family, :tenant)")
_LOCK_FAMILY = 0x11A1  # keeps our advisory locks apart from other programs' on the same server


_REFUSALS = (DataError, IntegrityError, NotSupportedError, ProgrammingError)


def is_away(failure: BaseException) -> bool:
    """Whether the store itself failed (no connection, no room, restarting) rather than refused this work."""
    if isinstance(failure, DBAPIError):
        return failure.connection_invalidated or not isinstance(failure, _REFUSALS)
    return isinstance(failure, NoConnectionError)


def why_away(failure: BaseException) -> str:
    """In words for operators, without anything of what was to be written."""
    said = str(getattr(failure, "orig", None) or "").lower()
    if "disk is full" in said or "no space left" in said:
        return "the disk is full"
    if "readonly" in said or "read-only" in said:
        return "the store cannot be written to"
    return f"the store does not answer ({type(failure).__name__})"


class Database:
    """Opens transactions. Writing is serialised per community: by SQLite's one writer, or by an advisory
    lock on PostgreSQL, so turns of one person never interleave and batches cannot deadlock."""

    def __init__(self, url: str, *, schema: str | None = None) -> None:
        """`schema` puts all tables into a PostgreSQL schema of their own (dialogue checks)."""
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url) if self.is_sqlite else _postgres_engine(url, schema)

    @contextmanager
    def transaction(self, tenant: int) -> Iterator[Transaction]:
        """A writing transaction of one community; commits at the end, rolls back on any error."""
        with self.engine.begin() as connection:
            if not self.is_sqlite:
                connection.execute(_LOCK_COMMUNITY, {"family": _LOCK_FAMILY, "tenant": tenant})
            transaction = Transaction(connection, tenant)
            yield transaction
            transaction.flush()

    @contextmanager
    def reading(self, tenant: int) -> Iterator[Transaction]:
        """A transaction that only reads and never waits for writers."""
        with self.engine.connect().execution_options(reads_only=True) as connection:
            yield Transaction(connection, tenant)
            connection.rollback()

    @contextmanager
    def rehearsal(self, tenant: int) -> Iterator[Transaction]:
        """A writing transaction that is always undone: to see what would be written."""
        with self.engine.connect() as connection:
            yield Transaction(connection, tenant)
            connection.rollback()

    def run(self, tenant: int, work: Callable[[Transaction], T]) -> T:
        with self.transaction(tenant) as transaction:
            return work(transaction)

    def create_tables(self) -> None:
        """All tables at once, for stores that live only as long as the process."""
        metadata.create_all(self.engine)

    def close(self) -> None:
        self.engine.dispose()


def _sqlite_engine(url: str) -> Engine:
    path = make_url(url).database
    in_memory = path in (None, "", ":memory:")
    if not in_memory:
        Path(str(path)).parent.mkdir(parents=True, exist_ok=True)
    options: dict[str, Any] = {"poolclass": StaticPool} if in_memory else {}
    engine = create_engine(
        url, connect_args={"check_same_thread": False, "timeout": 30}, hide_parameters=True, **options
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes its lock at once: asking for it later, after a read, fails instead of waiting.
        reads_only = connection.get_execution_options().get("reads_only", False)
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")

    return engine


def _postgres_engine(url: str, schema: str | None) -> Engine:
    given = make_url(url).query.get("options", "")
    options = f"-csearch_path={schema}" if schema else given
    # A connection that died is noticed before use, and a server that no longer answers within seconds.
    return create_engine(
        url,
        hide_parameters=True,  # what people say stands in no error, so in no log
        pool_pre_ping=True,
        pool_size=8,
        connect_args={
            "options": options,
            "connect_timeout": 5,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 15_000,
        },
    )


@contextmanager
def own_schema(url: str) -> Iterator[Database]:
    """A PostgreSQL database in a new schema of its own, which is dropped afterwards."""
    name = f"linli_{secrets.token_hex(6)}"
    database = Database(url, schema=name)
    with database.engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    try:
        yield database
    finally:
        with database.engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
        database.close()
