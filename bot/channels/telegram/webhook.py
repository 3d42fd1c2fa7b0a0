"""The address that the platform calls: /telegram/{name}.

Whatever is wrong with a request, the answer is the same.
"""

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable

from starlette.types import Receive as AsgiReceive
from starlette.types import Scope, Send
from telegram import Update

from bot.channels.callback_requests import RefusedRequest, read_body, respond
from bot.channels.telegram.inbound import MalformedUpdateError, read_update

_READ_WITHIN = 10.0  # seconds
_SECRET = b"x-telegram-bot-api-secret-token"


class Webhook:
    """An ASGI application. The platform is told that an update arrived when `take` has returned."""

    def __init__(self, secret: str, take: Callable[[Update], Awaitable[None]]) -> None:
        self._secret = secret.encode()
        self._take = take

    async def __call__(self, scope: Scope, receive: AsgiReceive, send: Send) -> None:
        try:
            await self._take(await self._read(scope, receive))
        except (RefusedRequest, MalformedUpdateError):
            await respond(send, b"", b"text/plain", status=403)
        else:
            await respond(send, b"", b"text/plain")

    async def _read(self, scope: Scope, receive: AsgiReceive) -> Update:
        """Raises RefusedRequest or MalformedUpdateError for all that does not come from the platform."""
        claimed = dict(scope["headers"]).get(_SECRET, b"")
        if not hmac.compare_digest(claimed, self._secret) or scope["method"] != "POST":
            raise RefusedRequest
        try:
            async with asyncio.timeout(_READ_WITHIN):
                body = await read_body(receive)
            return read_update(json.loads(body))
        except (TimeoutError, ValueError, RecursionError) as error:
            raise RefusedRequest from error
