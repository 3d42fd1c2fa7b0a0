"""What people do in private and in groups, and what the bot hears of it."""

import pytest

from bot.channels.telegram.inbound import start_link
from bot.messaging import Attachment, AttachmentKind, InboundMessage
from tests.channels.telegram.conftest import NAME, NOON, World, a_world
from tests.counterparts.telegram.people import ANONYMOUS
from tests.counterparts.telegram.platform import Fault

pytestmark = pytest.mark.anyio


async def test_a_private_line_arrives_whole(world: World) -> None:
    update = world.people.says(world.resident, "3号楼电梯坏了")

    message = await world.hear(update)

    assert update is not None
    assert message == InboundMessage(
        id=f"501/{update['message']['message_id']}",
        channel=NAME,
        sender="501",
        sender_name="王阿姨",
        chat="501",
        text="3号楼电梯坏了",
        received_at=NOON,
    )


async def test_the_same_update_again_has_the_same_id(world: World) -> None:
    update = world.people.says(world.resident, "电梯坏了")

    await world.platform.deliver(update)
    await world.platform.deliver(update)

    first, second = world.bot.received
    assert first == second


async def test_start_means_that_somebody_has_come_in(world: World) -> None:
    message = await world.hear(world.people.says(world.resident, "/start"))

    assert message is not None
    assert (message.text, message.place_hint) == ("", None)


async def test_a_buildings_qr_code_says_where_it_hangs(world: World) -> None:
    payload = start_link("linli_bot", "幸福里3号楼2单元").partition("=")[2]

    message = await world.hear(world.people.says(world.resident, f"/start {payload}"))

    assert message is not None
    assert (message.text, message.place_hint) == ("", "幸福里3号楼2单元")


@pytest.mark.parametrize("payload", ["%%%", "AAAA\x01", "5Lit5p", "_" * 64, "5" * 300, "a"])
async def test_a_start_link_that_names_no_place_is_only_coming_in(world: World, payload: str) -> None:
    message = await world.hear(world.people.says(world.resident, f"/start {payload}"))

    assert message is not None
    assert (message.text, message.place_hint) == ("", None)


async def test_a_command_is_taken_off_what_is_said(world: World) -> None:
    message = await world.hear(world.people.says(world.resident, "/report 楼道灯不亮"))

    assert message is not None
    assert message.text == "楼道灯不亮"


# -- groups -----------------------------------------------------------------------------------------


async def test_a_line_in_a_group_is_heard_with_privacy_mode_off(world: World) -> None:
    message = await world.hear(world.people.says(world.resident, "今天真冷啊", chat=world.group))

    assert message is not None
    assert (message.chat, message.sender) == ("-4001", "501")
    assert (message.is_group, message.mentioned, message.text) == (True, False, "今天真冷啊")


async def test_with_privacy_mode_on_only_what_is_for_the_bot_is_heard() -> None:
    async with a_world(reads_groups=False) as world:
        people, resident, group = world.people, world.resident, world.group
        unheard = await world.hear(people.says(resident, "今天真冷啊", chat=group))
        called = await world.hear(people.says(resident, "@linli_bot 路灯坏了", chat=group))
        await world.channel.send(world.to(group, "哪一盏？"))
        reply = people.reply_to(group)
        replied = await world.hear(people.says(resident, "门口那盏", chat=group, **reply))

    assert unheard is None
    assert called is not None
    assert replied is not None
    assert (called.text, called.mentioned) == ("路灯坏了", True)
    assert (replied.text, replied.mentioned) == ("门口那盏", True)


@pytest.mark.parametrize(
    ("said", "text", "mentioned"),
    [
        ("@linli_bot 路灯坏了", "路灯坏了", True),
        ("@LinLi_Bot 路灯坏了", "路灯坏了", True),
        ("路灯坏了 @linli_bot", "路灯坏了", True),
        ("😀😀 @linli_bot 路灯坏了", "😀😀  路灯坏了", True),  # an emoji counts as two places
        ("@linli_bot", "", True),
        ("@linli_bot_2 路灯坏了", "@linli_bot_2 路灯坏了", False),
        ("@wang_ayi 路灯坏了", "@wang_ayi 路灯坏了", False),
        ("/report@linli_bot 路灯坏了", "路灯坏了", True),
        ("/report 路灯坏了", "路灯坏了", False),
        ("邮箱 a@linli_bot", "邮箱 a@linli_bot", False),
    ],
)
async def test_a_mention_is_recognised_and_taken_off(
    world: World, said: str, text: str, mentioned: bool
) -> None:
    message = await world.hear(world.people.says(world.resident, said, chat=world.group))

    assert message is not None
    assert (message.text, message.mentioned) == (text, mentioned)


async def test_a_command_for_another_bot_is_none_of_our_business(world: World) -> None:
    assert await world.hear(world.people.says(world.resident, "/start@other_bot", chat=world.group)) is None


async def test_a_mention_by_link_counts(world: World) -> None:
    entity = {"type": "text_mention", "offset": 0, "length": 2, "user": world.platform.me}
    update = world.people.sends(world.resident, chat=world.group, text="邻里 路灯坏了", entities=[entity])

    message = await world.hear(update)

    assert message is not None
    assert (message.text, message.mentioned) == ("路灯坏了", True)


