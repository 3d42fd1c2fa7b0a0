"""政民沟通: what residents and grid workers report in WeCom becomes one letter each, and nothing is lost."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.photos import PhotoStore
from bot.channels.wechat_codec import MalformedMessageError
from bot.channels.wecom.corp import Corp as CorpSettings
from bot.channels.wecom.report import Reports
from bot.channels.wecom.report_orders import Kind, decode_order
from bot.clock import MovableClock
from bot.messaging import (
    Address,
    Answer,
    AttachmentKind,
    InboundMessage,
    OutboundMessage,
    PermanentFailure,
    StoreAway,
    TemporaryFailure,
)
from bot.upkeep import Finding
from tests.channels.wechat.conftest import NOON, Bot
from tests.channels.wechat.notebook import MemoryNotebook
from tests.channels.wecom.conftest import CORP_ID, SECRET
from tests.channels.wecom.test_app_callback import picture
from tests.counterparts.serving import Fault
from tests.counterparts.wecom.corp import App, Corp
from tests.counterparts.wecom.reports import DONE, REFUSED
from tests.counterparts.wecom.reports import Reports as Platform

pytestmark = pytest.mark.anyio

LIST = "/cgi-bin/report/resident/get_order_list"


@dataclass
class World:
    corp: Corp
    platform: Platform
    channel: Reports
    bot: Bot
    clock: MovableClock
    notebook: MemoryNotebook
    api_base: str

    async def a_minute_later(self) -> list[str]:
        """What has been handed in until then."""
        self.clock.move_to(self.clock.now() + timedelta(minutes=1))
        await self.channel.look(self.bot.receive)
        return [message.text for message in self.bot.received]

    def another_process(self) -> Reports:
        return Reports(
            CorpSettings("report", CORP_ID, SECRET, self.api_base), notebook=self.notebook, clock=self.clock
        )


@asynccontextmanager
async def reports(*, photos: Path | None = None, page: int = 50) -> AsyncIterator[World]:
    """A channel that has looked once, so that what is reported from now on is new."""
    clock = MovableClock(NOON)
    corp = Corp(corp_id=CORP_ID, apps=[App(0, "政民沟通", SECRET)], clock=clock)
    platform = Platform(corp, page=page)
    notebook, bot = MemoryNotebook(clock), Bot()
    async with corp.server.running() as api_base:
        channel = Reports(
            CorpSettings("report", CORP_ID, SECRET, api_base),
            notebook=notebook,
            clock=clock,
            photos=PhotoStore(photos) if photos else None,
        )
        await channel.look(bot.receive)
        yield World(corp, platform, channel, bot, clock, notebook, api_base)
        await channel.close()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with reports() as world:
        yield world


# -- what is read -----------------------------------------------------------------------------------


async def test_what_a_resident_reports_becomes_a_letter_with_its_place(world: World) -> None:
    place = {"name": "幸福里小区", "address": "凤凰路18号", "latitude": 35.2, "longitude": 115.4}
    number = world.platform.resident_reports("王阿姨", "3号楼电梯坏了", location=place)

    await world.a_minute_later()

    [letter] = world.bot.received
    assert (letter.id, letter.channel, letter.text) == (
        f"resident/{number}",
        "report",
        "3号楼电梯坏了\n幸福里小区",
    )
    assert (letter.sender, letter.sender_name) == ("union-王阿姨", "王阿姨")
    assert (letter.one_way, letter.received_at) == (True, NOON)
    assert letter.attachments[0].reference == "35.2,115.4"
    assert "13900001234" not in str(letter)  # her number stays in WeCom


async def test_what_a_grid_worker_reports_on_a_round_is_theirs(world: World) -> None:
    number = world.platform.patrol_reports("LiMin", "消防通道堵了")

    await world.a_minute_later()

    [letter] = world.bot.received
    assert (letter.id, letter.sender, letter.text) == (f"patrol/{number}", "LiMin", "消防通道堵了")


async def test_without_words_the_kind_of_the_matter_is_what_was_said(world: World) -> None:
    world.platform.resident_reports("王阿姨", "", case_name="路灯损坏")

    assert await world.a_minute_later() == ["路灯损坏"]


async def test_pictures_are_kept_and_videos_only_mentioned(tmp_path: Path) -> None:
    async with reports(photos=tmp_path) as world:
        world.corp.media["p1"] = picture()
        token = world.corp.apps[0].tokens[-1].text
        url = f"{world.api_base}/cgi-bin/media/get?access_token={token}&media_id=p1"
        elsewhere = "http://example.invalid/inside.jpg"
        world.platform.resident_reports("王阿姨", "漏水", image_urls=[url, elsewhere], video_media_ids=["v1"])
        await world.a_minute_later()

    [letter] = world.bot.received
    assert len(letter.photos) == 1
    assert letter.attachments[-1].kind is AttachmentKind.VIDEO


async def test_what_was_reported_before_the_bot_came_is_in_hand_already() -> None:
    clock = MovableClock(NOON)
    corp = Corp(corp_id=CORP_ID, apps=[App(0, "政民沟通", SECRET)], clock=clock)
    platform, bot = Platform(corp), Bot()
    platform.resident_reports("王阿姨", "上个月的事", create_time=int(NOON.timestamp()) - 90_000)
    async with corp.server.running() as api_base:
        channel = Reports(
            CorpSettings("report", CORP_ID, SECRET, api_base), notebook=MemoryNotebook(clock), clock=clock
        )
        await channel.look(bot.receive)
        await channel.close()

    assert bot.received == []


@pytest.mark.parametrize("how", [DONE, REFUSED])
async def test_what_staff_have_dealt_with_in_wecom_is_left_alone(world: World, how: int) -> None:
    world.platform.settle(world.platform.resident_reports("王阿姨", "灯坏了"), how)

    assert await world.a_minute_later() == []


# -- once each, and nothing lost --------------------------------------------------------------------


async def test_each_is_handed_in_once_however_often_we_look(world: World) -> None:
    for number in range(120):  # more than a page
        world.platform.resident_reports("王阿姨", str(number))

    for _ in range(3):
        texts = await world.a_minute_later()

    assert texts == [str(number) for number in range(120)]


async def test_it_is_looked_once_a_minute_not_more(world: World) -> None:
    asked = world.corp.server.count(LIST)
    for _ in range(3):
        await world.channel.look(world.bot.receive)

    assert world.corp.server.count(LIST) == asked


async def test_another_process_goes_on_and_repeats_only_what_has_the_same_ids(world: World) -> None:
    world.platform.resident_reports("王阿姨", "一")
    await world.a_minute_later()
    world.platform.resident_reports("王阿姨", "二")

    other = world.another_process()
    await other.look(world.bot.receive)
    await other.close()

    assert len({message.id for message in world.bot.received}) == 2
    assert {message.text for message in world.bot.received} == {"一", "二"}


async def test_while_the_store_is_away_nothing_counts_as_read(world: World) -> None:
    world.platform.resident_reports("王阿姨", "一")
    world.platform.resident_reports("王阿姨", "二")
    durable: list[str] = []

    async def take(message: InboundMessage) -> Answer:
        if len(durable) == 1 and message.text == "二" and len(world.bot.received) < 4:
            raise StoreAway
        durable.append(message.text)
        return Answer()

    world.bot.answer = take
    await world.a_minute_later()
    assert durable == ["一"]
    await world.a_minute_later()
    await world.a_minute_later()

    assert durable == ["一", "二"]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(LIST, "status", 503),
        Fault(LIST, "errcode", 45009),
        Fault(LIST, "garbage"),
        Fault(LIST, "disconnect"),
        Fault("/cgi-bin/gettoken", "status", 500),
    ],
    ids=lambda fault: f"{fault.kind} {fault.value}",
)
async def test_what_cannot_be_read_now_is_read_later(world: World, fault: Fault) -> None:
    world.corp.expire_tokens()
    world.corp.server.faults = [fault]
    world.platform.resident_reports("王阿姨", "电梯坏了")

    for _ in range(3):
        texts = await world.a_minute_later()

    assert texts == ["电梯坏了"]


async def test_one_kind_that_we_may_not_read_does_not_hold_up_the_other(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.platform.closed_to_us.add("resident")
    world.platform.patrol_reports("LiMin", "消防通道堵了")

    for _ in range(15):
        texts = await world.a_minute_later()

    assert texts == ["消防通道堵了"]
    assert [record.message for record in caplog.records] == ["not looked"]  # said once, not every minute


@pytest.mark.parametrize(
    "order",
    [None, 7, [], {}, {"order_id": 5}, {"order_id": "x", "create_time": "now"},
     {"order_id": "x", "create_time": 1, "desc": []}, {"order_id": "x", "create_time": 1, "desc": ""}],
)  # fmt: skip
async def test_something_malformed_holds_up_nothing_that_comes_after_it(world: World, order: object) -> None:
    with pytest.raises(MalformedMessageError):
        decode_order(order, Kind.RESIDENT, channel="report")
    if isinstance(order, dict):
        broken = {**order, "create_time": int(NOON.timestamp())}
        world.platform.orders["resident"].append({"order_id": "", "desc": "", "case_name": "", **broken})
    world.platform.resident_reports("王阿姨", "电梯坏了")

    assert await world.a_minute_later() == ["电梯坏了"]


async def test_a_clock_that_is_wrong_hides_nothing(world: World) -> None:
    world.platform.resident_reports("王阿姨", "明年的事", create_time=int(NOON.timestamp()) + 86_400 * 365)
    await world.a_minute_later()
    world.platform.resident_reports("王阿姨", "今天的事")

    assert await world.a_minute_later() == ["明年的事", "今天的事"]


NAMES = st.sampled_from(
    ["order_id", "desc", "case_name", "create_time", "reporter_name", "unionid", "image_urls", "location",
     "video_media_ids", "process_list", "process_type", "solve_userid", "status", "name", "latitude",
     "longitude"]
)  # fmt: skip
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20))
NODES = st.recursive(
    LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=6))
)
ORDER = {"order_id": "or1", "desc": "电梯坏了", "create_time": 1763870400, "unionid": "u"}


@given(st.dictionaries(NAMES, NODES, max_size=8), NODES, st.sampled_from(Kind))
@settings(max_examples=400)
def test_any_order_is_read_or_refused(node: dict[str, object], other: object, kind: Kind) -> None:
    for order in (node, other, {**ORDER, **node}):
        try:
            decode_order(order, kind, channel="report")
        except MalformedMessageError:
            continue


# -- nothing can be said there ----------------------------------------------------------------------


async def test_nothing_is_ever_tried_to_be_said_there(world: World) -> None:
    with pytest.raises(PermanentFailure):
        await world.channel.send(OutboundMessage(1, Address("report", "union-王阿姨"), "办好了"))

    assert world.channel.capabilities.is_read_only


async def test_a_check_says_how_many_grids_there_are_or_what_to_mend(world: World) -> None:
    grids = [f"channel_wecom_report_{kind}" for kind in Kind]
    assert await world.channel.check() == [Finding(key, {"number": 1}) for key in grids]

    world.platform.closed_to_us.add("resident")
    assert await world.channel.check() == [Finding(grids[1], {"number": 1})]  # one of the two is enough
    world.platform.closed_to_us.add("patrol")
    with pytest.raises(TemporaryFailure, match="may not use"):
        await world.channel.check()
