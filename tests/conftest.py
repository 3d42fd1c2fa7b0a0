"""What the whole suite stands on: no network, no clock of its own, and servers only where there are any.

A test that asks for `postgres_url`, `chromium_path` or `real_text` is skipped, by name, where that is absent.
In CI an absent server fails it instead: a gate that skips is not one.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from bot.storage.database import Database, own_schema
from bot.storage.migrate import migrate

ROOT = Path(__file__).parents[1]
DEFAULT_POSTGRES = "postgresql+psycopg://postgres@127.0.0.1/test"
MARKERS = {"postgres_url": "postgres", "chromium_path": "browser", "real_text": "realtext"}

# How long a property takes depends on what else the machine does, so no test fails by it.
settings.register_profile("linli", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("linli")


def pytest_configure() -> None:
    sys.addaudithook(_refuse_network)
    for name in [name for name in os.environ if name.upper().startswith("LINLI_")]:
        del os.environ[name]  # the settings of whoever runs the tests are not the tests'


def _refuse_network(event: str, arguments: tuple[object, ...]) -> None:
    if event != "socket.connect" or not isinstance(address := arguments[1], tuple):
        return
    host = str(address[0])
    try:
        is_here = ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        is_here = host == "localhost"
    if not is_here:
        raise RuntimeError(f"a test tried to reach {host}; tests stay on this machine")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """So that `-m "not postgres"` leaves out what asks for the fixture."""
    for item in items:
        for fixture, marker in MARKERS.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(marker)


def absent(what: str) -> NoReturn:
    """Skip the test that needs it; fail it in CI."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}, and CI must have it", pytrace=False)
    pytest.skip(what)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """A PostgreSQL database that tests may make schemas of their own in; see `own_schema`."""
    url = os.environ.get("TEST_DATABASE_URL", DEFAULT_POSTGRES)
    if not _answers(url):
        absent("no PostgreSQL answers at TEST_DATABASE_URL")
    return url


@cache
def _answers(url: str) -> bool:
    engine = create_engine(url, connect_args={"connect_timeout": 3})
    try:
        engine.connect().close()
    except OperationalError:
        return False
    finally:
        engine.dispose()
    return True


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty store at the newest schema: the test runs once on each kind."""
    if request.param == "sqlite":
        store = Database(f"sqlite:///{tmp_path / 'linli.sqlite3'}")
        migrate(store)
        yield store
        store.close()
        return
    with own_schema(request.getfixturevalue("postgres_url")) as store:
        migrate(store)
        yield store


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """A Chromium that can show Chinese."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        absent("Chromium is absent")
    if not _shows_chinese():
        absent("no font shows Chinese")
    return path


@cache
def _shows_chinese() -> bool:
    if shutil.which("fc-list") is None:
        return False
    found = subprocess.run(["fc-list", ":lang=zh-cn"], capture_output=True, text=True, check=False)
    return bool(found.stdout.strip())


@pytest.fixture(scope="session")
def real_text() -> Path:
    """The folder of public text beside the checkout. It is never part of it, so CI may lack it as well."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the public text beside the checkout is absent")
    return folder
