"""What the bot says in a staff group through its webhook."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.channels.wecom.webhook import GroupWebhook, Hook
from bot.clock import MovableClock
from bot.messaging import (
    Address,
    Button,
    DeliveryFailure,
    NotYet,
    OutboundMessage,
    PermanentFailure,
    RecipientGone,
    TemporaryFailure,
    UnclearOutcome,
)
from bot.upkeep import Finding
from tests.channels.wechat.conftest import NOON
from tests.channels.wechat.notebook import MemoryNotebook
from tests.counterparts.serving import Fault
from tests.counterparts.wecom.groups import Group, Webhooks

pytestmark = pytest.mark.anyio

KEY = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
SEND = "/cgi-bin/webhook/send"


@dataclass
class World:
    platform: Webhooks
    channel: GroupWebhook
    group: Group
    clock: MovableClock
    notebook: MemoryNotebook
    api_base: str


@asynccontextmanager
async def a_webhook() -> AsyncIterator[World]:
    clock = MovableClock(NOON)
    platform, notebook = Webhooks(clock), MemoryNotebook(clock)
    group = platform.groups[KEY] = Group()
    async with platform.server.running() as base:
        channel = GroupWebhook(Hook("duty", KEY, base), notebook=notebook, clock=clock)
        yield World(platform, channel, group, clock, notebook, base)
        await channel.close()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_webhook() as world:
        yield world


def to_group(text: str, *labels: str, message_id: int = 1) -> OutboundMessage:
    buttons = tuple(Button(label, label) for label in labels)
    return OutboundMessage(message_id, Address("duty", "值班群", is_group=True), text, buttons)


async def test_what_is_said_appears_in_the_group_without_choices_that_nobody_could_make(world: World) -> None:
    await world.channel.send(to_group("今天值班：李敏", "收到"))

    assert world.group.screen == ["今天值班：李敏"]


async def test_one_person_cannot_be_reached(world: World) -> None:
    with pytest.raises(PermanentFailure):
        await world.channel.send(OutboundMessage(1, Address("duty", "limin"), "来单"))


async def test_nothing_of_a_long_text_is_lost(world: World) -> None:
    await world.channel.send(to_group("甲" * 600 + "\n" + "乙" * 600))

    assert world.group.screen == ["甲" * 600, "乙" * 600]


async def test_the_21st_message_of_a_minute_waits_and_the_platform_never_has_to_refuse(world: World) -> None:
    for number in range(20):
        await world.channel.send(to_group(str(number), message_id=number))
    with pytest.raises(NotYet) as held:
        await world.channel.send(to_group("20", message_id=20))
    assert held.value.retry_after is not None
    world.clock.move_to(world.clock.now() + timedelta(seconds=held.value.retry_after))
    await world.channel.send(to_group("20", message_id=20))

    assert (len(world.group.screen), world.group.refused) == (21, 0)


async def test_paced_sending_reaches_the_platforms_rate_within_two_percent(world: World) -> None:
    end, number = world.clock.now() + timedelta(minutes=20), 0
    while world.clock.now() < end:
        try:
            await world.channel.send(to_group("值班提醒", message_id=number))
            number += 1
        except NotYet as held:
            world.clock.move_to(world.clock.now() + timedelta(seconds=held.retry_after or 0))

    assert world.group.refused == 0
    assert number >= 0.98 * 20 * 20


async def test_processes_keep_to_the_rate_together(world: World) -> None:
    hook = Hook("duty", KEY, world.api_base)
    other = GroupWebhook(hook, notebook=world.notebook, clock=world.clock)
    for number in range(10):
        await world.channel.send(to_group("一", message_id=number))
        await other.send(to_group("二", message_id=number + 100))

    for channel in (world.channel, other):
        with pytest.raises(NotYet):
            await channel.send(to_group("三", message_id=999))
    await other.close()


OUTCOMES: dict[str, tuple[Fault, type[DeliveryFailure]]] = {
    "busy": (Fault(SEND, "errcode", -1), TemporaryFailure),
    "too often, by the platform's count": (Fault(SEND, "errcode", 45009), TemporaryFailure),
    "the group or its robot is gone": (Fault(SEND, "errcode", 93000), RecipientGone),
    "a code of tomorrow": (Fault(SEND, "errcode", 99999), PermanentFailure),
    "HTTP 429": (Fault(SEND, "status", 429), TemporaryFailure),
    "HTTP 503": (Fault(SEND, "status", 503), TemporaryFailure),
    "HTTP 504": (Fault(SEND, "status", 504), UnclearOutcome),
    "connection lost": (Fault(SEND, "disconnect", after=True), UnclearOutcome),
    "answer that is not JSON": (Fault(SEND, "garbage"), UnclearOutcome),
}


@pytest.mark.parametrize("name", OUTCOMES)
async def test_every_failure_has_its_outcome_and_none_tells_the_key(world: World, name: str) -> None:
    fault, expected = OUTCOMES[name]
    world.platform.server.faults = [fault]

    with pytest.raises(DeliveryFailure) as raised:
        await world.channel.send(to_group("值班"))

    assert type(raised.value) is expected
    assert KEY not in str(raised.value)
    assert KEY not in repr(Hook("duty", KEY))


async def test_a_connection_that_hangs_is_unclear_after_a_while(world: World) -> None:
    hook = Hook("duty", KEY, world.api_base, call_within=0.1)
    channel = GroupWebhook(hook, notebook=world.notebook, clock=world.clock)
    world.platform.server.faults = [Fault(SEND, "hang")]

    with pytest.raises(UnclearOutcome):
        await channel.send(to_group("值班"))
    await channel.close()


async def test_a_check_finds_a_wrong_key_and_says_nothing_in_the_group(world: World) -> None:
    assert await world.channel.check() == [Finding("channel_wecom_webhook")]
    wrong = GroupWebhook(Hook("duty", "nobody", world.api_base), notebook=world.notebook, clock=world.clock)

    with pytest.raises(RecipientGone):
        await wrong.check()
    await wrong.close()
    assert world.group.screen == []
