"""Ids: never the same twice, and later ones larger."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

from bot.storage.ids import highest_id_before, new_id

_PRINT_IDS = "from bot.storage.ids import new_id; print(*(new_id() for _ in range(20_000)))"


def test_every_id_is_larger_than_the_one_before() -> None:
    made = [new_id() for _ in range(50_000)]
    assert all(earlier < later for earlier, later in pairwise(made))


def test_threads_never_get_the_same_id_and_each_sees_its_own_grow() -> None:
    def make(_thread: int) -> list[int]:
        return [new_id() for _ in range(5_000)]

    with ThreadPoolExecutor(8) as threads:
        batches = list(threads.map(make, range(8)))
    assert len({number for batch in batches for number in batch}) == 40_000
    assert all(batch == sorted(batch) for batch in batches)


def test_processes_never_get_the_same_id() -> None:
    running = [
        subprocess.Popen([sys.executable, "-c", _PRINT_IDS], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    made = [int(number) for process in running for number in process.communicate()[0].split()]
    assert len(made) == len(set(made)) == 40_000


def test_ids_fit_a_signed_64_bit_column() -> None:
    assert 0 < new_id() < 1 << 63


def test_ids_of_the_last_minutes_are_told_from_older_ones() -> None:
    number = new_id()
    assert highest_id_before(timedelta(minutes=1)) < number
    assert number < highest_id_before(timedelta(minutes=-1))
    assert highest_id_before(timedelta(days=36_500)) == 0
