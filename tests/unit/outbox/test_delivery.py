"""The sending loop: what a channel does decides what becomes of a message, and none stops the others."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import bindparam, func, select

from bot.clock import MovableClock
from bot.messaging import (
    Capabilities,
    NotYet,
    OutboundMessage,
    PermanentFailure,
    TemporaryFailure,
    UnclearOutcome,
)
from bot.outbox.delivery import Delivery
from bot.outbox.models import DeliveryState, outbox
from bot.storage.writer import Writer
from tests.unit.outbox.conftest import CHANNELS, Post, at

MONDAY = at("23 10:00")

pytestmark = pytest.mark.anyio

_IN_STATE = select(func.count()).where(
    outbox.c.tenant == bindparam("of_tenant"), outbox.c.state == bindparam("of_state")
)


@dataclass
class Line:
    """A channel that does with a message what it is told to, and remembers it."""

    name: str
    act: Callable[[OutboundMessage], Awaitable[None]] | None = None
    sent: list[OutboundMessage] = field(default_factory=list)

    @property
    def capabilities(self) -> Capabilities:
        return CHANNELS[self.name]

    async def send(self, message: OutboundMessage) -> None:
        if self.act is not None:
            await self.act(message)
        self.sent.append(message)

    async def close(self) -> None:
        return None


@dataclass
class Office:
    delivery: Delivery
    lines: dict[str, Line]
    post: Post
    clock: MovableClock


@pytest.fixture
async def office(post: Post) -> AsyncIterator[Office]:
    async with an_office(post) as found:
        yield found


@asynccontextmanager
async def an_office(post: Post) -> AsyncIterator[Office]:
    lines = {name: Line(name) for name in CHANNELS}
    writer = Writer(post.database)
    clock = MovableClock(MONDAY)
    yield Office(
        Delivery(courier=post.courier, channels=lines, writer=writer, tenant=post.tenant, clock=clock),
        lines,
        post,
        clock,
    )
    writer.close()


def failing(failure: Exception) -> Callable[[OutboundMessage], Awaitable[None]]:
    async def act(_message: OutboundMessage) -> None:
        raise failure

    return act


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not happened():  # noqa: ASYNC110 - the store tells nobody
            await asyncio.sleep(0.01)


def count(post: Post, state: DeliveryState) -> int:
    with post.database.reading(post.tenant) as tx:
        return int(tx.fetch_value(_IN_STATE, of_state=state))


async def test_what_is_waiting_is_sent_and_noted(office: Office) -> None:
    office.post.promise("a", office.post.resident("刘女士"), MONDAY)
    assert await office.delivery.drain() == 1
    assert [message.text for message in office.lines["wechat"].sent] == ["a"]
    assert office.post.row("a").state == DeliveryState.SENT
    assert await office.delivery.drain() == 0


@pytest.mark.parametrize(
    ("failure", "state", "not_before", "attempts"),
    [
        (TemporaryFailure("busy"), DeliveryState.WAITING, timedelta(seconds=15), 1),
        (TemporaryFailure("busy", retry_after=90), DeliveryState.WAITING, timedelta(seconds=90), 1),
        (NotYet("our pace", retry_after=5), DeliveryState.WAITING, timedelta(seconds=5), 0),
        (PermanentFailure("gone"), DeliveryState.GIVEN_UP, timedelta(), 0),
        (UnclearOutcome("cut off"), DeliveryState.UNKNOWN, timedelta(), 0),
        (ZeroDivisionError("a mistake of ours"), DeliveryState.UNKNOWN, timedelta(), 0),
    ],
)
async def test_how_a_send_ended_is_noted(
    office: Office, failure: Exception, state: DeliveryState, not_before: timedelta, attempts: int
) -> None:
    office.lines["wechat"].act = failing(failure)
    office.post.promise("a", office.post.resident("刘女士"), MONDAY)
    await office.delivery.drain()
    row = office.post.row("a")
    assert (row.state, row.not_before - MONDAY, row.attempts) == (state, not_before, attempts)


async def test_one_broken_message_does_not_stop_the_rest(office: Office) -> None:
    async def act(message: OutboundMessage) -> None:
        if message.text == "3":
            raise ZeroDivisionError

    office.lines["wechat"].act = act
    for number in range(6):
        office.post.promise(f"{number}", office.post.resident(f"{number}"), MONDAY)
    await office.delivery.drain()
    assert sorted(message.text for message in office.lines["wechat"].sent) == ["0", "1", "2", "4", "5"]


async def test_a_platform_that_hangs_does_not_hold_up_another(office: Office) -> None:
    hung = asyncio.Event()

    async def hang(_message: OutboundMessage) -> None:
        await hung.wait()

    office.lines["wechat"].act = hang
    for number in range(40):
        office.post.promise(f"slow{number}", office.post.resident(f"{number}"), MONDAY)
    running = asyncio.create_task(office.delivery.run())
    await until(lambda: count(office.post, DeliveryState.LEASED) == 40)
    office.post.promise("urgent", office.post.staff("李敏"), MONDAY, urgent=True)
    office.delivery.wake()
    await until(lambda: office.post.row("urgent").state == DeliveryState.SENT)
    hung.set()
    await until(lambda: count(office.post, DeliveryState.SENT) == 41)
    office.delivery.stop()
    await running


async def test_no_more_are_sent_at_once_than_a_platform_is_meant_to_bear(office: Office) -> None:
    now = most = 0

    async def act(_message: OutboundMessage) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1

    office.lines["wechat"].act = act
    for number in range(100):
        office.post.promise(f"{number}", office.post.resident(f"{number}"), MONDAY)
    assert await office.delivery.drain() == 100
    assert 1 < most <= 32


async def test_a_stopping_process_lets_its_sends_arrive_and_notes_them(office: Office) -> None:
    under_way, may_arrive = asyncio.Event(), asyncio.Event()

    async def act(_message: OutboundMessage) -> None:
        under_way.set()
        await may_arrive.wait()

    office.lines["wechat"].act = act
    office.post.promise("a", office.post.resident("刘女士"), MONDAY)
    running = asyncio.create_task(office.delivery.run())
    await under_way.wait()
    office.delivery.stop()
    office.post.promise("b", office.post.resident("钱女士"), MONDAY)
    may_arrive.set()
    await running
    await office.delivery.finish()
    assert office.post.row("a").state == DeliveryState.SENT
    assert count(office.post, DeliveryState.LEASED) == 0
    office.post.promise("c", office.post.resident("孙女士"), MONDAY)
    await office.delivery.finish()
    assert office.post.row("c").state == DeliveryState.WAITING


async def test_a_reply_in_the_platforms_own_request_is_noted_and_its_rest_is_sent(office: Office) -> None:
    for key in ("carried", "left"):
        office.post.promise(key, office.post.resident("刘女士"), MONDAY)
    carried, left = office.post.claim(MONDAY)
    office.delivery.settle([carried], [left])
    await office.delivery.drain()
    assert [message.text for message in office.lines["wechat"].sent] == ["left"]
    assert office.post.row("carried").state == DeliveryState.SENT
    assert office.post.row("left").state == DeliveryState.SENT


async def test_two_couriers_at_once_send_nothing_twice(post: Post) -> None:
    """Two writers on one store are two processes to each other; half of the sends fail at first."""
    tried: Counter[str] = Counter()

    async def act(message: OutboundMessage) -> None:
        tried[message.text] += 1
        await asyncio.sleep(0)
        if tried[message.text] == 1 and int(message.text) % 2:
            raise NotYet("not yet", retry_after=1)

    for number in range(150):
        post.promise(f"{number}", post.resident(f"{number}"), MONDAY)
    async with an_office(post) as one, an_office(post) as other:
        for office in (one, other):
            office.lines["wechat"].act = act
        await asyncio.gather(one.delivery.drain(), other.delivery.drain())
        for office in (one, other):
            office.clock.move_to(MONDAY + timedelta(seconds=1))
        while sum(await asyncio.gather(one.delivery.drain(), other.delivery.drain())):
            pass
        sent = one.lines["wechat"].sent + other.lines["wechat"].sent
    assert sorted(int(message.text) for message in sent) == list(range(150))
    assert all(times == 1 + int(text) % 2 for text, times in tried.items())
    assert count(post, DeliveryState.SENT) == 150
