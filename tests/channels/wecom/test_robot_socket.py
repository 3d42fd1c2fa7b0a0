"""A robot on a long connection: what it is told and says, and how it keeps the connection."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.channels.wecom.robot_connection import RobotAccount
from bot.channels.wecom.robot_socket import ConnectedRobot
from bot.clock import Clock, MovableClock, SystemClock
from bot.messaging import (
    Address,
    Answer,
    Button,
    DeliveryFailure,
    InboundMessage,
    NotYet,
    OutboundMessage,
    PermanentFailure,
    StoreAway,
    TemporaryFailure,
    UnclearOutcome,
)
from bot.upkeep import Finding
from tests.channels.wechat.conftest import NOON, Bot
from tests.channels.wechat.notebook import MemoryNotebook
from tests.channels.wecom.conftest import until
from tests.channels.wecom.test_robot_callback import answering
from tests.counterparts.wecom.gateway import Gateway, Told
from tests.counterparts.wecom.robots import RobotHost

pytestmark = pytest.mark.anyio

BOT_ID, SECRET = "aib0123456789", "w" * 43
GROUP = "wrkSFfCgAALFgnrSsWU38puiv4yvExuw"


@dataclass
class World:
    gateway: Gateway
    host: RobotHost
    channel: ConnectedRobot
    running: "asyncio.Task[None]"
    bot: Bot
    clock: Clock
    notebook: MemoryNotebook
    url: str

    def is_connected(self) -> bool:
        return self.gateway.line is not None

    def screen(self, chat: str) -> list[str]:
        return [shown.text for shown in self.host.chat(chat).screen]


def robot(
    world_url: str, notebook: MemoryNotebook, clock: Clock, bot: Bot, **changes: object
) -> ConnectedRobot:
    account = RobotAccount(
        "helper",
        BOT_ID,
        SECRET,
        world_url,
        **{"first_pause": 0.01, **changes},  # type: ignore[arg-type]
    )
    return ConnectedRobot(account, notebook=notebook, clock=clock, settle=bot.settle)


@asynccontextmanager
async def a_robot(*, clock: Clock | None = None, **changes: object) -> AsyncIterator[World]:
    """Connected; `changes` are the account's."""
    clock = clock or MovableClock(NOON)
    host, bot, notebook = RobotHost(clock), Bot(), MemoryNotebook(clock)
    gateway = Gateway(host, bot_id=BOT_ID, secret=SECRET)
    async with gateway.running() as url:
        channel = robot(url, notebook, clock, bot, **changes)
        running = asyncio.create_task(channel.run(bot.receive))
        await gateway.subscribed()
        yield World(gateway, host, channel, running, bot, clock, notebook, url)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await channel.close()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_robot() as world:
        yield world


async def answered(told: Told) -> None:
    await asyncio.wait_for(told.answered.wait(), 5)


def to(chat: str, text: str, *labels: str, is_group: bool = False, message_id: int = 7) -> OutboundMessage:
    buttons = tuple(Button(label, label) for label in labels)
    return OutboundMessage(message_id, Address("helper", chat, is_group), text, buttons)


# -- what it is told and answers --------------------------------------------------------------------


async def test_a_text_is_answered_with_the_id_of_what_it_answers(world: World) -> None:
    await answered(await world.gateway.says("limin", "我的待办"))
    await world.channel.close()

    assert world.screen("limin") == ["收到：我的待办"]
    assert [one.text for one in world.bot.carried] == ["收到：我的待办"]
    assert world.gateway.refused == []


async def test_a_group_message_comes_without_the_robots_name(world: World) -> None:
    await answered(await world.gateway.says("limin", "@邻里 收到 A2611-0042", group=GROUP))

    [message] = world.bot.received
    assert (message.text, message.chat, message.is_group) == ("收到 A2611-0042", GROUP, True)
    assert len(world.screen(GROUP)) == 1


async def test_opening_the_chat_is_greeted(world: World) -> None:
    world.bot.answer = answering("您好，我是邻里")

    await answered(await world.gateway.enters("limin"))

    assert world.screen("limin") == ["您好，我是邻里"]


@pytest.mark.parametrize("nested", [True, False], ids=["nested", "flat"])
async def test_a_press_turns_the_card_into_the_answer(world: World, nested: bool) -> None:
    world.bot.answer = answering("来单：电梯坏了", labels=("收到", "退"))
    await answered(await world.gateway.says("limin", "我的待办"))
    card = world.host.chat("limin").last
    world.bot.answer = answering("好的，已接单")

    await answered(await world.gateway.presses("limin", card, "收到", nested=nested))

    assert world.bot.received[-1].text == "收到"
    assert (card.text, list(card.buttons)) == ("好的，已接单", ["✓ 收到"])


async def test_the_same_message_told_twice_is_handed_in_with_the_same_id(world: World) -> None:
    node = world.host.told("limin", None, {"msgtype": "text", "text": {"content": "在吗"}})

    await answered(await world.gateway.tell(node, asked="message"))
    await answered(await world.gateway.tell(node, asked="message"))

    assert len({message.id for message in world.bot.received}) == 1


