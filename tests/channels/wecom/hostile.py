"""Requests that no platform sends, and an endpoint without a server around it to give them to."""

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import xmltodict
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from starlette.routing import BaseRoute
from wechatpy.enterprise.crypto import WeChatCrypto

from bot.channels.wechat_codec import signature
from tests.channels.wechat.conftest import NOON
from tests.channels.wecom.conftest import AES_KEY, TOKEN

KEY = base64.b64decode(AES_KEY + "=")

Request = tuple[str, bytes]
Wrap = Callable[[str], bytes]
"""Puts a ciphertext into a body: XML or JSON."""


def in_xml(ciphertext: str) -> bytes:
    return f"<xml><ToUserName>x</ToUserName><Encrypt><![CDATA[{ciphertext}]]></Encrypt></xml>".encode()


def in_json(ciphertext: str) -> bytes:
    return f'{{"encrypt": "{ciphertext}"}}'.encode()


def sealed(ciphertext: str, wrap: Wrap, *, age: int = 0, **changes: str) -> Request:
    """Rightly signed unless `changes` say otherwise; `age` in seconds."""
    timestamp, nonce = str(int(NOON.timestamp()) - age), "42"
    signed = signature(TOKEN.encode(), timestamp.encode(), nonce.encode(), ciphertext.encode()).decode()
    query = {"msg_signature": signed, "timestamp": timestamp, "nonce": nonce, **changes}
    return urlencode(query), wrap(ciphertext)


def encrypted(plain: str, receiver: str, wrap: Wrap, *, age: int = 0, **changes: str) -> Request:
    crypto = WeChatCrypto(TOKEN, AES_KEY, receiver)
    ciphertext = xmltodict.parse(crypto.encrypt_message(plain, "42", "1"))["xml"]["Encrypt"]
    return sealed(ciphertext, wrap, age=age, **changes)


def raw_aes(content: bytes) -> str:
    encryptor = Cipher(AES(KEY), CBC(KEY[:16])).encryptor()
    return base64.b64encode(encryptor.update(content) + encryptor.finalize()).decode()


def framed(plain: str, receiver: str, size: int, padding: bytes) -> str:
    """A frame whose length field says `size`, with this padding."""
    body = b"r" * 16 + size.to_bytes(4, "big") + plain.encode() + receiver.encode()
    return raw_aes(body + padding + b"\x00" * (-len(body + padding) % 16))


def hostile_envelopes(plain: str, receiver: str, wrap: Wrap) -> dict[str, Request]:
    """What is wrong with the request or its envelope, whatever should be inside."""
    padding = 32 - (20 + len(plain.encode()) + len(receiver)) % 32
    if padding == 1:  # would always be even
        return hostile_envelopes(plain + " ", receiver, wrap)
    size = len(plain.encode())
    return {
        "nothing at all": ("", b""),
        "no signature": (f"timestamp={int(NOON.timestamp())}&nonce=2", wrap("AAAA")),
        "plain": (encrypted(plain, receiver, wrap)[0], plain.encode()),
        "unsigned": encrypted(plain, receiver, wrap, msg_signature=""),
        "wrongly signed": encrypted(plain, receiver, wrap, msg_signature="0" * 40),
        "signature that is not ASCII": encrypted(plain, receiver, wrap, msg_signature="签名"),
        "stale": encrypted(plain, receiver, wrap, age=301),
        "from the future": encrypted(plain, receiver, wrap, age=-301),
        "timestamp that is no number": encrypted(plain, receiver, wrap, timestamp="yesterday"),
        "for another corporation": encrypted(plain, f"ww{'f' * 16}", wrap),
        "for nobody or anybody": encrypted(plain, "" if receiver else "ww", wrap),
        "not base64": sealed("=====", wrap),
        "no ciphertext": sealed("", wrap),
        "half a block": sealed(base64.b64encode(b"x" * 24).decode(), wrap),
        "one block": sealed(raw_aes(b"x" * 16), wrap),
        "no padding": sealed(framed(plain, receiver, size, b"\x00"), wrap),
        "padding too long": sealed(framed(plain, receiver, size, b"\x21"), wrap),
        "padding uneven": sealed(
            framed(plain, receiver, size, b"\x01" * (padding - 1) + bytes([padding])), wrap
        ),
        "length too large": sealed(framed(plain, receiver, 2**32 - 1, b"\x01"), wrap),
        "length too small": sealed(framed(plain, receiver, 3, b"\x01"), wrap),
        "empty inside": encrypted("", receiver, wrap),
        "10 MB": (encrypted(plain, receiver, wrap)[0], b"a" * 10_000_000),
    }


@dataclass
class Replied:
    status: int = 0
    body: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Endpoint:
    """A callback's only route."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        [route] = routes
        self._application = route.app  # type: ignore[attr-defined]

    def send(self, query: str, body: bytes, method: str = "POST") -> Replied:
        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": body}

        return asyncio.run(self._request(method, query, receive))

    def quickest(self, query: str, body: bytes) -> float:
        """Seconds of the quickest of many refusals."""

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": body}

        async def measure() -> float:
            times = []
            for _ in range(500):
                started = time.perf_counter()
                await self._request("POST", query, receive)
                times.append(time.perf_counter() - started)
            return min(times)

        return asyncio.run(measure())

    async def _request(
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
        await self._application(scope, receive, send)
        return replied
