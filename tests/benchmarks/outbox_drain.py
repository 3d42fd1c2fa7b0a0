"""How fast one process drains the outbox, against queues that carry one job per message and do nothing.

    python -m tests.benchmarks.outbox_drain

All on this machine, one after the other in every round, one process each. The first ratio counts from the
first claim to the last message noted as sent: our courier claims, chooses the way, judges by quiet hours
and push budget (the receivers are residents, for whom no day's count is read), hands each message to a
channel that does nothing, and notes durably that it was sent. The peers run a task that does nothing:
procrastinate on the same PostgreSQL, Celery on RabbitMQ, which is left out, by name, where it is not
installed or no broker answers.

The second ratio counts the way in too: our pushes are promised in one transaction, as a tick does it; the
peers' jobs are deferred in one batch (procrastinate), or sent one by one (Celery, which has no other way).
"""

import argparse
import asyncio
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from datetime import time as hour
from importlib.util import find_spec
from statistics import median

import procrastinate
from procrastinate.jobs import DeleteJobCondition
from sqlalchemy import func, insert, make_url, select

from bot.clock import SystemClock
from bot.community.models import accounts, people
from bot.messaging import Capabilities, OutboundMessage
from bot.outbox.deliver import Courier
from bot.outbox.delivery import Delivery
from bot.outbox.enqueue import Push, enqueue_all
from bot.outbox.jobs import conninfo
from bot.outbox.models import DeliveryState, Purpose, outbox
from bot.storage.database import Database, own_schema
from bot.storage.migrate import migrate
from bot.storage.transaction import Transaction
from bot.storage.writer import Writer
from knowledge.library import SHIPPED, read_knowledge
from knowledge.model import QuietHours
from tests.conftest import DEFAULT_POSTGRES
from tests.stores import address_of

TENANT = 1
NEVER = QuietHours(hour(3, 0), hour(3, 0))
BROKER = "amqp://guest:guest@127.0.0.1:5672//"


class Nothing:
    name = "nothing"
    capabilities = Capabilities()

    async def send(self, message: OutboundMessage) -> None:
        """As the peers' task."""

    async def close(self) -> None:
        """Nothing is held."""


def known(tx: Transaction, count: int) -> None:
    now = datetime.now(UTC)
    everybody = range(1, count + 1)
    tx.change_many(
        insert(people),
        [{"tenant": TENANT, "id": n, "told_privacy": True, "created_at": now} for n in everybody],
    )
    tx.change_many(
        insert(accounts),
        [
            {"tenant": TENANT, "channel": "nothing", "account": str(n), "person_id": n, "last_seen_at": now}
            for n in everybody
        ],
    )


@dataclass(frozen=True, slots=True)
class Rate:
    """Messages a second."""

    drained: float
    in_and_out: float


def rate(count: int, *, seconds_in: float, seconds_out: float) -> Rate:
    return Rate(count / seconds_out, count / (seconds_in + seconds_out))


def tidy(database: Database) -> None:
    """As PostgreSQL does by itself within a minute of so many new and dead rows, where it may."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM (ANALYZE) people, accounts, outbox, procrastinate_jobs")


def ours(database: Database, count: int, run: int) -> Rate:
    now = datetime.now(UTC) - timedelta(seconds=1)
    began = time.perf_counter()
    pushes = [Push(f"run/{run}/{n}", n, "您楼里有一件事还没办完。") for n in range(1, count + 1)]
    database.run(TENANT, lambda tx: enqueue_all(tx, pushes, purpose=Purpose.DIGEST, now=now))
    seconds_in = time.perf_counter() - began
    tidy(database)
    knowledge = replace(read_knowledge(SHIPPED), quiet=NEVER)
    channel = Nothing()
    courier = Courier(
        knowledge=lambda: knowledge,
        capabilities={channel.name: channel.capabilities},
        is_working_day=lambda _moment: True,
    )
    writer = Writer(database)

    async def drain() -> float:
        delivery = Delivery(
            courier=courier,
            channels={channel.name: channel},
            writer=writer,
            tenant=TENANT,
            clock=SystemClock(),
        )
        started = time.perf_counter()
        await delivery.drain()
        return time.perf_counter() - started

    seconds = asyncio.run(drain())
    writer.close()
    with database.reading(TENANT) as tx:
        sent = tx.fetch_value(select(func.count()).where(outbox.c.state == DeliveryState.SENT))
    assert sent == count * (run + 1), "everything was sent"
    return rate(count, seconds_in=seconds_in, seconds_out=seconds)


def one_job_each(database: Database, count: int) -> Rate:
    """procrastinate's."""
    app = procrastinate.App(
        connector=procrastinate.PsycopgConnector(conninfo=conninfo(make_url(address_of(database))))
    )

    @app.task(name="nothing")
    async def nothing(number: int) -> None:
        """As ours."""

    async def drain() -> Rate:
        async with app.open_async():
            began = time.perf_counter()
            await nothing.batch_defer_async(*({"number": number} for number in range(count)))
            seconds_in = time.perf_counter() - began
            await asyncio.to_thread(tidy, database)
            started = time.perf_counter()
            await app.run_worker_async(
                wait=False,
                concurrency=16,
                delete_jobs=DeleteJobCondition.ALWAYS,
                install_signal_handlers=False,
            )
            return rate(count, seconds_in=seconds_in, seconds_out=time.perf_counter() - started)

    return asyncio.run(drain())


