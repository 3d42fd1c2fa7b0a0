"""What a turn costs with ten thousand, a million and ten million tickets in the store.

    python -m tests.benchmarks.store_size [--tickets 10000 1000000] [--plans]

On PostgreSQL, each size in a schema of its own, filled by the server itself; the same turns in every one, in
turns, so that noise hits all alike: an urgent report that is filed and pushed, and a question about one's own
matter. `--plans` also prints how PostgreSQL goes about each statement that it spent the most time on.
"""

import argparse
import os
import re
import time
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import count
from statistics import median
from typing import Any

from sqlalchemy import Connection, event

from bot.clock import SystemClock
from bot.engine import Engine
from bot.messaging import Capabilities, InboundMessage
from bot.storage.database import Database, own_schema
from bot.storage.migrate import migrate
from bot.tickets.models import ticket_events, tickets
from knowledge.library import SHIPPED, read_knowledge
from tests.conftest import DEFAULT_POSTGRES

TENANT = 1
SAID = ("有人从幸福里{0}号楼{1}单元往下扔东西，第{2}次了", "我上次报的事办得怎么样了")
_numbers = count(1)

VALUES = {
    "tenant": f"{TENANT}", "id": "n", "number": "'Z' || n", "kind": "'request'", "category": "'B6'",
    "urgency": "'P3'", "level": "1", "compound": "'幸福里'", "building": "(n % 40)::text",
    "state": "CASE WHEN n > {size} - 300 THEN 'assigned' ELSE 'closed' END",
    "text": "'楼道灯不亮'", "place_text": "'幸福里'", "photos": "'[]'", "reporter_id": "n % 50000",
    "owner_id": "n % 100", "channel": "'web'", "solved": "'yes'", "satisfaction": "'unrated'",
}  # fmt: skip
"""Columns that matter; the rest gets something plain of its type."""


def fill(database: Database, size: int) -> None:
    with database.engine.begin() as connection:
        insert(connection, tickets, VALUES, size)
        opened = {
            "tenant": f"{TENANT}",
            "id": "n",
            "ticket_id": "n",
            "what": "'open'",
            "to_state": "'assigned'",
        }
        insert(connection, ticket_events, opened, size)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")


def insert(connection: Connection, table: Any, values: dict[str, str], size: int) -> None:
    columns = {column.name: values.get(column.name) or _plain(column) for column in table.c}
    chosen = ", ".join(columns.values()).format(size=size).replace("%", "%%")
    connection.exec_driver_sql(
        f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT {chosen} FROM generate_series(1, {size}) n"
    )


def _plain(column: Any) -> str:
    if column.nullable:
        return "NULL"
    kind = type(column.type).__name__
    plain = {"Moment": "now() - interval '40 days'", "Integer": "0", "BigInteger": "0", "Boolean": "false"}
    return plain.get(kind, "''")


class Town:
    """One store and the bot in front of it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._engine = Engine(
            knowledge=read_knowledge(SHIPPED), clock=SystemClock(), capabilities={"web": Capabilities()}
        )
        database.run(TENANT, self._engine.prepare)

    def turns(self, rounds: int) -> float:
        """Seconds a turn."""
        started = time.perf_counter()
        for _ in range(rounds):
            number = next(_numbers)
            for line in SAID:
                self._say(number, line.format(number % 12 + 1, number % 3 + 1, number))
            self.database.run(TENANT, lambda tx: self._engine.scheduler.tick(tx, datetime.now(UTC)))
        return (time.perf_counter() - started) / (rounds * (len(SAID) + 1))

    def _say(self, number: int, text: str) -> None:
        who = f"resident-{number}"
        message = InboundMessage(
            id=f"{number}/{text}",
            channel="web",
            sender=who,
            chat=who,
            text=text,
            received_at=datetime.now(UTC),
        )
        self.database.run(TENANT, lambda tx: self._engine.receiver.receive(tx, message))


def dearest(town: Town, most: int = 5) -> list[str]:
    """The plans of the statements that took longest, measured on the spot."""
    seconds: Counter[str] = Counter()
    parameters: dict[str, Any] = {}

    def before(_c: Any, _cursor: Any, _statement: str, _given: Any, context: Any, _many: bool) -> None:
        context.started = time.perf_counter()

    def after(_c: Any, _cursor: Any, statement: str, given: Any, context: Any, many: bool) -> None:
        if not many and re.match(r"\s*(SELECT|UPDATE)", statement):
            seconds[statement] += time.perf_counter() - context.started
            parameters[statement] = given

    engine = town.database.engine
    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    town.turns(20)
    event.remove(engine, "before_cursor_execute", before)
    event.remove(engine, "after_cursor_execute", after)
    plans = []
    with engine.connect() as connection:
        for statement, its in seconds.most_common(most):
            found = connection.exec_driver_sql(
                f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {statement}", parameters[statement]
            )
            asked = re.sub(
                r"\s+", " ", re.sub(r"SELECT .* FROM", "SELECT … FROM", statement, flags=re.DOTALL)
            )
            plans.append(
                f"{its * 1000:.1f} ms in 60 turns: {asked[:200]}\n"
                + "\n".join(f"    {row[0]}" for row in found)
            )
            connection.rollback()
    return plans


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.store_size", description=__doc__)
    parser.add_argument("--tickets", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--plans", action="store_true")
    options = parser.parse_args()
    url = os.environ.get("TEST_DATABASE_URL", DEFAULT_POSTGRES)
    with ExitStack() as opened:
        towns: dict[int, Town] = {}
        for size in options.tickets:
            database = opened.enter_context(own_schema(url))
            migrate(database)
            fill(database, size)
            towns[size] = Town(database)
            towns[size].turns(20)  # everything warm
        costs: dict[int, list[float]] = {size: [] for size in towns}
        for _ in range(options.rounds):
            for size, town in towns.items():
                costs[size].append(town.turns(40))
        smallest = costs[options.tickets[0]]
        for size, its in costs.items():
            growth = median(one / other for one, other in zip(its, smallest, strict=True))
            print(
                f"{size} tickets: {median(its) * 1e3:.2f} ms a turn, {growth:.2f} times the first", flush=True
            )
        if options.plans:
            print(*dearest(towns[options.tickets[-1]]), sep="\n")


if __name__ == "__main__":
    main()
