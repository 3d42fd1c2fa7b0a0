"""What an address that a platform calls has to do before it can decode: read, trust, respond."""

import re
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import unquote_to_bytes

from starlette.types import Receive, Send

from bot.channels.wechat_codec import is_signed
from bot.clock import Clock

LARGEST_BODY = 256 * 1024
FRESH_FOR = timedelta(seconds=300)

_TIMESTAMP = re.compile(rb"[0-9]{1,12}")

Query = Mapping[bytes, bytes]


class RefusedRequest(Exception):
    """The request does not come from the platform, or is broken."""


def parameters(query_string: bytes) -> Query:
    found = {}
    for pair in query_string.split(b"&"):
        name, _, value = pair.partition(b"=")
        found[name] = unquote_to_bytes(value.replace(b"+", b" ")) if b"%" in value else value
    return found


async def read_body(receive: Receive) -> bytes:
    """The body. Stops reading where it becomes larger than the platform's ever are."""
    event = await receive()
    body: bytes = event.get("body", b"")
    while event.get("more_body", False) and len(body) <= LARGEST_BODY:
        event = await receive()
        body += event.get("body", b"")
    if event["type"] != "http.request" or len(body) > LARGEST_BODY:
        raise RefusedRequest
    return body


async def respond(send: Send, body: bytes, content_type: bytes, *, status: int = 200) -> None:
    headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Seal:
    """Knows the platform's requests by the token that both sides know, and by their age."""

    def __init__(self, token: str, clock: Clock) -> None:
        self._token = token.encode()
        self._clock = clock

    def is_on(self, query: Query, claimed: bytes, *covered: bytes) -> bool:
        timestamp = query.get(b"timestamp", b"")
        is_ours = is_signed(claimed, self._token, timestamp, query.get(b"nonce", b""), *covered)
        moment = int(timestamp) if _TIMESTAMP.fullmatch(timestamp) else 0
        is_fresh = abs(self._clock.now().timestamp() - moment) <= FRESH_FOR.total_seconds()
        return is_ours and is_fresh
