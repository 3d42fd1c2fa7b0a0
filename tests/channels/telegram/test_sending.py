"""What the bot says, how it looks over there, and what becomes of every way to fail."""

import asyncio
import json
from dataclasses import replace

import pytest

from bot.messaging import (
    Address,
    Button,
    DeliveryFailure,
    Moved,
    OutboundMessage,
    PermanentFailure,
    RecipientGone,
    TemporaryFailure,
    UnclearOutcome,
)
from bot.upkeep import Finding
from tests.channels.telegram.conftest import NAME, World, a_channel, a_world
from tests.counterparts.telegram.platform import Fault

pytestmark = pytest.mark.anyio


async def start(world: World) -> None:
    await world.hear(world.people.says(world.resident, "你好"))


def texts(world: World) -> list[str]:
    return [shown.text for shown in world.resident.screen]


async def test_a_message_with_buttons_reaches_somebody_who_wrote(world: World) -> None:
    await start(world)

    await world.channel.send(
        world.to(world.resident, "修好了吗？", Button("好了", "修好了"), Button("没好", "还没好"))
    )

    [shown] = world.resident.screen
    assert shown.text == "修好了吗？"
    assert shown.buttons == [("好了", "修好了"), ("没好", "还没好")]


async def test_a_message_reaches_a_group(world: World) -> None:
    await world.channel.send(world.to(world.group, "今晚停水"))

    assert [shown.text for shown in world.group.screen] == ["今晚停水"]


@pytest.mark.parametrize(
    ("chat", "is_group"),
    [("-4001", False), ("501", True), ("", False), ("wang", False), ("0501", False), ("1" * 30, False)],
)
async def test_what_is_meant_for_one_kind_of_chat_never_goes_to_another(
    world: World, chat: str, is_group: bool
) -> None:
    """An anonymous administrator “is” the group: an answer in private would be read by everybody."""
    with pytest.raises(RecipientGone):
        await world.channel.send(OutboundMessage(1, Address(NAME, chat, is_group), "您家的电话是……"))

    assert world.platform.calls == []


# -- buttons ----------------------------------------------------------------------------------------

LONG = "我想预约周三下午三点刘律师的法律咨询，在社区服务中心二楼当面谈"


async def press(world: World, label: str) -> str:
    message = await world.hear(world.people.presses(world.resident, label))
    assert message is not None
    assert message.sender == "501"
    return message.text


async def test_a_press_says_what_the_button_says(world: World) -> None:
    await start(world)
    await world.channel.send(world.to(world.resident, "对吗？", Button("对", "对，就是这样")))

    assert await press(world, "对") == "对，就是这样"
    assert len(world.platform.acknowledged) == 1


async def test_a_button_may_say_more_than_it_can_carry(world: World) -> None:
    await start(world)
    await world.channel.send(world.to(world.resident, "约吗？", Button("约", LONG), Button("不", "不约")))

    data = [data for _, data in world.resident.screen[0].buttons]

    assert max(len(one.encode()) for one in data) <= 64
    assert await press(world, "约") == LONG
    assert await press(world, "不") == "不约"


async def test_nobody_can_make_a_button_point_at_what_another_says(world: World) -> None:
    await start(world)
    await world.channel.send(world.to(world.resident, "约吗？", Button("约", LONG)))
    [(_, reference)] = world.resident.screen[0].buttons

    await world.channel.send(world.to(world.resident, "选吧", Button("它自己", reference)))

    assert await press(world, "它自己") == reference


async def test_a_button_that_is_forgotten_says_what_stands_on_it(world: World) -> None:
    await start(world)
    await world.channel.send(world.to(world.resident, "约吗？", Button("约刘律师", LONG)))
    world.notebook._entries.clear()

    assert await press(world, "约刘律师") == "约刘律师"


async def test_a_press_in_a_group_counts_as_said_to_the_bot(world: World) -> None:
    await world.channel.send(world.to(world.group, "周六清洁，报名吗？", Button("报名", "我要报名")))

    message = await world.hear(world.people.presses(world.resident, "报名", chat=world.group))

    assert message is not None
    assert (message.chat, message.is_group, message.mentioned) == ("-4001", True, True)
    assert message.text == "我要报名"


async def test_a_press_arrives_even_if_it_cannot_be_acknowledged(world: World) -> None:
    await start(world)
    await world.channel.send(world.to(world.resident, "对吗？", Button("对", "对")))
    world.platform.faults = [Fault("answerCallbackQuery", "status", 400)]

    assert await press(world, "对") == "对"


