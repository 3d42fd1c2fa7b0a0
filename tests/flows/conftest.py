"""The demo neighbourhood in an empty store, without the engine around it."""

from collections.abc import Callable
from datetime import datetime

import pytest

from bot.clock import from_local
from bot.community.identity import identify, sync_roster
from bot.storage.database import Database
from bot.storage.transaction import Transaction
from knowledge.library import SHIPPED, read_knowledge
from knowledge.model import Knowledge

CHANNEL = "sandbox"
NOW = from_local(datetime(2026, 11, 23, 10))

PersonNamed = Callable[[str], int]


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return read_knowledge(SHIPPED)


@pytest.fixture
def person(database: Database, knowledge: Knowledge) -> PersonNamed:
    """The id of somebody by name; a name not in the files is a new resident."""
    tenant = knowledge.community.id

    def prepare(tx: Transaction) -> None:
        sync_roster(tx, knowledge, named_channels=(CHANNEL,), now=NOW)

    database.run(tenant, prepare)
    return lambda name: database.run(
        tenant, lambda tx: identify(tx, channel=CHANNEL, account=name, name=name, now=NOW).id
    )
