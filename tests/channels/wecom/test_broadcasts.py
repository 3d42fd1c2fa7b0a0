"""Messages to 客户群: prepared by the bot, sent by the group's owner, and what became of them."""

from datetime import timedelta

import pytest

from bot.messaging import PermanentFailure, TemporaryFailure
from bot.upkeep import BroadcastingChannel, Finding
from tests.channels.wecom.conftest import AppWorld
from tests.counterparts.serving import Fault
from tests.counterparts.wecom.broadcasts import Broadcasts, Group

pytestmark = pytest.mark.anyio


@pytest.fixture
def platform(world: AppWorld) -> Broadcasts:
    """李敏 owns two groups."""
    owners = {"g1": "LiMin", "g2": "LiMin", "g3": "Zhao"}
    world.broadcasts.groups = {name: Group(owner) for name, owner in owners.items()}
    return world.broadcasts


async def prepared(world: AppWorld, *groups: str) -> str:
    """The task's number."""
    assert isinstance(world.channel, BroadcastingChannel)
    found = await world.channel.prepare_broadcast("LiMin", "周六上午停水", groups)
    return str(found[0].values["task"])


async def test_nothing_reaches_a_group_before_its_owner_has_pressed(
    world: AppWorld, platform: Broadcasts
) -> None:
    task = await prepared(world, "g1")
    waiting = await world.channel.broadcast_result(task)
    shown_before = list(platform.groups["g1"].screen)
    platform.press(task)
    result = await world.channel.broadcast_result(task)

    assert waiting == [Finding("broadcast_waiting", {"owner": "LiMin"})]
    assert (shown_before, platform.groups["g1"].screen) == ([], ["周六上午停水"])
    assert result == [Finding("broadcast_sent", {"group": "g1", "moment": "11-23 12:00"})]


async def test_without_groups_it_is_for_all_of_the_owners(world: AppWorld, platform: Broadcasts) -> None:
    platform.press(await prepared(world))

    assert [len(group.screen) for group in platform.groups.values()] == [1, 1, 0]


async def test_a_group_of_somebody_else_is_left_out_and_named(world: AppWorld, platform: Broadcasts) -> None:
    found = await world.channel.prepare_broadcast("LiMin", "停水", ["g1", "g3"])

    assert found[1] == Finding("broadcast_left_out", {"group": "g3"}, is_wrong=True)


async def test_what_did_not_arrive_says_why_over_all_pages(world: AppWorld, platform: Broadcasts) -> None:
    platform.press(await prepared(world, "g1"))
    platform.groups["g2"].is_there = False
    task = await prepared(world, "g1", "g2")
    platform.press(task)

    found = await world.channel.broadcast_result(task)

    assert [(finding.key, finding.values["group"]) for finding in found] == [
        ("broadcast_full", "g1"),
        ("broadcast_no_contact", "g2"),
    ]
    assert all(finding.is_wrong for finding in found)


async def test_the_owner_is_reminded_three_times_a_day_at_most(world: AppWorld, platform: Broadcasts) -> None:
    task = await prepared(world, "g1")
    for _ in range(3):
        assert await world.channel.remind_of_broadcast(task) == [Finding("broadcast_reminded")]
    with pytest.raises(PermanentFailure, match="remind limit"):
        await world.channel.remind_of_broadcast(task)
    world.clock.move_to(world.clock.now() + timedelta(days=1))

    assert await world.channel.remind_of_broadcast(task) == [Finding("broadcast_reminded")]


@pytest.mark.parametrize(("text", "groups"), [("", 1), ("水" * 1334, 1), ("停水", 2001)])
async def test_what_does_not_fit_is_not_asked_for(
    world: AppWorld, platform: Broadcasts, text: str, groups: int
) -> None:
    with pytest.raises(ValueError, match="broadcast"):
        await world.channel.prepare_broadcast("LiMin", text, ["g1"] * groups)

    assert world.corp.server.calls == []


async def test_a_task_that_is_not_there_and_a_platform_that_is_busy(
    world: AppWorld, platform: Broadcasts
) -> None:
    with pytest.raises(PermanentFailure, match="41046"):
        await world.channel.broadcast_result("msg9999")
    world.corp.server.faults = [Fault("add_msg_template", "errcode", -1)]
    with pytest.raises(TemporaryFailure):
        await prepared(world, "g1")
