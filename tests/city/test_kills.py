"""Processes killed in the middle of anything: what was acknowledged is there, once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.roles import Role
from bot.storage.database import Database, own_schema
from bot.storage.migrate import migrate
from tests.city.fleet import fleet, platform
from tests.city.kills import hunt
from tests.stores import address_of

ROLES = {
    "sqlite": [Role.ALL],
    "postgres": [Role.WEB, Role.WEB, Role.WORKER, Role.WORKER],
}


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'linli.sqlite3'}")
        migrate(database)
        yield database
        database.close()
        return
    with own_schema(request.getfixturevalue("postgres_url")) as database:
        migrate(database)
        yield database


@pytest.mark.parametrize(
    ("store", "roles"),
    [("sqlite", ROLES["sqlite"]), pytest.param("postgres", ROLES["postgres"], marks=pytest.mark.postgres)],
    indirect=["store"],
    ids=list(ROLES),
)
def test_whoever_is_killed_nothing_is_lost_or_doubled(
    store: Database, roles: list[Role], tmp_path: Path
) -> None:
    with platform() as called, fleet(address_of(store), tmp_path, roles, api_base=called.url) as processes:
        story = hunt(processes, store, called, kills=10, bookings_made=8)

    assert story.problems == []
    assert len(story.acknowledged) > 10
