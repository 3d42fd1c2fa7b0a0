"""`replay` killed in the middle and run again leaves what one undisturbed run leaves."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.conversation.models import conversations, inbox
from bot.outbox.models import outbox
from bot.storage.database import Database, own_schema
from bot.storage.migrate import migrate
from bot.tickets.models import tickets
from tests.conftest import ROOT
from tests.stores import address_of

TENANT = 1
MESSAGES = 300
LETTERS = (
    "幸福里{n}号楼2单元楼道灯不亮好几天了",
    "幸福里{n}号楼门口的垃圾没人收，臭得很",
    "请问物业费多少钱一平？",
    "幸福里{n}号楼1单元水管爆了，水漫到楼道里了",
)


@contextmanager
def second_store(first: Database, folder: Path) -> Iterator[Database]:
    """Another empty one of the same kind."""
    if first.is_sqlite:
        store = Database(f"sqlite:///{folder / 'undisturbed.sqlite3'}")
        migrate(store)
        yield store
        store.close()
    else:
        with own_schema(first.url.render_as_string(hide_password=False)) as store:
            migrate(store)
            yield store


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    start = datetime(2026, 11, 23, 9)
    lines = [
        {
            "id": f"m{number}",
            "from": f"居民{number % 50}",
            "chat": "private" if number % 3 else "group",
            "group": None if number % 3 else "幸福里业主群",
            "text": LETTERS[number % len(LETTERS)].format(n=number % 11 + 1),
            "at": (start + timedelta(minutes=number)).isoformat(),
        }
        for number in range(MESSAGES)
    ]
    file = tmp_path / "letters.jsonl"
    file.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    return file


def replay(letters: Path, store: Database) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "bot", "replay", str(letters)],
        cwd=letters.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT), "LINLI_DATABASE_URL": address_of(store)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def seen(store: Database) -> int:
    with store.reading(TENANT) as tx:
        return int(tx.fetch_value(select(func.count(inbox.c.message_id))))


def left_in(store: Database) -> tuple[object, ...]:
    """Everything but ids, which are drawn."""
    kept = (tickets.c.number, tickets.c.text, tickets.c.category, tickets.c.building, tickets.c.due_at)
    said = (outbox.c.purpose, outbox.c.text, outbox.c.created_at)
    with store.reading(TENANT) as tx:
        return (
            sorted(map(tuple, tx.fetch(select(*kept)))),
            Counter(map(tuple, tx.fetch(select(*said)))),
            tx.fetch_value(select(func.count(conversations.c.sender))),
            seen(store),
        )


def test_a_killed_replay_that_is_run_again_ends_as_one_that_was_not_killed(
    database: Database, letters: Path, tmp_path: Path
) -> None:
    with replay(letters, database) as killed:
        while seen(database) == 0 and killed.poll() is None:
            time.sleep(0.01)
        killed.send_signal(signal.SIGKILL)
    assert 0 < seen(database) < MESSAGES, "it was killed in the middle"

    again = replay(letters, database).communicate()[0]

    with second_store(database, tmp_path) as undisturbed:
        once = replay(letters, undisturbed).communicate()[0]
        assert f"{MESSAGES} new, 0 repeated" in once
        assert f"{MESSAGES} new" not in again
        assert left_in(database) == left_in(undisturbed)
