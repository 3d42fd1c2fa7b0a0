"""Every kind of channel with its counterpart, all handled alike: what the contract's tests hold on to."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp

from bot.clock import MovableClock
from bot.messaging import (
    Address,
    Channel,
    DeliveryFailure,
    InboundMessage,
    PermanentFailure,
    QuotaUsedUp,
    RecipientGone,
    TemporaryFailure,
    UnclearOutcome,
    WindowClosed,
)
from tests.channels.onebot import conftest as onebot
from tests.channels.telegram import conftest as telegram
from tests.channels.telegram.test_sending import status
from tests.channels.wechat import conftest as wechat
from tests.channels.wecom import conftest as wecom
from tests.channels.wecom import test_kf as kf
from tests.channels.wecom import test_report as report
from tests.channels.wecom import test_robot_callback as robot
from tests.channels.wecom import test_robot_socket as line
from tests.channels.wecom import test_webhook as webhook
from tests.channels.wecom.hostile import encrypted, in_json, in_xml
from tests.channels.wecom.test_app_callback import picture
from tests.counterparts.onebot import Fault as OneBotFault
from tests.counterparts.serving import Fault

Done = Awaitable[object]
Answered = tuple[int, bytes]  # status and body


@dataclass
class Bench:
    """One channel at work. What a channel does not have is None or empty."""

    channel: Channel
    clock: MovableClock
    address: Address  # of the person who speaks, or of the group that is spoken to
    heard: list[InboundMessage] = field(default_factory=list)
    says: Callable[[str], Done] | None = None  # under the same id each time
    comes_in: Callable[[int], Done] | None = None  # waits until so much was heard
    shows_picture: Callable[[], Done] | None = None
    screen: Callable[[], list[str]] = list  # the person's, labels of buttons included
    unsigned: list[Callable[[], Awaitable[Answered]]] = field(default_factory=list)
    fails: dict[str, tuple[Callable[[], object], type[DeliveryFailure]]] = field(default_factory=dict)


Open = Callable[[Path], AbstractAsyncContextManager[Bench]]


def post(
    url: str, query: str, body: bytes, headers: dict[str, str] | None = None
) -> Callable[[], Awaitable[Answered]]:
    async def send() -> Answered:
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{url}?{query}", data=body, headers=headers) as response,
        ):
            return response.status, await response.read()

    return send


def setting(owner: Any, name: str, value: object) -> Callable[[], None]:
    return lambda: setattr(owner, name, value)


def strangers(url: str, receiver: str, xml: str, wrap: Any) -> list[Callable[[], Awaitable[Answered]]]:
    """Unsigned, wrongly signed, too old, and for somebody else."""
    right_query, right_body = encrypted(xml, receiver, wrap)
    return [
        post(url, "", right_body),
        post(url, right_query.replace("nonce=42", "nonce=43"), right_body),
        post(url, right_query, b"x" * 100),
        post(url, *encrypted(xml, receiver, wrap, age=301)),
        post(url, *encrypted(xml, f"{receiver}x", wrap)),
    ]


@asynccontextmanager
async def wechat_official(folder: Path) -> AsyncIterator[Bench]:
    async with wechat.a_world(folder) as world:
        world.platform.media["m1"] = picture()

        def fails(code: int) -> Callable[[], None]:
            return setting(world.platform, "faults", [Fault("custom/send", "errcode", code)])

        forged = world.plain.prepare("oA", "<xml></xml>")
        yield Bench(
            world.channel,
            world.clock,
            Address("wechat", "oA"),
            world.bot.received,
            says=lambda text: world.caller.says("oA", text, MsgId=42),
            shows_picture=lambda: world.caller.sends("oA", "image", PicUrl="", MediaId="m1"),
            screen=lambda: world.platform.resident("oA").screen,
            unsigned=[
                post(world.url, "", forged[1]),
                post(world.url, forged[0].replace("signature=", "signature=0"), forged[1]),
                post(world.url, "signature=a&timestamp=1&nonce=2&encrypt_type=aes&msg_signature=b", b"x"),
                post(world.url, forged[0], b"<xml><ToUserName>"),
            ],
            fails={
                "retry after": (fails(45011), TemporaryFailure),
                "token expired": (
                    setting(world.platform, "rejects_every_token", value=True),
                    TemporaryFailure,
                ),
                "window closed": (fails(45015), WindowClosed),
                "quota used up": (fails(45047), QuotaUsedUp),
                "recipient gone": (fails(43004), RecipientGone),
                "permanent": (fails(48001), PermanentFailure),
                "unclear": (
                    setting(world.platform, "faults", [Fault("custom/send", "disconnect", after=True)]),
                    UnclearOutcome,
                ),
            },
        )


@asynccontextmanager
async def on_telegram(folder: Path) -> AsyncIterator[Bench]:
    async with telegram.a_world() as world:
        update = world.people.says(world.resident, "x")
        assert update is not None

        def fails(number: int, words: str) -> Callable[[], None]:
            return setting(world.platform, "faults", [status(number, words)])

        async def says(text: str) -> None:
            said = {**update, "message": {**update["message"], "text": text}}
            assert await world.platform.deliver(said) == 200

        def move() -> None:
            world.platform.faults = []
            world.resident.moved_to = 777

        right = b'{"update_id": 1}'
        header = "X-Telegram-Bot-Api-Secret-Token"
        yield Bench(
            world.channel,
            world.clock,
            Address("tg", str(world.resident.id)),
            world.bot.received,
            says=says,
            shows_picture=lambda: world.hear(
                world.people.sends(world.resident, photo=world.people.picture(picture()))
            ),
            screen=lambda: [
                " ".join([shown.text, *(label for label, _ in shown.buttons)])
                for shown in world.resident.screen
            ],
            unsigned=[
                post(world.url, "", right),
                post(world.url, "", right, {header: "wrong"}),
                post(world.url, "", b"[", {header: telegram.SECRET}),
            ],
            fails={
                "retry after": (fails(429, "Too Many Requests"), TemporaryFailure),
                "token expired": (fails(401, "Unauthorized"), TemporaryFailure),
                "recipient gone": (fails(403, "Forbidden: bot was blocked by the user"), RecipientGone),
                "moved to another id": (move, PermanentFailure),
                "permanent": (fails(400, "Bad Request: not enough rights"), PermanentFailure),
                "unclear": (fails(502, "Bad Gateway"), UnclearOutcome),
            },
        )


@asynccontextmanager
async def behind_onebot(folder: Path) -> AsyncIterator[Bench]:
    async with onebot.a_world() as world, world.gateway.connected():
        await onebot.until(lambda: world.channel._myself)
        gateway = world.gateway

        async def knocks(token: str) -> Answered:
            """A handshake is a GET; what refuses it has a status."""
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            async with aiohttp.ClientSession(headers=headers) as session:
                try:
                    await session.ws_connect(world.url, protocols=("12.demo",))
                except aiohttp.WSServerHandshakeError as refused:
                    return refused.status, b""
            return 101, b""

        def fails(code: int) -> Callable[[], None]:
            return setting(gateway, "faults", [OneBotFault("send_message", "failed", code)])

        yield Bench(
            world.channel,
            world.clock,
            Address(onebot.NAME, "501"),
            world.bot.received,
            says=lambda text: gateway.says("501", text, message_id="42"),
            comes_in=world.heard,
            shows_picture=lambda: gateway.says("501", gateway.picture(picture())),
            screen=lambda: [text for chat, text in gateway.said if chat == "501"],
            unsigned=[lambda: knocks(""), lambda: knocks("wrong"), lambda: knocks("x" * 5000)],
            fails={
                "retry after": (fails(34001), TemporaryFailure),
                "recipient gone": (fails(35001), RecipientGone),
                "permanent": (fails(10003), PermanentFailure),
                "unclear": (
                    setting(gateway, "faults", [OneBotFault("send_message", "hang_up")]),
                    UnclearOutcome,
                ),
            },
        )


@asynccontextmanager
async def wecom_app(folder: Path) -> AsyncIterator[Bench]:
    async with wecom.an_app(photos=folder) as world:
        world.corp.media["m1"] = picture()
        world.corp.member("limin")

        def fails(code: int) -> Callable[[], None]:
            return setting(world.corp.server, "faults", [Fault("message/send", "errcode", code)])

        yield Bench(
            world.channel,
            world.clock,
            Address("staff", "limin"),
            world.bot.received,
            says=lambda text: world.caller.says("limin", text, MsgId=42),
            shows_picture=lambda: world.caller.sends("limin", "image", PicUrl="", MediaId="m1"),
            screen=lambda: [" ".join([one.text, *one.buttons]) for one in world.corp.member("limin").screen],
            unsigned=strangers(world.url, wecom.CORP_ID, "<xml></xml>", in_xml),
            fails={
                "retry after": (fails(45009), TemporaryFailure),
                "token expired": (setting(world.corp, "rejects_every_token", value=True), TemporaryFailure),
                "recipient gone": (fails(60111), RecipientGone),
                "permanent": (fails(44004), PermanentFailure),
                "unclear": (
                    setting(world.corp.server, "faults", [Fault("message/send", "status", 504)]),
                    UnclearOutcome,
                ),
            },
        )


@asynccontextmanager
async def wecom_kf(folder: Path) -> AsyncIterator[Bench]:
    async with kf.a_service(photos=folder) as world:
        world.corp.media["m1"] = picture()
        said: list[str] = []

        async def says(text: str) -> None:
            """The platform rings again for what it has rung for."""
            if text not in said:
                said.append(text)
                world.caller.wrote("wm1", "text", {"content": text})
            await world.caller.rings(kf.ACCOUNT)
            await world.settled()

        def fails(code: int) -> Callable[[], None]:
            return setting(world.corp.server, "faults", [Fault(kf.SEND, "errcode", code)])

        yield Bench(
            world.channel,
            world.clock,
            Address("kf", "wm1"),
            world.bot.received,
            says=says,
            comes_in=world.heard,
            shows_picture=lambda: world.caller.sends("wm1", "image", {"media_id": "m1"}),
            screen=lambda: [
                " ".join([one.text, *one.buttons]) for one in world.service.customer("wm1").screen
            ],
            unsigned=strangers(world.caller._line.url, kf.CORP_ID, "<xml></xml>", in_xml),
            fails={
                "retry after": (fails(45009), TemporaryFailure),
                "token expired": (setting(world.corp, "rejects_every_token", value=True), TemporaryFailure),
                "window closed": (fails(95002), WindowClosed),
                "quota used up": (fails(95001), QuotaUsedUp),
                "recipient gone": (fails(40096), RecipientGone),
                "permanent": (fails(40058), PermanentFailure),
                "unclear": (
                    setting(world.corp.server, "faults", [Fault(kf.SEND, "disconnect", after=True)]),
                    UnclearOutcome,
                ),
            },
        )


@asynccontextmanager
async def called_robot(folder: Path) -> AsyncIterator[Bench]:
    async with robot.a_robot(folder) as world:
        world.bot.answer = robot.answering()

        def fails(code: int) -> Callable[[], None]:
            return setting(world.host.server, "faults", [Fault(robot.RESPONSE, "errcode", code)])

        yield Bench(
            world.channel,
            world.clock,
            Address("helper", "limin"),
            world.bot.received,
            says=lambda text: world.caller.says("limin", text, msgid="m42"),
            screen=lambda: [" ".join([one.text, *one.buttons]) for one in world.host.chat("limin").screen],
            unsigned=strangers(world.caller._line.url, "", '{"msgtype": "text"}', in_json)[:4],
            fails={
                "retry after": (fails(846607), TemporaryFailure),
                "window closed": (
                    lambda: world.clock.move_to(world.clock.now() + timedelta(hours=1)),
                    WindowClosed,
                ),
                "permanent": (fails(40058), PermanentFailure),
                "unclear": (
                    setting(world.host.server, "faults", [Fault(robot.RESPONSE, "status", 504)]),
                    UnclearOutcome,
                ),
            },
        )


@asynccontextmanager
async def connected_robot(folder: Path) -> AsyncIterator[Bench]:
    async with line.a_robot() as world:
        world.bot.answer = robot.answering()

        async def heard(count: int) -> None:
            await wecom.until(lambda: len(world.bot.received) >= count)

        def fails(code: int) -> Callable[[], None]:
            return setting(world.gateway, "refusals", [("aibot_send_msg", code)])

        yield Bench(
            world.channel,
            world.clock,  # type: ignore[arg-type]
            Address("helper", "limin"),
            world.bot.received,
            says=lambda text: world.gateway.says("limin", text, msgid="m42"),
            comes_in=heard,
            screen=lambda: [" ".join([one.text, *one.buttons]) for one in world.host.chat("limin").screen],
            fails={
                "retry after": (fails(846607), TemporaryFailure),
                "permanent": (fails(40058), PermanentFailure),
            },
        )


@asynccontextmanager
async def group_webhook(folder: Path) -> AsyncIterator[Bench]:
    async with webhook.a_webhook() as world:

        def fails(code: int) -> Callable[[], None]:
            return setting(world.platform.server, "faults", [Fault(webhook.SEND, "errcode", code)])

        yield Bench(
            world.channel,
            world.clock,
            Address("duty", "值班群", is_group=True),
            screen=lambda: world.group.screen,
            fails={
                "retry after": (fails(45009), TemporaryFailure),
                "recipient gone": (fails(93000), RecipientGone),
                "permanent": (fails(40058), PermanentFailure),
                "unclear": (
                    setting(world.platform.server, "faults", [Fault(webhook.SEND, "status", 504)]),
                    UnclearOutcome,
                ),
            },
        )


@asynccontextmanager
async def polled_reports(folder: Path) -> AsyncIterator[Bench]:
    async with report.reports(photos=folder) as world:
        said: list[str] = []

        async def says(text: str) -> None:
            """The platform lists again what it has listed."""
            if text not in said:
                said.append(text)
                world.platform.resident_reports("王阿姨", text)
            await world.a_minute_later()

        yield Bench(
            world.channel, world.clock, Address("report", "union-王阿姨"), world.bot.received, says=says
        )


BENCHES: dict[str, dict[str, Open]] = {
    "wechat_official": {"wechat_official": wechat_official},
    "telegram": {"telegram": on_telegram},
    "onebot": {"onebot": behind_onebot},
    "wecom_app": {"wecom_app": wecom_app},
    "wecom_kf": {"wecom_kf": wecom_kf},
    "wecom_robot": {"called robot": called_robot, "connected robot": connected_robot},
    "wecom_webhook": {"wecom_webhook": group_webhook},
    "wecom_report": {"wecom_report": polled_reports},
}
"""Kind -> its benches by name: one for each way in which it is connected."""

MAILBOXES = frozenset({"web", "sandbox"})
"""Kinds that send nothing: pages fetch what lies in the store. tests/channels/web holds them to their own."""
