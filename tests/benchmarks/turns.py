"""How many whole turns a second one `serve` process makes, against two limits measured beside it.

    python -m tests.benchmarks.turns

A turn: a signed and (without --plain) encrypted 服务号 message comes in, is understood, its ticket is
durable, and only then the answer goes out. Beside it, in the same run and in turns, so that noise hits all
alike:

* bare sqlite3 that files the same rows, one commit each: what the disk and one core allow;
* a WeRoBot (Tornado) echo that stores nothing: what a WeChat bot does at best.

Servers run on one core, the load on the other. Figures jump with whatever else the machine does; the
ratios, of things measured right after each other, and the CPU of a turn jump less.
"""

import argparse
import asyncio
import os
import random
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import yaml
from aiohttp import web
from sqlalchemy import func, select

from bot.storage.database import Database, own_schema
from bot.tickets.models import ticket_events
from knowledge.library import SHIPPED
from tests.benchmarks.echo_peer import (
    AES_KEY,
    APP_ID,
    TOKEN,
    Rate,
    Server,
    drive,
    prepare,
    start_werobot_echo,
)
from tests.stores import address_of

SERVER_CORE, LOAD_CORE = 0, 1
POSTGRES = os.environ.get("TEST_DATABASE_URL", "postgresql+psycopg://postgres@127.0.0.1/test")
SENDERS = 500

URGENT = (
    "幸福里{b}号楼{u}单元水管爆了，水漫到楼道里了",
    "幸福里{b}号楼{u}单元的电梯晃得厉害，不敢坐",
    "幸福里{b}号楼门前的井盖没了，晚上看不见",
    "有人从幸福里{b}号楼{u}单元往下扔东西",
)
"""P1: filed and pushed in one turn, with no reading back."""

OWN_WORDS = "，我家{r}室，{m}分钟前就这样了，麻烦快点来人看一下"
TALK = (
    "物业费多少钱一平",
    "幸福里3号楼2单元楼道的灯不亮",
    "对",
    "今天天气真不错",
)
"""What one resident says in four turns: a question, a report, the yes that files or joins it, and chat."""


def filing(count: int) -> list[str]:
    """Everybody reports something urgent in their own words: no two texts are the same."""
    return [_placed(URGENT[index % len(URGENT)] + OWN_WORDS) for index in range(count)]


def flood(count: int) -> list[str]:
    """The same in the same few words, as when the water is off in a whole neighbourhood."""
    return [_placed(URGENT[index % len(URGENT)]) for index in range(count)]


