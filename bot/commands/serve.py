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
from bot.commands.common import DEMO_DATABASE, database_name, fail, knowledge_in_force, settings_in_force
from bot.logs import set_up_logs
from bot.outbox.policy import is_quiet, quiet_ends_at
from bot.roles import Role
from bot.serving import Serving
from bot.settings import ConfigError, ConfigFile, Settings, settings_from
from knowledge.model import QuietHours
from knowledge.problems import KnowledgeError

_DEMO_FILES = ("", "-wal", "-shm")
_DOES = {
    Role.ALL: "",
    Role.WEB: "（只接消息，投递和时钟在 worker 进程里）",
    Role.WORKER: "（只投递和走时钟，这个地址上只有 /health 和 /metrics）",
}


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
        print(f"居民聊天页：{address}/", flush=True)
        print(f"演示台（居民、网格员、群同屏，时钟可拨）：{address}/sandbox", flush=True)
        if opens_at != now:
            print(f"夜里不推送，所以演示的时钟从{to_local(opens_at):%H:%M}开始。", flush=True)
        print("按 Ctrl+C 结束。", flush=True)
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
        fail(
            f"--role {role} 要几个进程共用一个数据库，SQLite 文件不行：\n"
            "把 database_url 换成 PostgreSQL（见 docs/operations.md），或者不写 --role，一个进程全做。",
            status=2,
        )
    _run(
        settings,
        file,
        clock=SystemClock(),
        ready=lambda: print(f"已启动：http://{settings.listen}{_DOES[role]}", flush=True),
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
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        fail(
            f"数据库用不了（{database_name(settings)}）：{reason}\n"
            "检查 database_url、磁盘空间和权限，数据库服务是否开着。"
        )
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(Serving(app, role).run(ready=ready))
    logging.shutdown()


def _check_port_free(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            fail(f"{settings.listen} 用不了：{error.strerror}。换一个端口，或先关掉占用它的程序。")


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # not made for Windows
        return None
    return uvloop.new_event_loop
