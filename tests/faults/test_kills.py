"""SIGKILL at any instant: what was acknowledged is filed, pushed and answered, once."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.conversation.models import inbox
from bot.outbox.models import Purpose, outbox
from bot.storage.database import Database
from bot.tickets.models import tickets
from tests.faults.process import Serving, under_load
from tests.stores import address_of

TENANT = 1
KILLS = 2
_LIVES = (0.2, 1.2)  # seconds under load until the next kill


@pytest.fixture
def bot(database: Database, tmp_path: Path) -> Iterator[Serving]:
    bot = Serving(tmp_path, address_of(database))
    bot.start()
    yield bot
    bot.kill()


def test_what_was_acknowledged_before_a_kill_is_filed_exactly_once(bot: Serving, database: Database) -> None:
    chance = random.Random(11)
    with under_load(bot) as load:
        for _ in range(KILLS):
            time.sleep(chance.uniform(*_LIVES))
            bot.kill()
            bot.start()
        time.sleep(_LIVES[0])
    acknowledged = load.replies

    with database.reading(TENANT) as tx:
        filed = Counter(row.text for row in tx.fetch(select(tickets.c.text)))
        numbers = {row.text: row.number for row in tx.fetch(select(tickets.c.text, tickets.c.number))}
        seen = tx.fetch_value(select(func.count(inbox.c.message_id)))
        answers = tx.fetch_value(select(func.count()).where(outbox.c.purpose == Purpose.ANSWER))
        pushes = tx.fetch(
            select(outbox.c.ticket_id, func.count().label("rows"))
            .where(outbox.c.purpose == Purpose.NOTICE, outbox.c.ticket_id.is_not(None))
            .group_by(outbox.c.ticket_id)
        )

    assert len(acknowledged) > KILLS, "the load got through"
    assert filed == Counter(list(acknowledged)), "each once, and nothing that nobody sent"
    assert seen == answers == len(acknowledged)
    assert [push.rows for push in pushes] == [1] * len(acknowledged)
    for text, answer in acknowledged.items():
        assert numbers[text] in answer, "a message brought again gets the answer of its own ticket"
