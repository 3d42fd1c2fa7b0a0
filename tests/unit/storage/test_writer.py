"""The one writer of a process: many turns in one commit, each caller answered for its own."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import bindparam, event, select
from sqlalchemy.exc import IntegrityError

from bot.community.models import accounts
from bot.storage.database import Database
from bot.storage.notebook import notes
from bot.storage.transaction import Transaction
from bot.storage.writer import Writer

NOW = datetime(2026, 11, 23, 1, 10, tzinfo=UTC)
_KEYS = select(notes.c.key).where(notes.c.tenant == bindparam("of_tenant")).order_by(notes.c.value)


@pytest.fixture
def writer(database: Database) -> Iterator[Writer]:
    writer = Writer(database)
    yield writer
    writer.close()


@pytest.fixture
def gate(writer: Writer) -> Iterator[Callable[[], None]]:
    """Keeps the writer busy until it is called, so that what is submitted meanwhile waits together."""
    opened, busy = threading.Event(), threading.Event()

    def hold(_tx: Transaction) -> None:
        busy.set()
        opened.wait(30)

    writer.submit(1, hold)
    assert busy.wait(30)
    yield opened.set
    opened.set()


def note(key: str, value: str = "") -> Callable[[Transaction], str]:
    def work(tx: Transaction) -> str:
        tx.add(notes, key=key, value=value, kept_until=NOW)
        return key

    return work


def keys(database: Database, tenant: int = 1) -> list[str]:
    with database.reading(tenant) as tx:
        return [row.key for row in tx.fetch(_KEYS)]


def commits(database: Database) -> list[None]:
    counted: list[None] = []
    event.listen(database.engine, "commit", lambda _connection: counted.append(None))
    return counted


def test_what_waits_together_is_committed_together(
    database: Database, writer: Writer, gate: Callable[[], None]
) -> None:
    counted = commits(database)
    waiting = [writer.submit(1, note(f"{number}")) for number in range(60)]
    gate()
    assert [future.result(30) for future in waiting] == [f"{number}" for number in range(60)]
    assert len(counted) == 2  # the gate's own, and one for all sixty


def test_a_result_is_given_only_when_it_is_durable(
    database: Database, writer: Writer, gate: Callable[[], None]
) -> None:
    seen_by_others: list[bool] = []

    def look(future: Future[str]) -> None:
        seen_by_others.append(future.result() in keys(database))

    waiting = [writer.submit(1, note(f"{number}")) for number in range(20)]
    for future in waiting:
        future.add_done_callback(look)
    gate()
    wait(waiting, 30)
    writer.run(1, lambda _tx: None)
    assert seen_by_others == [True] * 20


def test_work_is_done_in_the_order_it_came(
    database: Database, writer: Writer, gate: Callable[[], None]
) -> None:
    done: list[int] = []

    def work(number: int) -> Callable[[Transaction], None]:
        return lambda _tx: done.append(number)

    waiting = [writer.submit(1, work(number)) for number in range(200)]
    gate()
    wait(waiting, 30)
    assert done == list(range(200))


def _break_a_rule(tx: Transaction) -> None:
    tx.add(accounts, channel="web", account="a", person_id=99, last_seen_at=NOW)
    tx.flush()


def _divide(_tx: Transaction) -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("trouble", "failure"), [(_divide, ZeroDivisionError), (_break_a_rule, IntegrityError)]
)
def test_work_that_fails_harms_only_itself(
    database: Database,
    writer: Writer,
    gate: Callable[[], None],
    trouble: Callable[[Transaction], None],
    failure: type[Exception],
) -> None:
    before = [writer.submit(1, note(f"b{number}")) for number in range(5)]
    failing: Future[Any] = writer.submit(1, trouble)
    after = [writer.submit(1, note(f"a{number}")) for number in range(5)]
    gate()
    with pytest.raises(failure):
        failing.result(30)
    assert [future.result(30) for future in before + after]
    assert len(keys(database)) == 10


def test_two_communities_in_one_batch_do_not_mix(
    database: Database, writer: Writer, gate: Callable[[], None]
) -> None:
    waiting = [writer.submit(1 + number % 2, note(f"{number}")) for number in range(10)]
    gate()
    wait(waiting, 30)
    assert sorted(keys(database, 1)) == ["0", "2", "4", "6", "8"]
    assert sorted(keys(database, 2)) == ["1", "3", "5", "7", "9"]


def test_a_caller_who_no_longer_waits_does_not_stop_the_others(
    database: Database, writer: Writer, gate: Callable[[], None]
) -> None:
    gone = writer.submit(1, note("gone"))
    staying = writer.submit(1, note("staying"))
    assert gone.cancel()
    gate()
    assert staying.result(30) == "staying"
    assert writer.run(1, note("later")) == "later"


def test_closing_finishes_what_was_submitted(database: Database) -> None:
    writer = Writer(database)
    waiting = [writer.submit(1, note(f"{number}")) for number in range(150)]
    writer.close()
    assert all(future.done() for future in waiting)
    assert len(keys(database)) == 150


# -- coroutines -------------------------------------------------------------------------------------------


def _note_all(tx: Transaction, items: Sequence[str]) -> list[tuple[str, int]]:
    """Says with each result how many items came together."""
    for key in items:
        tx.add(notes, key=key, value="", kept_until=NOW)
    return [(key, len(items)) for key in items]


@pytest.mark.anyio
async def test_items_that_wait_for_the_same_work_are_worked_on_together(
    database: Database, writer: Writer, gate: Callable[[], None]
) -> None:
    waiting = [asyncio.create_task(writer.do_together(1, _note_all, f"{number}")) for number in range(10)]
    alone = asyncio.create_task(writer.do(1, note("alone")))
    later = asyncio.create_task(writer.do_together(1, _note_all, "later"))
    await asyncio.sleep(0)
    gate()
    assert await asyncio.gather(*waiting) == [(f"{number}", 10) for number in range(10)]
    assert await alone == "alone"
    assert await later == ("later", 1)
    assert len(keys(database)) == 12


@pytest.mark.anyio
async def test_one_item_that_fails_harms_only_itself(
    database: Database, writer: Writer, gate: Callable[[], None]
) -> None:
    def work(tx: Transaction, items: Sequence[str]) -> list[tuple[str, int]]:
        if "bad" in items:
            raise ZeroDivisionError
        return _note_all(tx, items)

    tasks = [asyncio.create_task(writer.do_together(1, work, item)) for item in ("a", "bad", "b")]
    await asyncio.sleep(0)
    gate()
    first, second, third = await asyncio.gather(*tasks, return_exceptions=True)
    assert (first, third) == (("a", 1), ("b", 1))
    assert isinstance(second, ZeroDivisionError)
    assert sorted(keys(database)) == ["a", "b"]


@pytest.mark.anyio
async def test_a_request_that_was_cancelled_does_not_stop_the_others(
    database: Database, writer: Writer, gate: Callable[[], None]
) -> None:
    gone = asyncio.create_task(writer.do(1, note("gone")))
    staying = asyncio.create_task(writer.do(1, note("staying")))
    await asyncio.sleep(0)
    gone.cancel()
    gate()
    assert await staying == "staying"
    assert await writer.do(1, note("later")) == "later"
    with pytest.raises(asyncio.CancelledError):
        await gone
