"""What people do behind the gateway, what the bot hears of it, and what it says."""

import asyncio
import io

import pytest
from PIL import Image

from bot.messaging import (
    Answer,
    Attachment,
    AttachmentKind,
    Button,
    DeliveryFailure,
    InboundMessage,
    PermanentFailure,
    RecipientGone,
    StoreAway,
    TemporaryFailure,
    UnclearOutcome,
)
from tests.channels.onebot.conftest import NAME, NOON, World, a_world, to, until
from tests.counterparts.onebot import GROUP, Fault, Gateway

pytestmark = pytest.mark.anyio


async def test_a_private_line_arrives_whole(joined: World) -> None:
    event = await joined.gateway.says("501", "3号楼", "电梯坏了")

    [message] = await joined.heard()

    assert message == InboundMessage(
        id=f"private/501/{event['message_id']}",
        channel=NAME,
        sender="501",
        sender_name="王阿姨",
        chat="501",
        text="3号楼电梯坏了",
        received_at=NOON,
    )


async def test_a_line_in_a_group_is_heard_and_a_mention_recognised(joined: World) -> None:
    gateway = joined.gateway
    await gateway.says("501", "今天真冷", group=GROUP)
    await gateway.says("501", gateway.mention(), " 路灯坏了", group=GROUP)
    await gateway.says("501", gateway.mention("502"), "你家漏水了", group=GROUP)
    await gateway.says("501", {"type": "mention_all", "data": {}}, "开会了", group=GROUP)
    reply = {"type": "reply", "data": {"message_id": "1", "user_id": gateway.me["user_id"]}}
    await gateway.says("501", reply, "门口那盏", group=GROUP)

    heard = await joined.heard(5)

    assert [(message.text, message.mentioned) for message in heard] == [
        ("今天真冷", False),
        ("路灯坏了", True),
        ("你家漏水了", False),
        ("开会了", False),
        ("门口那盏", True),
    ]
    assert {(message.chat, message.is_group, message.sender) for message in heard} == {(GROUP, True, "501")}


async def test_the_same_message_again_has_the_same_id(joined: World) -> None:
    await joined.gateway.says("501", "电梯坏了", message_id="m1")
    await joined.gateway.says("501", "电梯坏了", message_id="m1")

    first, second = await joined.heard(2)

    assert first == second


async def test_what_has_no_words_arrives_without_text(joined: World) -> None:
    point = {"latitude": 35.24, "longitude": 115.48, "title": "幸福里", "content": "和平路8号"}
    await joined.gateway.says("501", {"type": "voice", "data": {"file_id": "f1"}})
    await joined.gateway.says("501", {"type": "file", "data": {"file_id": "f2"}})
    await joined.gateway.says("501", {"type": "location", "data": point})

    voice, file, place = await joined.heard(3)

    assert (voice.text, voice.attachments) == ("", (Attachment(AttachmentKind.VOICE, "f1"),))
    assert file.attachments == (Attachment(AttachmentKind.FILE, "f2"),)
    assert place.text == "和平路8号"
    assert place.attachments == (Attachment(AttachmentKind.LOCATION, "35.24,115.48"),)


async def test_what_nobody_says_is_not_heard(joined: World) -> None:
    gateway = joined.gateway
    await gateway.emit("meta", "heartbeat", interval=5000)
    await gateway.emit("notice", "group_member_increase", user_id="501", group_id=GROUP, operator_id="")
    await gateway.emit("request", "demo.friend", user_id="501")
    await gateway.says("501", {"type": "demo.dice", "data": {}})
    await gateway.says(gateway.me["user_id"], "我自己说的", group=GROUP)
    await gateway.says("501", "你好")

    [message] = await joined.heard()

    assert message.text == "你好"


async def test_another_account_of_the_gateway_is_left_alone(joined: World) -> None:
    await joined.gateway.says("501", "给别人的", self={"platform": "demo", "user_id": "10002"})
    await joined.gateway.says("501", "给我们的")

    [message] = await joined.heard()

    assert message.text == "给我们的"


async def test_a_gateway_may_come_back_with_another_account(world: World) -> None:
    async with world.gateway.connected():
        await world.gateway.says("501", "一")
        await world.heard()
    other = Gateway(world.url, world.gateway.token, self_id="10002")
    async with other.connected():
        await other.says("501", other.mention(), "二", group=GROUP)
        _, message = await world.heard(2)

    assert (message.text, message.mentioned) == ("二", True)


