"""The address that a gateway connects to: /onebot/{name}. Events come in and actions go out on it."""

import asyncio
import hmac
import itertools
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.types import Receive as AsgiReceive
from starlette.types import Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.channels.onebot.failures import failure_of
from bot.messaging import TemporaryFailure, UnclearOutcome

log = logging.getLogger(__name__)

LARGEST_EVENT = 256 * 1024
"""Characters. Only the answer that brings a file may be larger, up to what the server takes at all."""

_VERSION = "12."  # begins the subprotocol that a gateway offers
_TEXT_ONLY, _TOO_LARGE, _REPLACED = 1003, 1009, 4001  # why we hang up

Json = dict[str, Any]
Hear = Callable[[Json], Awaitable[None]]


class _Connection:
    """One socket, and the actions that wait for their answers on it."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket = socket
        self.awaits_file = 0
        self._waiting: dict[str, asyncio.Future[Json]] = {}
        self._numbers = itertools.count(1)

    async def call(self, request: Json) -> Json:
        """Raises TemporaryFailure where the request did not go out, UnclearOutcome where the line broke."""
        echo = str(next(self._numbers))
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[echo] = answer
        try:
            await self.socket.send_text(json.dumps({**request, "echo": echo}, ensure_ascii=False))
        except (WebSocketDisconnect, RuntimeError) as error:  # Starlette's word for a socket closed before
            raise TemporaryFailure("the gateway has just hung up") from error
        else:
            return await answer
        finally:
            del self._waiting[echo]

    def answer(self, value: Json) -> None:
        waiting = self._waiting.get(str(value.get("echo")))
        if waiting is not None and not waiting.done():
            waiting.set_result(value)

    def end(self) -> None:
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(UnclearOutcome("the gateway hung up"))

    async def hang_up(self, code: int) -> None:
        try:
            await self.socket.close(code)
        except (WebSocketDisconnect, RuntimeError):
            log.debug("the gateway had hung up already")


class Gateway:
    """An ASGI application for one gateway at a time: a new connection takes the place of the one before,
    which may be dead without our knowing."""

    def __init__(self, *, access_token: str, hear: Hear, call_within: float) -> None:
        """`call_within` in seconds."""
        self._access_token = access_token.encode()
        self._hear = hear
        self._call_within = call_within
        self._connection: _Connection | None = None

    async def __call__(self, scope: Scope, receive: AsgiReceive, send: Send) -> None:
        socket = WebSocket(scope, receive, send)
        offered = next((one for one in scope.get("subprotocols", ()) if one.startswith(_VERSION)), None)
        is_trusted = self._is_trusted(socket)
        scope["query_string"] = b""  # may hold the token; the server logs it
        if not is_trusted or offered is None:
            await socket.close()
            return
        await socket.accept(subprotocol=offered)
        connection, before = _Connection(socket), self._connection
        self._connection = connection
        log.info("a gateway has connected", extra={"gateway": offered})
        if before is not None:
            await before.hang_up(_REPLACED)
        try:
            await self._listen(connection)
        finally:
            connection.end()
            log.info("a gateway has hung up", extra={"gateway": offered})
            if self._connection is connection:
                self._connection = None

    async def call(self, action: str, params: Mapping[str, object], *, myself: Json | None) -> Any:
        """The data of the action's answer. `myself` is the account that acts, where it is known.

        Raises the failures of the seam.
        """
        connection = self._connection
        if connection is None:
            raise TemporaryFailure("no gateway is connected")
        request: Json = {"action": action, "params": dict(params)}
        if myself is not None:
            request["self"] = myself
        is_for_file = action == "get_file"
        connection.awaits_file += is_for_file
        try:
            async with asyncio.timeout(self._call_within):
                answer = await connection.call(request)
        except TimeoutError as error:
            raise UnclearOutcome("the gateway did not answer in time") from error
        finally:
            connection.awaits_file -= is_for_file
        status, code = answer.get("status"), answer.get("retcode")
        if status == "ok" and code == 0:
            return answer.get("data")
        if status != "failed" or not isinstance(code, int):
            raise UnclearOutcome("the gateway's answer has an unknown form")
        raise failure_of(code)

    @property
    def is_connected(self) -> bool:
        return self._connection is not None

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.hang_up(1001)

    def _is_trusted(self, socket: WebSocket) -> bool:
        scheme, _, token = socket.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            token = socket.query_params.get("access_token", "")
        return hmac.compare_digest(token.encode(), self._access_token)

    async def _listen(self, connection: _Connection) -> None:
        while True:
            event = await connection.socket.receive()
            if event["type"] == "websocket.disconnect":
                return
            text = event.get("text")
            if text is None:
                await connection.hang_up(_TEXT_ONLY)
                return
            if len(text) > LARGEST_EVENT and not connection.awaits_file:
                await connection.hang_up(_TOO_LARGE)
                return
            value = _parsed(text)
            if value is None:
                log.warning("what a gateway sent could not be read")
            elif "retcode" in value:
                connection.answer(value)
            else:
                await self._hear(value)


def _parsed(text: str) -> Json | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
