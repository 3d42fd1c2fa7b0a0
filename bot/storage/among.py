"""“One of these” as a condition whose text is the same for any number of values.

An IN is written out anew for each number of values: hundreds of them cost more to render and to plan than the
rows cost to find. Here they travel as one value: an array on PostgreSQL, a JSON list on SQLite.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Text, TypeDecorator, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine


class _Values(TypeDecorator[Sequence[Any]]):
    impl = Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return ARRAY(self.item, dimensions=1) if dialect.name == "postgresql" else Text()

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> Any:
        assert value is not None
        return list(value) if dialect.name == "postgresql" else json.dumps(list(value))


class _IsAmong(FunctionElement[Any]):
    """Has no Boolean for a type: SQLAlchemy would compare it with 1 on SQLite, which then uses no index."""

    inherit_cache = True


@compiles(_IsAmong, "postgresql")
def _any(element: _IsAmong, compiler: SQLCompiler, **options: Any) -> str:
    one, values = element.clauses
    return f"{compiler.process(one, **options)} = ANY ({compiler.process(values, **options)})"


@compiles(_IsAmong, "sqlite")
def _in_list(element: _IsAmong, compiler: SQLCompiler, **options: Any) -> str:
    one, values = element.clauses
    listed = compiler.process(values, **options)
    return f"{compiler.process(one, **options)} IN (SELECT value FROM json_each({listed}))"  # noqa: S608


def is_among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Whether the column's value is one of those given under this name, any number of them."""
    return _IsAmong(column, bindparam(name, type_=_Values(column.type)))
