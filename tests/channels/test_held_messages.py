"""What a channel holds back waits in the outbox as long as it takes, and counts as no failed try."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

import pytest
from sqlalchemy import select

from bot.clock import MovableClock, from_local
from bot.community.identity import staff_person, sync_roster
from bot.messaging import Capabilities, NotYet, OutboundMessage
from bot.outbox.deliver import Courier
from bot.outbox.delivery import Delivery
from bot.outbox.enqueue import enqueue
from bot.outbox.models import Purpose, outbox
from bot.outbox.policy import BACK_OFF
from bot.storage.database import Database
from bot.storage.transaction import Transaction
from bot.storage.writer import Writer
from knowledge.library import SHIPPED, read_knowledge

pytestmark = pytest.mark.anyio

NOON = from_local(datetime(2026, 11, 23, 12))


@dataclass
class Busy:
    """A channel whose turn comes only after a while."""

    name: str
    refusals: int
    sent: list[OutboundMessage] = field(default_factory=list)
    capabilities: ClassVar = Capabilities()

    async def send(self, message: OutboundMessage) -> None:
        if self.refusals:
            self.refusals -= 1
            raise NotYet("not our turn", retry_after=7)
        self.sent.append(message)

    async def close(self) -> None:
        return None


async def test_a_message_held_more_often_than_any_is_tried_still_goes_out(database: Database) -> None:
    knowledge = read_knowledge(SHIPPED)
    tenant, clock, writer = knowledge.community.id, MovableClock(NOON), Writer(database)
    channel = Busy("staff", refusals=len(BACK_OFF) + 5)
    courier = Courier(
        knowledge=lambda: knowledge,
        capabilities={"staff": channel.capabilities},
        is_working_day=lambda _moment: True,
    )
    delivery = Delivery(
        courier=courier, channels={"staff": channel}, writer=writer, tenant=tenant, clock=clock
    )
    name = next(iter(knowledge.staff))

    def promise(tx: Transaction) -> None:
        sync_roster(tx, knowledge, named_channels=("staff",), now=NOON)
        person = staff_person(tx, name)
        assert person is not None
        enqueue(tx, dedupe_key="k", person_id=person.id, purpose=Purpose.NOTICE, text="来单", now=NOON)

    writer.run(tenant, promise)
    while not channel.sent:
        assert await delivery.drain() == 1
        assert await delivery.drain() == 0  # not before its time
        clock.move_to(clock.now() + timedelta(seconds=7))

    assert [message.text for message in channel.sent] == ["来单"]
    assert writer.run(tenant, lambda tx: tx.fetch_value(select(outbox.c.attempts))) == 0
    writer.close()
