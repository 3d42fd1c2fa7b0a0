"""Whatever does not come from the platform is refused, always with the same words, and cheaply."""

import asyncio
import base64
import io
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
import xmltodict
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from hypothesis import given, settings
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto

from bot.channels.wechat.account import Account
from bot.channels.wechat.channel import OfficialAccount
from bot.channels.wechat_codec import signature
from bot.clock import MovableClock
from tests.channels.wechat.conftest import AES_KEY, APP_ID, NOON, SECRET, TOKEN, Bot, World
from tests.channels.wechat.notebook import MemoryNotebook

TEXT = (
    "<xml><ToUserName>gh</ToUserName><FromUserName>oA</FromUserName><CreateTime>1763870400</CreateTime>"
    "<MsgType>text</MsgType><Content>电梯坏了</Content><MsgId>1</MsgId></xml>"
)
BOMB = (
    '<!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>'
) + TEXT.replace("电梯坏了", "&d;")
OUTSIDE = '<!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/hostname">]>' + TEXT.replace("电梯坏了", "&a;")
KEY = base64.b64decode(AES_KEY + "=")


def plain(body: str | bytes, *, age: int = 0, **changes: str) -> tuple[str, bytes]:
    """A plain callback, rightly signed unless `changes` say otherwise; `age` in seconds."""
    timestamp, nonce = str(int(NOON.timestamp()) - age), "42"
    signed = signature(TOKEN.encode(), timestamp.encode(), nonce.encode()).decode()
    query = {"signature": signed, "timestamp": timestamp, "nonce": nonce, **changes}
    return urlencode(query), body if isinstance(body, bytes) else body.encode()


def sealed(ciphertext: str, *, age: int = 0, **changes: str) -> tuple[str, bytes]:
    """An encrypted callback, rightly signed unless `changes` say otherwise."""
    timestamp, nonce = str(int(NOON.timestamp()) - age), "42"
    signed = signature(TOKEN.encode(), timestamp.encode(), nonce.encode(), ciphertext.encode()).decode()
    query = {
        "encrypt_type": "aes",
        "msg_signature": signed,
        "timestamp": timestamp,
        "nonce": nonce,
        **changes,
    }
    return urlencode(query), f"<xml><Encrypt><![CDATA[{ciphertext}]]></Encrypt></xml>".encode()


def encrypted(text: str, app_id: str = APP_ID, **kwargs: object) -> tuple[str, bytes]:
    crypto = WeChatCrypto(TOKEN, AES_KEY, app_id)
    ciphertext = xmltodict.parse(crypto.encrypt_message(text, "42", "1"))["xml"]["Encrypt"]
    return sealed(ciphertext, **kwargs)  # type: ignore[arg-type]


def raw_aes(content: bytes) -> str:
    encryptor = Cipher(AES(KEY), CBC(KEY[:16])).encryptor()
    return base64.b64encode(encryptor.update(content) + encryptor.finalize()).decode()


def framed(size: int, padding: bytes) -> str:
    """A frame whose length field says `size`, with this padding."""
    body = b"r" * 16 + size.to_bytes(4, "big") + TEXT.encode() + APP_ID.encode()
    return raw_aes(body + padding + b"\x00" * (-len(body + padding) % 16))


PADDING = 32 - len(b"r" * 20 + TEXT.encode() + APP_ID.encode()) % 32


def without(tag: str) -> str:
    return re.sub(f"<{tag}>.*?</{tag}>", "", TEXT)