def talking(count: int) -> list[str]:
    """Everybody says the same thing in the same round."""
    return [TALK[index // SENDERS % len(TALK)] for index in range(count)]


_chance = random.Random(3)


def _placed(text: str) -> str:
    numbers = {"b": (1, 12), "u": (1, 3), "r": (101, 1104), "m": (2, 90)}
    return text.format(**{name: _chance.randint(*span) for name, span in numbers.items()})


WORKLOADS: dict[str, Callable[[int], list[str]]] = {"filing": filing, "flood": flood, "mix": talking}


# -- the bot ----------------------------------------------------------------------------------------


@contextmanager
def serving(database_url: str, api_base: str, folder: Path) -> Iterator[Server]:
    """`python -m bot serve` with a 服务号. Staff are reached on a web page, so their pushes go out too."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    config = folder / f"{port}.yaml"
    channel = {
        "kind": "wechat_official", "app_id": APP_ID, "secret": "unused", "token": TOKEN, "aes_key": AES_KEY,
        "api_base": api_base,
    }  # fmt: skip
    settings = {
        "database_url": database_url,
        "listen": f"127.0.0.1:{port}",
        "log_level": "warning",
        "messages_a_minute": 1_000_000,  # few people stand for many
        "knowledge": str(_knowledge_with_accounts(folder)),
        "photos": str(folder / "photos"),
        "channels": {"wechat": channel, "staff": {"kind": "web"}},
    }
    config.write_text(yaml.safe_dump(settings), encoding="utf-8")
    on_its_core = ["taskset", "-c", str(SERVER_CORE)]
    command = [*on_its_core, sys.executable, "-m", "bot", "serve", "--config", str(config)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        _wait_until_open(port, process)
        yield Server(f"http://127.0.0.1:{port}/wechat", process.pid)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _knowledge_with_accounts(folder: Path) -> Path:
    """The demo neighbourhood, its staff with accounts of the channel “staff”."""
    knowledge = folder / "knowledge"
    if not knowledge.exists():
        shutil.copytree(SHIPPED, knowledge, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        people = knowledge / "people.yaml"
        named = re.sub(r"\{名: (\w+), 角色", r"{名: \1, 账号: {staff: \1}, 角色", people.read_text("utf-8"))
        people.write_text(named, "utf-8")
    return knowledge


@contextmanager
def platform_api() -> Iterator[str]:
    """Takes everything that is sent to it, on the load's core."""
    command = [sys.executable, "-m", "tests.benchmarks.turns", "--serve-api"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(timeout=10)


async def _serve_api() -> None:
    async def take(_request: web.Request) -> web.Response:
        return web.json_response({"errcode": 0, "access_token": "token", "expires_in": 7200})

    application = web.Application()
    application.router.add_post("/{path:.*}", take)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


def _wait_until_open(port: int, process: "subprocess.Popen[bytes]") -> None:
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"the server ended with status {process.returncode}")


def filed_in(database: Database) -> int:
    """Tickets, and what was added to them."""
    added = select(func.count()).where(ticket_events.c.what.in_(["open", "join", "supplement"]))
    with database.reading(1) as tx:
        return int(tx.fetch_value(added))


# -- the bare limit ---------------------------------------------------------------------------------


def bare_filings(folder: Path, count: int) -> float:
    """Filings a second of the sqlite3 module alone: the rows of a turn and one commit each, nothing else."""
    path = folder / f"bare-{time.time_ns()}.sqlite3"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(
        """
        PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
        CREATE TABLE inbox (channel TEXT, message_id TEXT, at TEXT, PRIMARY KEY (channel, message_id));
        CREATE TABLE conversations (sender TEXT PRIMARY KEY, state TEXT, at TEXT);
        CREATE TABLE tickets (id INTEGER PRIMARY KEY, number TEXT UNIQUE, text TEXT, place TEXT, due_at TEXT);
        CREATE TABLE events (id INTEGER PRIMARY KEY, ticket_id INTEGER, what TEXT, at TEXT);
        CREATE TABLE outbox (id INTEGER PRIMARY KEY, key TEXT UNIQUE, text TEXT, state TEXT);
        """
    )
    started = time.perf_counter()
    for n in range(count):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO inbox VALUES ('wechat', ?, '2026-11-23 09:00')", (str(n),))
        connection.execute(
            "INSERT INTO tickets VALUES (?, ?, '水管爆了', '幸福里3号楼', '2026-11-23 10:00')", (n, f"A-{n}")
        )
        for event in (2 * n, 2 * n + 1):
            connection.execute("INSERT INTO events VALUES (?, ?, 'open', '2026-11-23 09:00')", (event, n))
            connection.execute("INSERT INTO outbox VALUES (?, ?, '已记下', 'waiting')", (event, str(event)))
        connection.execute("INSERT OR REPLACE INTO conversations VALUES (?, '{}', '')", (str(n % SENDERS),))
        connection.execute("COMMIT")
    rate = count / (time.perf_counter() - started)
    connection.close()
    return rate


# -- the comparison ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Run:
    rate: Rate
    cpu: float  # microseconds a message


def measure(server: Server, texts: Sequence[str], connections: int, *, is_encrypted: bool = True) -> Run:
    deliveries = prepare(len(texts), is_encrypted=is_encrypted, texts=texts, senders=SENDERS)
    before = server.cpu_seconds()
    rate = drive(server.url, deliveries, connections)
    return Run(rate, (server.cpu_seconds() - before) / len(texts) * 1e6)


@contextmanager
def stores(names: Sequence[str], folder: Path) -> Iterator[dict[str, Database]]:
    with ExitStack() as opened:
        found = {}
        if "sqlite" in names:
            found["sqlite"] = Database(f"sqlite:///{folder}/turns.sqlite3")
        if "postgres" in names:
            found["postgres"] = opened.enter_context(own_schema(POSTGRES))
        yield found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.turns", description=__doc__)
    parser.add_argument("--messages", type=int, default=4_000, help="of one run; a multiple of 2000")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--store", choices=["sqlite", "postgres"], action="append")
    parser.add_argument("--only", choices=list(WORKLOADS), action="append")
    parser.add_argument("--plain", action="store_true", help="callbacks that are signed but not encrypted")
    parser.add_argument("--serve-api", action="store_true", help="only serve; print the address")
    options = parser.parse_args()
    os.sched_setaffinity(0, {LOAD_CORE})
    if options.serve_api:
        asyncio.run(_serve_api())
        return
    for workload in options.only or WORKLOADS:
        with TemporaryDirectory() as name, ExitStack() as running:
            folder = Path(name)
            databases = running.enter_context(stores(options.store or ["sqlite", "postgres"], folder))
            api_base = running.enter_context(platform_api())
            echo = running.enter_context(start_werobot_echo(core=SERVER_CORE))
            servers = {
                store: running.enter_context(serving(address_of(database), api_base, folder))
                for store, database in databases.items()
            }
            compare(workload, echo, servers, databases, folder, options)


def compare(
    workload: str,
    echo: Server,
    servers: dict[str, Server],
    databases: dict[str, Database],
    folder: Path,
    options: argparse.Namespace,
) -> None:
    """Everything once a round, one after the other, so that noise hits all alike."""
    texts = WORKLOADS[workload]

    def run(server: Server) -> Run:
        return measure(server, texts(options.messages), options.connections, is_encrypted=not options.plain)

    for server in servers.values():
        run(server)  # everybody becomes known
    before = {store: filed_in(database) for store, database in databases.items()}
    echoes: list[Run] = []
    bare: list[float] = []
    runs: dict[str, list[Run]] = {store: [] for store in servers}
    for _ in range(options.rounds):
        echoes.append(run(echo))
        bare.append(bare_filings(folder, options.messages))
        for store, server in servers.items():
            runs[store].append(run(server))
    print(f"{workload}: {_shown(echoes)} WeRoBot echo; {median(bare):.0f}/s bare sqlite3 filings")
    for store, of_store in runs.items():
        filed = filed_in(databases[store]) - before[store]
        to_echo = median(
            one.rate.per_second / other.rate.per_second for one, other in zip(of_store, echoes, strict=True)
        )
        to_bare = median(one.rate.per_second / other for one, other in zip(of_store, bare, strict=True))
        print(
            f"  {_shown(of_store)} turns on {store}, {filed} filed or joined, "
            f"peak {servers[store].peak_mib():.0f} MiB: "
            f"{to_echo:.2f} of the echo, {to_bare:.2f} of bare sqlite3",
            flush=True,
        )


def _shown(runs: Sequence[Run]) -> str:
    rate, p50, p99, cpu = (
        median(figures)
        for figures in zip(
            *((run.rate.per_second, run.rate.p50 * 1e3, run.rate.p99 * 1e3, run.cpu) for run in runs),
            strict=True,
        )
    )
    messages = sum(sum(run.rate.statuses.values()) for run in runs)
    wrong = messages - sum(run.rate.statuses[200] for run in runs)
    replies = sum(run.rate.replies for run in runs)
    failed = f", {wrong} FAILED" if wrong else ""
    return (
        f"{rate:.0f}/s (p50 {p50:.0f} ms, p99 {p99:.0f} ms, {cpu:.0f} us of CPU each, "
        f"{replies} of {messages} answered{failed})"
    )


if __name__ == "__main__":
    main()
