"""Pushes through the outbox, against a bare aiohttp loop that posts the same, side by side.

    python -m tests.benchmarks.pushes [--store URL] [--pushes 20000]

Both send the same text to as many members of a WeCom corporation: our counterpart in another process. Ours
claims each push, keeps to the platform's rate, sends it and notes durably that it went out; the loop only
posts. Prints pushes a second and the ratio; fails below half the loop's speed.
"""

import argparse
import asyncio
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import aiohttp
import uvloop

from bot.channels.wecom.app import StaffApp
from bot.channels.wecom.corp import CallbackKeys, Corp
from bot.clock import MovableClock, SystemClock
from bot.community.identity import identify
from bot.engine import Engine
from bot.outbox.delivery import Delivery
from bot.outbox.enqueue import enqueue
from bot.outbox.models import Purpose
from bot.storage.database import Database
from bot.storage.migrate import migrate
from bot.storage.notebook import StoredNotebook
from bot.storage.transaction import Transaction
from bot.storage.writer import Writer
from knowledge.library import SHIPPED, read_knowledge
from tests.counterparts.wecom.corp import App
from tests.counterparts.wecom.corp import Corp as Platform

CHANNEL, AGENT = "staff", 1000002
TEXT = "您报的幸福里3号楼2单元电梯故障（A2611-0042），李敏已经接手，最晚明天17:00给您信。"
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
CORP, SECRET = "ww0123456789abcdef", "s" * 43
ROUNDS, AT_ONCE, GOAL = 3, 32, 0.5


async def serve(number: int) -> None:
    """The counterpart, with so many members, until it is stopped."""
    corp = Platform(corp_id=CORP, apps=[App(AGENT, "邻里", SECRET)], clock=SystemClock())
    for member in members(number):
        corp.member(member)
    async with corp.server.running() as address:
        print(address, flush=True)
        await asyncio.Event().wait()


@contextmanager
def a_server(number: int) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.benchmarks.pushes", "serve", "--pushes", str(number)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def members(number: int) -> list[str]:
    return [f"member{one}" for one in range(number)]


async def bare(address: str, everybody: Sequence[str]) -> float:
    """Posts a second of the plainest loop: no store, no rate, no note of what went out."""
    todo = iter(everybody)
    url = f"{address}/cgi-bin/message/send"
    async with aiohttp.ClientSession() as session:
        credentials = {"corpid": CORP, "corpsecret": SECRET}
        async with session.get(f"{address}/cgi-bin/gettoken", params=credentials) as response:
            token = (await response.json())["access_token"]

        async def work() -> None:
            for member in todo:
                message = {
                    "touser": member, "agentid": AGENT, "msgtype": "text", "text": {"content": TEXT},
                    "enable_duplicate_check": 1, "duplicate_check_interval": 1,
                }  # fmt: skip
                body = json.dumps(message, ensure_ascii=False).encode()
                async with session.post(url, params={"access_token": token}, data=body) as response:
                    assert json.loads(await response.read())["errcode"] == 0

        started = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
        return len(everybody) / (time.perf_counter() - started)


class Bot:
    """The outbox of the demo community, with as many people as there are members."""

    def __init__(self, store: str, address: str, everybody: Sequence[str]) -> None:
        knowledge = read_knowledge(SHIPPED)
        self.clock = MovableClock(NOON)
        self.tenant = knowledge.community.id
        self.database = Database(store)
        migrate(self.database)
        self.writer = Writer(self.database)
        self.channel = StaffApp(
            Corp(CHANNEL, CORP, SECRET, address),
            CallbackKeys("token", "k" * 43),
            agent_id=AGENT,
            shows_cards=True,
            notebook=StoredNotebook(CHANNEL, writer=self.writer, tenant=self.tenant, clock=self.clock),
            clock=self.clock,
        )
        engine = Engine(
            knowledge=knowledge, clock=self.clock, capabilities={CHANNEL: self.channel.capabilities}
        )
        self.writer.run(self.tenant, engine.prepare)
        self.delivery = Delivery(
            courier=engine.courier,
            channels={CHANNEL: self.channel},
            writer=self.writer,
            tenant=self.tenant,
            clock=self.clock,
        )
        self.people = self.writer.run(self.tenant, partial(_meet, everybody=everybody))
        self._days = itertools.count(NOON.day)

    async def pushes(self) -> float:
        """Pushes a second, from promised to noted as sent, on another day than before."""
        self.clock.move_to(NOON.replace(day=next(self._days)))
        self.writer.run(self.tenant, partial(_promise, people=self.people, now=self.clock.now()))
        started = time.perf_counter()
        sent = await self.delivery.drain()
        assert sent == len(self.people), sent
        return sent / (time.perf_counter() - started)

    async def close(self) -> None:
        await self.channel.close()
        self.writer.close()
        self.database.close()


def _meet(tx: Transaction, *, everybody: Sequence[str]) -> list[int]:
    return [identify(tx, channel=CHANNEL, account=member, name=None, now=NOON).id for member in everybody]


def _promise(tx: Transaction, *, people: Sequence[int], now: datetime) -> None:
    for person in people:
        enqueue(tx, dedupe_key=None, person_id=person, purpose=Purpose.NOTICE, text=TEXT, now=now)


async def measure(store: str, number: int) -> float:
    with a_server(number) as address:
        bot = Bot(store, address, members(number))
        loops, ours = [], []
        for _ in range(ROUNDS):  # in turns, so that noise hits both
            loops.append(await bare(address, members(number)))
            ours.append(await bot.pushes())
        await bot.close()
    ratio = median(ours) / median(loops)
    print(
        f"{number} pushes: {median(ours):.0f} a second through the outbox, {median(loops):.0f} posted by a "
        f"bare loop: {ratio:.2f}"
    )
    return ratio


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", nargs="?", choices=["serve"], help=argparse.SUPPRESS)
    parser.add_argument("--store", help="by default an SQLite file of its own")
    parser.add_argument("--pushes", type=int, default=20_000)
    options = parser.parse_args()
    if options.part == "serve":
        uvloop.run(serve(options.pushes))
        sys.exit()
    with TemporaryDirectory() as folder:
        where = options.store or f"sqlite:///{Path(folder) / 'pushes.sqlite3'}"
        reached = uvloop.run(measure(where, options.pushes))
    if reached < GOAL:
        sys.exit(f"below the goal of {GOAL}")
