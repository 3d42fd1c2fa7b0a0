"""What the platform delivers, over real HTTP, encrypted and plain."""

import asyncio

import pytest

from bot.messaging import Answer, AttachmentKind, InboundMessage, StoreAway
from tests.channels.wechat.conftest import World, a_world, says, to, with_buttons
from tests.counterparts.wechat.caller import Caller

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["encrypted", "plain"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def caller_of(world: World, mode: str) -> Caller:
    return world.caller if mode == "encrypted" else world.plain


async def test_saving_the_address_on_the_platform_succeeds(world: World) -> None:
    assert await world.caller.verify()


async def test_a_text_is_answered_in_the_same_request(world: World, mode: str) -> None:
    outcome = await caller_of(world, mode).says("oA", "3号楼电梯坏了")

    assert (outcome.shown, outcome.tries) == ("收到：3号楼电梯坏了", 1)
    [message] = world.bot.received
    assert (message.channel, message.sender, message.chat) == ("wechat", "oA", "oA")
    assert message.received_at == world.clock.now()
    await world.channel.close()
    assert [carried.text for carried in world.bot.carried] == ["收到：3号楼电梯坏了"]


async def test_the_message_id_is_the_platforms(world: World, mode: str) -> None:
    await caller_of(world, mode).says("oA", "你好", MsgId=24000000000000042)

    assert world.bot.received[0].id == "24000000000000042"


async def test_cdata_in_a_text_survives_both_ways(world: World, mode: str) -> None:
    outcome = await caller_of(world, mode).says("oA", "a]]>b<xml>&amp;")

    assert world.bot.received[0].text == "a]]>b<xml>&amp;"
    assert outcome.shown == "收到：a]]>b<xml>&amp;"


async def test_a_picture_keeps_its_media_id_and_address(world: World, mode: str) -> None:
    await caller_of(world, mode).sends("oA", "image", PicUrl="http://example.invalid/p", MediaId="m1")

    [attachment] = world.bot.received[0].attachments
    assert (attachment.kind, attachment.reference, attachment.url) == (
        AttachmentKind.PICTURE,
        "m1",
        "http://example.invalid/p",
    )
    assert world.bot.received[0].text == ""


async def test_a_voice_message_without_recognition_has_no_text(world: World) -> None:
    await world.caller.sends("oA", "voice", MediaId="m2", Format="amr")
    await world.caller.sends("oA", "voice", MediaId="m3", Format="amr", Recognition="电梯坏了")

    assert [message.text for message in world.bot.received] == ["", "电梯坏了"]
    assert world.bot.received[0].attachments[0].kind is AttachmentKind.VOICE


async def test_a_location_says_where_it_is(world: World) -> None:
    await world.caller.sends(
        "oA", "location", Location_X="35.25", Location_Y="115.43", Scale=16, Label="凤凰路18号"
    )

    message = world.bot.received[0]
    assert (message.text, message.attachments[0].reference) == ("凤凰路18号", "35.25,115.43")


async def test_a_link_keeps_its_title_and_address(world: World) -> None:
    await world.caller.sends("oA", "link", Title="停水通知", Description="-", Url="http://example.invalid/a")

    message = world.bot.received[0]
    assert (message.text, message.attachments[0].url) == ("停水通知", "http://example.invalid/a")


async def test_following_by_a_buildings_code_brings_the_place(world: World, mode: str) -> None:
    await caller_of(world, mode).follows("oA", scene="幸福里3号楼2单元")

    message = world.bot.received[0]
    assert (message.text, message.place_hint) == ("", "幸福里3号楼2单元")


async def test_following_without_a_code_brings_no_place(world: World) -> None:
    await world.caller.follows("oA")

    assert world.bot.received[0].place_hint is None


async def test_scanning_a_buildings_code_as_a_follower_brings_the_place(world: World) -> None:
    await world.caller.scans("oA", "幸福里8号楼1单元")

    assert world.bot.received[0].place_hint == "幸福里8号楼1单元"


async def test_a_menu_item_says_its_key(world: World) -> None:
    outcome = await world.caller.presses("oA", "我要报修")

    assert outcome.shown == "收到：我要报修"


@pytest.mark.parametrize("event", ["VIEW", "LOCATION", "TEMPLATESENDJOBFINISH", "something_of_tomorrow"])
async def test_other_events_are_acknowledged_and_go_no_further(world: World, mode: str, event: str) -> None:
    outcome = await caller_of(world, mode).happens("oA", event, EventKey="k")

    assert (outcome.raw, world.bot.received) == (b"success", [])


async def test_an_unknown_kind_of_message_is_acknowledged(world: World) -> None:
    outcome = await world.caller.sends("oA", "hologram", MediaId="m")

    assert (outcome.raw, world.bot.received) == (b"success", [])


async def test_a_repeated_event_has_the_same_id_and_another_event_a_different_one(world: World) -> None:
    await world.caller.presses("oA", "办事")
    await world.caller.presses("oA", "办事")
    await world.caller.presses("oA", "报修")
    await world.caller.presses("oB", "办事")

    ids = [message.id for message in world.bot.received]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


async def test_silence_is_success(world: World, mode: str) -> None:
    async def nothing(message: InboundMessage) -> Answer:
        return Answer()

    world.bot.answer = nothing

    outcome = await caller_of(world, mode).says("oA", "今天真冷啊")

    assert outcome.raw == b"success"


async def test_several_answers_and_buttons_become_one_reply(world: World) -> None:
    async def answer(message: InboundMessage) -> Answer:
        return Answer((to("oA", "已经记下。"), with_buttons(to("oA", "是这样吗？"), "对", "改一下")))

    world.bot.answer = answer

    outcome = await world.caller.says("oA", "电梯坏了")

    assert outcome.shown == "已经记下。\n\n是这样吗？\n1. 对\n2. 改一下"


async def test_what_does_not_fit_is_left_over_whole(world: World) -> None:
    async def answer(message: InboundMessage) -> Answer:
        return says(message, "一" * 400, "二" * 400, "三")

    world.bot.answer = answer

    outcome = await world.caller.says("oA", "说说")
    await world.channel.close()

    assert outcome.shown == "一" * 400
    assert [message.text for message in world.bot.carried] == ["一" * 400]
    assert [message.text for message in world.bot.left] == ["二" * 400, "三"]


async def test_one_text_too_long_is_cut_between_characters_and_its_rest_left_over(world: World) -> None:
    async def answer(message: InboundMessage) -> Answer:
        return says(message, "好" * 700)

    world.bot.answer = answer

    outcome = await world.caller.says("oA", "说说")
    await world.channel.close()

    assert outcome.shown == "好" * 682
    assert [message.text for message in world.bot.left] == ["好" * 18]
    assert world.bot.carried == []


async def test_characters_that_xml_cannot_carry_do_not_break_the_reply(world: World, mode: str) -> None:
    async def answer(message: InboundMessage) -> Answer:
        return says(message, "a\x00b\ud800c\x0bd")

    world.bot.answer = answer

    outcome = await caller_of(world, mode).says("oA", "说说")

    assert outcome.shown == "abcd"


async def test_a_turn_too_slow_is_acknowledged_once_durable_and_its_answer_left_over() -> None:
    may_go_on = asyncio.Event()

    async def slow(message: InboundMessage) -> Answer:
        await may_go_on.wait()
        return says(message, "来晚了")

    async with a_world(answer_within=0.05) as world:
        world.bot.answer = slow
        asking = asyncio.create_task(world.caller.says("oA", "电梯坏了"))
        await asyncio.sleep(0.3)
        was_told = asking.done()
        may_go_on.set()
        outcome = await asking

    assert not was_told
    assert (outcome.raw, outcome.tries) == (b"success", 1)
    assert [message.text for message in world.bot.left] == ["来晚了"]


async def test_a_message_that_is_late_while_the_store_is_away_is_acknowledged_when_it_is_back() -> None:
    is_away = iter([True, False])

    async def away_at_first(message: InboundMessage) -> Answer:
        if next(is_away):
            await asyncio.sleep(0.1)
            raise StoreAway
        return says(message, "记下了")

    async with a_world(answer_within=0.05) as world:
        world.bot.answer = away_at_first
        outcome = await world.caller.says("oA", "电梯坏了")

    assert outcome.raw == b"success"
    assert [message.text for message in world.bot.left] == ["记下了"]


async def test_a_store_that_is_away_is_no_success(world: World) -> None:
    async def away(message: InboundMessage) -> Answer:
        raise StoreAway

    world.bot.answer = away

    outcome = await world.caller.says("oA", "电梯坏了")

    assert (outcome.raw, outcome.tries) == (b"", 3)


async def test_a_bot_that_fails_is_asked_again(world: World) -> None:
    failures = iter([True, True, False])

    async def failing(message: InboundMessage) -> Answer:
        if next(failures):
            raise OSError("the store is down")
        return says(message, "现在好了")

    world.bot.answer = failing

    outcome = await world.caller.says("oA", "电梯坏了")

    assert (outcome.shown, outcome.tries) == ("现在好了", 3)
    assert len({message.id for message in world.bot.received}) == 1
