"""`serve --role`: what each half does, and where it cannot."""

from pathlib import Path

import pytest

from bot.roles import Role
from bot.storage.database import own_schema
from tests.city.fleet import fleet
from tests.city.test_logs import get, say
from tests.promises.commands import run_bot
from tests.stores import address_of


@pytest.mark.parametrize("role", ["web", "worker"])
def test_half_a_process_on_sqlite_is_refused_with_what_to_do(role: str, tmp_path: Path) -> None:
    done = run_bot("serve", "--role", role, folder=tmp_path)

    assert done.returncode == 2
    assert "PostgreSQL" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.postgres
def test_a_worker_serves_health_and_figures_and_nothing_else(postgres_url: str, tmp_path: Path) -> None:
    with (
        own_schema(postgres_url) as database,
        fleet(address_of(database), tmp_path, [Role.WEB, Role.WORKER]) as processes,
    ):
        web, worker = processes.members
        assert say(web, ["有人从幸福里3号楼2单元往下扔东西"])[0]
        assert '"ok": true' in get(worker, "/health")
        assert "linli_store_up 1.0" in get(worker, "/metrics")
        assert "chat" not in get(worker, "/")
