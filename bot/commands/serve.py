"""`demo` and `serve`: a process with web, delivery and clock, or with one half of them."""

import asyncio
import logging
import socket
import webbrowser
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from bot.app import App
from bot.clock import Clock, MovableClock, SystemClock, to_local
from bot.commands.common import DEMO_DATABASE, fail, knowledge_in_force, settings_in_force, store_away
from bot.logs import set_up_logs
from bot.outbox.policy import is_quiet, quiet_ends_at
from bot.roles import Role
from bot.serving import Serving
from bot.settings import ConfigError, ConfigFile, Settings, settings_from
from knowledge.console import words
from knowledge.model import QuietHours
from knowledge.problems import KnowledgeError

_DEMO_FILES = ("", "-wal", "-shm")


def run_demo(*, port: int, reset: bool, open_browser: bool) -> None:
    if reset:
        for ending in _DEMO_FILES:
            Path(DEMO_DATABASE.removeprefix("sqlite:///") + ending).unlink(missing_ok=True)
    file = ConfigFile("demo", None)
    values = {
        "database_url": DEMO_DATABASE,
        "listen": f"127.0.0.1:{port}",
        "log_level": "warning",
        "channels": {"web": {"kind": "web"}, "sandbox": {"kind": "sandbox"}},
    }
    try:
        settings = settings_from(values, file)
    except ConfigError as error:
        fail(str(error))
    address = f"http://{settings.listen}"
    now = SystemClock().now()
    opens_at = by_day(now, knowledge_in_force(settings).quiet)

    def ready() -> None:
        print(words("demo.chat_page", address=address), flush=True)
        print(words("demo.sandbox", address=address), flush=True)
        if opens_at != now:
            print(words("demo.opens_by_day", at=f"{to_local(opens_at):%H:%M}"), flush=True)
        print(words("demo.how_to_end"), flush=True)
        if open_browser:
            webbrowser.open(f"{address}/sandbox")

    clock = MovableClock(opens_at, running=True)
    _run(settings, file, clock=clock, ready=ready, is_demo=True)


def by_day(now: datetime, quiet: QuietHours) -> datetime:
    """At night pushes wait for the morning, and a newcomer would see none arrive: the demo opens by day."""
    return quiet_ends_at(now, quiet) if is_quiet(now, quiet) else now


def run_serve(config: Path | None, role: Role) -> None:
    settings, file = settings_in_force(config)
    if role is not Role.ALL and settings.database_url.startswith("sqlite"):
        fail(words("serve.needs_postgresql", role=role), status=2)
    _run(
        settings,
        file,
        clock=SystemClock(),
        ready=lambda: print(words(f"serve.started_{role}", listen=settings.listen), flush=True),
        role=role,
    )


def _run(
    settings: Settings,
    file: ConfigFile,
    *,
    clock: Clock,
    ready: Callable[[], None],
    role: Role = Role.ALL,
    is_demo: bool = False,
) -> None:
    set_up_logs(settings.log_level)
    _check_port_free(settings)
    try:
        app = App(settings, file, clock=clock, role=role, is_demo=is_demo)
    except (ConfigError, KnowledgeError) as error:
        fail(str(error))
    except SQLAlchemyError as error:
        fail(store_away(settings, error))
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(Serving(app, role).run(ready=ready))
    logging.shutdown()


def _check_port_free(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            fail(words("serve.port_taken", listen=settings.listen, reason=error.strerror))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # not made for Windows
        return None
    return uvloop.new_event_loop
