"""“One of these” finds the same on both stores, along the index, whatever the number of values."""

import pytest
from sqlalchemy import bindparam, select

from bot.community.models import people
from bot.storage.among import is_among
from bot.storage.database import Database
from bot.storage.notebook import notes
from tests.unit.storage.test_transactions import HERE, add_person, put_note

_here = notes.c.tenant == bindparam("of_tenant")
_BY_KEYS = select(notes.c.key).where(_here, is_among(notes.c.key, "of_keys")).order_by(notes.c.key)
_BY_IDS = (
    select(people.c.id)
    .where(people.c.tenant == bindparam("of_tenant"), is_among(people.c.id, "of_ids"))
    .order_by(people.c.id)
)
LARGE = 1 << 62  # as large as ids are


@pytest.mark.parametrize(
    ("asked", "found"), [([], []), (["楼'\""], ["楼'\""]), (["a", "楼'\"", "c"], ["a", "楼'\""])]
)
def test_texts(database: Database, asked: list[str], found: list[str]) -> None:
    with database.transaction(HERE) as tx:
        for key in ("a", "b", "楼'\""):
            put_note(tx, key, "")
        assert [row.key for row in tx.fetch(_BY_KEYS, of_keys=asked)] == found


def test_numbers(database: Database) -> None:
    with database.transaction(HERE) as tx:
        for number in (1, 2, LARGE):
            add_person(tx, number)
        assert [row.id for row in tx.fetch(_BY_IDS, of_ids=[LARGE, 1, *range(3, 2000)])] == [1, LARGE]


def test_sqlite_looks_them_up_in_the_index(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("SQLite's plan")
    asked = f"EXPLAIN QUERY PLAN {_BY_IDS.compile(database.engine)}"
    with database.engine.connect() as connection:
        plan = connection.exec_driver_sql(asked, (HERE, "[1,2]")).all()
    assert any("SEARCH people" in row[-1] and "id=?" in row[-1] for row in plan), plan
