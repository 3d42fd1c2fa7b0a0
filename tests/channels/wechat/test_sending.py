"""客服消息: the token, the quota, and what becomes of every way to fail."""

import asyncio
from datetime import timedelta

import pytest

from bot.channels.wechat.account import Account
from bot.channels.wechat.channel import OfficialAccount
from bot.messaging import (
    Address,
    DeliveryFailure,
    OutboundMessage,
    PermanentFailure,
    QuotaUsedUp,
    RecipientGone,
    TemporaryFailure,
    UnclearOutcome,
    WindowClosed,
)
from bot.upkeep import Finding
from tests.channels.wechat.conftest import APP_ID, SECRET, TOKEN, World, a_world, to, with_buttons
from tests.counterparts.serving import Fault

pytestmark = pytest.mark.anyio

SEND = "/cgi-bin/message/custom/send"


def calls(world: World, path: str) -> int:
    return sum(call.path.endswith(path) for call in world.platform.calls)


async def test_a_message_reaches_somebody_who_wrote(world: World) -> None:
    await world.caller.says("oA", "你好")

    await world.channel.send(with_buttons(to("oA", "修好了吗？"), "好了", "没好"))

    assert world.platform.resident("oA").screen[-1] == "修好了吗？\n1. 好了\n2. 没好"


async def test_chinese_is_not_escaped_on_the_wire(world: World) -> None:
    await world.caller.says("oA", "你好")

    await world.channel.send(to("oA", "收到"))

    assert world.platform.calls[-1].body["text"] == {"content": "收到"}


async def test_a_group_is_refused(world: World) -> None:
    with pytest.raises(PermanentFailure):
        await world.channel.send(OutboundMessage(1, Address("wechat", "g", is_group=True), "大家好"))


# -- quota ------------------------------------------------------------------------------------------


async def test_five_messages_may_follow_one_and_the_sixth_is_not_even_tried(world: World) -> None:
    await world.caller.says("oA", "你好")

    for number in range(5):
        await world.channel.send(to("oA", str(number)))
    with pytest.raises(QuotaUsedUp):
        await world.channel.send(to("oA", "6"))

    assert calls(world, SEND) == 5
    assert await world.channel.quota.left("oA") == 0


async def test_the_persons_next_message_allows_five_again(world: World) -> None:
    await world.caller.says("oA", "你好")
    for number in range(5):
        await world.channel.send(to("oA", str(number)))

    await world.caller.says("oA", "还在吗")

    assert await world.channel.quota.left("oA") == 5
    await world.channel.send(to("oA", "在"))


async def test_after_48_hours_the_window_is_closed(world: World) -> None:
    await world.caller.says("oA", "你好")
    world.clock.move_to(world.clock.now() + timedelta(hours=48, seconds=1))

    assert await world.channel.quota.left("oA") == 0
    with pytest.raises(WindowClosed):
        await world.channel.send(to("oA", "修好了"))


async def test_what_the_platform_refused_for_good_is_not_tried_again(world: World) -> None:
    await world.caller.says("oA", "你好")
    world.platform.resident("oA").allowances.clear()

    with pytest.raises(WindowClosed):
        await world.channel.send(to("oA", "一"))
    with pytest.raises(QuotaUsedUp):
        await world.channel.send(to("oA", "二"))

    assert calls(world, SEND) == 1


@pytest.mark.parametrize("act", ["follows", "scans", "presses"])
async def test_three_messages_may_follow_an_act_within_a_minute(world: World, act: str) -> None:
    await getattr(world.caller, act)("oA", "幸福里3号楼")

    assert await world.channel.quota.left("oA") == 3
    for number in range(3):
        await world.channel.send(to("oA", str(number)))
    with pytest.raises(DeliveryFailure):
        await world.channel.send(to("oA", "4"))


async def test_an_acts_allowance_ends_after_a_minute(world: World) -> None:
    await world.caller.presses("oA", "报修")
    world.clock.move_to(world.clock.now() + timedelta(seconds=61))

    assert await world.channel.quota.left("oA") == 0


async def test_an_act_leaves_the_room_that_a_message_made(world: World) -> None:
    await world.caller.says("oA", "你好")
    await world.caller.presses("oA", "报修")

    for number in range(8):
        await world.channel.send(to("oA", str(number)))
    with pytest.raises(QuotaUsedUp):
        await world.channel.send(to("oA", "9"))


