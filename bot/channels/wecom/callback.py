"""The addresses that WeCom calls: every request is signed and encrypted.

Whatever is wrong with one, the answer is the same, and so is the work as far as a stranger can see.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from starlette.types import Receive, Scope, Send

from bot.channels.callback_requests import (
    Query,
    RefusedRequest,
    Seal,
    parameters,
    read_body,
    respond,
)
from bot.channels.wechat_codec import Envelope, MalformedMessageError
from bot.channels.wecom.corp import CallbackKeys
from bot.clock import Clock

Heard = TypeVar("Heard")


@dataclass(frozen=True, slots=True)
class Reply:
    """What the platform is answered; nothing at all says that the message has arrived."""

    body: bytes = b""
    content_type: bytes = b"text/plain"


@dataclass(frozen=True, slots=True)
class Wire(Generic[Heard]):
    """`find` gets the ciphertext out of a body, `decode` our values out of what was in it, and `pretend` does
    the work of decoding for a refusal that has nothing to decode. They raise MalformedMessageError."""

    find: Callable[[bytes], bytes]
    decode: Callable[[bytes], Heard]
    pretend: Callable[[], object]


class Callback(Generic[Heard]):
    """An ASGI application. `hear` deals with what was decoded, before the deadline (the loop's time)."""

    def __init__(
        self,
        keys: CallbackKeys,
        *,
        receiver: str,
        wire: Wire[Heard],
        hear: Callable[[Heard, float], Awaitable[Reply]],
        clock: Clock,
    ) -> None:
        """`receiver` is the corp id; nothing for robots."""
        self._answer_within = keys.answer_within
        self._seal = Seal(keys.token, clock)
        self._envelope = Envelope(keys.token, keys.aes_key, receiver)
        self._wire = wire
        self._hear = hear

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        deadline = asyncio.get_running_loop().time() + self._answer_within
        query = parameters(scope["query_string"])
        try:
            async with asyncio.timeout_at(deadline):
                body = await read_body(receive)
            if scope["method"] == "GET":
                await respond(send, self._open(query, query.get(b"echostr", b"")), b"text/plain")
                return
            heard = self._read(query, body)
        except (RefusedRequest, MalformedMessageError, TimeoutError):
            await respond(send, b"", b"text/plain", status=403)
            return
        reply = await self._hear(heard, deadline)
        await respond(send, reply.body, reply.content_type)

    def _read(self, query: Query, body: bytes) -> Heard:
        try:
            plain = self._open(query, self._wire.find(body))
        except (RefusedRequest, MalformedMessageError):
            self._wire.pretend()
            raise
        return self._wire.decode(plain)

    def _open(self, query: Query, ciphertext: bytes) -> bytes:
        if not self._seal.is_on(query, query.get(b"msg_signature", b""), ciphertext):
            raise RefusedRequest
        return self._envelope.open(ciphertext)