CELERY = """
import os, time
from celery import Celery
app = Celery("nothing", broker={broker!r})
app.conf.update(task_acks_late=True, task_ignore_result=True, worker_prefetch_multiplier=64,
                task_default_queue={queue!r}, worker_hijack_root_logger=False)
@app.task(name="nothing")
def nothing(number):
    if number < 0:  # the first and the last; Celery takes what is printed for a log
        os.write(1, f"{{number}} {{time.perf_counter()}}\\n".encode())
"""


def celery(count: int) -> Rate | None:
    """Celery's, from the first to the last task, in one worker process."""
    if find_spec("celery") is None:
        return None
    try:
        socket.create_connection(("127.0.0.1", 5672), timeout=2).close()
    except OSError:
        return None
    names: dict[str, object] = {}
    queue = f"linli-benchmark-{os.getpid()}"
    exec(CELERY.format(broker=BROKER, queue=queue), names)
    app = names["app"]
    began = time.perf_counter()
    for number in (-1, *range(count), -2):
        app.send_task("nothing", (number,), queue=queue)
    seconds_in = time.perf_counter() - began
    code = CELERY.format(broker=BROKER, queue=queue) + (
        f"app.worker_main(['worker', '-P', 'solo', '-Q', {queue!r}, '--without-mingle', '--without-gossip', "
        "'--loglevel', 'ERROR'])"
    )
    worker = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert worker.stdout is not None
        moments = {}
        for line in worker.stdout:
            name, _, moment = line.partition(" ")
            if name in ("-1", "-2"):
                moments[name] = float(moment)
            if "-2" in moments:
                break
    finally:
        worker.terminate()
        worker.wait(timeout=20)
    return rate(count, seconds_in=seconds_in, seconds_out=moments["-2"] - moments["-1"])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.outbox_drain", description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--jobs", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    url = os.environ.get("TEST_DATABASE_URL", DEFAULT_POSTGRES)
    rates: dict[str, list[Rate]] = {"procrastinate": [], "Celery": []}
    mine: list[Rate] = []
    with own_schema(url) as database:
        migrate(database, with_jobs=True)
        database.run(TENANT, lambda tx: known(tx, options.messages))
        for run in range(options.rounds):
            mine.append(ours(database, options.messages, run))
            rates["procrastinate"].append(one_job_each(database, options.jobs))
            if (its := celery(options.jobs)) is not None:
                rates["Celery"].append(its)
    drained, both = median(one.drained for one in mine), median(one.in_and_out for one in mine)
    print(f"our outbox: {drained:.0f} messages/s drained by one process, {both:.0f} with the way in")
    for name, found in rates.items():
        if not found:
            print(f"{name}: left out, not installed or its broker does not answer")
            continue
        pairs = list(zip(mine, found, strict=True))
        drained = median(other.drained for other in found)
        ratio = median(one.drained / other.drained for one, other in pairs)
        with_way_in = median(one.in_and_out / other.in_and_out for one, other in pairs)
        print(
            f"{name}, one job per message: {drained:.0f}/s drained; ours is {ratio:.1f} times that, "
            f"with the way in {with_way_in:.1f} times"
        )


if __name__ == "__main__":
    main()