async def test_who_unfollows_has_no_room_left(world: World) -> None:
    await world.caller.says("oA", "你好")
    await world.caller.leaves("oA")

    with pytest.raises(QuotaUsedUp):
        await world.channel.send(to("oA", "修好了"))
    assert calls(world, SEND) == 0


async def test_room_survives_a_restart(world: World) -> None:
    await world.caller.says("oA", "你好")
    for number in range(4):
        await world.channel.send(to("oA", str(number)))
    await world.channel.quota.write()

    other = another_process(world)

    assert await other.quota.left("oA") == 1


async def test_a_failed_message_costs_no_room_but_an_unclear_one_does(world: World) -> None:
    await world.caller.says("oA", "你好")
    world.platform.faults = [Fault(SEND, "errcode", -1), Fault(SEND, "disconnect")]

    with pytest.raises(TemporaryFailure):
        await world.channel.send(to("oA", "一"))
    assert await world.channel.quota.left("oA") == 5
    with pytest.raises(UnclearOutcome):
        await world.channel.send(to("oA", "一"))
    assert await world.channel.quota.left("oA") == 4


async def test_a_long_message_goes_in_parts_and_goes_on_where_it_broke_off(world: World) -> None:
    await world.caller.says("oA", "你好")
    message = to("oA", "甲" * 600 + "\n" + "乙" * 600 + "\n" + "丙" * 600)
    world.platform.faults = [Fault(SEND, "errcode", -1, passes=1)]

    with pytest.raises(TemporaryFailure):
        await world.channel.send(message)
    await world.channel.send(message)

    assert world.platform.resident("oA").screen[1:] == ["甲" * 600, "乙" * 600, "丙" * 600]


# -- failures ---------------------------------------------------------------------------------------

OUTCOMES: dict[str, tuple[Fault, type[DeliveryFailure]]] = {
    "busy": (Fault(SEND, "errcode", -1), TemporaryFailure),
    "address not on the white list": (Fault(SEND, "errcode", 40164), TemporaryFailure),
    "calls of the day used up": (Fault(SEND, "errcode", 45009), TemporaryFailure),
    "too often": (Fault(SEND, "errcode", 45011), TemporaryFailure),
    "window closed": (Fault(SEND, "errcode", 45015), WindowClosed),
    "quota used up": (Fault(SEND, "errcode", 45047), QuotaUsedUp),
    "not a follower": (Fault(SEND, "errcode", 43004), RecipientGone),
    "no such person": (Fault(SEND, "errcode", 40003), RecipientGone),
    "account may not": (Fault(SEND, "errcode", 48001), PermanentFailure),
    "too long": (Fault(SEND, "errcode", 45002), PermanentFailure),
    "a code of tomorrow": (Fault(SEND, "errcode", 99999), PermanentFailure),
    "HTTP 429": (Fault(SEND, "status", 429), TemporaryFailure),
    "HTTP 500": (Fault(SEND, "status", 500), TemporaryFailure),
    "HTTP 503": (Fault(SEND, "status", 503), TemporaryFailure),
    "HTTP 502": (Fault(SEND, "status", 502), UnclearOutcome),
    "HTTP 504": (Fault(SEND, "status", 504), UnclearOutcome),
    "connection lost before the work": (Fault(SEND, "disconnect"), UnclearOutcome),
    "connection lost after the work": (Fault(SEND, "disconnect", after=True), UnclearOutcome),
    "answer that is not JSON": (Fault(SEND, "garbage"), UnclearOutcome),
    "token endpoint down": (Fault("stable_token", "status", 500), TemporaryFailure),
    "token endpoint gone": (Fault("stable_token", "disconnect"), TemporaryFailure),
    "token endpoint babbling": (Fault("stable_token", "garbage"), TemporaryFailure),
    "wrong secret": (Fault("stable_token", "errcode", 40125), TemporaryFailure),
}


@pytest.mark.parametrize("name", OUTCOMES)
async def test_every_failure_has_its_outcome(world: World, name: str) -> None:
    await world.caller.says("oA", "你好")
    fault, expected = OUTCOMES[name]
    world.platform.faults = [fault]

    with pytest.raises(DeliveryFailure) as raised:
        await world.channel.send(to("oA", "修好了"))

    assert type(raised.value) is expected
    assert SECRET not in str(raised.value)
    assert "access_token=" not in str(raised.value)


