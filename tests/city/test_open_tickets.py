"""However many tickets are open or closed, the clock and a report read only the few that they are about."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from bot.clock import MovableClock
from bot.engine import Engine
from bot.messaging import Capabilities, InboundMessage
from bot.storage.database import Database, own_schema
from bot.storage.migrate import migrate
from bot.storage.transaction import Transaction
from bot.tickets.models import tickets
from knowledge.library import SHIPPED, read_knowledge
from tests.benchmarks.store_size import TENANT, VALUES, insert

pytestmark = pytest.mark.postgres

NOON = datetime(2026, 11, 18, 4, 0, tzinfo=UTC)  # a working day; no office opens for hours
OPEN = 6000  # in all open states alike, most of them late for days, some urgent, some waiting for an answer
LOOKED_AT = 60  # rows; what one thing is about, and a few more
_SCAN = re.compile(r"\s*(SELECT|UPDATE|DELETE)")
_OF_A_CITY = VALUES | {
    "state": "(ARRAY['assigned','in_progress','on_hold','resolved','submitted','closed'])[1 + n % 6]",
    "urgency": "CASE WHEN n % 20 = 0 THEN 'P1' ELSE 'P3' END",
    "category": "(ARRAY['A1','B6','C1'])[1 + n % 3]",
    "created_at": f"'{NOON}'::timestamptz - interval '9 days'",
    "round_started_at": f"'{NOON}'::timestamptz - interval '9 days'",
    "due_at": f"'{NOON}'::timestamptz - interval '2 days' - interval '1 minute' * (n % 1000)",
    "amber_at": f"'{NOON}'::timestamptz - interval '3 days'",
    "resolved_at": f"CASE WHEN n % 6 = 3 THEN '{NOON}'::timestamptz - interval '1 day' END",
    "held_until": f"CASE WHEN n % 6 = 2 THEN '{NOON}'::timestamptz + interval '3 days' END",
}


@pytest.fixture
def city(postgres_url: str) -> Iterator[Database]:
    with own_schema(postgres_url) as database:
        migrate(database)
        with database.engine.begin() as connection:
            insert(connection, tickets, _OF_A_CITY, OPEN)
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE tickets")
        yield database


@pytest.fixture
def engine(city: Database) -> Engine:
    """Its clock ticks already."""
    found = Engine(
        knowledge=read_knowledge(SHIPPED), clock=MovableClock(NOON), capabilities={"web": Capabilities()}
    )
    city.run(TENANT, found.prepare)
    city.run(TENANT, lambda tx: found.scheduler.tick(tx, NOON + timedelta(seconds=5)))
    return found


def most_looked_at(database: Database, work: Callable[[Transaction], object]) -> int:
    """How many tickets the dearest statement of this work reads, as the server itself counts them."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, given: Any, _context: Any, many: bool) -> None:
        if not many and _SCAN.match(statement):
            asked.append((statement, given))

    event.listen(database.engine, "before_cursor_execute", note)
    database.run(TENANT, work)
    event.remove(database.engine, "before_cursor_execute", note)
    most = 0
    with database.engine.connect() as connection:
        for statement, given in asked:
            [[plan]] = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", given)
            found = json.loads(plan) if isinstance(plan, str) else plan
            most = max(most, _tickets_read(found[0]["Plan"]))
            connection.rollback()
    assert asked
    return most


def _tickets_read(plan: dict[str, Any]) -> int:
    read = sum(_tickets_read(part) for part in plan.get("Plans", ()))
    if plan.get("Relation Name") == "tickets":
        rows = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
        read += int(plan["Actual Loops"] * sum(plan.get(kind, 0) for kind in rows))
    return read


def test_a_tick_reads_only_what_falls_due(city: Database, engine: Engine) -> None:
    moment = NOON + timedelta(seconds=10)

    assert most_looked_at(city, lambda tx: engine.scheduler.tick(tx, moment)) <= LOOKED_AT


@pytest.mark.parametrize("text", ["幸福里3号楼停水了", "幸福里3号楼2单元楼道灯不亮"])
def test_a_report_reads_only_what_was_reported_lately(city: Database, engine: Engine, text: str) -> None:
    def say(words: str, number: int) -> Callable[[Transaction], object]:
        message = InboundMessage(
            id=str(number), channel="web", sender="resident", chat="resident", text=words,
            received_at=NOON,
        )  # fmt: skip
        return lambda tx: engine.receiver.receive(tx, message)

    for number, words in enumerate((text, "对", "催一下")):
        assert most_looked_at(city, say(words, number)) <= LOOKED_AT
