"""Four processes that tick and drain at once."""

import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert

from bot.community.models import accounts, people
from bot.storage.database import own_schema
from bot.storage.migrate import migrate
from bot.storage.transaction import Transaction
from tests.city.ticking import FIRST_PERSON, TENANT
from tests.conftest import ROOT
from tests.stores import address_of

PROCESSES = 4
COUNT = 20_000


def test_four_processes_queue_and_send_twenty_thousand_reminders_once_each(
    postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with own_schema(postgres_url) as database:
        migrate(database)
        database.run(TENANT, add_people)
        command = [sys.executable, "-m", "tests.city.ticking", address_of(database), str(COUNT)]
        processes = [
            subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(PROCESSES)
        ]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        told = [json.loads(process.communicate(timeout=360)[0]) for process in processes]

    sent = Counter(chat for one in told for chat in one["sent"])
    first = max(told, key=lambda one: one["new"])
    with capsys.disabled():
        print(f"\n{first['new']} reminders queued in one insert of {first['seconds']:.2f} s")
    assert sum(one["new"] for one in told) == COUNT
    assert len(sent) == COUNT
    assert set(sent.values()) == {1}


def add_people(tx: Transaction) -> None:
    now = datetime.now(UTC)
    everybody = range(FIRST_PERSON, FIRST_PERSON + COUNT)
    tx.change_many(
        insert(people),
        [{"tenant": TENANT, "id": person, "told_privacy": True, "created_at": now} for person in everybody],
    )
    tx.change_many(
        insert(accounts),
        [
            {
                "tenant": TENANT,
                "channel": "ledger",
                "account": str(person),
                "person_id": person,
                "last_seen_at": now,
            }
            for person in everybody
        ],
    )
