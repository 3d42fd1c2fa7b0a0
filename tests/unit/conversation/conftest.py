"""The whole engine over the demo neighbourhood, on a channel that answers in the request and on a page."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Row, bindparam, select

from bot.clock import MovableClock, from_local
from bot.engine import Engine
from bot.messaging import Answer, Capabilities, InboundMessage, OutboundMessage
from bot.outbox.models import outbox
from bot.storage.database import Database
from bot.tickets import queries
from bot.tickets.models import Ticket
from knowledge.library import SHIPPED, read_knowledge

CHANNELS = {"wechat": Capabilities(answers_inline=True), "web": Capabilities(is_mailbox=True)}
MORNING = from_local(datetime(2026, 11, 23, 9, 10))

_ROWS = select(outbox).where(outbox.c.tenant == bindparam("of_tenant")).order_by(outbox.c.id)


@dataclass
class Chat:
    database: Database
    engine: Engine
    clock: MovableClock
    tenant: int

    def message(self, text: str, message_id: str, **changes: Any) -> InboundMessage:
        message = InboundMessage(
            id=message_id, channel="wechat", sender="刘女士", chat="刘女士", text=text,
            received_at=self.clock.now(),
        )  # fmt: skip
        return replace(message, **changes)

    def receive(self, *messages: InboundMessage) -> list[Answer]:
        return self.database.run(self.tenant, lambda tx: self.engine.receiver.receive_all(tx, messages))

    def says(self, text: str, message_id: str, **changes: Any) -> Answer:
        return self.receive(self.message(text, message_id, **changes))[0]

    def claim(self) -> list[OutboundMessage]:
        return self.database.run(self.tenant, lambda tx: self.engine.courier.claim(tx, self.clock.now()))

    def rows(self) -> list[Row[Any]]:
        with self.database.reading(self.tenant) as tx:
            return list(tx.fetch(_ROWS))

    def tickets(self) -> list[Ticket]:
        with self.database.reading(self.tenant) as tx:
            return queries.every(tx)


@pytest.fixture(scope="session")
def engine() -> Engine:
    knowledge = read_knowledge(SHIPPED)
    return Engine(knowledge=knowledge, clock=MovableClock(MORNING), capabilities=CHANNELS)


@pytest.fixture
def chat(database: Database, engine: Engine) -> Chat:
    assert isinstance(engine.clock, MovableClock)
    engine.clock.move_to(MORNING)
    tenant = engine.knowledge().community.id
    database.run(tenant, engine.prepare)
    return Chat(database, engine, engine.clock, tenant)