async def test_what_is_told_while_the_store_is_away_is_not_lost(world: World) -> None:
    is_away = iter([True, False])

    async def away_at_first(message: InboundMessage) -> Answer:
        if next(is_away):
            raise StoreAway
        return await answering("记下了")(message)

    world.bot.answer = away_at_first

    await answered(await world.gateway.says("limin", "电梯坏了"))

    assert world.screen("limin") == ["记下了"]


async def test_an_answer_that_the_platform_refuses_is_left_to_the_outbox(world: World) -> None:
    world.gateway.refusals = [("aibot_respond_msg", -1)]

    await world.gateway.says("limin", "在吗")
    await until(lambda: bool(world.bot.received))
    await world.channel.close()

    assert [one.text for one in world.bot.left] == ["收到：在吗"]
    assert world.bot.carried == []


async def test_an_answer_whose_connection_breaks_is_not_said_twice(world: World) -> None:
    world.gateway.silent = {"aibot_respond_msg"}
    await answered(await world.gateway.says("limin", "在吗"))

    await world.gateway.hang_up()
    await world.gateway.subscribed(2)
    await world.channel.close()

    assert [one.text for one in world.bot.carried] == ["收到：在吗"]
    assert world.bot.left == []


@pytest.mark.parametrize(
    "frame",
    ["no JSON", "[]", "1", "{}", '{"cmd": 1, "headers": {"req_id": "r"}}', '{"headers": {"req_id": 7}}',
     '{"cmd": "aibot_msg_callback", "headers": {"req_id": "r"}, "body": []}',
     '{"cmd": "aibot_msg_callback", "headers": {"req_id": "r"}, "body": {"msgtype": "text"}}',
     '{"headers": {"req_id": "aibot_send_msg_1_x"}, "errcode": "none"}', "[" * 10_000],
)  # fmt: skip
async def test_a_frame_that_makes_no_sense_is_left_unread(world: World, frame: str) -> None:
    await world.gateway.send(frame)

    await answered(await world.gateway.says("limin", "还在吗"))

    assert world.screen("limin") == ["收到：还在吗"]
    assert world.gateway.subscriptions == 1


# -- what it says by itself -------------------------------------------------------------------------


async def test_a_push_reaches_a_chat_where_somebody_has_spoken(world: World) -> None:
    await answered(await world.gateway.says("limin", "@邻里 在吗", group=GROUP))

    await world.channel.send(to(GROUP, "电梯修好了", is_group=True))
    await world.channel.send(to(GROUP, "修好了吗？", "好了", "没好", is_group=True, message_id=8))

    assert world.screen(GROUP)[1:] == ["电梯修好了", "修好了吗？"]
    assert list(world.host.chat(GROUP).last.buttons) == ["好了", "没好"]
    with pytest.raises(PermanentFailure):
        await world.channel.send(to("stranger", "来单"))


async def test_answers_and_pushes_keep_to_the_rate_of_a_chat_together(world: World) -> None:
    await answered(await world.gateway.says("limin", "在吗"))
    for number in range(29):
        await world.channel.send(to("limin", str(number), message_id=number))

    with pytest.raises(NotYet):
        await world.channel.send(to("limin", "30", message_id=30))
    await world.gateway.says("limin", "还在吗")
    await until(lambda: len(world.bot.received) == 2)
    await world.channel.close()

    assert [one.text for one in world.bot.left] == ["收到：还在吗"]
    assert (len(world.screen("limin")), world.gateway.refused) == (30, [])


OUTCOMES: dict[str, tuple[int, type[DeliveryFailure]]] = {
    "busy": (-1, TemporaryFailure),
    "too often, by the platform's count": (846607, TemporaryFailure),
    "a kind that it does not take": (40008, PermanentFailure),
    "a code of tomorrow": (99999, PermanentFailure),
}


@pytest.mark.parametrize("name", OUTCOMES)
async def test_every_refusal_has_its_outcome(world: World, name: str) -> None:
    await answered(await world.gateway.says("limin", "在吗"))
    code, expected = OUTCOMES[name]
    world.gateway.refusals = [("aibot_send_msg", code)]

    with pytest.raises(DeliveryFailure) as raised:
        await world.channel.send(to("limin", "来单"))

    assert type(raised.value) is expected
    assert SECRET not in str(raised.value)


async def test_a_push_whose_connection_breaks_is_unclear_and_one_without_a_connection_waits(
    world: World,
) -> None:
    await answered(await world.gateway.says("limin", "在吗"))
    world.gateway.silent = {"aibot_send_msg", "aibot_subscribe"}

    sending = asyncio.create_task(world.channel.send(to("limin", "来单")))
    await until(lambda: len(world.screen("limin")) == 2)
    await world.gateway.hang_up()

    with pytest.raises(UnclearOutcome):
        await sending
    with pytest.raises(TemporaryFailure):
        await world.channel.send(to("limin", "来单", message_id=8))


# -- keeping the connection -------------------------------------------------------------------------


