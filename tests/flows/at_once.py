"""Two transactions at once, without the lock that keeps writers of one community apart."""

import threading
from collections.abc import Callable
from typing import TypeVar

from bot.storage.database import Database
from bot.storage.transaction import Transaction

T = TypeVar("T")


def both_at_once(
    database: Database,
    tenant: int,
    first: Callable[[Transaction], T],
    second: Callable[[Transaction], T],
) -> tuple[T, T]:
    """What both return, where the second begins before the first has committed.

    On PostgreSQL the second is held up by the first one's uncommitted rows, on SQLite by its lock.
    """
    first_has_written, second_begins = threading.Event(), threading.Event()
    results: dict[str, T] = {}

    def go_first() -> None:
        with database.engine.begin() as connection:
            tx = Transaction(connection, tenant)
            results["first"] = first(tx)
            tx.flush()
            first_has_written.set()
            assert second_begins.wait(timeout=20)

    def go_second() -> None:
        assert first_has_written.wait(timeout=20)
        second_begins.set()
        with database.engine.begin() as connection:
            tx = Transaction(connection, tenant)
            results["second"] = second(tx)
            tx.flush()

    threads = [threading.Thread(target=go_first), threading.Thread(target=go_second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results["first"], results["second"]
