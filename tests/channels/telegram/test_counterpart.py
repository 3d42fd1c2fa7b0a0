"""Our platform understands the library over its own transport, and the library understands our platform."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, RetryAfter
from telegram.request import HTTPXRequest

from tests.channels.telegram.conftest import SECRET, TOKEN
from tests.counterparts.telegram.platform import Platform

pytestmark = pytest.mark.anyio


@pytest.fixture
def platform() -> Platform:
    return Platform(TOKEN, limits={"chat": (2, 60.0)})


@pytest.fixture
async def bot(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    async with platform.running() as address:
        request = HTTPXRequest()
        bot = Bot(TOKEN, base_url=f"{address}/bot", base_file_url=f"{address}/file/bot", request=request)
        async with bot:
            yield bot


async def test_the_bot_and_its_messages_are_what_the_library_expects(bot: Bot, platform: Platform) -> None:
    platform.people.person(501, "王阿姨").was_started = True
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("好", callback_data="好的")]])

    me = await bot.get_me()
    sent = await bot.send_message(501, "修好了吗？", reply_markup=keyboard)

    assert (me.id, me.username) == (42, "linli_bot")
    assert (sent.chat.id, sent.text) == (501, "修好了吗？")
    assert platform.people.chats[501].screen[0].buttons == [("好", "好的")]


async def test_updates_are_what_the_library_expects(bot: Bot, platform: Platform) -> None:
    person, group = platform.people.person(501, "王阿姨"), platform.people.group(-4001, "业主群")
    await platform.deliver(platform.people.says(person, "/start@linli_bot 你好"))
    await platform.deliver(platform.people.says(person, "@linli_bot 漏水", chat=group))
    await platform.deliver(platform.people.sends(person, photo=platform.people.picture(b"jpeg")))
    await bot.send_message(501, "好吗？", reply_markup=InlineKeyboardMarkup.from_button(
        InlineKeyboardButton("好", callback_data="好的")
    ))  # fmt: skip
    await platform.deliver(platform.people.presses(person, "好"))
    for update in platform.people.upgrade(group, -100777):
        await platform.deliver(update)

    started, called, picture, press, moved, arrived = await bot.get_updates()
    photo = await bot.get_file(picture.message.photo[-1])

    assert list(started.message.parse_entities().values()) == ["/start@linli_bot"]
    assert list(called.message.parse_entities().values()) == ["@linli_bot"]
    assert bytes(await photo.download_as_bytearray()) == b"jpeg"
    assert (press.callback_query.data, press.callback_query.message.text) == ("好的", "好吗？")
    assert (moved.message.migrate_to_chat_id, arrived.message.migrate_from_chat_id) == (-100777, -4001)


async def test_refusals_are_what_the_library_expects(bot: Bot, platform: Platform) -> None:
    person, group = platform.people.person(501, "王阿姨"), platform.people.group(-4001, "业主群")
    platform.people.upgrade(group, -100777)
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(9, "你好")
    with pytest.raises(Forbidden, match="initiate"):
        await bot.send_message(501, "你好")
    person.was_started = True
    for text, words in (("  ", "empty"), ("甲" * 4097, "too long")):
        with pytest.raises(BadRequest, match=words):
            await bot.send_message(501, text)
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(-4001, "你好")
    for _ in range(2):
        await bot.send_message(501, "你好")
    with pytest.raises(RetryAfter) as too_many:
        await bot.send_message(501, "你好")
    with pytest.raises(InvalidToken):
        async with Bot("43:other", base_url=bot.base_url.removesuffix(TOKEN)):
            pass

    assert moved.value.new_chat_id == -100777
    assert too_many.value._retry_after.total_seconds() == 60


async def test_a_webhook_and_polling_shut_each_other_out(bot: Bot, platform: Platform) -> None:
    await bot.set_webhook("https://bot.example/telegram/tg", secret_token=SECRET)
    with pytest.raises(Conflict, match="webhook"):
        await bot.get_updates()
    assert (await bot.get_webhook_info()).url == "https://bot.example/telegram/tg"
    await bot.delete_webhook()
    first = asyncio.create_task(bot.get_updates(timeout=5))
    await asyncio.sleep(0.1)
    async with Bot(TOKEN, base_url=bot.base_url.removesuffix(TOKEN)) as other:
        second = asyncio.create_task(other.get_updates(timeout=5))
        with pytest.raises(Conflict, match="other getUpdates"):
            await first
        await platform.deliver(platform.people.says(platform.people.person(501, "王阿姨"), "你好"))

        assert [update.message.text for update in await second] == ["你好"]


@pytest.mark.parametrize("url", ["http://bot.example/tg", "https://bot.example:8080/tg", "bot.example"])
async def test_a_webhook_needs_an_address_that_the_platform_calls(bot: Bot, url: str) -> None:
    with pytest.raises(BadRequest, match="webhook"):
        await bot.set_webhook(url)
