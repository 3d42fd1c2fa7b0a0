"""One long connection of a robot: frames out, acknowledgements and tidings in."""

import asyncio
import json
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from bot.channels.wecom.failures import failure_of
from bot.messaging import TemporaryFailure, UnclearOutcome

log = logging.getLogger(__name__)

_TIDINGS = frozenset({"aibot_msg_callback", "aibot_event_callback"})

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tidings:
    """What the platform tells; an answer to it must bear the same `request_id`."""

    request_id: str
    body: Body


class Line:
    """Every request raises the failures of the seam and nothing else."""

    def __init__(
        self, connection: ClientConnection, *, ping_every: float, acknowledged_within: float
    ) -> None:
        """Both in seconds."""
        self._connection = connection
        self._ping_every = ping_every
        self._acknowledged_within = acknowledged_within
        self._waiting: dict[str, asyncio.Future[Body]] = {}

    async def request(self, command: str, body: Body, *, answering: str | None = None) -> None:
        """Send a frame and wait until the platform has taken it. `answering`: the tidings that it answers."""
        acknowledgement = await self._exchange(command, body, answering or _new_request_id(command))
        code = acknowledgement.get("errcode", 0)
        if not isinstance(code, int):
            raise UnclearOutcome("the platform's acknowledgement has an unknown form")
        if code != 0:
            raise failure_of(code, str(acknowledgement.get("errmsg", "")))

    async def listen(self, tell: Callable[[Tidings], None]) -> None:
        """Until the connection closes. Whatever is no frame of the platform's is left unread."""
        async for text in self._connection:
            frame = _frame(text)
            if frame is None:
                log.warning("a frame that the platform never sends")
                continue
            request_id, command = frame["headers"]["req_id"], frame.get("cmd")
            if command in _TIDINGS and isinstance(frame.get("body"), dict):
                tell(Tidings(request_id, frame["body"]))
            elif not command and request_id in self._waiting:
                waiting = self._waiting[request_id]
                if not waiting.done():
                    waiting.set_result(frame)

    async def ping(self) -> None:
        """Until two pings in a row have remained unanswered."""
        unanswered = 0
        while unanswered < 2:  # noqa: PLR2004 - the platform's own rule
            await asyncio.sleep(self._ping_every)
            try:
                await self._exchange("ping", {}, _new_request_id("ping"))
                unanswered = 0
            except UnclearOutcome:
                unanswered += 1

    async def _exchange(self, command: str, body: Body, request_id: str) -> Body:
        while (earlier := self._waiting.get(request_id)) is not None:  # one at a time for each id
            await asyncio.wait((earlier,))
        answer: asyncio.Future[Body] = asyncio.get_running_loop().create_future()
        self._waiting[request_id] = answer
        gone = asyncio.ensure_future(self._connection.wait_closed())
        try:
            await self._send(command, body, request_id)
            await asyncio.wait(
                (answer, gone), timeout=self._acknowledged_within, return_when=asyncio.FIRST_COMPLETED
            )
            if not answer.done():
                raise UnclearOutcome(f"the platform has not acknowledged {command}")
            return answer.result()
        finally:
            gone.cancel()
            answer.cancel()
            del self._waiting[request_id]

    async def _send(self, command: str, body: Body, request_id: str) -> None:
        frame = {"cmd": command, "headers": {"req_id": request_id}, **({"body": body} if body else {})}
        try:
            await self._connection.send(json.dumps(frame, ensure_ascii=False))
        except ConnectionClosed as closed:
            raise TemporaryFailure("the robot's connection is closed") from closed


def _new_request_id(command: str) -> str:
    """The platform's own clients know what an acknowledgement is about by how its id begins."""
    return f"{command}_{time.time_ns() // 1_000_000}_{secrets.token_hex(4)}"


def _frame(text: str | bytes) -> Body | None:
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(frame, dict):
        return None
    headers = frame.get("headers")
    is_frame = isinstance(headers, dict) and isinstance(headers.get("req_id"), str)
    return frame if is_frame and isinstance(frame.get("cmd", ""), str) else None
