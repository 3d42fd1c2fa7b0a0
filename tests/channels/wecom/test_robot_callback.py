"""A robot that WeCom calls: what it is told, what it answers, and what it may still say afterwards."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from starlette.applications import Starlette

from bot.channels.photos import PhotoStore
from bot.channels.wecom.corp import CallbackKeys
from bot.channels.wecom.robot_callback import CalledRobot, Robot
from bot.clock import MovableClock
from bot.messaging import (
    Address,
    Answer,
    AttachmentKind,
    Button,
    DeliveryFailure,
    InboundMessage,
    OutboundMessage,
    PermanentFailure,
    TemporaryFailure,
    UnclearOutcome,
    WindowClosed,
)
from tests.channels.wechat.conftest import NOON, Bot, serving
from tests.channels.wechat.notebook import MemoryNotebook
from tests.channels.wecom.conftest import AES_KEY, TOKEN
from tests.channels.wecom.test_app_callback import picture
from tests.counterparts.serving import Fault
from tests.counterparts.wecom.caller import Keys, Line
from tests.counterparts.wecom.robots import RobotCaller, RobotHost

pytestmark = pytest.mark.anyio

GROUP = "wrkSFfCgAALFgnrSsWU38puiv4yvExuw"
RESPONSE = "/cgi-bin/aibot/response"


@dataclass
class World:
    host: RobotHost
    channel: CalledRobot
    bot: Bot
    clock: MovableClock
    caller: RobotCaller


@asynccontextmanager
async def a_robot(photos: Path | None = None, answer_within: float = 4.5) -> AsyncIterator[World]:
    clock = MovableClock(NOON)
    host, bot, notebook = RobotHost(clock), Bot(), MemoryNotebook(clock)
    connector = aiohttp.TCPConnector(force_close=True)
    async with (
        host.server.running() as api_base,
        aiohttp.ClientSession(connector=connector) as session,
    ):
        host.base = api_base
        channel = CalledRobot(
            Robot("helper", CallbackKeys(TOKEN, AES_KEY, answer_within), api_base),
            notebook=notebook,
            clock=clock,
            settle=bot.settle,
            photos=PhotoStore(photos) if photos else None,
        )
        async with serving(Starlette(routes=list(channel.routes(bot.receive)))) as base:
            line = Line(f"{base}/wecom/robot/helper", Keys(TOKEN, AES_KEY, ""), session, clock)
            yield World(host, channel, bot, clock, RobotCaller(host, line))
        await channel.close()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_robot() as world:
        yield world
        assert world.caller.refused == []


def answering(*texts: str, labels: tuple[str, ...] = ()) -> Callable[[InboundMessage], Awaitable[Answer]]:
    """Says these texts; the last one with buttons."""

    async def answer(message: InboundMessage) -> Answer:
        address = Address(message.channel, message.chat, message.is_group)
        said = [OutboundMessage(number, address, text) for number, text in enumerate(texts, 1)]
        if labels:
            said[-1] = replace(said[-1], buttons=tuple(Button(label, label) for label in labels))
        return Answer(tuple(said))

    return answer


def to(chat: str, text: str, *labels: str, is_group: bool = False, message_id: int = 7) -> OutboundMessage:
    buttons = tuple(Button(label, label) for label in labels)
    return OutboundMessage(message_id, Address("helper", chat, is_group), text, buttons)


def screen(world: World, chat: str) -> list[str]:
    return [shown.text for shown in world.host.chat(chat).screen]


# -- what it is told --------------------------------------------------------------------------------


async def test_saving_the_address_on_the_platform_succeeds(world: World) -> None:
    assert await world.caller.verify()


async def test_a_text_is_answered_in_the_same_request(world: World) -> None:
    outcome = await world.caller.says("limin", "我的待办")
    await world.channel.close()

    assert (outcome.arrived, outcome.tries) == (True, 1)
    assert screen(world, "limin") == ["收到：我的待办"]
    [message] = world.bot.received
    assert (message.channel, message.sender, message.chat, message.is_group) == (
        "helper", "limin", "limin", False,
    )  # fmt: skip
    assert [one.text for one in world.bot.carried] == ["收到：我的待办"]


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("@邻里 收到", "收到"),
        ("收到 @邻里", "收到"),
        ("@邻里\u2005收到", "收到"),
        ("@邻里 请 @赵强 去看", "请 @赵强 去看"),
        ("@邻里", ""),
    ],
)
async def test_a_group_message_comes_without_the_robots_name(world: World, said: str, heard: str) -> None:
    await world.caller.says("limin", said, group=GROUP)

    [message] = world.bot.received
    assert (message.text, message.sender, message.chat) == (heard, "limin", GROUP)
    assert (message.is_group, message.mentioned) == (True, True)
    assert len(screen(world, GROUP)) == 1


async def test_the_words_of_a_private_message_are_left_as_they_are(world: World) -> None:
    await world.caller.says("limin", "@赵强 去看")

    assert world.bot.received[0].text == "@赵强 去看"


async def test_a_voice_comes_written_down_and_a_mixture_with_its_pictures(tmp_path: Path) -> None:
    key = base64.b64decode(AES_KEY + "=")
    async with a_robot(photos=tmp_path) as world:
        url = world.host.store(picture(), key)
        await world.caller.sends("limin", "voice", {"content": "电梯坏了"})
        items = [
            {"msgtype": "text", "text": {"content": "@邻里 看照片"}},
            {"msgtype": "image", "image": {"url": url}},
        ]
        await world.caller.sends("limin", "mixed", {"msg_item": items}, group=GROUP)
        await world.caller.sends("limin", "image", {"url": url})

    voice, mixed, alone = world.bot.received
    assert voice.text == "电梯坏了"
    assert (mixed.text, len(mixed.photos)) == ("看照片", 1)
    assert (alone.text, len(alone.photos)) == ("", 1)
    assert (tmp_path / alone.photos[0]).read_bytes().startswith(b"\xff\xd8")


async def test_a_picture_with_another_key_or_an_unsafe_address_is_not_kept(tmp_path: Path) -> None:
    async with a_robot(photos=tmp_path) as world:
        url = world.host.store(picture(), b"k" * 32)
        await world.caller.sends("limin", "image", {"url": url})
        await world.caller.sends("limin", "image", {"url": "http://127.0.0.1:9/internal"})
        await world.caller.sends("limin", "image", {"url": "file:///etc/hostname"})

    assert [message.photos for message in world.bot.received] == [(), (), ()]
    assert world.bot.received[0].attachments[0].kind is AttachmentKind.PICTURE


async def test_a_file_says_nothing_but_is_told(world: World) -> None:
    await world.caller.sends("limin", "file", {"url": "https://example.invalid/f"})

    assert [one.kind for one in world.bot.received[0].attachments] == [AttachmentKind.FILE]


async def test_opening_the_chat_is_greeted(world: World) -> None:
    world.bot.answer = answering("您好，我是邻里", labels=("我的待办", "帮助"))

    await world.caller.enters("limin")

    [greeting] = world.host.chat("limin").screen
    assert (greeting.text, list(greeting.buttons)) == ("您好，我是邻里", ["我的待办", "帮助"])
    assert (world.bot.received[0].text, world.bot.received[0].attachments) == ("", ())


@pytest.mark.parametrize(
    "content",
    [
        {"msgtype": "event", "event": {"eventtype": "feedback_event", "feedback_event": {"id": "f"}}},
        {"msgtype": "event", "event": {"eventtype": "of_tomorrow"}},
        {"msgtype": "hologram", "hologram": {}},
    ],
)
async def test_what_is_none_of_our_business_is_acknowledged(world: World, content: dict[str, object]) -> None:
    node = world.host.told("limin", None, content)

    assert (await world.caller.tell(node, asked="nothing")).raw == b""
    assert world.bot.received == []


async def test_a_platform_that_asks_how_a_stream_goes_on_is_told_that_it_is_over(world: World) -> None:
    outcome = await world.caller.tell(
        {"msgtype": "stream", "stream": {"id": "s1"}, "from": {"userid": "limin"}}, asked="message"
    )

    body = world.caller.open(outcome.raw)
    assert body["stream"] == {"id": "s1", "finish": True, "content": ""}


# -- what it answers --------------------------------------------------------------------------------


async def test_several_messages_become_one_reply_with_the_last_ones_buttons(world: World) -> None:
    world.bot.answer = answering("记下了", "对吗？", labels=("对", "改一下"))

    await world.caller.says("limin", "3号楼电梯坏了")
    await world.channel.close()

    text, card = world.host.chat("limin").screen
    assert (text.text, card.text, list(card.buttons)) == ("记下了\n\n对吗？", "对吗？", ["对", "改一下"])
    assert len(world.bot.carried) == 2


async def test_nobody_is_mentioned_by_words_that_somebody_else_wrote(world: World) -> None:
    world.bot.answer = answering("他说：<@all> <@limin>")

    await world.caller.says("zhao", "@邻里 说说", group=GROUP)

    assert screen(world, GROUP) == ["他说：< @all> < @limin>"]


async def test_what_is_too_long_for_one_reply_is_left_over(world: World) -> None:
    world.bot.answer = answering("好" * 7000)

    await world.caller.says("limin", "说说")
    await world.channel.close()

    assert screen(world, "limin") == ["好" * 6826]
    assert [one.text for one in world.bot.left] == ["好" * 174]


async def test_what_is_said_to_somebody_else_is_left_over(world: World) -> None:
    async def answer(message: InboundMessage) -> Answer:
        here = OutboundMessage(1, Address("helper", GROUP, is_group=True), "私下说")
        return Answer((here, OutboundMessage(2, Address("helper", "limin"), "只给您")))

    world.bot.answer = answer

    await world.caller.says("limin", "@邻里 我的待办", group=GROUP)
    await world.channel.close()

    assert screen(world, GROUP) == ["私下说"]
    assert [one.text for one in world.bot.left] == ["只给您"]


async def test_silence_is_an_empty_answer(world: World) -> None:
    world.bot.answer = answering()

    assert (await world.caller.says("limin", "嗯")).raw == b""


@pytest.mark.parametrize("nested", [True, False], ids=["nested", "flat"])
async def test_a_press_turns_the_card_into_the_answer(world: World, nested: bool) -> None:
    world.bot.answer = answering("来单：电梯坏了", labels=("收到", "退"))
    await world.caller.says("limin", "我的待办")
    card = world.host.chat("limin").last
    world.bot.answer = answering("好的，已接单")

    await world.caller.presses("limin", card, "收到", nested=nested)
    await world.channel.close()

    assert world.bot.received[-1].text == "收到"
    assert (card.text, list(card.buttons)) == ("好的，已接单", ["✓ 收到"])
    assert world.bot.carried[-1].text == "好的，已接单"


async def test_an_answer_with_choices_makes_the_card_the_next_one(world: World) -> None:
    world.bot.answer = answering("修好了吗？", labels=("好了", "没好"))
    await world.caller.says("limin", "在吗", group=GROUP)
    card = world.host.chat(GROUP).last
    world.bot.answer = answering("满意吗？", labels=("满意", "不满意"))

    await world.caller.presses("limin", card, "好了", group=GROUP)

    assert (card.text, list(card.buttons)) == ("满意吗？", ["满意", "不满意"])
    assert (world.bot.received[-1].is_group, world.bot.received[-1].chat) == (True, GROUP)


async def test_an_answer_too_long_for_the_card_follows_it(world: World) -> None:
    world.bot.answer = answering("来单", labels=("详情",))
    await world.caller.says("limin", "我的待办")
    card = world.host.chat("limin").last
    world.bot.answer = answering("很长。" * 60)

    await world.caller.presses("limin", card, "详情")
    await world.channel.close()

    assert list(card.buttons) == ["✓ 详情"]
    assert [one.text for one in world.bot.left] == ["很长。" * 60]
    await world.channel.send(replace(world.bot.left[0]))
    assert screen(world, "limin")[-1] == "很长。" * 60


async def test_a_settled_card_pressed_again_says_nothing(world: World) -> None:
    world.bot.answer = answering("来单", labels=("收到",))
    await world.caller.says("limin", "我的待办")
    card = world.host.chat("limin").last
    world.bot.answer = answering("好的")
    await world.caller.presses("limin", card, "收到")
    before = len(world.bot.received)

    outcome = await world.caller.presses("limin", card, "✓ 收到")

    assert (outcome.raw, len(world.bot.received)) == (b"", before)


async def test_a_turn_too_slow_is_acknowledged_once_durable_and_its_answer_left_over() -> None:
    may_go_on = asyncio.Event()

    async def slow(message: InboundMessage) -> Answer:
        await may_go_on.wait()
        return Answer((to("limin", "来晚了"),))

    async with a_robot(answer_within=0.05) as world:
        world.bot.answer = slow
        asking = asyncio.create_task(world.caller.says("limin", "电梯坏了"))
        await asyncio.sleep(0.3)
        was_told = asking.done()
        may_go_on.set()
        outcome = await asking

    assert not was_told
    assert (outcome.raw, outcome.tries) == (b"", 1)
    assert [one.text for one in world.bot.left] == ["来晚了"]


# -- what it says by itself -------------------------------------------------------------------------


async def test_one_message_may_follow_what_it_was_told(world: World) -> None:
    await world.caller.says("limin", "@邻里 在吗", group=GROUP)

    await world.channel.send(to(GROUP, "电梯修好了", is_group=True))
    with pytest.raises(WindowClosed):
        await world.channel.send(to(GROUP, "还有一件", is_group=True, message_id=8))

    assert screen(world, GROUP)[-1] == "电梯修好了"


async def test_each_thing_it_is_told_lets_it_follow_again(world: World) -> None:
    for number in range(3):
        await world.caller.says("limin", str(number))
        await world.channel.send(to("limin", f"补充{number}", message_id=number))

    assert screen(world, "limin")[1::2] == ["补充0", "补充1", "补充2"]


async def test_where_nobody_spoke_within_the_hour_it_cannot_speak(world: World) -> None:
    with pytest.raises(WindowClosed):
        await world.channel.send(to("limin", "来单"))
    await world.caller.says("limin", "在吗")
    world.clock.move_to(world.clock.now() + timedelta(hours=1))
    with pytest.raises(WindowClosed):
        await world.channel.send(to("limin", "来单"))
    with pytest.raises(WindowClosed):
        await world.channel.send(to("limin", "来单", is_group=True))


async def test_buttons_follow_as_a_card_where_the_text_fits_on_it(world: World) -> None:
    await world.caller.says("limin", "在吗")
    await world.channel.send(to("limin", "来单：电梯坏了", "收到", "退"))
    await world.caller.says("limin", "在吗")
    await world.channel.send(to("limin", "长" * 200, "收到", message_id=8))

    shown = world.host.chat("limin").screen
    assert list(shown[1].buttons) == ["收到", "退"]
    assert shown[3].text == "长" * 200 + "\n1. 收到"


async def test_an_address_that_is_not_the_platforms_is_never_called(world: World) -> None:
    node = world.host.told("limin", None, {"msgtype": "text", "text": {"content": "在吗"}})
    await world.caller.tell({**node, "response_url": "http://127.0.0.1:9/steal"}, asked="message")

    with pytest.raises(WindowClosed):
        await world.channel.send(to("limin", "来单"))


OUTCOMES: dict[str, tuple[Fault, type[DeliveryFailure]]] = {
    "busy": (Fault(RESPONSE, "errcode", -1), TemporaryFailure),
    "too often": (Fault(RESPONSE, "errcode", 846607), TemporaryFailure),
    "a code of tomorrow": (Fault(RESPONSE, "errcode", 99999), PermanentFailure),
    "HTTP 503": (Fault(RESPONSE, "status", 503), TemporaryFailure),
    "HTTP 502": (Fault(RESPONSE, "status", 502), UnclearOutcome),
    "connection lost": (Fault(RESPONSE, "disconnect", after=True), UnclearOutcome),
    "answer that is not JSON": (Fault(RESPONSE, "garbage"), UnclearOutcome),
}


@pytest.mark.parametrize("name", OUTCOMES)
async def test_every_failure_has_its_outcome(world: World, name: str) -> None:
    await world.caller.says("limin", "在吗")
    fault, expected = OUTCOMES[name]
    world.host.server.faults = [fault]

    with pytest.raises(DeliveryFailure) as raised:
        await world.channel.send(to("limin", "来单"))

    assert type(raised.value) is expected
    assert "response_code" not in str(raised.value)


async def test_after_a_passing_failure_the_message_may_still_follow(world: World) -> None:
    await world.caller.says("limin", "在吗")
    world.host.server.faults = [Fault(RESPONSE, "errcode", -1)]

    with pytest.raises(TemporaryFailure):
        await world.channel.send(to("limin", "来单"))
    await world.channel.send(to("limin", "来单"))

    assert screen(world, "limin")[-1] == "来单"


async def test_the_id_of_a_group_is_in_the_log_once(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "bot.channels.wecom")

    for text in ("@邻里 一", "@邻里 二"):
        await world.caller.says("limin", text, group=GROUP)
    await world.caller.says("limin", "三")

    met = [record for record in caplog.records if record.message == "a group speaks to us"]
    assert [record.chat for record in met] == [GROUP]  # type: ignore[attr-defined]