# -- pictures ---------------------------------------------------------------------------------------


def jpeg() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(written, "JPEG")
    return written.getvalue()


async def test_a_picture_is_kept_while_its_message_waits(joined: World) -> None:
    await joined.gateway.says("501", "漏水", joined.gateway.picture(jpeg()))

    [message] = await joined.heard()

    assert [file.name for file in joined.photos.iterdir()] == list(message.photos)
    assert len(message.photos) == 1


async def test_what_people_show_each_other_in_a_group_is_not_kept(joined: World) -> None:
    await joined.gateway.says("501", "好看吗", joined.gateway.picture(jpeg()), group=GROUP)

    [message] = await joined.heard()

    assert message.photos == ()
    assert joined.gateway.actions == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault("get_file", "failed", 10004),
        Fault("get_file", "odd", answer={"data": None}),
        Fault("get_file", "odd", answer={"data": {"data": "not base64!"}}),
        Fault("get_file", "odd", answer={"data": {"data": 7}}),
        Fault("get_file", "silent"),
    ],
)
async def test_the_message_arrives_even_if_its_picture_cannot_be_had(fault: Fault) -> None:
    async with a_world(call_within=0.2) as world, world.gateway.connected():
        world.gateway.faults = [fault]
        await world.gateway.says("501", "漏水", world.gateway.picture(jpeg()))
        [message] = await world.heard()

    assert (message.text, message.photos) == ("漏水", ())
    assert message.attachments[0].kind is AttachmentKind.PICTURE


async def test_a_large_picture_may_be_large_on_the_wire(joined: World) -> None:
    noise = Image.effect_noise((1800, 1800), 90)
    written = io.BytesIO()
    noise.save(written, "PNG")
    assert written.tell() > 1_000_000

    await joined.gateway.says("501", joined.gateway.picture(written.getvalue()))
    [message] = await joined.heard()

    assert len(message.photos) == 1


# -- order, and a store that is away ----------------------------------------------------------------


async def test_what_one_person_says_is_dealt_with_in_order(joined: World) -> None:
    finished: list[str] = []

    async def slower_and_slower(message: InboundMessage) -> Answer:
        await asyncio.sleep(0.05 - 0.01 * int(message.text))
        finished.append(message.text)
        return Answer()

    joined.bot.answer = slower_and_slower
    for number in range(5):
        await joined.gateway.says("501", str(number))
    await until(lambda: len(finished) == 5)

    assert finished == ["0", "1", "2", "3", "4"]


async def test_a_slow_turn_in_one_chat_does_not_hold_up_another(joined: World) -> None:
    done = asyncio.Event()

    async def slow_for_one(message: InboundMessage) -> Answer:
        if message.sender == "501":
            await done.wait()
        return Answer()

    joined.bot.answer = slow_for_one
    await joined.gateway.says("501", "慢")
    await joined.gateway.says("502", "快")
    await joined.heard(2)
    await joined.channel.send(to("501", "还能发"))
    done.set()

    assert joined.gateway.said == [("501", "还能发")]


async def test_what_was_said_while_the_store_was_away_is_not_lost() -> None:
    tries = 0

    async def away_twice(message: InboundMessage) -> Answer:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise StoreAway
        return Answer()

    async with a_world(try_again_after=0.01) as world, world.gateway.connected():
        world.bot.answer = away_twice
        await world.gateway.says("501", "漏水了")
        await until(lambda: tries == 3)

    assert len({message.id for message in world.bot.received}) == 1


# -- saying -----------------------------------------------------------------------------------------


async def test_a_message_reaches_a_person_with_its_choices_numbered(joined: World) -> None:
    await joined.channel.send(to("501", "修好了吗？", Button("好了", "好了"), Button("没好", "没好")))

    assert joined.gateway.said == [("501", "修好了吗？\n1. 好了\n2. 没好")]
    [action] = joined.gateway.actions
    assert action["self"] == joined.gateway.me
    assert action["params"]["detail_type"] == "private"


async def test_a_message_reaches_a_group(joined: World) -> None:
    await joined.channel.send(to(GROUP, "今晚停水", is_group=True))

    assert joined.gateway.said == [(GROUP, "今晚停水")]