async def test_an_address_where_nobody_listens_is_a_passing_failure(world: World) -> None:
    account = Account("wechat", APP_ID, TOKEN, SECRET, api_base="http://127.0.0.1:9")
    channel = OfficialAccount(account, notebook=world.notebook, clock=world.clock, settle=world.bot.settle)

    with pytest.raises(TemporaryFailure):
        await channel.send(to("oA", "修好了"))
    await channel.close()


async def test_a_connection_that_hangs_is_unclear_after_a_while() -> None:
    async with a_world(call_within=0.1) as world:
        await world.caller.says("oA", "你好")
        world.platform.faults = [Fault(SEND, "hang")]

        with pytest.raises(UnclearOutcome):
            await world.channel.send(to("oA", "修好了"))


# -- the token --------------------------------------------------------------------------------------


async def test_many_messages_at_once_fetch_one_token(world: World) -> None:
    for number in range(20):
        await world.caller.says(f"o{number}", "你好")

    await asyncio.gather(*(world.channel.send(to(f"o{number}", "好")) for number in range(20)))

    assert calls(world, "stable_token") == 1


async def test_processes_share_the_token_through_the_notebook(world: World) -> None:
    await world.caller.says("oA", "你好")
    other = another_process(world)

    await world.channel.send(to("oA", "一"))
    await other.send(to("oA", "二"))
    assert calls(world, "stable_token") == 1

    world.platform.revoke_tokens()
    await world.channel.send(to("oA", "三"))
    await other.send(to("oA", "四"))  # its own token is refused, the notebook's is good
    await other.close()
    assert calls(world, "stable_token") == 2


def another_process(world: World) -> OfficialAccount:
    account = Account("wechat", APP_ID, TOKEN, SECRET, api_base=world.api_base)
    return OfficialAccount(account, notebook=world.notebook, clock=world.clock, settle=world.bot.settle)


async def test_a_token_that_expires_is_renewed_in_time(world: World) -> None:
    await world.caller.says("oA", "你好")
    await world.channel.send(to("oA", "一"))
    world.clock.move_to(world.clock.now() + timedelta(hours=2))

    await world.channel.send(to("oA", "二"))

    assert calls(world, "stable_token") == 2
    assert calls(world, SEND) == 2


async def test_a_token_revoked_in_mid_send_is_renewed_once_and_the_message_arrives_once(world: World) -> None:
    await world.caller.says("oA", "你好")
    await world.channel.send(to("oA", "一"))
    world.platform.revoke_tokens()

    await world.channel.send(to("oA", "二"))

    assert world.platform.resident("oA").screen[-2:] == ["一", "二"]
    assert calls(world, "stable_token") == 2


async def test_a_platform_that_refuses_every_token_is_not_asked_for_ever(world: World) -> None:
    await world.caller.says("oA", "你好")
    world.platform.rejects_every_token = True

    for _ in range(3):
        with pytest.raises(TemporaryFailure):
            await world.channel.send(to("oA", "一"))

    forced = [call for call in world.platform.calls if call.body.get("force_refresh")]
    assert len(forced) == 1  # the next may be forced after 30 seconds
    assert len(world.platform.calls) < 12
    assert await world.channel.quota.left("oA") == 5


async def test_a_forced_token_is_used_by_all_once_the_platform_accepts_it(world: World) -> None:
    await world.caller.says("oA", "你好")
    world.platform.faults = [Fault(SEND, "errcode", 42001)]

    await world.channel.send(to("oA", "一"))

    forced = [call for call in world.platform.calls if call.body.get("force_refresh")]
    assert len(forced) == 1
    assert world.platform.resident("oA").screen[-1] == "一"


async def test_a_check_says_how_many_calls_are_left_or_what_to_mend(world: World) -> None:
    assert await world.channel.check() == [Finding("channel_wechat", {"remain": 500_000})]

    world.platform.is_called_back = False
    assert (await world.channel.check())[-1] == Finding("channel_wechat_40201", is_wrong=True)
    world.platform.faults = [Fault("quota/get", "errcode", 40164)]
    with pytest.raises(TemporaryFailure, match="white list"):
        await world.channel.check()
