"""A PostgreSQL of a test's own, which it may stop and start."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.conftest import absent
from tests.disks import small_disk

_CUT = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' "
            "AND pid <> pg_backend_pid()")  # fmt: skip


class Cluster:
    def __init__(self, folder: Path, programs: Path, port: int, owner: str | None) -> None:
        """`owner`: whom the server runs as, where we are root, which it refuses."""
        self._folder = folder
        self._programs = programs
        self._port = port
        self._owner = owner

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self._port}/postgres"

    def make(self) -> None:
        self._run("initdb", "--pgdata", str(self._folder), "--username", "postgres", "--auth", "trust")

    def start(self) -> None:
        server = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        log = str(self._folder / "server.log")
        self._run("pg_ctl", "start", "-w", "-D", str(self._folder), "-l", log, "-o", server)

    def stop(self) -> None:
        """At once, as if the machine had failed."""
        self._run("pg_ctl", "stop", "-w", "-D", str(self._folder), "-m", "immediate")

    def cut(self) -> None:
        """Every connection, in the middle of whatever it does."""
        engine = create_engine(self.url)
        with engine.connect() as connection:
            connection.execute(_CUT)
        engine.dispose()

    @contextmanager
    def on_small_disk(self, size: int) -> Iterator[tuple[str, Path]]:
        """A database of this server whose tables lie on a file system of so many bytes: its URL, and where
        that is mounted."""
        place = self._folder.with_name("small")
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with small_disk(place, size), engine.connect() as connection:
            tables = place / "tables"
            tables.mkdir()
            if self._owner is not None:
                os.chown(tables, pwd.getpwnam(self._owner).pw_uid, -1)
            connection.execute(text(f"CREATE TABLESPACE small LOCATION '{tables}'"))
            connection.execute(text("CREATE DATABASE small TABLESPACE small"))
            yield self.url.removesuffix("postgres") + "small", place
            connection.execute(text("DROP DATABASE small WITH (FORCE)"))
            connection.execute(text("DROP TABLESPACE small"))
        engine.dispose()

    @contextmanager
    def replica(self) -> Iterator["Cluster"]:
        """Another server that follows this one and can only be read."""
        folder = self._folder.with_name(f"{self._folder.name}-replica")
        source = ["-h", "127.0.0.1", "-p", str(self._port), "-U", "postgres"]
        self._run("pg_basebackup", *source, "-D", str(folder), "--write-recovery-conf", "--checkpoint=fast")
        found = Cluster(folder, self._programs, _free_port(), self._owner)
        try:
            found.start()
            yield found
            found.stop()
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        quiet = subprocess.DEVNULL
        here = self._folder.parent
        subprocess.run(command, check=True, user=self._owner, cwd=here, stdout=quiet, stderr=quiet)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Skips the test, by name, where PostgreSQL's programs are absent."""
    programs = _programs()
    if programs is None:
        absent("PostgreSQL's initdb and pg_ctl are absent")
    owner = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="linli-cluster-") as name:
        folder = Path(name)
        if owner is not None:
            os.chown(folder, pwd.getpwnam(owner).pw_uid, -1)
        found = Cluster(folder / "main", programs, _free_port(), owner)
        found.make()
        found.start()
        try:
            yield found
        finally:
            found.stop()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _programs() -> Path | None:
    """Where Debian keeps them, the newest first; else where the path finds them."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("pg_ctl")
    folders += [Path(on_path).resolve().parent] if on_path else []
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


@pytest.fixture
def private_cluster() -> Iterator[Cluster]:
    with cluster() as found:
        yield found