HOSTILE: Mapping[str, tuple[str, bytes]] = {
    "nothing at all": ("", b""),
    "no signature": ("timestamp=1&nonce=2", TEXT.encode()),
    "wrong signature": plain(TEXT, signature="0" * 40),
    "signature that is not ASCII": plain(TEXT, signature="签名"),
    "stale": plain(TEXT, age=301),
    "from the future": plain(TEXT, age=-301),
    "timestamp that is no number": plain(TEXT, timestamp="yesterday"),
    "signed, empty": plain(""),
    "signed, not XML": plain("{}"),
    "signed, broken XML": plain(TEXT[:-3]),
    "signed, other root": plain(TEXT.replace("xml>", "soap>")),
    "signed, not UTF-8": plain(TEXT.encode("gbk")),
    "signed, UTF-16": plain(f'<?xml version="1.0" encoding="utf-16"?>{TEXT}'.encode("utf-16")),
    "entity bomb": plain(BOMB),
    "entity from a file": plain(OUTSIDE),
    "deep": plain("<xml>" * 20_000),
    **{
        f"without {tag}": plain(without(tag))
        for tag in ("ToUserName", "FromUserName", "CreateTime", "MsgType")
    },
    "without MsgId": plain(without("MsgId")),
    "MsgId of a wrong type": plain(TEXT.replace("<MsgId>1<", "<MsgId>one<")),
    "MsgId without end": plain(TEXT.replace("<MsgId>1<", f"<MsgId>{'1' * 5000}<")),
    "CreateTime of a wrong type": plain(TEXT.replace("1763870400", "now")),
    "element in place of a text": plain(TEXT.replace(">oA<", "><x/><")),
    "location without coordinates": plain(TEXT.replace(">text<", ">location<")),
    "sealed, unsigned": encrypted(TEXT, msg_signature=""),
    "sealed, wrongly signed": encrypted(TEXT, msg_signature="0" * 40),
    "sealed, signed as if plain": sealed(
        "AAAA", msg_signature=signature(TOKEN.encode(), str(int(NOON.timestamp())).encode(), b"42").decode()
    ),
    "sealed, stale": encrypted(TEXT, age=301),
    "sealed, for another account": encrypted(TEXT, "wxfedcba9876543210"),
    "sealed, not base64": sealed("====="),
    "sealed, nothing": sealed(""),
    "sealed, half a block": sealed(base64.b64encode(b"x" * 24).decode()),
    "sealed, one block": sealed(raw_aes(b"x" * 16)),
    "sealed, no padding": sealed(framed(len(TEXT.encode()), b"\x00")),
    "sealed, padding too long": sealed(framed(len(TEXT.encode()), b"\x21")),
    "sealed, padding uneven": sealed(framed(len(TEXT.encode()), b"\x01" * (PADDING - 1) + bytes([PADDING]))),
    "sealed, length too large": sealed(framed(2**32 - 1, b"\x01")),
    "sealed, length too small": sealed(framed(3, b"\x01")),
    "sealed, entity bomb": encrypted(BOMB),
    "sealed, not XML": encrypted("{}"),
    "sealed, wrong types": encrypted(TEXT.replace("<MsgId>1<", "<MsgId>one<")),
    "unknown encryption": (plain(TEXT, signature="0" * 40)[0] + "&encrypt_type=rot13", TEXT.encode()),
}


@dataclass
class Replied:
    status: int = 0
    body: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Endpoint:
    """The callback without a server around it."""

    def __init__(self) -> None:
        clock = MovableClock(NOON)
        self.bot = Bot()
        account = Account("wechat", APP_ID, TOKEN, SECRET, AES_KEY)
        channel = OfficialAccount(
            account, notebook=MemoryNotebook(clock), clock=clock, settle=self.bot.settle
        )
        [route] = channel.routes(self.bot.receive)
        self._application = route.app  # type: ignore[attr-defined]

    def post(self, query: str, body: bytes, method: str = "POST") -> Replied:
        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": body}

        return self.request(method, query, receive)

    def request(
        self, method: str, query: str, receive: Callable[[], Awaitable[dict[str, object]]]
    ) -> Replied:
        replied = Replied()

        async def send(event: dict[str, object]) -> None:
            if event["type"] == "http.response.start":
                replied.status = event["status"]  # type: ignore[assignment]
                replied.headers = tuple(event["headers"])  # type: ignore[arg-type]
            else:
                replied.body += event["body"]  # type: ignore[operator]

        scope = {"type": "http", "method": method, "query_string": query.encode()}
        asyncio.run(self._application(scope, receive, send))
        return replied

    def quickest(self, query: str, body: bytes) -> float:
        """Seconds of the quickest of many refusals."""
        scope = {"type": "http", "method": "POST", "query_string": query.encode()}

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": body}

        async def send(_event: dict[str, object]) -> None:
            return None

        async def measure() -> float:
            times = []
            for _ in range(500):
                started = time.perf_counter()
                await self._application(scope, receive, send)
                times.append(time.perf_counter() - started)
            return min(times)

        return asyncio.run(measure())