# -- long text --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("甲" * 4096, [4096]),
        ("甲" * 4097, [4096, 1]),
        ("😀" * 2048, [2048]),
        ("😀" * 2049, [2048, 1]),
        ("甲" + "😀" * 2048, [2048, 1]),  # an emoji is not torn apart
        ("甲" * 3000 + "\n" + "乙" * 3000, [3000, 3000]),
    ],
)
async def test_long_text_goes_in_parts_that_the_platform_takes(
    world: World, text: str, lengths: list[int]
) -> None:
    await start(world)

    await world.channel.send(world.to(world.resident, text, Button("好", "好")))

    assert [len(part) for part in texts(world)] == lengths
    assert "".join(texts(world)) == text.replace("\n", "")
    assert [bool(shown.buttons) for shown in world.resident.screen] == [False] * (len(lengths) - 1) + [True]


async def test_a_long_message_goes_on_where_it_broke_off_even_in_another_process(world: World) -> None:
    await start(world)
    message = world.to(world.resident, "甲" * 4096 + "乙" * 10)
    world.platform.faults = [Fault("sendMessage", "status", 500, passes=1)]

    with pytest.raises(TemporaryFailure):
        await world.channel.send(message)
    other = world.another_process()
    await other.send(message)
    await other.close()

    assert texts(world) == ["甲" * 4096, "乙" * 10]


# -- failures ---------------------------------------------------------------------------------------


def status(number: int, description: str = "") -> Fault:
    """The platform says this instead of sending."""
    answer = {"ok": False, "error_code": number, "description": description}
    return Fault("sendMessage", "status", number, body=json.dumps(answer) if description else "<html>")


def odd(body: str) -> Fault:
    return Fault("sendMessage", "odd", body=body)


OUTCOMES: dict[str, tuple[Fault, type[DeliveryFailure]]] = {
    "server error": (status(500), TemporaryFailure),
    "out of service": (status(503), TemporaryFailure),
    "too many, no word for how long": (status(429), TemporaryFailure),
    "gateway": (status(502), UnclearOutcome),
    "gateway gave up waiting": (status(504), UnclearOutcome),
    "broke before": (Fault("sendMessage", "disconnect"), UnclearOutcome),
    "broke after": (Fault("sendMessage", "disconnect", after=True), UnclearOutcome),
    "hangs": (Fault("sendMessage", "hang"), UnclearOutcome),
    "not JSON": (Fault("sendMessage", "garbage"), UnclearOutcome),
    "not an object": (odd("[1]"), UnclearOutcome),
    "no result": (odd("{}"), UnclearOutcome),
    "result of another form": (odd('{"ok": true, "result": {}}'), UnclearOutcome),
    "result of another type": (odd('{"ok": true, "result": [[]]}'), UnclearOutcome),
    "parameters of another form": (
        Fault("sendMessage", "status", 400, body='{"parameters": [1], "description": "x"}'),
        UnclearOutcome,
    ),
    "wait of another form": (
        Fault("sendMessage", "status", 429, body='{"parameters": {"retry_after": []}}'),
        TemporaryFailure,
    ),
    "not enough rights": (status(400, "Bad Request: not enough rights"), PermanentFailure),
    "nobody": (status(400, "Bad Request: user not found"), RecipientGone),
    "deactivated": (status(403, "Forbidden: user is deactivated"), RecipientGone),
    "token revoked": (status(401, "Unauthorized"), TemporaryFailure),
    "token malformed": (status(404, "Not Found"), TemporaryFailure),
    "elsewhere": (status(302), UnclearOutcome),
    "endless": (Fault("sendMessage", "status", 200, body="x" * 11_000_000), UnclearOutcome),
}


@pytest.mark.parametrize("name", OUTCOMES)
async def test_each_failure_has_its_outcome(name: str) -> None:
    fault, outcome = OUTCOMES[name]
    async with a_world(call_within=0.5) as world:
        await start(world)
        world.platform.faults = [fault]

        with pytest.raises(DeliveryFailure) as failed:
            await world.channel.send(world.to(world.resident, "您家3号楼501的电话"))

    assert type(failed.value) is outcome
    assert world.account.token not in str(failed.value)
    assert "501" not in str(failed.value)


async def test_nothing_was_sent_where_nobody_listens(world: World) -> None:
    await start(world)
    await world.channel.close()
    account = replace(world.account, api_base="http://127.0.0.1:1")
    other = a_channel(account, world.notebook, world.clock, world.photos)

    with pytest.raises(TemporaryFailure):
        await other.send(world.to(world.resident, "在吗"))
    await other.close()