@pytest.mark.parametrize("code", [1000, 1001, 1011, 1012])
async def test_it_comes_back_whichever_way_the_connection_ends(world: World, code: int) -> None:
    await world.gateway.hang_up(code)

    await world.gateway.subscribed(2)
    await answered(await world.gateway.says("limin", "还在吗"))

    assert world.screen("limin") == ["收到：还在吗"]


async def test_it_comes_back_after_the_connection_breaks_without_a_word(world: World) -> None:
    assert world.gateway.line is not None
    world.gateway.line.connection.transport.abort()

    await world.gateway.subscribed(2)


def pings(world: World) -> list[str]:
    return [frame["headers"]["req_id"] for frame in world.gateway.frames if frame["cmd"] == "ping"]


async def test_it_pings_with_ids_that_the_platforms_own_clients_use() -> None:
    async with a_robot(ping_every=0.02) as world:
        await until(lambda: len(pings(world)) == 3)

        assert all(request_id.startswith("ping_") for request_id in pings(world))
        assert world.gateway.subscriptions == 1


async def test_it_leaves_a_connection_on_which_two_pings_stay_unanswered() -> None:
    async with a_robot(ping_every=0.02, acknowledged_within=0.02) as world:
        world.gateway.silent = {"ping"}
        await world.gateway.subscribed(2)

        assert len(pings(world)) == 2


async def test_a_robot_that_another_program_takes_over_does_not_take_it_back(world: World) -> None:
    await world.gateway.displace()
    await until(lambda: not world.is_connected())
    await asyncio.sleep(0.1)

    assert world.gateway.subscriptions == 1
    with pytest.raises(NotYet):
        await world.channel.send(to("limin", "来单"))
    assert await world.notebook.get("displaced") is not None
    assert isinstance(world.clock, MovableClock)
    world.clock.move_to(world.clock.now() + timedelta(minutes=10))
    assert await world.notebook.get("displaced") is None


async def test_a_robot_whose_store_is_away_connects_when_it_is_back() -> None:
    async with a_robot(span=timedelta(seconds=0.06)) as world:
        world.notebook.is_away = True
        await until(lambda: not world.is_connected())
        await asyncio.sleep(0.1)
        assert world.gateway.subscriptions == 1

        world.notebook.is_away = False
        await world.gateway.subscribed(2)

        assert not world.running.done()


async def test_being_taken_over_is_written_down_as_soon_as_the_store_is_back() -> None:
    async with a_robot(span=timedelta(seconds=0.06)) as world:
        world.notebook.is_away = True
        await world.gateway.displace()
        await asyncio.sleep(0.1)
        world.notebook.is_away = False
        await asyncio.sleep(0.1)

        assert world.gateway.subscriptions == 1
        assert await world.notebook.get("displaced") is not None
        assert not world.running.done()


async def test_a_wrong_secret_is_tried_again_ever_more_slowly_and_told() -> None:
    async with a_robot() as world:
        world.gateway.secret = "changed"
        await world.gateway.hang_up()
        await asyncio.sleep(0.3)

        tries = sum(frame["cmd"] == "aibot_subscribe" for frame in world.gateway.frames)
        assert 3 <= tries <= 10
        with pytest.raises(TemporaryFailure, match="not connected"):
            await world.channel.send(to("limin", "来单"))
        with pytest.raises(TemporaryFailure, match="secret"):
            await world.channel.check()


async def test_a_check_asks_whether_the_platform_lets_the_robot_in(world: World) -> None:
    assert await world.channel.check() == [Finding("channel_wecom_robot")]
    nowhere = robot("ws://127.0.0.1:9", world.notebook, world.clock, world.bot)
    with pytest.raises(TemporaryFailure, match="no connection"):
        await nowhere.check()
    await nowhere.close()


async def test_of_two_processes_one_is_connected_and_the_other_follows_when_it_has_gone() -> None:
    span = timedelta(seconds=0.3)
    async with a_robot(clock=SystemClock(), span=span) as world:
        other = robot(world.url, world.notebook, world.clock, world.bot, span=span)
        following = asyncio.create_task(other.run(world.bot.receive))
        await asyncio.sleep(0.5)
        assert world.gateway.subscriptions == 1
        with pytest.raises(NotYet):
            await other.send(to("limin", "来单"))

        world.running.cancel()
        await world.gateway.subscribed(2)
        await answered(await world.gateway.says("limin", "还在吗"))

        assert world.screen("limin") == ["收到：还在吗"]
        assert all(refused.code != 40001 for refused in world.gateway.refused)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await other.close()


async def test_a_picture_is_opened_with_the_key_that_comes_with_it() -> None:
    """Only the key's way is tested here: the address must be https, which no server of ours speaks."""
    from bot.channels.wechat_codec import open_file
    from tests.counterparts.wecom.robots import encrypted_file

    key = bytes(range(32))
    for written in (base64.b64encode(key).decode(), base64.b64encode(key).decode().rstrip("=")):
        assert open_file(encrypted_file(b"jpeg", key), written) == b"jpeg"
