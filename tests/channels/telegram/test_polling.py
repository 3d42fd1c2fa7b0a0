"""Fetching what people write, where the platform cannot call."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from bot.channels.telegram.account import Mode
from bot.messaging import Answer, InboundMessage, StoreAway
from tests.channels.telegram.conftest import SECRET, World, a_world
from tests.counterparts.telegram.platform import Fault

pytestmark = pytest.mark.anyio

QUICK: dict[str, Any] = {"mode": Mode.POLLING, "poll_for": 1, "pauses": (0.01,)}


@asynccontextmanager
async def polled(**settings: object) -> AsyncIterator[World]:
    async with a_world(**QUICK, webhook_secret="", **settings) as world:
        running = asyncio.create_task(world.channel.run(world.bot.receive))
        yield world
        assert not running.done()
        running.cancel()


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - whatever is waited for rings no bell
            await asyncio.sleep(0.005)


async def test_what_people_write_is_fetched_in_order_and_once() -> None:
    async with polled() as world:
        for number in range(5):
            await world.platform.deliver(world.people.says(world.resident, f"第{number}句"))
        await until(lambda: len(world.bot.received) == 5)
        await world.platform.deliver(world.people.says(world.resident, "最后一句"))
        await until(lambda: len(world.bot.received) == 6)

    said = [message.text for message in world.bot.received]
    assert said == ["第0句", "第1句", "第2句", "第3句", "第4句", "最后一句"]


async def test_only_what_can_be_understood_is_asked_for() -> None:
    async with polled() as world:
        await until(lambda: "getUpdates" in dict(world.platform.calls))

        parameters = dict(world.platform.calls)["getUpdates"]

    assert parameters["allowed_updates"] == '["message", "callback_query"]'


async def test_a_webhook_that_is_set_is_taken_away_first() -> None:
    async with a_world(**QUICK) as world:
        world.platform.webhook["url"] = "https://elsewhere.example/telegram/tg"
        running = asyncio.create_task(world.channel.run(world.bot.receive))
        await until(lambda: not world.platform.webhook["url"])
        await world.platform.deliver(world.people.says(world.resident, "你好"))
        await until(lambda: world.bot.received)
        running.cancel()


@pytest.mark.parametrize(
    "fault",
    [
        Fault("getUpdates", "status", 502, times=2),
        Fault("getUpdates", "disconnect", times=2),
        Fault("getUpdates", "garbage"),
        Fault("getUpdates", "odd", body='{"ok": true, "result": {"update_id": 1}}'),
        Fault("getUpdates", "odd", body='{"ok": true, "result": [7, null, {"update_id": "x"}, {}]}'),
        Fault("deleteWebhook", "status", 500),
    ],
)
async def test_a_broken_answer_is_not_the_end(fault: Fault) -> None:
    async with a_world(**QUICK) as world:
        world.platform.faults = [fault]
        running = asyncio.create_task(world.channel.run(world.bot.receive))
        await world.platform.deliver(world.people.says(world.resident, "你好"))
        await until(lambda: world.bot.received)
        running.cancel()


async def test_an_update_that_cannot_be_read_does_not_stop_those_behind_it() -> None:
    async with polled() as world:
        broken = {"update_id": 7_000_000, "message": {"message_id": "x"}}
        world.platform.pending.append(broken)
        await world.platform.deliver(world.people.says(world.resident, "你好"))
        await until(lambda: world.bot.received)
        await until(lambda: broken not in world.platform.pending)


async def test_while_the_store_is_away_nothing_counts_as_fetched() -> None:
    tries = 0

    async def away_twice(message: InboundMessage) -> Answer:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise StoreAway
        return Answer()

    async with polled() as world:
        world.bot.answer = away_twice
        await world.platform.deliver(world.people.says(world.resident, "你好"))
        await until(lambda: tries == 3)

    assert len({message.id for message in world.bot.received}) == 1


async def test_what_was_not_finished_is_fetched_again_after_a_crash() -> None:
    async def never(message: InboundMessage) -> Answer:
        await asyncio.sleep(3600)
        return Answer()

    async with a_world(**QUICK) as world:
        world.bot.answer = never
        await world.platform.deliver(world.people.says(world.resident, "你好"))
        crashing = asyncio.create_task(world.channel.run(world.bot.receive))
        await until(lambda: world.bot.received)
        crashing.cancel()
        world.bot.answer = None
        running = asyncio.create_task(world.channel.run(world.bot.receive))
        await until(lambda: len(world.bot.received) == 2)
        running.cancel()

    first, second = world.bot.received
    assert first == second


def fetches(world: World) -> int:
    return [name for name, _ in world.platform.calls].count("getUpdates")


async def test_of_two_processes_one_polls() -> None:
    async with polled() as world:
        await until(lambda: fetches(world) > 0)
        other = world.another_process()
        heard: list[InboundMessage] = []

        async def keep(message: InboundMessage) -> Answer:
            heard.append(message)
            return Answer()

        second = asyncio.create_task(other.run(keep))
        for number in range(3):
            await world.platform.deliver(world.people.says(world.resident, f"第{number}句"))
        await until(lambda: len(world.bot.received) == 3)
        second.cancel()
        await other.close()

    assert heard == []


@pytest.mark.parametrize("end", ["stopped", "killed"])
async def test_when_the_one_that_polls_has_gone_the_other_goes_on_where_it_was(end: str) -> None:
    async def never(message: InboundMessage) -> Answer:
        await asyncio.sleep(3600)
        return Answer()

    async with a_world(**QUICK, webhook_secret="", span=timedelta(seconds=0.3)) as world:
        first = asyncio.create_task(world.channel.run(world.bot.receive))
        await world.platform.deliver(world.people.says(world.resident, "第一句"))
        await until(lambda: world.bot.received)
        world.bot.answer = never
        await world.platform.deliver(world.people.says(world.resident, "第二句"))
        await until(lambda: len(world.bot.received) == 2)
        world.notebook.is_away = end == "killed"  # who is killed gives up nothing
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        world.notebook.is_away, world.bot.answer = False, None
        other = world.another_process()
        second = asyncio.create_task(other.run(world.bot.receive))
        if end == "killed":
            await asyncio.sleep(0.3)
            assert len(world.bot.received) == 2, "its time is not over yet"
            world.clock.move_to(world.clock.now() + timedelta(seconds=1))
        await until(lambda: len(world.bot.received) == 3)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        await other.close()

    assert [message.text for message in world.bot.received] == ["第一句", "第二句", "第二句"]


async def test_who_loses_the_lease_stops_polling() -> None:
    async with polled(span=timedelta(seconds=0.3)) as world:
        await until(lambda: fetches(world) > 0)
        world.notebook.is_away = True
        await asyncio.sleep(0.5)
        before = fetches(world)
        await world.platform.deliver(world.people.says(world.resident, "你好"))
        await asyncio.sleep(0.3)
        assert (fetches(world), world.bot.received) == (before, [])

        world.notebook.is_away = False
        await until(lambda: world.bot.received)


async def test_numbers_that_begin_anew_after_a_quiet_week_are_fetched() -> None:
    async with polled() as world:
        await world.platform.deliver(world.people.says(world.resident, "第一句"))
        await until(lambda: world.bot.received)
        await until(lambda: not world.platform.pending)
        before = fetches(world)
        await until(lambda: fetches(world) > before)
        again = world.people.says(world.resident, "一周以后")
        again["update_id"] = 3
        await world.platform.deliver(again)
        await until(lambda: len(world.bot.received) == 2)


async def test_a_polling_bot_has_no_address_to_be_called_at() -> None:
    async with a_world(mode=Mode.POLLING) as world:
        assert await world.platform.deliver({"update_id": 1}, url=world.url, secret=SECRET) == 404


# -- telling the platform where to call -------------------------------------------------------------


async def test_the_bot_tells_the_platform_where_to_call_and_what_to_say() -> None:
    url = "https://bot.example:8443/telegram/tg"
    async with a_world(webhook_url=url, pauses=(0.01,)) as world:
        world.platform.faults = [Fault("setWebhook", "status", 500)]
        await world.channel.run(world.bot.receive)

    assert world.platform.webhook["url"] == url
    assert world.platform.webhook["allowed_updates"] == ["message", "callback_query"]
    assert world.platform.secret == SECRET


async def test_without_an_address_the_operator_does() -> None:
    async with a_world() as world:
        await world.channel.run(world.bot.receive)

    assert world.platform.calls == []
