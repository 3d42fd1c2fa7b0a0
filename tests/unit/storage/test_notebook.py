"""What channels remember: the same in the store, on both kinds of it, as in memory."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import MovableClock
from bot.messaging import StoreAway
from bot.notebook import Entry, Notebook
from bot.storage.database import Database
from bot.storage.notebook import StoredNotebook
from bot.storage.writer import Writer
from tests.channels.wechat.notebook import MemoryNotebook

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
TOMORROW = NOON + timedelta(days=1)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(NOON)


@pytest.fixture
def stored(database: Database, clock: MovableClock) -> Iterator[StoredNotebook]:
    writer = Writer(database)
    yield StoredNotebook("staff", writer=writer, tenant=1, clock=clock)
    writer.close()


@pytest.fixture(params=["in the store", "in memory"])
def notebook(request: pytest.FixtureRequest, stored: StoredNotebook, clock: MovableClock) -> Notebook:
    return stored if request.param == "in the store" else MemoryNotebook(clock)


async def test_an_entry_is_kept_until_its_end(notebook: Notebook, clock: MovableClock) -> None:
    await notebook.put({"a": Entry("1", TOMORROW), "b": Entry("2", NOON + timedelta(hours=1))})
    clock.move_to(NOON + timedelta(hours=1))

    assert await notebook.get("a") == Entry("1", TOMORROW)
    assert await notebook.get("b") is None


async def test_the_first_to_put_wins_until_the_end_of_the_entry(
    notebook: Notebook, clock: MovableClock
) -> None:
    mine, theirs = Entry("mine", NOON + timedelta(hours=1)), Entry("theirs", TOMORROW)

    assert await notebook.put_if_absent("a", mine) == mine
    assert await notebook.put_if_absent("a", theirs) == mine
    clock.move_to(NOON + timedelta(hours=1))
    assert await notebook.put_if_absent("a", theirs) == theirs


async def test_a_number_never_becomes_negative_and_keeps_its_end(notebook: Notebook) -> None:
    assert await notebook.add("n", -1, until=TOMORROW) is None
    assert await notebook.add("n", 5, until=TOMORROW) == 5
    assert await notebook.add("n", -5, until=NOON) == 0
    assert await notebook.add("n", -1, until=NOON) is None
    assert await notebook.get("n") == Entry("0", TOMORROW)


async def test_channels_do_not_read_each_others(database: Database, clock: MovableClock) -> None:
    writer = Writer(database)
    staff = StoredNotebook("staff", writer=writer, tenant=1, clock=clock)
    other = StoredNotebook("kf", writer=writer, tenant=1, clock=clock)
    elsewhere = StoredNotebook("staff", writer=writer, tenant=2, clock=clock)
    await staff.put({"token": Entry("t", TOMORROW)})

    assert await other.get("token") is None
    assert await elsewhere.get("token") is None
    writer.close()


async def test_of_many_processes_one_wins_and_no_number_is_lost(
    database: Database, clock: MovableClock
) -> None:
    writers = [Writer(database) for _ in range(4)]
    notebooks = [StoredNotebook("staff", writer=writer, tenant=1, clock=clock) for writer in writers]
    claims = [Entry(str(number), TOMORROW) for number in range(len(notebooks))]

    standing = await asyncio.gather(
        *(one.put_if_absent("lease", claim) for one, claim in zip(notebooks, claims, strict=True))
    )
    sums = await asyncio.gather(*(one.add("n", 1, until=TOMORROW) for one in notebooks * 5))
    for writer in writers:
        writer.close()

    assert len({entry.value for entry in standing}) == 1
    assert sorted(total for total in sums if total is not None) == list(range(1, 21))


async def test_a_store_that_is_away_is_told_by_that_name(clock: MovableClock) -> None:
    gone = Database("postgresql+psycopg://nobody@127.0.0.1:9/none")
    writer = Writer(gone)
    notebook = StoredNotebook("staff", writer=writer, tenant=1, clock=clock)

    with pytest.raises(StoreAway):
        await notebook.get("token")
    writer.close()
    gone.close()
