"""微信客服: residents who open it from a link, what they hear, and never losing what they said."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from starlette.applications import Starlette

from bot.channels.photos import PhotoStore
from bot.channels.wecom.corp import CallbackKeys
from bot.channels.wecom.corp import Corp as CorpSettings
from bot.channels.wecom.kf import CustomerService
from bot.channels.wecom.kf_links import create_link
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
    QuotaUsedUp,
    RecipientGone,
    StoreAway,
    TemporaryFailure,
    UnclearOutcome,
    WindowClosed,
)
from bot.notebook import Entry
from bot.upkeep import Finding
from tests.channels.wechat.conftest import NOON, Bot, serving
from tests.channels.wechat.notebook import MemoryNotebook
from tests.channels.wecom.conftest import AES_KEY, CORP_ID, SECRET, TOKEN, until
from tests.channels.wecom.test_app_callback import picture
from tests.counterparts.serving import Fault
from tests.counterparts.wecom.caller import Keys, Line
from tests.counterparts.wecom.corp import App, Corp
from tests.counterparts.wecom.service import Service, ServiceCaller

pytestmark = pytest.mark.anyio

ACCOUNT = "wkAJ2GCAAASSm4_FhToWMFea0xAFfd3Q"
OTHER = "wkAJ2GCAAAZSfhHCt7IFSvLKtMPxyJTw"
SEND, SYNC = "/cgi-bin/kf/send_msg", "/cgi-bin/kf/sync_msg"


@dataclass
class World:
    corp: Corp
    service: Service
    channel: CustomerService
    bot: Bot
    clock: MovableClock
    notebook: MemoryNotebook
    caller: ServiceCaller
    api_base: str

    async def heard(self, number: int) -> list[InboundMessage]:
        await until(lambda: len(self.bot.received) >= number)
        return self.bot.received

    async def settled(self) -> None:
        """Everything that rang is fetched."""
        await self.channel.sync.finish(within=5)

    def screen(self, person: str) -> list[str]:
        return [said.text for said in self.service.customer(person).screen]

    def another_process(self) -> CustomerService:
        return CustomerService(
            CorpSettings("kf", CORP_ID, SECRET, self.api_base),
            CallbackKeys(TOKEN, AES_KEY),
            notebook=self.notebook,
            clock=self.clock,
        )


@asynccontextmanager
async def a_service(
    *, photos: Path | None = None, page: int = 1000, notebook: MemoryNotebook | None = None
) -> AsyncIterator[World]:
    clock = MovableClock(NOON)
    corp = Corp(corp_id=CORP_ID, apps=[App(0, "微信客服", SECRET)], clock=clock)
    service = Service(corp, [ACCOUNT, OTHER], page=page)
    bot, notebook = Bot(), notebook or MemoryNotebook(clock)
    connector = aiohttp.TCPConnector(force_close=True)
    async with corp.server.running() as api_base, aiohttp.ClientSession(connector=connector) as session:
        channel = CustomerService(
            CorpSettings("kf", CORP_ID, SECRET, api_base),
            CallbackKeys(TOKEN, AES_KEY),
            notebook=notebook,
            clock=clock,
            photos=PhotoStore(photos) if photos else None,
        )
        async with serving(Starlette(routes=list(channel.routes(bot.receive)))) as base:
            line = Line(f"{base}/wecom/kf", Keys(TOKEN, AES_KEY, CORP_ID), session, clock)
            caller = ServiceCaller(service, line)
            yield World(corp, service, channel, bot, clock, notebook, caller, api_base)
        await channel.close()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_service() as world:
        yield world


def to(person: str, text: str, *buttons: Button, message_id: int = 249868101477935297) -> OutboundMessage:
    return OutboundMessage(message_id, Address("kf", person), text, buttons)


# -- what is heard ----------------------------------------------------------------------------------


async def test_saving_the_address_on_the_platform_succeeds(world: World) -> None:
    assert await world.caller.verify()


async def test_what_a_customer_says_is_fetched_when_it_rings(world: World) -> None:
    outcome = await world.caller.says("wm1", "3号楼电梯坏了")

    [message] = await world.heard(1)
    assert (outcome.arrived, outcome.raw) == (True, b"")
    assert (message.channel, message.sender, message.chat, message.text) == (
        "kf",
        "wm1",
        "wm1",
        "3号楼电梯坏了",
    )
    assert (message.received_at, message.is_group) == (NOON, False)


async def test_every_kind_that_can_be_understood_is(tmp_path: Path) -> None:
    async with a_service(photos=tmp_path) as world:
        world.corp.media["m1"] = picture()
        await world.caller.sends("wm1", "image", {"media_id": "m1"})
        await world.caller.sends("wm1", "voice", {"media_id": "m2"})
        place = {"latitude": 35.2, "longitude": 115.4, "name": "东门", "address": "凤凰路18号"}
        await world.caller.sends("wm1", "location", place)
        await world.caller.sends("wm1", "link", {"title": "停水", "url": "http://example.invalid/a"})
        await world.caller.sends("wm1", "business_card", {"userid": "u"})
        await world.caller.says("wm1", "完了")
        image, voice, location, link, text = await world.heard(5)

    assert (image.attachments[0].kind, len(image.photos)) == (AttachmentKind.PICTURE, 1)
    assert voice.attachments[0].kind is AttachmentKind.VOICE
    assert (location.text, location.attachments[0].reference) == ("东门", "35.2,115.4")
    assert (link.text, text.text) == ("停水", "完了")


async def test_a_choice_of_a_menu_says_what_it_stands_for(world: World) -> None:
    await world.caller.says("wm1", "你好")
    await world.heard(1)
    await world.channel.send(to("wm1", "是哪一栋？", Button("幸福里3号楼", "1"), Button("都不是", "2")))

    await world.caller.presses("wm1", world.service.customer("wm1").screen[-1], "都不是")

    assert [message.text for message in await world.heard(2)] == ["你好", "2"]
    assert world.screen("wm1") == ["是哪一栋？"]


async def test_many_pages_are_fetched_in_their_order_once_each() -> None:
    async with a_service(page=7) as world:
        ids = [world.caller.wrote("wm1", "text", {"content": str(number)}) for number in range(40)]
        await world.caller.rings(ACCOUNT)
        messages = await world.heard(40)

        assert [message.text for message in messages] == [str(number) for number in range(40)]
        assert [message.id for message in messages] == ids
        await world.caller.rings(ACCOUNT)
        await world.settled()
        assert len(world.bot.received) == 40


async def test_customers_of_several_accounts_are_answered_where_they_wrote(world: World) -> None:
    await world.caller.says("wm1", "你好", account=OTHER)
    await world.caller.says("wm2", "你好", account=ACCOUNT)
    await world.heard(2)

    await world.channel.send(to("wm1", "好的", message_id=1))
    await world.channel.send(to("wm2", "好的", message_id=2))

    sent = [call.body["open_kfid"] for call in world.corp.server.calls if call.path == SEND]
    assert sent == [OTHER, ACCOUNT]


# -- losing nothing ---------------------------------------------------------------------------------


@pytest.mark.parametrize("dies_at", range(6))
async def test_the_cursor_is_never_ahead_of_what_was_received(dies_at: int) -> None:
    """Wherever it breaks off, whatever was not received durably comes again."""
    durable: list[str] = []
    is_dying = True

    async def take(message: InboundMessage) -> Answer:
        if is_dying and len(durable) == dies_at:
            raise StoreAway
        durable.append(message.text)
        return Answer()

    async with a_service(page=2) as world:
        world.bot.answer = take
        for number in range(5):
            world.caller.wrote("wm1", "text", {"content": str(number)})
        fetching = asyncio.gather(
            world.channel.sync.fetch(ACCOUNT, world.service.new_token()), return_exceptions=True
        )
        assert [isinstance(end, StoreAway) for end in await fetching] == [dies_at < 5]
        cursor = await world.notebook.get(f"cursor/{ACCOUNT}")
        assert int(cursor.value.partition("/")[2] if cursor else 0) <= len(durable)

        is_dying = False
        await world.channel.sync.fetch(ACCOUNT, world.service.new_token())

    assert list(dict.fromkeys(durable)) == ["0", "1", "2", "3", "4"]
    assert len(durable) <= 6  # at most what its own page held comes twice


async def test_a_process_that_dies_before_it_notes_the_cursor_gets_the_same_ids_again(world: World) -> None:
    class Forgetful(MemoryNotebook):
        async def put(self, entries: Mapping[str, Entry]) -> None:
            if any(key.startswith("cursor/") for key in entries):
                raise StoreAway
            await super().put(entries)

    async with a_service(notebook=Forgetful(world.clock)) as dying:
        dying.caller.wrote("wm1", "text", {"content": "一"})
        token = dying.service.new_token()
        for _ in range(2):
            with pytest.raises(StoreAway):
                await dying.channel.sync.fetch(ACCOUNT, token)

        assert len(dying.bot.received) == 2
        assert len({message.id for message in dying.bot.received}) == 1


async def test_two_processes_that_ring_at_once_hand_in_the_same_ids(world: World) -> None:
    for number in range(5):
        world.caller.wrote("wm1", "text", {"content": str(number)})
    other = world.another_process()
    list(other.routes(world.bot.receive))

    await asyncio.gather(
        world.channel.sync.fetch(ACCOUNT, world.service.new_token()),
        other.sync.fetch(ACCOUNT, world.service.new_token()),
    )
    await other.close()

    assert {message.text for message in world.bot.received} == {"0", "1", "2", "3", "4"}
    assert len({message.id for message in world.bot.received}) == 5


async def test_what_cannot_be_fetched_now_is_fetched_a_moment_later(world: World) -> None:
    world.corp.server.faults = [Fault(SYNC, "status", 503)]

    await world.caller.says("wm1", "电梯坏了")

    assert [message.text for message in await world.heard(1)] == ["电梯坏了"]


async def test_what_no_ring_was_heard_of_is_looked_for(world: World) -> None:
    world.caller.wrote("wm1", "text", {"content": "昨晚写的"})
    world.caller.wrote("wm2", "text", {"content": "另一个号"}, account=OTHER)

    looking = asyncio.create_task(world.channel.run(world.bot.receive))
    messages = await world.heard(2)
    looking.cancel()

    assert {message.text for message in messages} == {"昨晚写的", "另一个号"}
    await asyncio.gather(looking, return_exceptions=True)


async def test_a_cursor_that_the_platform_no_longer_knows_starts_over(world: World) -> None:
    await world.notebook.put({f"cursor/{ACCOUNT}": Entry("lost", NOON + timedelta(days=1))})

    await world.caller.says("wm1", "电梯坏了")

    assert [message.text for message in await world.heard(1)] == ["电梯坏了"]


@pytest.mark.parametrize(
    "item",
    [
        None, 7, "x", [], {}, {"msgid": "m"}, {"msgid": "m", "send_time": "now"},
        {"msgid": "m", "send_time": -1, "msgtype": "text"},
        {"msgid": "m", "send_time": 10**30, "msgtype": "text"},
        {"msgid": "m", "send_time": 1, "msgtype": "text", "origin": 3, "open_kfid": "k",
         "external_userid": 5},
        {"msgid": "m", "send_time": 1, "msgtype": "event", "event": []},
        {"msgid": "m", "send_time": 1, "msgtype": "event", "event": {"event_type": 5}},
        {"msgid": "m", "send_time": 1, "msgtype": "location", "origin": 3, "open_kfid": "k",
         "external_userid": "w", "location": {"latitude": "x"}},
    ],
)  # fmt: skip
async def test_something_malformed_holds_up_nothing_that_comes_after_it(world: World, item: object) -> None:
    from bot.channels.wechat_codec import MalformedMessageError
    from bot.channels.wecom.kf_inbound import decode_item

    with pytest.raises(MalformedMessageError):
        decode_item(item, channel="kf")
    if isinstance(item, dict) and isinstance(item.get("send_time"), int) and 0 <= item["send_time"] < 2**33:
        world.service.items[ACCOUNT].append({**item, "send_time": int(NOON.timestamp())})

    await world.caller.says("wm1", "电梯坏了")

    assert [message.text for message in await world.heard(1)] == ["电梯坏了"]


# -- coming in --------------------------------------------------------------------------------------


async def test_who_comes_in_is_greeted_although_they_have_said_nothing(world: World) -> None:
    await world.caller.enters("wm1", scene_param="%E5%B9%B8%E7%A6%8F%E9%87%8C3%E5%8F%B7%E6%A5%BC")
    [came] = await world.heard(1)

    await world.channel.send(to("wm1", "您好，有什么要办？", Button("报修", "我要报修")))

    assert (came.text, came.place_hint) == ("", "幸福里3号楼")
    assert world.screen("wm1") == ["您好，有什么要办？"]
    with pytest.raises(WindowClosed):
        await world.channel.send(to("wm1", "还有一句", message_id=2))


async def test_what_they_say_next_is_about_the_place_that_the_link_named(world: World) -> None:
    await world.caller.enters("wm1", scene_param="幸福里3号楼")
    await world.caller.says("wm1", "电梯坏了")
    await world.heard(2)
    world.clock.move_to(NOON + timedelta(minutes=11))
    await world.caller.says("wm1", "还有灯")

    _came, first, later = await world.heard(3)
    assert (first.place_hint, later.place_hint) == ("幸福里3号楼", None)


async def test_who_comes_in_again_is_not_greeted_again(world: World) -> None:
    await world.caller.enters("wm1")
    await world.heard(1)
    await world.caller.enters("wm1")
    await world.settled()

    assert len(world.bot.received) == 1


async def test_a_greeting_that_comes_too_late_is_not_tried(world: World) -> None:
    await world.caller.enters("wm1")
    await world.heard(1)
    world.clock.move_to(NOON + timedelta(seconds=20))

    with pytest.raises(WindowClosed):
        await world.channel.send(to("wm1", "您好"))
    assert world.corp.server.count("send_msg_on_event") == 0


# -- what is said -----------------------------------------------------------------------------------


async def test_five_messages_may_follow_and_the_sixth_is_not_even_tried(world: World) -> None:
    await world.caller.says("wm1", "你好")
    await world.heard(1)

    for number in range(5):
        await world.channel.send(to("wm1", str(number), message_id=number))
    with pytest.raises(QuotaUsedUp):
        await world.channel.send(to("wm1", "6", message_id=6))
    await world.caller.says("wm1", "还在吗")
    await world.heard(2)
    other = world.another_process()
    await other.send(to("wm1", "在", message_id=7))
    await other.close()

    assert world.screen("wm1") == ["0", "1", "2", "3", "4", "在"]
    assert world.corp.server.count(SEND) == 6


async def test_after_48_hours_nothing_may_be_said(world: World) -> None:
    await world.caller.says("wm1", "你好")
    await world.heard(1)
    world.clock.move_to(NOON + timedelta(hours=48))

    with pytest.raises(WindowClosed):
        await world.channel.send(to("wm1", "修好了"))
    assert world.corp.server.count(SEND) == 0


async def test_the_48_hours_count_from_when_it_was_said_not_from_when_it_was_fetched(world: World) -> None:
    world.caller.wrote("wm1", "text", {"content": "你好"})
    world.clock.move_to(NOON + timedelta(hours=47))
    await world.caller.rings(ACCOUNT)
    await world.heard(1)
    await world.channel.send(to("wm1", "在", message_id=1))
    world.clock.move_to(NOON + timedelta(hours=48))

    with pytest.raises(WindowClosed):
        await world.channel.send(to("wm1", "还在", message_id=2))


async def test_what_is_fetched_again_gives_no_new_room(world: World) -> None:
    await world.caller.says("wm1", "你好")
    await world.heard(1)
    for number in range(5):
        await world.channel.send(to("wm1", str(number), message_id=number))
    await world.notebook.put({f"cursor/{ACCOUNT}": Entry("", NOON)})

    await world.caller.rings(ACCOUNT)
    await world.heard(2)

    with pytest.raises(QuotaUsedUp):
        await world.channel.send(to("wm1", "6", message_id=6))


async def test_somebody_who_never_spoke_cannot_be_reached(world: World) -> None:
    for address in (Address("kf", "wm9"), Address("kf", "g", is_group=True)):
        with pytest.raises(PermanentFailure):
            await world.channel.send(OutboundMessage(1, address, "您好"))
    assert world.corp.server.calls == []


async def test_buttons_are_a_menu_and_what_no_menu_takes_is_numbered(world: World) -> None:
    await world.caller.says("wm1", "你好")
    await world.heard(1)

    await world.channel.send(to("wm1", "好了吗？", Button("好了", "解决了"), message_id=1))
    await world.channel.send(to("wm1", "长" * 400, Button("好了", "解决了"), message_id=2))
    await world.channel.send(to("wm1", "选", Button("长" * 50, "1"), message_id=3))

    menu, *texts = world.service.customer("wm1").screen
    assert menu.buttons == {"好了": "解决了"}
    assert [said.text for said in texts] == ["长" * 400 + "\n1. 好了", "选\n1. " + "长" * 50]


async def test_a_message_that_is_sent_again_is_shown_and_counted_once(world: World) -> None:
    await world.caller.says("wm1", "你好")
    await world.heard(1)
    world.corp.server.faults = [Fault(SEND, "disconnect", after=True)]

    with pytest.raises(UnclearOutcome):
        await world.channel.send(to("wm1", "修好了"))
    await world.channel.send(to("wm1", "修好了"))

    assert world.screen("wm1") == ["修好了"]
    for number in range(4):
        await world.channel.send(to("wm1", str(number), message_id=number))
    assert world.service.customer("wm1").left == 0


async def test_after_something_was_not_shown_nothing_more_is_tried(world: World) -> None:
    await world.caller.says("wm1", "你好")
    await world.heard(1)
    world.service.customer("wm1").refuses = True
    await world.channel.send(to("wm1", "修好了", message_id=1))
    await world.caller.rings(ACCOUNT)
    await world.settled()

    with pytest.raises(QuotaUsedUp):
        await world.channel.send(to("wm1", "还有", message_id=2))


OUTCOMES: dict[str, tuple[Fault, type[DeliveryFailure]]] = {
    "busy": (Fault(SEND, "errcode", -1), TemporaryFailure),
    "too often": (Fault(SEND, "errcode", 45009), TemporaryFailure),
    "address not trusted": (Fault(SEND, "errcode", 60020), TemporaryFailure),
    "count used up": (Fault(SEND, "errcode", 95001), QuotaUsedUp),
    "time is over": (Fault(SEND, "errcode", 95002), WindowClosed),
    "a servicer talks": (Fault(SEND, "errcode", 95018), WindowClosed),
    "no such customer": (Fault(SEND, "errcode", 40096), RecipientGone),
    "no such account": (Fault(SEND, "errcode", 95000), PermanentFailure),
    "HTTP 503": (Fault(SEND, "status", 503), TemporaryFailure),
    "HTTP 502": (Fault(SEND, "status", 502), UnclearOutcome),
    "answer that is not JSON": (Fault(SEND, "garbage"), UnclearOutcome),
}


@pytest.mark.parametrize("name", OUTCOMES)
async def test_every_failure_has_its_outcome(world: World, name: str) -> None:
    await world.caller.says("wm1", "你好")
    await world.heard(1)
    fault, expected = OUTCOMES[name]
    world.corp.server.faults = [fault]

    with pytest.raises(DeliveryFailure) as raised:
        await world.channel.send(to("wm1", "修好了"))

    assert type(raised.value) is expected
    assert SECRET not in str(raised.value)


# -- a person instead of the bot --------------------------------------------------------------------


async def test_a_servicer_takes_over_and_the_bot_neither_hears_nor_speaks_until_it_ends(world: World) -> None:
    await world.caller.says("wm1", "我要找人")
    await world.heard(1)

    await world.caller.servicer_changes("wm1", 1, state=3)
    await world.settled()
    await world.caller.says("wm1", "什么时候来修")
    await world.caller.servicer_says("wm1", "下午两点")
    await world.caller.says("wm1", "好的")
    await world.settled()
    assert len(world.bot.received) == 1
    with pytest.raises(WindowClosed):
        await world.channel.send(to("wm1", "我是机器人"))

    await world.caller.servicer_changes("wm1", 3, state=4)
    await world.caller.says("wm1", "电梯又坏了")
    assert [message.text for message in await world.heard(2)] == ["我要找人", "电梯又坏了"]
    await world.channel.send(to("wm1", "记下了"))

    assert world.screen("wm1") == ["下午两点", "记下了"]


async def test_what_was_said_to_a_servicer_stays_with_them_however_late_it_is_fetched(world: World) -> None:
    await world.caller.says("wm1", "我要找人")
    await world.heard(1)
    world.corp.server.faults = [Fault(SYNC, "status", 503)]

    await world.caller.servicer_changes("wm1", 1, state=3)
    await world.caller.says("wm1", "什么时候来修")
    await world.caller.servicer_changes("wm1", 3, state=4)
    await world.caller.says("wm1", "谢谢")

    assert [message.text for message in await world.heard(2)] == ["我要找人", "谢谢"]


async def test_an_end_that_nobody_was_told_of_is_found_out(world: World) -> None:
    await world.caller.says("wm1", "我要找人")
    await world.heard(1)
    await world.caller.servicer_changes("wm1", 1, state=3)
    await world.settled()
    world.service.customer("wm1").state = 4  # ended in WeCom; its event was lost

    await world.caller.says("wm1", "电梯坏了")

    assert [message.text for message in await world.heard(2)] == ["我要找人", "电梯坏了"]


# -- links and checks -------------------------------------------------------------------------------


async def test_a_link_says_where_it_hangs(world: World) -> None:
    link = await create_link(world.channel.api, ACCOUNT, place="幸福里3号楼")

    assert link.endswith("?enc_scene=building&scene_param=%E5%B9%B8%E7%A6%8F%E9%87%8C3%E5%8F%B7%E6%A5%BC")


@pytest.mark.parametrize(
    ("place", "scene"), [("", "b"), ("长" * 15, "b"), ("3号楼", "楼"), ("3号楼", "b" * 33)]
)
async def test_a_link_that_does_not_fit_is_not_asked_for(world: World, place: str, scene: str) -> None:
    with pytest.raises(ValueError, match=r"bytes|letters"):
        await create_link(world.channel.api, ACCOUNT, place=place, scene=scene)
    assert world.corp.server.calls == []


async def test_a_check_says_how_many_accounts_there_are_or_what_to_mend(world: World) -> None:
    assert await world.channel.check() == [Finding("channel_wecom_kf", {"number": 2})]

    world.service.items.clear()
    assert await world.channel.check() == [Finding("channel_wecom_kf_none", is_wrong=True)]

    world.corp.server.faults = [Fault("account/list", "errcode", 48002)]
    with pytest.raises(TemporaryFailure, match="may not use"):
        await world.channel.check()
