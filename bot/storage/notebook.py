"""Small entries that channels share between processes: access tokens, quotas, cursors."""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Column, Table, Text, bindparam, delete, select
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import Clock
from bot.messaging import StoreAway
from bot.notebook import Entry
from bot.storage.among import is_among
from bot.storage.base import Moment, metadata, tenant_column
from bot.storage.database import is_away
from bot.storage.transaction import Transaction
from bot.storage.writer import Writer

T = TypeVar("T")

notes = Table(
    "notes",
    metadata,
    tenant_column(),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("kept_until", Moment, nullable=False),
)
_BY_KEYS = select(notes.c.key, notes.c.value, notes.c.kept_until).where(
    notes.c.tenant == bindparam("of_tenant"), is_among(notes.c.key, "of_keys")
)
_VALUE = select(notes.c.value).where(
    notes.c.tenant == bindparam("of_tenant"), notes.c.key == bindparam("of_key")
)
_DROP = delete(notes).where(notes.c.tenant == bindparam("of_tenant"), notes.c.kept_until <= bindparam("now"))
_FOR_EVER = timedelta(days=36_500)


def shared_secret(tx: Transaction, name: str, now: datetime) -> bytes:
    """A key that all processes of this community know, made the first time it is asked for."""
    tx.add_if_new(notes, key=f"secret/{name}", value=secrets.token_hex(32), kept_until=now + _FOR_EVER)
    return bytes.fromhex(tx.fetch_value(_VALUE, of_key=f"secret/{name}"))


def drop_notes(tx: Transaction, *, now: datetime) -> None:
    """Those that are forgotten by now, of all channels."""
    tx.change(_DROP, now=now)


class StoredNotebook:
    """One channel's notebook in the store; its keys are kept apart by the channel's name."""

    def __init__(self, channel: str, *, writer: Writer, tenant: int, clock: Clock) -> None:
        self._prefix = f"{channel}/"
        self._writer = writer
        self._tenant = tenant
        self._clock = clock

    async def get(self, key: str) -> Entry | None:
        return await self._run(lambda tx: self._read(tx, key))

    async def put(self, entries: Mapping[str, Entry]) -> None:
        def write(tx: Transaction) -> None:
            for key, entry in entries.items():
                self._write(tx, key, entry)

        await self._run(write)

    async def put_if_absent(self, key: str, entry: Entry) -> Entry:
        with _failures():
            return await self._writer.do_together(self._tenant, self._put_each_if_absent, (key, entry))

    async def add(self, key: str, amount: int, *, until: datetime) -> int | None:
        def write(tx: Transaction) -> int | None:
            standing = self._read(tx, key)
            total = (int(standing.value) if standing else 0) + amount
            if total < 0:
                return None
            self._write(tx, key, Entry(str(total), standing.until if standing else until))
            return total

        return await self._run(write)

    async def _run(self, work: Callable[[Transaction], T]) -> T:
        with _failures():
            return await self._writer.do(self._tenant, work)

    def _put_each_if_absent(self, tx: Transaction, asked: Sequence[tuple[str, Entry]]) -> Sequence[Entry]:
        """Read at once, because every send of a paced channel asks."""
        standing = self._read_all(tx, [key for key, _ in asked])
        for key, entry in asked:
            if key not in standing:
                standing[key] = entry
                self._write(tx, key, entry)
        return [standing[key] for key, _ in asked]

    def _read(self, tx: Transaction, key: str) -> Entry | None:
        return self._read_all(tx, [key]).get(key)

    def _read_all(self, tx: Transaction, keys: Sequence[str]) -> dict[str, Entry]:
        now = self._clock.now()
        return {
            row.key.removeprefix(self._prefix): Entry(row.value, row.kept_until)
            for row in tx.fetch(_BY_KEYS, of_keys=[self._prefix + key for key in keys])
            if row.kept_until > now
        }

    def _write(self, tx: Transaction, key: str, entry: Entry) -> None:
        tx.put(notes, key=self._prefix + key, value=entry.value, kept_until=entry.until)


@contextmanager
def _failures() -> Iterator[None]:
    """Tell a store that is away from everything else that may be wrong."""
    try:
        yield
    except SQLAlchemyError as failure:
        if is_away(failure):
            raise StoreAway from failure
        raise
