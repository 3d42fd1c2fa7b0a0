"""PostgreSQL falls and comes back, and connections are cut, while everybody writes."""

import time
from pathlib import Path

import pytest

from bot.roles import Role
from bot.storage.database import Database
from bot.storage.migrate import migrate
from tests.city.cluster import Cluster
from tests.city.fleet import fleet, platform
from tests.city.kills import hunt

pytestmark = pytest.mark.postgres

ROLES = [Role.WEB, Role.WORKER, Role.ALL]


def test_a_store_that_falls_and_comes_back_costs_time_and_nothing_else(
    private_cluster: Cluster, tmp_path: Path
) -> None:
    store = Database(private_cluster.url)
    migrate(store)

    def fall_and_rise() -> None:
        private_cluster.stop()
        time.sleep(3)
        private_cluster.start()
        time.sleep(4)

    def cut() -> None:
        for _ in range(3):
            private_cluster.cut()
            time.sleep(2)

    url = store.url.render_as_string()
    with platform() as called, fleet(url, tmp_path, ROLES, api_base=called.url) as processes:
        story = hunt(processes, store, called, kills=3, bookings_made=6, others=[fall_and_rise, cut])
    store.close()

    assert story.problems == []
    assert len(story.acknowledged) > 10
