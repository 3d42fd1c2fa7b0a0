"""The clock: each occurrence once, whoever ticks and however often; what was missed is made good."""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import bindparam, select

from bot.outbox.reminder import Due
from bot.scheduler import Scheduler
from bot.storage.database import Database
from bot.storage.ids import new_id
from bot.storage.notebook import notes
from bot.storage.transaction import Transaction
from bot.storage.writer import Writer
from tests.unit.outbox.conftest import at

HOUR = timedelta(hours=1)
START = at("23 08:00")

_FIRED = select(notes.c.value).where(notes.c.tenant == bindparam("of_tenant")).order_by(notes.c.key)


@dataclass
class Hourly:
    """Falls due on the hour and keeps no key of its own: a doubled occurrence would show."""

    name: str = "hourly"
    fails_at: datetime | None = None

    def due(self, tx: Transaction, since: datetime, until: datetime) -> Sequence[Due]:
        hours = (until - START) // HOUR
        moments = [START + number * HOUR for number in range(hours + 1)]
        return [Due(moment, f"{moment:%H:%M}") for moment in moments if since < moment <= until]

    def fire(self, tx: Transaction, due: Due) -> None:
        tx.add(notes, key=str(new_id()), value=f"{self.name} {due.key}", kept_until=due.at)
        if due.at == self.fails_at:
            raise ZeroDivisionError


def fired(database: Database) -> list[str]:
    with database.reading(1) as tx:
        return [row.value for row in tx.fetch(_FIRED)]


def tick(database: Database, now: datetime, *reminders: Hourly) -> int:
    return database.run(1, lambda tx: Scheduler(reminders or (Hourly(),)).tick(tx, now))


def test_the_first_tick_of_a_store_only_starts_the_clock(database: Database) -> None:
    assert tick(database, START + 5 * HOUR) == 0
    assert fired(database) == []


def test_what_falls_due_between_two_ticks_is_done_once(database: Database) -> None:
    tick(database, START)
    assert tick(database, START + HOUR) == 1
    assert tick(database, START + HOUR) == 0
    assert tick(database, START + 1.5 * HOUR) == 0
    assert fired(database) == ["hourly 01:00"]


def test_missed_ticks_are_made_good_in_order(database: Database) -> None:
    tick(database, START)
    assert tick(database, START + 3 * HOUR, Hourly("a"), Hourly("b")) == 6
    assert fired(database) == ["a 01:00", "b 01:00", "a 02:00", "b 02:00", "a 03:00", "b 03:00"]


def test_a_clock_that_goes_back_does_nothing_again(database: Database) -> None:
    tick(database, START)
    tick(database, START + 3 * HOUR)
    assert tick(database, START + HOUR) == 0
    assert tick(database, START + 4 * HOUR) == 1


def test_what_fell_due_long_ago_is_history(database: Database) -> None:
    tick(database, START)
    assert tick(database, START + timedelta(days=300)) == 14 * 24


def test_several_who_tick_at_once_do_each_occurrence_once(database: Database) -> None:
    """Each thread has a writer and connections of its own, as each process has."""
    tick(database, START)

    def process(number: int) -> int:
        writer = Writer(database)
        done = 0
        for hour in range(1, 13):
            now = START + hour * HOUR + number * timedelta(minutes=7)
            done += writer.run(1, lambda tx, now=now: Scheduler((Hourly(),)).tick(tx, now))
        writer.close()
        return done

    with ThreadPoolExecutor(4) as processes:
        assert sum(processes.map(process, range(4))) == 12
    assert fired(database) == [f"hourly {START + hour * HOUR:%H:%M}" for hour in range(1, 13)]


def test_a_reminder_that_fails_stops_no_other_and_is_not_tried_for_ever(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    tick(database, START)
    broken = Hourly("broken", fails_at=START + HOUR)
    with caplog.at_level(logging.ERROR):
        tick(database, START + 2 * HOUR, broken, Hourly("whole"))
    assert fired(database) == ["whole 01:00", "broken 02:00", "whole 02:00"]
    assert [record.__dict__["reminder"] for record in caplog.records] == ["broken"]
    assert tick(database, START + 2 * HOUR, broken) == 0


def test_the_next_occurrence_is_known_beforehand(database: Database) -> None:
    tick(database, START)
    scheduler = Scheduler((Hourly(),))
    with database.reading(1) as tx:
        assert scheduler.next_moment(tx, START + 2 * HOUR) == START + HOUR
        assert scheduler.next_moment(tx, START + timedelta(minutes=59)) is None