@pytest.fixture(scope="module")
def refusal() -> Replied:
    """What a stranger sees who knows nothing."""
    replied = Endpoint().post("", b"")
    assert replied.status == 403
    return replied


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_refused_like_everything_else_and_within_50_ms(name: str, refusal: Replied) -> None:
    endpoint = Endpoint()

    started = time.process_time()
    replied = endpoint.post(*HOSTILE[name])
    spent = time.process_time() - started

    assert replied == refusal
    assert endpoint.bot.received == []
    assert spent < 0.05


def test_the_untouched_samples_are_accepted() -> None:
    """Otherwise the refusals above would prove nothing."""
    assert Endpoint().post(*plain(TEXT)).status == 200
    assert Endpoint().post(*plain(TEXT, age=299)).status == 200
    assert Endpoint().post(*encrypted(TEXT)).status == 200
    assert Endpoint().post(*sealed(framed(len(TEXT.encode()), bytes([PADDING]) * PADDING))).status == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_other_methods_need_a_signature_too(method: str, refusal: Replied) -> None:
    assert Endpoint().post("echostr=1", b"", method) == refusal


def test_one_plain_signature_is_good_for_one_body(refusal: Replied) -> None:
    endpoint = Endpoint()

    first = endpoint.post(*plain(TEXT))
    again = endpoint.post(*plain(TEXT))
    forged = endpoint.post(*plain(TEXT.replace("电梯", "大门")))

    assert (first.status, again.status) == (200, 200)
    assert forged == refusal
    assert [message.text for message in endpoint.bot.received] == ["电梯坏了", "电梯坏了"]


def test_a_refusal_takes_as_long_whatever_is_wrong_inside_a_signed_envelope() -> None:
    names = ["sealed, padding uneven", "sealed, no padding", "sealed, length too large"]
    names += ["sealed, for another account", "sealed, not XML", "sealed, wrong types"]
    endpoint = Endpoint()

    times = [endpoint.quickest(*HOSTILE[name]) for name in names]

    assert max(times) - min(times) < 0.0002, times  # seconds; far less than a network lets anybody measure


@pytest.mark.parametrize(("characters", "status"), [(200_000, 200), (300_000, 403)])
def test_a_body_larger_than_the_platforms_ever_are_is_refused(characters: int, status: int) -> None:
    assert Endpoint().post(*plain(TEXT.replace("电梯坏了", "a" * characters))).status == status


def test_a_body_without_end_is_not_read_for_ever() -> None:
    endpoint = Endpoint()
    chunks = 0

    async def receive() -> dict[str, object]:
        nonlocal chunks
        chunks += 1
        assert chunks < 100
        return {"type": "http.request", "body": b"a" * 10_000, "more_body": True}

    assert endpoint.request("POST", plain("")[0], receive).status == 403


@pytest.mark.anyio
async def test_ten_megabytes_are_not_read_to_the_end(world: World) -> None:
    query, _ = plain("")
    started = time.process_time()

    async with world.session.post(f"{world.url}?{query}", data=io.BytesIO(b"a" * 10_000_000)) as response:
        answer = (response.status, await response.read())

    assert answer == (403, b"")
    assert time.process_time() - started < 0.5  # both ends of the connection together
    assert (await world.caller.says("oA", "还在吗")).shown == "收到：还在吗"


@pytest.mark.anyio
async def test_a_connection_that_never_finishes_its_body_is_let_go(world: World) -> None:
    async def dripping():  # type: ignore[no-untyped-def]
        for _ in range(300):
            yield b"a" * 1024

    query, _ = plain("")
    async with world.session.post(f"{world.url}?{query}", data=dripping()) as response:
        assert response.status == 403


FIELDS = ("ToUserName", "FromUserName", "CreateTime", "MsgType", "Content", "MsgId", "Event", "EventKey")
values = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="<&\x00"), max_size=20),
    st.sampled_from(
        ["text", "event", "image", "location", "subscribe", "SCAN", "1", "-1", "1e9", "qrscene_"]
    ),
)


@given(st.dictionaries(st.sampled_from(FIELDS), values))
@settings(max_examples=200, deadline=None)
def test_any_signed_message_is_answered_or_refused_without_a_traceback(said: dict[str, str]) -> None:
    xml = "".join(f"<{name}>{value}</{name}>" for name, value in said.items())

    assert Endpoint().post(*encrypted(f"<xml>{xml}</xml>")).status in {200, 403}


@given(st.binary(max_size=200), st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_refused_without_a_traceback(query: bytes, body: bytes) -> None:
    assert Endpoint().post(query.decode("latin-1"), body).status == 403
