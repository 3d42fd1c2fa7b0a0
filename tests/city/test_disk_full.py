"""The disk of the store is full while everybody writes, and then there is room again."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.roles import Role
from bot.storage.database import Database
from bot.storage.migrate import migrate
from tests.city.cluster import Cluster
from tests.city.fleet import fleet, platform
from tests.city.kills import hunt, wait_until
from tests.city.test_logs import get
from tests.disks import fill, small_disk

SIZE = 48 * 1024 * 1024  # bytes; an empty database takes a third of it
ROLES = {"sqlite": [Role.ALL], "postgres": [Role.WEB, Role.WEB, Role.WORKER]}
_FULL = "the disk is full"


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Its URL, and the disk that it lies on."""
    if request.param == "sqlite":
        with small_disk(tmp_path / "disk", SIZE) as disk:
            yield f"sqlite:///{disk}/linli.sqlite3", disk
        return
    cluster: Cluster = request.getfixturevalue("private_cluster")
    with cluster.on_small_disk(SIZE) as found:
        yield found


@pytest.mark.parametrize(
    ("store", "roles"),
    [("sqlite", ROLES["sqlite"]), pytest.param("postgres", ROLES["postgres"], marks=pytest.mark.postgres)],
    indirect=["store"],
    ids=list(ROLES),
)
def test_what_is_refused_is_not_acknowledged_and_what_is_acknowledged_is_filed_once(
    store: tuple[str, Path], roles: list[Role], tmp_path: Path
) -> None:
    url, disk = store
    database = Database(url)
    migrate(database)
    told: set[int] = set()  # who said on /health that the disk is full

    def is_told() -> bool:
        takers = [member.port for member in processes.members if member.role is not Role.WORKER]
        told.update(member.port for member in processes.members if _FULL in get(member, "/health"))
        return told.issuperset(takers)

    def full_for_a_while() -> None:
        filler = fill(disk)
        wait_until(is_told, within=60)
        assert is_told()
        filler.unlink()
        time.sleep(5)

    with platform() as called, fleet(url, tmp_path, roles, api_base=called.url) as processes:
        story = hunt(processes, database, called, kills=1, bookings_made=3, others=[full_for_a_while])
    database.close()

    assert story.problems == []
    assert story.asked_twice > 0, "who was refused came back and was taken"
    assert len(story.acknowledged) > 10
    log = (tmp_path / "fleet.log").read_text("utf-8")
    assert _FULL in log
    assert "Traceback" not in log
