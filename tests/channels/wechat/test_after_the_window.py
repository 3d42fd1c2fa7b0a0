"""What is sent when no 客服消息 may be sent any more: the brief of a push, in the fields of a template."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.channels.wechat.account import Template
from bot.messaging import Brief, QuotaUsedUp, RecipientGone, TemporaryFailure, UnclearOutcome, WindowClosed
from tests.channels.wechat.conftest import World, a_world, to
from tests.counterparts.serving import Fault

pytestmark = pytest.mark.anyio

SUBSCRIPTION = Template("S1", what="thing3", number="character_string1", place="thing2", when="time4")
TEMPLATE = Template("T1", what="thing2", number="character_string1")
RESOLVED = replace(
    to("oA", "您报的幸福里3号楼2单元电梯（A2611-0001）办完了：换了门机。解决了吗？"),
    brief=Brief("A2611-0001", "幸福里3号楼2单元", "电梯 办完了，请回话"),
)


@pytest.fixture
async def late() -> AsyncIterator[World]:
    """Three days after the resident last wrote, with both kinds of templates set up."""
    async with a_world(subscription=SUBSCRIPTION, template=TEMPLATE) as world:
        await three_days_pass(world)
        yield world


async def three_days_pass(world: World) -> None:
    world.platform.templates |= {
        "S1": ["character_string1", "thing2", "thing3", "time4"],
        "T1": ["character_string1", "thing2"],
    }
    await world.caller.says("oA", "3号楼电梯坏了")
    world.platform.resident("oA").screen.clear()
    world.clock.move_to(world.clock.now() + timedelta(days=3))


def sent(world: World, path: str) -> int:
    return sum(call.path.endswith(path) for call in world.platform.calls)


async def test_a_consent_carries_the_push_once(late: World) -> None:
    await late.caller.consents("oA", "S1")

    await late.channel.send(RESOLVED)

    (card,) = late.platform.resident("oA").screen
    assert card.splitlines() == [
        "character_string1: A2611-0001",
        "thing2: 幸福里3号楼2单元",
        "thing3: 电梯 办完了，请回话",
        "time4: 2026-11-26 12:00",
    ]
    assert await late.channel.notices.consents("oA", "S1") == 0
    assert sent(late, "template/send") == 0


async def test_without_a_consent_the_template_message_goes(late: World) -> None:
    await late.channel.send(RESOLVED)

    (card,) = late.platform.resident("oA").screen
    assert card == "character_string1: A2611-0001\nthing2: 电梯 办完了，请回话"
    assert sent(late, "bizsend") == 0


async def test_a_consent_that_the_platform_no_longer_knows_leaves_the_template_message(late: World) -> None:
    await late.caller.consents("oA", "S1")
    late.platform.resident("oA").credits.clear()

    await late.channel.send(RESOLVED)

    assert len(late.platform.resident("oA").screen) == 1
    assert await late.channel.notices.consents("oA", "S1") == 0


async def test_the_same_where_the_window_is_open_and_the_five_are_used_up(late: World) -> None:
    await late.caller.says("oA", "还在吗")
    late.platform.resident("oA").screen.clear()
    for number in range(5):
        await late.channel.send(to("oA", str(number)))

    await late.channel.send(RESOLVED)

    assert "请回话" in late.platform.resident("oA").screen[-1]
    assert len(late.platform.resident("oA").screen) == 6


async def test_within_the_window_the_whole_text_goes(late: World) -> None:
    await late.caller.says("oA", "还在吗")
    await late.caller.consents("oA", "S1")

    await late.channel.send(RESOLVED)

    assert late.platform.resident("oA").screen[-1] == RESOLVED.text
    assert await late.channel.notices.consents("oA", "S1") == 1


async def test_what_cannot_be_said_briefly_takes_the_next_way(late: World) -> None:
    await late.caller.consents("oA", "S1")

    with pytest.raises(WindowClosed):
        await late.channel.send(to("oA", "李敏回复您：带上房产证来办"))

    assert late.platform.resident("oA").screen == []
    assert await late.channel.notices.consents("oA", "S1") == 1


async def test_without_a_consent_and_without_a_template_message_the_next_way_is_taken() -> None:
    async with a_world(subscription=SUBSCRIPTION) as world:
        await three_days_pass(world)

        with pytest.raises(WindowClosed):
            await world.channel.send(RESOLVED)
        with pytest.raises(QuotaUsedUp):  # by now we know
            await world.channel.send(RESOLVED)

        assert world.platform.resident("oA").screen == []


async def test_nothing_set_up_is_as_before() -> None:
    async with a_world() as world:
        await three_days_pass(world)
        await world.caller.consents("oA", "S1")

        with pytest.raises(WindowClosed):
            await world.channel.send(RESOLVED)


async def test_a_template_message_that_is_sent_again_after_an_unclear_end_arrives_once(late: World) -> None:
    late.platform.faults = [Fault("template/send", "disconnect", after=True)]

    with pytest.raises(TemporaryFailure):
        await late.channel.send(RESOLVED)
    await late.channel.send(RESOLVED)

    assert len(late.platform.resident("oA").screen) == 1


async def test_a_consent_whose_use_ended_unclearly_is_spent_and_says_so(late: World) -> None:
    """The platform tells no repeats of a 订阅通知: the outbox keeps such a push as uncertain."""
    await late.caller.consents("oA", "S1")
    late.platform.faults = [Fault("bizsend", "disconnect", after=True)]

    with pytest.raises(UnclearOutcome):
        await late.channel.send(RESOLVED)

    assert len(late.platform.resident("oA").screen) == 1
    assert await late.channel.notices.consents("oA", "S1") == 0
    assert sent(late, "template/send") == 0


async def test_somebody_who_left_is_gone_for_the_template_message_too(late: World) -> None:
    await late.caller.leaves("oA")

    with pytest.raises(RecipientGone):
        await late.channel.send(RESOLVED)
