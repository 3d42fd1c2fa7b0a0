"""The database goes away and comes back: everybody is told, nobody is promised anything, all goes on."""

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import absent
from tests.faults.process import Serving, eventually

_PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


class Cluster:
    """A PostgreSQL of the test's own, which it may stop."""

    def __init__(self, folder: Path) -> None:
        self._programs = _PROGRAMS[-1]
        self._folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port: int = free.getsockname()[1]
        self.url = f"postgresql+psycopg://postgres@127.0.0.1:{self._port}/postgres"
        self._run("initdb", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-U", "postgres")

    def start(self) -> None:
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._folder}"
        self._run("pg_ctl", "-w", "-l", f"{self._folder}/log", "-o", options, "start")

    def stop(self) -> None:
        """At once, as when the machine goes down."""
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        as_owner = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command = [*as_owner, str(self._programs / program), "-D", f"{self._folder}/data", *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    if not _PROGRAMS:
        absent("the programs of PostgreSQL are absent")
    with tempfile.TemporaryDirectory() as folder:
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            subprocess.run(["chown", "postgres", folder], check=True)
        cluster = Cluster(Path(folder))
        cluster.start()
        yield cluster
        cluster.stop()


@pytest.fixture
def bot(cluster: Cluster, tmp_path: Path) -> Iterator[Serving]:
    bot = Serving(tmp_path, cluster.url)
    bot.start()
    yield bot
    bot.kill()


@pytest.mark.postgres
def test_while_the_database_is_away_nothing_is_promised_and_afterwards_nothing_is_missing(
    bot: Serving, cluster: Cluster
) -> None:
    assert bot.write("message-01", "幸福里3号楼2单元楼道灯不亮").status == 200
    cluster.stop()

    refused = bot.write("message-02", "对")
    callback = bot.call("幸福里5号楼1单元水管爆了", sender=1)
    started = time.monotonic()

    assert refused.status == 503
    assert "请过一会儿再发" in str(refused.json()["error"])
    assert callback.deliver().status == 503
    assert time.monotonic() - started < 5, "the platform waits no longer"
    assert bot.health().status == 503
    assert "the store does not answer" in bot.health().text
    assert "Traceback" not in bot.log()

    cluster.start()
    assert "编号" in bot.write("message-02", "对").text
    assert "编号" in callback.deliver_until_taken().text
    assert eventually(lambda: bot.health().status == 200)
