"""Small entries that channels share between processes: access tokens, quotas, cursors."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Column, Row, Table, Text, bindparam, select
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import Clock
from bot.messaging import StoreAway
from bot.notebook import Entry
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
_BY_KEY = select(notes).where(notes.c.tenant == bindparam("of_tenant"), notes.c.key == bindparam("of_key"))
_VALUE = _BY_KEY.with_only_columns(notes.c.value)
_FOR_EVER = timedelta(days=36_500)


def shared_secret(tx: Transaction, name: str, now: datetime) -> bytes:
    """A key that all processes of this community know, made the first time it is asked for."""
    tx.add_if_new(notes, key=f"secret/{name}", value=secrets.token_hex(32), kept_until=now + _FOR_EVER)
    return bytes.fromhex(tx.fetch_value(_VALUE, of_key=f"secret/{name}"))


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
        def write(tx: Transaction) -> Entry:
            standing = self._read(tx, key)
            if standing is None:
                self._write(tx, key, entry)
            return standing or entry

        return await self._run(write)

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
        try:
            return await self._writer.do(self._tenant, work)
        except SQLAlchemyError as failure:
            if is_away(failure):
                raise StoreAway from failure
            raise

    def _read(self, tx: Transaction, key: str) -> Entry | None:
        row: Row[tuple[object, ...]] | None = tx.fetch_one(_BY_KEY, of_key=self._prefix + key)
        if row is None or row.kept_until <= self._clock.now():
            return None
        return Entry(row.value, row.kept_until)

    def _write(self, tx: Transaction, key: str, entry: Entry) -> None:
        tx.put(notes, key=self._prefix + key, value=entry.value, kept_until=entry.until)
