"""A process that ticks and drains beside others: `python -m tests.city.ticking URL COUNT`.

Its one reminder queues a push to each of COUNT people in one insert, and its channel writes down what it is
handed. Prints one JSON object: how long the insert took, how many rows were new, and what was handed over.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time
from time import monotonic, perf_counter

from sqlalchemy import func, select

from bot.clock import SystemClock
from bot.messaging import Capabilities, OutboundMessage
from bot.outbox.deliver import Courier
from bot.outbox.delivery import Delivery
from bot.outbox.enqueue import Push, enqueue_all
from bot.outbox.models import DeliveryState, Purpose, outbox
from bot.outbox.reminder import Due
from bot.scheduler import Scheduler
from bot.storage.database import Database
from bot.storage.transaction import Transaction
from bot.storage.writer import Writer
from knowledge.library import SHIPPED, read_knowledge
from knowledge.model import QuietHours

TENANT = 1
FIRST_PERSON = 1_000_000
_ON_THEIR_WAY = [DeliveryState.WAITING, DeliveryState.LEASED]
_LEFT = select(func.count()).where(outbox.c.state.in_(_ON_THEIR_WAY))
NEVER = QuietHours(time(3, 0), time(3, 0))  # quiet for no moment: the hour of the test must not matter


class EverybodyAtOnce:
    name = "everybody_at_once"

    def __init__(self, count: int) -> None:
        self._count = count
        self.new = 0
        self.seconds = 0.0

    def due(self, tx: Transaction, since: datetime, until: datetime) -> Sequence[Due]:
        return [Due(until, "everybody")]

    def fire(self, tx: Transaction, due: Due) -> None:
        people = range(FIRST_PERSON, FIRST_PERSON + self._count)
        pushes = [Push(f"everybody/{person}", person, "您楼里有一件事还没办完。") for person in people]
        started = perf_counter()
        self.new += len(enqueue_all(tx, pushes, purpose=Purpose.DIGEST, now=due.at))
        self.seconds = perf_counter() - started


class Ledger:
    """A channel that keeps who was sent something."""

    name = "ledger"
    capabilities = Capabilities()

    def __init__(self) -> None:
        self.sent: list[str] = []

    async def send(self, message: OutboundMessage) -> None:
        self.sent.append(message.address.chat)

    async def close(self) -> None:
        """Nothing is held."""


def is_over(tx: Transaction) -> bool:
    """Whether everybody has been promised something, and nothing is left to send."""
    promised = tx.fetch_value(select(func.count()).where(outbox.c.dedupe_key.like("everybody/%")))
    return promised > 0 and not tx.fetch_value(_LEFT)


async def main(url: str, count: int) -> None:
    database = Database(url)
    writer = Writer(database)
    clock = SystemClock()
    reminder, channel = EverybodyAtOnce(count), Ledger()
    knowledge = replace(read_knowledge(SHIPPED), quiet=NEVER)
    delivery = Delivery(
        courier=Courier(
            knowledge=lambda: knowledge,
            capabilities={channel.name: channel.capabilities},
            is_working_day=lambda _moment: True,
        ),
        channels={channel.name: channel},
        writer=writer,
        tenant=TENANT,
        clock=clock,
    )
    scheduler = Scheduler((reminder,))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)  # all begin together
    draining = asyncio.create_task(delivery.run())
    until = monotonic() + 300
    while monotonic() < until:
        await writer.do(TENANT, lambda tx: scheduler.tick(tx, clock.now()))
        delivery.wake()
        await asyncio.sleep(0.2)
        if await writer.do(TENANT, is_over):
            break
    delivery.stop()
    await draining
    await delivery.finish()
    writer.close()
    database.close()
    print(json.dumps({"seconds": reminder.seconds, "new": reminder.new, "sent": channel.sent}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
