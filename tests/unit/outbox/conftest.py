"""A courier over the demo neighbourhood, and short ways to promise messages and look at them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Row, bindparam, select

from bot.clock import from_local, local_day
from bot.community.identity import identify, staff_person, sync_roster
from bot.messaging import Capabilities, OutboundMessage
from bot.outbox.deliver import Courier, Outcome, Result
from bot.outbox.enqueue import enqueue
from bot.outbox.models import Purpose, outbox
from bot.storage.database import Database
from knowledge.library import SHIPPED, read_knowledge
from knowledge.model import Knowledge

CHANNELS = {
    "staff": Capabilities(groups=True),
    "wechat": Capabilities(answers_inline=True),
    "wecom": Capabilities(tells_repeats=True),
    "web": Capabilities(is_mailbox=True),
}

_ROW = select(outbox).where(
    outbox.c.tenant == bindparam("of_tenant"), outbox.c.dedupe_key == bindparam("key")
)


def at(moment: str) -> datetime:
    """A community wall-clock time of November 2026 (“23 10:00”) as UTC. The 23rd is a Monday."""
    return from_local(datetime.fromisoformat(f"2026-11-{moment}"))


@dataclass
class Post:
    database: Database
    courier: Courier
    capabilities: dict[str, Capabilities]
    tenant: int

    def staff(self, name: str) -> int:
        person = self.database.run(self.tenant, lambda tx: staff_person(tx, name))
        assert person is not None
        return person.id

    def resident(self, name: str, channel: str = "wechat") -> int:
        return self.database.run(
            self.tenant,
            lambda tx: identify(tx, channel=channel, account=name, name=name, now=at("23 07:00")),
        ).id

    def promise(
        self,
        key: str,
        person_id: int,
        now: datetime,
        *,
        purpose: Purpose = Purpose.NOTICE,
        urgent: bool = False,
        ticket_id: int | None = None,
        not_before: datetime | None = None,
    ) -> bool:
        return self.database.run(
            self.tenant,
            lambda tx: enqueue(
                tx,
                dedupe_key=key,
                person_id=person_id,
                purpose=purpose,
                text=key,
                now=now,
                not_before=not_before,
                urgent=urgent,
                ticket_id=ticket_id,
            ),
        )

    def claim(
        self, now: datetime, most: int = 100, on: Collection[str] | None = None
    ) -> list[OutboundMessage]:
        return self.database.run(self.tenant, lambda tx: self.courier.claim(tx, now, most=most, on=on))

    def settle(self, results: Sequence[Result], now: datetime) -> None:
        self.database.run(self.tenant, lambda tx: self.courier.settle(tx, results, now))

    def send(self, now: datetime, outcome: Outcome = Outcome.SENT) -> list[str]:
        """Claim and settle; the texts that went out."""
        claimed = self.claim(now)
        self.settle([Result(message.id, outcome) for message in claimed], now)
        return [message.text for message in claimed]

    def row(self, key: str) -> Row[Any]:
        with self.database.reading(self.tenant) as tx:
            found = tx.fetch_one(_ROW, key=key)
        assert found is not None
        return found


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return read_knowledge(SHIPPED)


@pytest.fixture
def post(database: Database, knowledge: Knowledge) -> Post:
    capabilities = dict(CHANNELS)
    courier = Courier(
        knowledge=lambda: knowledge,
        capabilities=capabilities,
        is_working_day=lambda moment: local_day(moment).isoweekday() < 6,
    )
    tenant = knowledge.community.id
    database.run(tenant, lambda tx: sync_roster(tx, knowledge, named_channels=("staff",), now=at("23 07:00")))
    return Post(database, courier, capabilities, tenant)
