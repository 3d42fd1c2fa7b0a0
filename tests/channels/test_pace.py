"""Keeping to a platform's rate: never over it, and hardly under it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.pace import Pace
from bot.clock import MovableClock
from bot.messaging import NotYet
from tests.channels.wechat.notebook import MemoryNotebook

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def paces(processes: int, *, times: int = 20) -> tuple[list[Pace], MovableClock]:
    clock = MovableClock(NOON)
    notebook = MemoryNotebook(clock)
    return [Pace(times, MINUTE, notebook=notebook, clock=clock) for _ in range(processes)], clock


async def test_as_many_as_allowed_go_at_once_and_the_next_is_told_how_long_to_wait() -> None:
    [pace], clock = paces(1)
    await pace.take("group")
    clock.move_to(NOON + timedelta(seconds=10))
    for _ in range(19):
        await pace.take("group")

    with pytest.raises(NotYet) as held:
        await pace.take("group")

    assert held.value.retry_after == 50
    clock.move_to(NOON + MINUTE)
    await pace.take("group")
    with pytest.raises(NotYet):
        await pace.take("group")


async def test_one_conversation_leaves_another_its_turns() -> None:
    [pace], _ = paces(1, times=1)

    await pace.take("a")
    await pace.take("b")


async def test_processes_share_their_turns() -> None:
    (one, other), _ = paces(2)
    for _ in range(10):
        await one.take("group")
        await other.take("group")

    for pace in (one, other):
        with pytest.raises(NotYet):
            await pace.take("group")


@given(st.lists(st.integers(0, 70), max_size=60))
async def test_no_span_ever_holds_more_than_allowed(waits: list[int]) -> None:
    taken: list[datetime] = []
    (one, other), clock = paces(2, times=5)
    for number, wait in enumerate(waits):
        clock.move_to(clock.now() + timedelta(seconds=wait))
        try:
            await (one if number % 2 else other).take("group")
        except NotYet:
            continue
        taken.append(clock.now())

    for start in taken:
        assert sum(start <= moment < start + MINUTE for moment in taken) <= 5


async def test_whoever_comes_back_when_told_reaches_the_rate() -> None:
    [pace], clock = paces(1)
    sent = 0
    while clock.now() < NOON + timedelta(minutes=10):
        try:
            await pace.take("group")
            sent += 1
        except NotYet as held:
            clock.move_to(clock.now() + timedelta(seconds=held.retry_after or 0))

    assert sent == 200