async def test_a_reply_to_somebody_else_is_no_mention(world: World) -> None:
    theirs = world.people.says(world.people.person(502, "李叔"), "谁的车", chat=world.group)
    assert theirs is not None
    update = world.people.says(world.resident, "我的", chat=world.group, reply_to_message=theirs["message"])

    message = await world.hear(update)

    assert message is not None
    assert not message.mentioned


async def test_in_a_topic_that_the_bot_opened_not_every_line_is_a_reply_to_it(world: World) -> None:
    await world.channel.send(world.to(world.group, "大家好"))
    opened = world.people.reply_to(world.group)["reply_to_message"]
    opened |= {"forum_topic_created": {"name": "报修", "icon_color": 1}}
    update = world.people.says(world.resident, "今天真冷", chat=world.group, reply_to_message=opened)

    message = await world.hear(update)

    assert message is not None
    assert not message.mentioned


async def test_where_the_own_name_cannot_be_had_the_line_is_heard_all_the_same(world: World) -> None:
    world.platform.faults = [Fault("getMe", "status", 500)]

    first = await world.hear(world.people.says(world.resident, "@linli_bot 漏水了", chat=world.group))
    second = await world.hear(world.people.says(world.resident, "@linli_bot 漏水了", chat=world.group))

    assert first is not None
    assert second is not None
    assert (first.text, first.mentioned) == ("@linli_bot 漏水了", False)
    assert (second.text, second.mentioned) == ("漏水了", True)


async def test_private_chats_need_no_name(world: World) -> None:
    await world.hear(world.people.says(world.resident, "你好"))

    assert world.platform.calls == []


async def test_an_anonymous_administrator_speaks_as_the_group(world: World) -> None:
    group = world.group.as_json()
    update = world.people.update(world.group, ANONYMOUS, sender_chat=group, text="停水通知")

    message = await world.hear(update)

    assert message is not None
    assert (message.sender, message.sender_name) == ("-4001", "幸福里业主群")


async def test_other_bots_and_forwarded_channel_posts_are_not_listened_to(world: World) -> None:
    other = {"id": 77, "is_bot": True, "first_name": "天气"}
    channel = {"id": -1009, "type": "channel", "title": "通知"}
    for update in (
        world.people.update(world.group, other, text="今天有雨"),
        world.people.update(
            world.group, ANONYMOUS, sender_chat=channel, is_automatic_forward=True, text="通知"
        ),
    ):
        assert await world.hear(update) is None


async def test_people_who_join_or_leave_say_nothing(world: World) -> None:
    author = world.people.author(world.resident)
    for content in ({"new_chat_members": [author]}, {"left_chat_member": author}, {"new_chat_title": "新"}):
        assert await world.hear(world.people.update(world.group, author, **content)) is None


# -- other than words -------------------------------------------------------------------------------


async def test_a_position_arrives_as_such(world: World) -> None:
    update = world.people.sends(world.resident, location={"latitude": 35.24, "longitude": 115.48})

    message = await world.hear(update)

    assert message is not None
    assert message.attachments == (Attachment(AttachmentKind.LOCATION, "35.24,115.48"),)


async def test_a_place_on_the_map_says_its_address(world: World) -> None:
    point = {"latitude": 35.24, "longitude": 115.48}
    venue = {"location": point, "title": "幸福里", "address": "和平路8号"}

    message = await world.hear(world.people.sends(world.resident, location=point, venue=venue))

    assert message is not None
    assert message.text == "和平路8号"


FILE = {"file_id": "f1", "file_unique_id": "u"}


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"voice": {**FILE, "duration": 3}}, AttachmentKind.VOICE),
        ({"audio": {**FILE, "duration": 3}}, AttachmentKind.VOICE),
        ({"video": {**FILE, "duration": 3, "width": 9, "height": 9}}, AttachmentKind.VIDEO),
        ({"video_note": {**FILE, "duration": 3, "length": 9}}, AttachmentKind.VIDEO),
        ({"document": {**FILE, "mime_type": "application/pdf"}}, AttachmentKind.FILE),
        ({"document": FILE}, AttachmentKind.FILE),
    ],
)
async def test_what_has_no_words_arrives_without_text(
    world: World, content: dict[str, object], kind: AttachmentKind
) -> None:
    message = await world.hear(world.people.sends(world.resident, **content))

    assert message is not None
    assert (message.text, message.attachments) == ("", (Attachment(kind, "f1"),))


async def test_a_shared_contact_is_its_number_and_a_sticker_its_emoji(world: World) -> None:
    contact = {"phone_number": "13900001234", "first_name": "王"}
    shape = {"type": "regular", "width": 9, "height": 9, "is_animated": False, "is_video": False}
    sticker = {**FILE, **shape, "emoji": "👍"}

    said = [
        await world.hear(world.people.sends(world.resident, **content))
        for content in ({"contact": contact}, {"sticker": sticker})
    ]

    assert [message and message.text for message in said] == ["13900001234", "👍"]


async def test_letters_that_cannot_be_kept_are_left_out(world: World) -> None:
    message = await world.hear(world.people.says(world.resident, "电梯\x00坏\ud83d了"))

    assert message is not None
    assert message.text == "电梯坏了"
