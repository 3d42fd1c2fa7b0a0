"""One of several processes at a time, and another one soon after it has gone."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.lease import Lease
from bot.clock import MovableClock
from tests.channels.wechat.notebook import MemoryNotebook

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def leases(processes: int) -> tuple[list[Lease], MovableClock]:
    clock = MovableClock(NOON)
    notebook = MemoryNotebook(clock)
    return [Lease("robot", notebook=notebook, clock=clock) for _ in range(processes)], clock


async def test_who_asks_first_holds_it_as_long_as_they_go_on_asking() -> None:
    (first, second), clock = leases(2)

    for _ in range(50):
        assert await first.hold()
        assert not await second.hold()
        clock.move_to(clock.now() + timedelta(seconds=first.renew_every))


async def test_it_passes_on_within_half_a_minute_after_the_holder_has_gone() -> None:
    (first, second), clock = leases(2)
    assert await first.hold()
    waited = 0.0

    while not await second.hold():
        clock.move_to(clock.now() + timedelta(seconds=second.renew_every))
        waited += second.renew_every

    assert 0 < waited <= 30
    assert not await first.hold()


async def test_nobody_holds_it_while_the_store_is_away() -> None:
    clock = MovableClock(NOON)
    notebook = MemoryNotebook(clock)
    lease = Lease("robot", notebook=notebook, clock=clock)
    assert await lease.hold()

    notebook.is_away = True
    assert not await lease.hold()
    notebook.is_away = False
    assert await lease.hold()


async def test_leases_of_different_things_do_not_touch() -> None:
    clock = MovableClock(NOON)
    notebook = MemoryNotebook(clock)

    assert await Lease("robot", notebook=notebook, clock=clock).hold()
    assert await Lease("report", notebook=notebook, clock=clock).hold()


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 40)), max_size=80))
async def test_nobodys_time_overlaps_anothers(steps: list[tuple[int, int]]) -> None:
    """A holder may act until it asks again, at most `renew_every` later."""
    processes, clock = leases(3)
    acts_until: list[datetime | None] = [None, None, None]
    for process, wait in steps:
        clock.move_to(clock.now() + timedelta(seconds=wait))
        now = clock.now()
        if await processes[process].hold():
            others = [until for other, until in enumerate(acts_until) if other != process and until]
            assert all(now >= until for until in others)
            acts_until[process] = now + timedelta(seconds=processes[process].renew_every)
        else:
            acts_until[process] = None