async def test_before_the_gateway_has_said_who_it_is_it_is_not_told(world: World) -> None:
    async with world.gateway.connected():
        world.channel._myself = None
        await until(lambda: world.channel._gateways[0]._connection)
        await world.channel.send(to("501", "你好"))

    assert world.gateway.said == [("501", "你好")]


async def test_long_text_goes_in_parts_and_goes_on_where_it_broke_off(joined: World) -> None:
    joined.gateway.faults = [Fault("send_message", "failed", 34001, passes=1)]
    message = to("501", "甲" * 1333 + "\n" + "乙" * 100)

    with pytest.raises(TemporaryFailure):
        await joined.channel.send(message)
    await joined.channel.send(message)

    assert [text for _, text in joined.gateway.said] == ["甲" * 1333, "乙" * 100]


async def test_many_at_once_each_get_their_own_answer(joined: World) -> None:
    joined.gateway.people |= {str(number): "" for number in range(600, 650)}
    joined.gateway.faults = [Fault("send_message", "failed", 35001, passes=20)]

    outcomes = await asyncio.gather(
        *(joined.channel.send(to(str(number), "停水", number=number)) for number in range(600, 650)),
        return_exceptions=True,
    )

    assert [type(outcome) for outcome in outcomes].count(RecipientGone) == 1
    assert len(joined.gateway.said) == 49


OUTCOMES: dict[str, tuple[Fault, type[DeliveryFailure]]] = {
    "bad request": (Fault("send_message", "failed", 10003), PermanentFailure),
    "unsupported": (Fault("send_message", "failed", 10002), PermanentFailure),
    "which account": (Fault("send_message", "failed", 10101), TemporaryFailure),
    "handler broke": (Fault("send_message", "failed", 20002), TemporaryFailure),
    "database": (Fault("send_message", "failed", 31001), TemporaryFailure),
    "disk": (Fault("send_message", "failed", 32001), TemporaryFailure),
    "network": (Fault("send_message", "failed", 33001), UnclearOutcome),
    "platform": (Fault("send_message", "failed", 34001), TemporaryFailure),
    "no such person": (Fault("send_message", "failed", 35001), RecipientGone),
    "tired": (Fault("send_message", "failed", 36001), TemporaryFailure),
    "of its own": (Fault("send_message", "failed", 60001), PermanentFailure),
    "silent": (Fault("send_message", "silent"), UnclearOutcome),
    "hangs up": (Fault("send_message", "hang_up"), UnclearOutcome),
    "another echo": (Fault("send_message", "odd", answer={"echo": "999"}), UnclearOutcome),
    "no status": (Fault("send_message", "odd", answer={"status": None}), UnclearOutcome),
    "odd code": (Fault("send_message", "odd", answer={"status": "failed", "retcode": "x"}), UnclearOutcome),
    "ok with a code": (Fault("send_message", "odd", answer={"retcode": 34001}), UnclearOutcome),
}


@pytest.mark.parametrize("name", OUTCOMES)
async def test_each_failure_has_its_outcome(name: str) -> None:
    fault, outcome = OUTCOMES[name]
    async with a_world(call_within=0.2) as world, world.gateway.connected():
        world.gateway.faults = [fault]
        await until(lambda: world.channel._myself)

        with pytest.raises(DeliveryFailure) as failed:
            await world.channel.send(to("501", "您家3号楼501的电话"))

    assert type(failed.value) is outcome
    assert "501" not in str(failed.value)


async def test_an_answer_after_garbage_and_an_answer_twice_still_count(joined: World) -> None:
    joined.gateway.faults = [Fault("send_message", "garbage"), Fault("send_message", "twice", passes=1)]

    await joined.channel.send(to("501", "一"))
    await joined.channel.send(to("501", "二", number=2))
    await joined.channel.send(to("501", "三", number=3))

    assert [text for _, text in joined.gateway.said] == ["一", "二", "三"]


async def test_without_a_gateway_messages_wait(world: World) -> None:
    with pytest.raises(TemporaryFailure, match="no gateway"):
        await world.channel.send(to("501", "你好"))
    async with world.gateway.connected():
        await until(lambda: world.channel._myself)
    await until(lambda: world.channel._gateways[0]._connection is None)
    with pytest.raises(TemporaryFailure, match="no gateway"):
        await world.channel.send(to("501", "你好"))
