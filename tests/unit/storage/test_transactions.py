"""What a transaction promises to the code that works in it, on both stores."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import bindparam, event, exists, func, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError

from bot.community.models import accounts, people
from bot.storage.base import Json
from bot.storage.database import Database
from bot.storage.notebook import notes
from bot.storage.transaction import Transaction

NOW = datetime(2026, 11, 23, 1, 10, tzinfo=UTC)
HERE, ELSEWHERE = 1, 2

_NAMES = select(people.c.name).where(people.c.tenant == bindparam("of_tenant")).order_by(people.c.id)
_NOTES = (
    select(notes.c.key, notes.c.value).where(notes.c.tenant == bindparam("of_tenant")).order_by(notes.c.key)
)


def add_person(tx: Transaction, person_id: int, name: str | None = None) -> None:
    tx.add(
        people, id=person_id, name=name, roster_key=None, compound=None, building=None, unit=None, room=None,
        phone=None, told_privacy=False, created_at=NOW,
    )  # fmt: skip


def add_account(tx: Transaction, account: str, person_id: int) -> None:
    tx.add(accounts, channel="web", account=account, person_id=person_id, last_seen_at=NOW)


def put_note(tx: Transaction, key: str, value: str) -> None:
    tx.put(notes, key=key, value=value, kept_until=NOW)


def names(database: Database, tenant: int = HERE) -> list[str]:
    with database.reading(tenant) as tx:
        return [row.name for row in tx.fetch(_NAMES)]


def noted(database: Database) -> dict[str, str]:
    with database.reading(HERE) as tx:
        return {row.key: row.value for row in tx.fetch(_NOTES)}


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """The first words of what is sent to the store, such as “INSERT INTO people”."""
    sent: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(" ".join(statement.split()[:3]))

    event.listen(database.engine, "before_cursor_execute", note)
    yield sent
    event.remove(database.engine, "before_cursor_execute", note)


# -- reading one's own writes -------------------------------------------------------------------------


def test_a_read_sees_the_rows_that_still_wait(database: Database) -> None:
    with database.transaction(HERE) as tx:
        add_person(tx, 1, "王阿姨")
        assert [row.name for row in tx.fetch(_NAMES)] == ["王阿姨"]
        add_person(tx, 2, "老孙")
        assert [row.name for row in tx.fetch(_NAMES)] == ["王阿姨", "老孙"]


def test_a_read_through_a_join_or_a_subquery_sees_them_too(database: Database) -> None:
    joined = select(people.c.name).join(accounts, accounts.c.person_id == people.c.id)
    below = select(func.count()).where(exists().where(accounts.c.person_id == 2))
    with database.transaction(HERE) as tx:
        add_person(tx, 1, "王阿姨")
        add_account(tx, "a", 1)
        assert tx.fetch_value(joined) == "王阿姨"
        add_person(tx, 2, "老孙")
        add_account(tx, "b", 2)
        assert tx.fetch_value(below) == 1


def test_a_change_meets_the_rows_that_still_wait(database: Database) -> None:
    rename = update(people).where(people.c.id == bindparam("of_id")).values(name=bindparam("new"))
    with database.transaction(HERE) as tx:
        add_person(tx, 1, "王阿姨")
        assert tx.change(rename, of_id=1, new="王秀兰") == 1
        assert tx.change(rename, of_id=9, new="王秀兰") == 0
    assert names(database) == ["王秀兰"]


def test_a_read_of_another_table_does_not_hurry_what_waits(database: Database) -> None:
    with database.transaction(HERE) as tx, statements(database) as sent:
        put_note(tx, "a", "1")
        tx.fetch(_NAMES)
        assert not [one for one in sent if "notes" in one]


def test_reading_a_child_leaves_the_rows_of_strangers_waiting(database: Database) -> None:
    with database.transaction(HERE) as tx, statements(database) as sent:
        put_note(tx, "a", "1")
        add_person(tx, 1, "王阿姨")
        add_account(tx, "a", 1)
        tx.fetch_value(select(accounts.c.person_id))
        assert [one for one in sent if one.startswith("INSERT")] == [
            "INSERT INTO people", "INSERT INTO accounts",
        ]  # fmt: skip


def test_rows_of_many_turns_are_written_together(database: Database) -> None:
    with statements(database) as sent, database.transaction(HERE) as tx:
        for number in range(20):
            add_person(tx, number + 1, f"{number}")
            add_account(tx, f"{number}", number + 1)
            put_note(tx, f"{number}", "")
    inserts = [one for one in sent if one.startswith("INSERT")]
    assert sorted(inserts) == ["INSERT INTO accounts", "INSERT INTO notes", "INSERT INTO people"]


def test_a_change_of_many_rows_may_hold_values_of_its_own(database: Database) -> None:
    mark = update(notes).where(notes.c.key == bindparam("of_key"), notes.c.value != "x").values(value="done")
    with database.transaction(HERE) as tx:
        for key, value in {"a": "1", "b": "x", "c": "3"}.items():
            put_note(tx, key, value)
        tx.change_many(mark, [{"of_key": "a"}, {"of_key": "b"}])
    assert noted(database) == {"a": "done", "b": "x", "c": "3"}


# -- rows written whole ---------------------------------------------------------------------------------


def test_the_last_of_several_puts_stands(database: Database) -> None:
    with database.transaction(HERE) as tx:
        put_note(tx, "a", "1")
        put_note(tx, "b", "1")
        put_note(tx, "a", "2")
    assert noted(database) == {"a": "2", "b": "1"}


def test_a_put_replaces_the_row_that_is_stored(database: Database) -> None:
    with database.transaction(HERE) as tx:
        put_note(tx, "a", "1")
    with database.transaction(HERE) as tx:
        put_note(tx, "a", "2")
        assert [row.value for row in tx.fetch(_NOTES)] == ["2"]
        put_note(tx, "a", "3")
    assert noted(database) == {"a": "3"}


def test_a_put_that_waits_can_be_looked_at_without_a_statement(database: Database) -> None:
    with database.transaction(HERE) as tx, statements(database) as sent:
        put_note(tx, "a", "1")
        assert (tx.pending_put(notes, ("a",)) or {})["value"] == "1"
        assert tx.pending_put(notes, ("b",)) is None
        assert sent == []


def test_a_put_reaches_only_its_own_community(database: Database) -> None:
    for tenant, value in ((HERE, "ours"), (ELSEWHERE, "theirs")):
        with database.transaction(tenant) as tx:
            put_note(tx, "a", value)
    assert noted(database) == {"a": "ours"}


# -- rows that may be there already ----------------------------------------------------------------------


def test_a_row_whose_key_is_taken_is_not_new(database: Database) -> None:
    with database.transaction(HERE) as tx:
        assert tx.add_if_new(notes, key="a", value="1", kept_until=NOW)
        assert not tx.add_if_new(notes, key="a", value="2", kept_until=NOW)
    with database.transaction(HERE) as tx:
        assert not tx.add_if_new(notes, key="a", value="3", kept_until=NOW)
        assert tx.add_if_new(notes, key="b", value="1", kept_until=NOW)
    assert noted(database) == {"a": "1", "b": "1"}


def test_a_row_is_not_new_where_the_same_still_waits(database: Database) -> None:
    with database.transaction(HERE) as tx:
        tx.add(notes, key="a", value="1", kept_until=NOW)
        assert not tx.add_if_new(notes, key="a", value="2", kept_until=NOW)
    assert noted(database) == {"a": "1"}


def test_the_same_key_in_another_community_is_new(database: Database) -> None:
    for tenant in (HERE, ELSEWHERE):
        with database.transaction(tenant) as tx:
            assert tx.add_if_new(notes, key="a", value="1", kept_until=NOW)


def test_several_rows_at_once_say_which_of_them_are_new(database: Database) -> None:
    def add(tx: Transaction, *keys: str) -> list[str]:
        rows = [{"key": key, "value": "", "kept_until": NOW} for key in keys]
        return tx.add_all_if_new(notes, rows, returning=notes.c.key)

    with database.transaction(HERE) as tx:
        assert add(tx, "a", "b", "a") == ["a", "b"]
    with database.transaction(HERE) as tx:
        assert sorted(add(tx, "b", "c", "a", "d", "d")) == ["c", "d"]
    assert sorted(noted(database)) == ["a", "b", "c", "d"]


# -- a row changed by its id ----------------------------------------------------------------------------


def test_a_row_that_still_waits_is_amended_without_a_statement(database: Database) -> None:
    with database.transaction(HERE) as tx:
        add_person(tx, 1, "王阿姨")
        add_person(tx, 2, "老孙")
        with statements(database) as sent:
            tx.amend(people, 1, name="王秀兰", told_privacy=True)
        assert sent == []
    assert names(database) == ["王秀兰", "老孙"]


def test_a_row_that_is_stored_is_amended_in_the_store(database: Database) -> None:
    for tenant in (HERE, ELSEWHERE):
        with database.transaction(tenant) as tx:
            add_person(tx, 1, "王阿姨")
    with database.transaction(HERE) as tx:
        tx.amend(people, 1, name="王秀兰")
        assert [row.name for row in tx.fetch(_NAMES)] == ["王秀兰"]
        tx.amend(people, 1, name="王奶奶")
    assert names(database) == ["王奶奶"]
    assert names(database, ELSEWHERE) == ["王阿姨"]


def test_amending_a_row_that_is_not_there_is_a_mistake(database: Database) -> None:
    with pytest.raises(AssertionError), database.transaction(HERE) as tx:
        tx.amend(people, 9, name="谁")


def test_several_rows_are_amended_each_with_values_of_its_own(database: Database) -> None:
    for tenant in (HERE, ELSEWHERE):
        with database.transaction(tenant) as tx:
            for number in (1, 2, 3):
                add_person(tx, number, "谁")
    with database.transaction(HERE) as tx:
        add_person(tx, 4, "谁")
        with statements(database) as sent:
            tx.amend_all(
                people,
                [
                    {"id": 1, "name": "王阿姨", "phone": None, "told_privacy": True},
                    {"id": 2, "name": "老孙", "phone": "13800000000", "told_privacy": True},
                    {"id": 4, "name": None, "phone": None, "told_privacy": True},
                ],
            )
        assert len(sent) == 2  # the row that waited is written, then all are changed
        rows = tx.fetch(select(people).where(people.c.tenant == bindparam("of_tenant")).order_by(people.c.id))
    assert [(row.name, row.phone, row.told_privacy) for row in rows] == [
        ("王阿姨", None, True),
        ("老孙", "13800000000", True),
        ("谁", None, False),
        (None, None, True),
    ]
    assert names(database, ELSEWHERE) == ["谁", "谁", "谁"]


def test_amending_one_row_or_none_leaves_the_others(database: Database) -> None:
    with database.transaction(HERE) as tx:
        add_person(tx, 1, "王阿姨")
        add_person(tx, 2, "老孙")
        tx.amend_all(people, [{"id": 2, "name": "孙师傅"}])
        tx.amend_all(people, [])
    assert names(database) == ["王阿姨", "孙师傅"]


# -- order, all or nothing -----------------------------------------------------------------------------


def test_a_row_is_written_after_the_one_it_refers_to(database: Database) -> None:
    with database.transaction(HERE) as tx:
        add_account(tx, "a", 1)
        add_person(tx, 1, "王阿姨")
    assert names(database) == ["王阿姨"]


def test_reading_the_child_writes_the_parent_first(database: Database) -> None:
    with database.transaction(HERE) as tx:
        add_account(tx, "a", 1)
        add_person(tx, 1, "王阿姨")
        assert tx.fetch_value(select(accounts.c.person_id)) == 1


def test_a_row_that_refers_to_nothing_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError), database.transaction(HERE) as tx:
        add_account(tx, "a", 99)


def test_rows_with_different_columns_are_written_all_the_same(database: Database) -> None:
    with database.transaction(HERE) as tx:
        tx.add(people, id=1, name="王阿姨", told_privacy=False, created_at=NOW)
        tx.add(people, id=2, roster_key="staff:李敏", told_privacy=True, created_at=NOW)
        add_person(tx, 3, "老孙")
    assert names(database) == ["王阿姨", None, "老孙"]


class _TroubleError(Exception):
    pass


def _write_and_fail(tx: Transaction, person_id: int = 1) -> None:
    add_person(tx, person_id, "老孙")
    tx.fetch(_NAMES)
    put_note(tx, "a", "1")
    assert tx.add_if_new(notes, key="b", value="1", kept_until=NOW)
    raise _TroubleError


def test_nothing_is_left_of_a_transaction_that_fails(database: Database) -> None:
    with pytest.raises(_TroubleError):
        database.run(HERE, _write_and_fail)
    assert names(database) == []
    assert noted(database) == {}


def test_work_apart_that_fails_is_undone_alone(database: Database) -> None:
    with database.transaction(HERE) as tx:
        add_person(tx, 1, "王阿姨")
        with pytest.raises(_TroubleError), tx.apart():
            _write_and_fail(tx, person_id=2)
        with pytest.raises(IntegrityError), tx.apart():
            add_account(tx, "a", 99)
        with tx.apart():
            add_person(tx, 3, "小周")
        assert [row.name for row in tx.fetch(_NAMES)] == ["王阿姨", "小周"]
    assert names(database) == ["王阿姨", "小周"]
    assert noted(database) == {}


def test_what_a_transaction_remembers_is_its_own(database: Database) -> None:
    with database.transaction(HERE) as tx:
        tx.memory(list).append(1)
        assert tx.memory(list) == [1]
        with pytest.raises(_TroubleError), tx.apart():
            raise _TroubleError
        assert tx.memory(list) == []
    with database.transaction(HERE) as tx:
        assert tx.memory(list) == []


def test_a_rehearsal_sees_its_own_writes_and_leaves_none(database: Database) -> None:
    with database.rehearsal(HERE) as tx:
        add_person(tx, 1, "王阿姨")
        assert [row.name for row in tx.fetch(_NAMES)] == ["王阿姨"]
    assert names(database) == []


def test_a_reader_does_not_see_what_is_not_committed_and_does_not_wait_for_it(database: Database) -> None:
    with database.transaction(HERE) as tx:
        add_person(tx, 1, "王阿姨")
        tx.flush()
        assert names(database) == []
    assert names(database) == ["王阿姨"]


# -- values --------------------------------------------------------------------------------------------


def test_moments_come_back_as_the_same_moment_in_utc(database: Database) -> None:
    shanghai = datetime(2026, 11, 23, 9, 10, tzinfo=timezone(timedelta(hours=8)))
    with database.transaction(HERE) as tx:
        tx.put(notes, key="a", value="", kept_until=shanghai)
    with database.reading(HERE) as tx:
        read = tx.fetch_value(select(notes.c.kept_until))
    assert read == NOW
    assert read.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="time zone"), database.transaction(HERE) as tx:
        tx.put(notes, key="a", value="", kept_until=datetime(2026, 11, 23))


def test_json_is_kept_as_text_that_people_can_read() -> None:
    to_text = Json().bind_processor(sqlite.dialect())
    assert to_text({"楼": "3"}) == '{"楼":"3"}'
    assert to_text(None) is None
    from_text = Json().result_processor(sqlite.dialect(), None)
    assert from_text('{"楼":"3"}') == {"楼": "3"}
    assert from_text(None) is None
