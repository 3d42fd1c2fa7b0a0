"""What all tables share: metadata, aware moments, ids, and JSON values."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Integer, MetaData, Text, TypeDecorator
from sqlalchemy.engine import Dialect

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept in UTC. SQLite has no type for it: there it is a text that sorts by time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        # SQLAlchemy's own for SQLite takes five times as long, and a turn writes twenty moments.
        return _text_from_moment if dialect.name == "sqlite" else _in_utc

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        return _moment_from_text if dialect.name == "sqlite" else _in_utc


def _in_utc(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    if value.tzinfo is UTC:
        return value
    if value.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be stored")
    return value.astimezone(UTC)


_WITHOUT_ZONE = len("2026-11-23 09:10:00.000000")


def _text_from_moment(value: datetime | None) -> str | None:
    moment = _in_utc(value)
    return None if moment is None else moment.isoformat(" ", "microseconds")[:_WITHOUT_ZONE]


def _moment_from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)


class Json(TypeDecorator[Any]):
    """A small JSON value kept as readable text, the same on both stores."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str | None]:
        return _text_from_json

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[str | None], Any]:
        return _json_from_text


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # made once, not for each value


def _text_from_json(value: Any) -> str | None:
    return None if value is None else _encode(value)


def _json_from_text(value: str | None) -> Any:
    return None if value is None else json.loads(value)


def tenant_column() -> Column[int]:
    """The community; first in every key, so that the schema can be partitioned by it."""
    return Column("tenant", Integer, primary_key=True, autoincrement=False)


def id_column() -> Column[int]:
    return Column("id", BigInteger, primary_key=True, autoincrement=False)