async def test_who_never_wrote_or_has_blocked_the_bot_is_gone(world: World) -> None:
    with pytest.raises(RecipientGone, match="initiate"):
        await world.channel.send(world.to(world.resident, "您好"))
    await start(world)
    world.resident.has_bot = False
    with pytest.raises(RecipientGone, match="blocked"):
        await world.channel.send(world.to(world.resident, "您好"))


async def test_a_group_that_threw_the_bot_out_is_gone(world: World) -> None:
    world.group.has_bot = False

    with pytest.raises(RecipientGone, match="kicked"):
        await world.channel.send(world.to(world.group, "大家好"))


async def test_the_platforms_wait_is_passed_on_and_kept() -> None:
    async with a_world(limits={"group": (1, 60.0)}) as world:
        await world.channel.send(world.to(world.group, "一"))
        with pytest.raises(TemporaryFailure) as first:
            await world.channel.send(world.to(world.group, "二"))
        with pytest.raises(TemporaryFailure) as second:
            await world.channel.send(world.to(world.group, "三"))
        sends = [method for method, _ in world.platform.calls if method == "sendMessage"]

    assert first.value.retry_after is not None
    assert second.value.retry_after is not None
    assert 55 < second.value.retry_after <= first.value.retry_after <= 60
    assert len(sends) == 2  # the third was not even tried


# -- groups that move -------------------------------------------------------------------------------


async def test_a_group_that_moved_is_reached_under_its_new_id_at_once(world: World) -> None:
    world.people.upgrade(world.group, -100777)

    await world.channel.send(world.to(world.group, "今晚停水"))

    assert [shown.text for shown in world.people.chats[-100777].screen] == ["今晚停水"]


async def test_after_that_the_old_id_is_not_tried_again_by_any_process(world: World) -> None:
    world.people.upgrade(world.group, -100777)
    await world.channel.send(world.to(world.group, "一"))
    other = world.another_process()

    await other.send(world.to(world.group, "二"))
    await other.close()

    assert [parameters["chat_id"] for _, parameters in world.platform.calls] == [-4001, -100777, -100777]


async def test_to_the_bot_a_group_that_moved_stays_the_same(world: World) -> None:
    for update in world.people.upgrade(world.group, -100777):
        assert await world.hear(update) is None
    supergroup = world.people.chats[-100777]

    message = await world.hear(world.people.says(world.resident, "路灯坏了", chat=supergroup))
    await world.channel.send(world.to(world.group, "记下了"))

    assert message is not None
    assert message.chat == "-4001"
    assert [shown.text for shown in supergroup.screen] == ["记下了"]


async def test_another_process_hears_of_the_move_however_late(world: World) -> None:
    other = world.another_process()
    await other.send(world.to(world.group, "一"))
    for update in world.people.upgrade(world.group, -100777):
        await world.hear(update)

    await other.send(world.to(world.group, "二"))
    await other.close()

    assert [shown.text for shown in world.people.chats[-100777].screen] == ["二"]
    assert -4001 not in [parameters.get("chat_id") for _, parameters in world.platform.calls[1:]]


async def test_a_group_that_moves_twice_is_still_followed(world: World) -> None:
    world.people.upgrade(world.group, -100777)
    await world.channel.send(world.to(world.group, "一"))
    supergroup = world.people.chats[-100777]
    world.people.upgrade(supergroup, -100888)

    await world.channel.send(world.to(world.group, "二"))
    latest = world.people.chats[-100888]
    message = await world.hear(world.people.says(world.resident, "好", chat=latest))

    assert [shown.text for shown in latest.screen] == ["二"]
    assert message is not None
    assert message.chat == "-4001"


async def test_a_group_that_moves_on_and_on_is_not_followed_for_ever(world: World) -> None:
    world.people.upgrade(world.group, -100777)
    world.people.chats[-100777].moved_to = -4001

    with pytest.raises(Moved):
        await world.channel.send(world.to(world.group, "一"))


# -- together ---------------------------------------------------------------------------------------


async def test_many_at_once_arrive_once_each(world: World) -> None:
    chats = [world.people.person(number, f"{number}") for number in range(600, 625)]
    for chat in chats:
        chat.was_started = True

    await asyncio.gather(*(world.channel.send(world.to(chat, "停水", message_id=chat.id)) for chat in chats))

    assert [len(chat.screen) for chat in chats] == [1] * 25


async def test_the_platform_tells_how_the_bot_stands(world: World) -> None:
    assert await world.channel.check() == [Finding("channel_telegram", {"name": "linli_bot"})]

    world.platform.webhook["url"] = ""
    found = await world.channel.check()
    assert [finding.key for finding in found if finding.is_wrong] == ["channel_telegram_no_webhook"]
