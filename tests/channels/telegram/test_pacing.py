"""How fast messages go out: as fast as the platform allows, and not faster. An hour passes in an instant."""

import asyncio
import random
import selectors
from collections.abc import Callable, Coroutine, Iterable
from itertools import pairwise
from typing import Any

import pytest

from bot.channels.telegram.pacing import Limit, Limits, Pacer
from bot.messaging import NotYet
from tests.channels.telegram.conftest import a_world

CLOSE = 0.98  # of the platform's limit


class _NeverWaits(selectors.DefaultSelector):  # type: ignore[misc,valid-type]
    """Moves the loop's time where a selector would wait."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout:
            self.now += timeout
        return super().select(0)


class InstantLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._timeless = _NeverWaits()
        super().__init__(self._timeless)

    def time(self) -> float:
        return self._timeless.now


def at_once(work: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=InstantLoop) as runner:
        return runner.run(work)


async def sent(
    pacer: Pacer,
    chats: Iterable[str],
    *,
    workers: int,
    is_group: bool = False,
    delay: Callable[[], float] = lambda: 0.002,
) -> list[float]:
    """When each message reached the platform, each way taking that `delay`; what is sent back to the outbox
    comes again when told to."""
    times: list[float] = []
    todo = iter(chats)

    async def work() -> None:
        for chat in todo:
            while not await tried(chat):
                pass

    async def tried(chat: str) -> bool:
        try:
            async with pacer.turn(chat, is_group=is_group):
                await asyncio.sleep(delay())
                times.append(asyncio.get_running_loop().time())
                await asyncio.sleep(delay())
        except NotYet as held:
            await asyncio.sleep(held.retry_after or 0.1)
            return False
        return True

    await asyncio.gather(*(work() for _ in range(workers)))
    return sorted(times)


async def one(pacer: Pacer, chat: str, *, is_group: bool = False) -> None:
    async with pacer.turn(chat, is_group=is_group):
        pass


def most_in(times: list[float], span: float) -> int:
    """The most that went out in any span of so many seconds."""
    return max(sum(start <= moment < start + span for moment in times) for start in times)


def rate(times: list[float], *, burst: int) -> float:
    """Messages a second over all whole bursts: at the start of each, `burst` may go at once."""
    whole = (len(times) - 1) // burst * burst
    return whole / (times[whole] - times[0])


def test_all_chats_together_get_thirty_a_second_and_hardly_less() -> None:
    chats = [str(number) for number in range(3000)]

    times = at_once(sent(Pacer(), chats, workers=32))

    assert most_in(times, 1.0) == 30
    assert CLOSE * 30 <= rate(times, burst=30) <= 30


def test_one_chat_gets_one_a_second_and_hardly_less() -> None:
    times = at_once(sent(Pacer(), ["501"] * 300, workers=4))

    assert min(after - before for before, after in pairwise(times)) >= 1.0
    assert CLOSE * 1 <= rate(times, burst=1) <= 1


def test_a_group_gets_twenty_a_minute_and_hardly_less() -> None:
    times = at_once(sent(Pacer(), ["-4001"] * 600, workers=4, is_group=True))

    assert most_in(times, 60.0) == 20
    assert min(after - before for before, after in pairwise(times)) >= 1.0
    assert CLOSE * 20 / 60 <= rate(times, burst=20) <= 20 / 60


@pytest.mark.parametrize("seed", range(5))
def test_however_slow_the_line_is_the_platform_never_sees_too_many(seed: int) -> None:
    uneven = random.Random(seed)
    chats = [str(number) for number in range(1000)]

    times = at_once(sent(Pacer(), chats, workers=64, delay=lambda: uneven.expovariate(10)))

    assert most_in(times, 1.0) <= 30


def test_a_busy_group_does_not_hold_up_the_others() -> None:
    async def both() -> tuple[list[float], list[float]]:
        pacer = Pacer()
        busy = asyncio.create_task(sent(pacer, ["-4001"] * 100, workers=8, is_group=True))
        await asyncio.sleep(30)
        start = asyncio.get_running_loop().time()
        times = await sent(pacer, [str(number) for number in range(60)], workers=32)
        busy.cancel()
        return [moment - start for moment in times], times

    since, _ = at_once(both())

    assert since[29] < 0.2
    assert since[-1] < 2.1


def test_what_would_wait_long_goes_back_to_the_outbox_at_once() -> None:
    async def twenty_one() -> tuple[float, float | None]:
        pacer = Pacer()
        await sent(pacer, ["-4001"] * 20, workers=1, is_group=True)
        before = asyncio.get_running_loop().time()
        with pytest.raises(NotYet) as failed:
            await one(pacer, "-4001", is_group=True)
        return asyncio.get_running_loop().time() - before, failed.value.retry_after

    waited, retry_after = at_once(twenty_one())

    assert waited < 0.1
    assert retry_after is not None
    assert 40 < retry_after < 42


def test_a_crowd_before_one_chat_is_sent_back_after_a_while() -> None:
    async def crowd() -> list[BaseException | None]:
        pacer = Pacer()
        turns = (one(pacer, "501") for _ in range(20))
        return await asyncio.gather(*turns, return_exceptions=True)

    outcomes = at_once(crowd())

    assert [type(outcome) for outcome in outcomes[:5]] == [type(None)] * 5
    assert {type(outcome) for outcome in outcomes[5:]} == {NotYet}


def test_when_the_platform_says_wait_that_chat_waits_and_no_other() -> None:
    async def held() -> tuple[float, float]:
        pacer = Pacer()
        pacer.hold("501", seconds=3, is_group=False)
        await one(pacer, "502")
        other = asyncio.get_running_loop().time()
        await one(pacer, "501")
        return other, asyncio.get_running_loop().time()

    other, held_one = at_once(held())

    assert other < 0.1
    assert 3 <= held_one < 3.1


def test_chats_that_are_quiet_again_are_forgotten() -> None:
    async def crowd() -> int:
        pacer = Pacer()
        await sent(pacer, [str(number) for number in range(3000)], workers=32)
        return len(pacer._lanes)

    assert at_once(crowd()) <= 1000


@pytest.mark.anyio
async def test_the_channel_keeps_to_it() -> None:
    slow = Limits(overall=Limit(2, 0.2), chat=Limit(1, 0.2), group=Limit(3, 60))
    async with a_world(pace=slow) as world:
        started = asyncio.get_running_loop().time()
        for number in range(3):
            await world.channel.send(world.to(world.group, "停水", message_id=number))
        with pytest.raises(NotYet):
            await world.channel.send(world.to(world.group, "停水", message_id=4))
        lasted = asyncio.get_running_loop().time() - started

    assert lasted > 0.4
    assert len(world.group.screen) == 3
