"""What members say and press in an application, over real HTTP."""

import asyncio
import io
from pathlib import Path

import pytest
from PIL import Image

from bot.messaging import Answer, AttachmentKind, InboundMessage, StoreAway
from tests.channels.wechat.conftest import says
from tests.channels.wecom.conftest import AppWorld, an_app, to
from tests.counterparts.serving import Fault

pytestmark = pytest.mark.anyio


def picture() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (4, 3), "red").save(written, "JPEG")
    return written.getvalue()


async def test_saving_the_address_on_the_platform_succeeds(world: AppWorld) -> None:
    assert await world.caller.verify()


async def test_a_text_reaches_the_bot_and_the_platform_is_told_nothing_but_that(world: AppWorld) -> None:
    outcome = await world.caller.says("LiMin", "收到 A2611-0042", MsgId=24000000000000042)

    assert (outcome.arrived, outcome.tries, outcome.raw) == (True, 1, b"")
    [message] = world.bot.received
    assert (message.id, message.channel, message.text) == ("24000000000000042", "staff", "收到 A2611-0042")
    assert (message.sender, message.chat, message.is_group) == ("LiMin", "LiMin", False)
    assert message.received_at == world.clock.now()


async def test_cdata_in_a_text_survives(world: AppWorld) -> None:
    await world.caller.says("limin", "a]]>b<xml>&amp;")

    assert world.bot.received[0].text == "a]]>b<xml>&amp;"


async def test_a_picture_is_fetched_by_its_media_id_and_kept(tmp_path: Path) -> None:
    async with an_app(photos=tmp_path) as world:
        world.corp.media["m1"] = picture()
        await world.caller.sends("limin", "image", PicUrl="http://example.invalid/p", MediaId="m1")

    [message] = world.bot.received
    assert message.attachments[0].kind is AttachmentKind.PICTURE
    assert [(tmp_path / name).is_file() for name in message.photos] == [True]


async def test_a_picture_that_cannot_be_had_does_not_keep_the_words_away(tmp_path: Path) -> None:
    async with an_app(photos=tmp_path) as world:
        await world.caller.sends("limin", "image", PicUrl="-", MediaId="gone")

    assert [message.photos for message in world.bot.received] == [()]


async def test_a_location_and_a_link_come_with_their_words(world: AppWorld) -> None:
    await world.caller.sends(
        "limin", "location", Location_X="35.2", Location_Y="115.4", Scale=16, Label="东门"
    )
    await world.caller.sends("limin", "link", Title="停水", Description="-", Url="http://example.invalid")

    said = [(message.text, message.attachments[0].reference) for message in world.bot.received]
    assert said == [("东门", "35.2,115.4"), ("停水", "")]


async def test_a_menu_click_says_what_it_stands_for(world: AppWorld) -> None:
    await world.caller.happens("limin", "click", EventKey="我的待办")

    assert [message.text for message in world.bot.received] == ["我的待办"]


@pytest.mark.parametrize("event", ["subscribe", "enter_agent", "view", "LOCATION", "of_tomorrow"])
async def test_other_events_say_nothing(world: AppWorld, event: str) -> None:
    outcome = await world.caller.happens("limin", event, EventKey="")

    assert (outcome.arrived, world.bot.received) == (True, [])


async def test_an_unknown_kind_of_message_says_nothing(world: AppWorld) -> None:
    assert (await world.caller.sends("limin", "hologram")).arrived
    assert world.bot.received == []


# -- cards ------------------------------------------------------------------------------------------


async def test_a_press_says_what_the_button_stands_for_and_the_card_shows_it(world: AppWorld) -> None:
    world.corp.member("LiMin")
    await world.channel.send(to("LiMin", "3号楼电梯坏了", "收到", "转 赵强", "退"))
    card = world.corp.member("LiMin").last

    await world.caller.presses("LiMin", card, "转 赵强")
    await world.channel.close()

    [message] = world.bot.received
    assert (message.text, message.sender) == ("转 赵强", "LiMin")
    assert card.chosen == "✓ 转 赵强"


async def test_a_button_pressed_twice_before_the_card_changes_is_one_message(world: AppWorld) -> None:
    world.corp.member("limin")
    await world.channel.send(to("limin", "电梯坏了", "收到", "退"))
    card = world.corp.member("limin").last
    world.corp.server.faults = [Fault("update_template_card", "status", 500)]

    await world.caller.presses("limin", card, "收到")
    await world.caller.presses("limin", card, "收到")
    await world.channel.close()

    assert len({message.id for message in world.bot.received}) == 1


async def test_a_card_that_cannot_be_changed_does_no_harm(world: AppWorld) -> None:
    world.corp.member("limin")
    await world.channel.send(to("limin", "电梯坏了", "收到"))
    world.corp.server.faults = [Fault("update_template_card", "errcode", 42014)]

    outcome = await world.caller.presses("limin", world.corp.member("limin").last, "收到")
    await world.channel.close()

    assert outcome.arrived
    assert [message.text for message in world.bot.received] == ["收到"]


async def test_the_press_of_a_card_that_is_not_ours_says_nothing(world: AppWorld) -> None:
    outcome = await world.caller.happens(
        "limin", "template_card_event", EventKey="approve", TaskId="t", ResponseCode="c"
    )

    assert (outcome.arrived, world.bot.received) == (True, [])


# -- when something is slow or away ----------------------------------------------------------------


async def test_a_turn_that_takes_too_long_is_acknowledged_once_it_is_durable() -> None:
    may_go_on = asyncio.Event()
    done = []

    async def slow(message: InboundMessage) -> Answer:
        await may_go_on.wait()
        done.append(message.text)
        return says(message, "来晚了")

    async with an_app(answer_within=0.05) as world:
        world.bot.answer = slow
        asking = asyncio.create_task(world.caller.says("limin", "电梯坏了"))
        await asyncio.sleep(0.3)
        was_told = asking.done()
        may_go_on.set()
        outcome = await asking

    assert not was_told
    assert (outcome.arrived, outcome.tries) == (True, 1)
    assert done == ["电梯坏了"]


async def test_a_store_that_is_away_makes_the_platform_come_again(world: AppWorld) -> None:
    is_away = iter([True, True, False])

    async def away_at_first(message: InboundMessage) -> Answer:
        if next(is_away):
            raise StoreAway
        return says(message, "记下了")

    world.bot.answer = away_at_first

    outcome = await world.caller.says("limin", "电梯坏了")

    assert (outcome.arrived, outcome.tries) == (True, 3)
    assert len({message.id for message in world.bot.received}) == 1
