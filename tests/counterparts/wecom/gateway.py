"""The part of WeCom that keeps robots' long connections: one for each robot, frames, acknowledgements."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.counterparts.serving import Json, Refused
from tests.counterparts.wecom.cards import Shown
from tests.counterparts.wecom.robots import Chat, RobotHost, change_card, show

IN_ONE_CHAT = 30
ANSWER_EVENTS_WITHIN = 5.0  # seconds


@dataclass
class Told:
    """Something that the robot was told and may answer."""

    asked: str
    chat: Chat
    at: float
    card: Shown | None = None
    is_answered: bool = False
    answered: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class Line:
    connection: ServerConnection
    is_subscribed: bool = False


class Gateway:
    """All state is public: tests read it. Over `host` it shares chats and files with the other ways."""

    def __init__(self, host: RobotHost, *, bot_id: str, secret: str) -> None:
        self.host = host
        self.bot_id = bot_id
        self.secret = secret
        self.frames: list[Json] = []  # that came in
        self.refused: list[Refused] = []
        self.spoken: set[str] = set()  # chats in which somebody has spoken to the robot
        self.subscriptions = 0
        self.silent: set[str] = set()  # commands that are not acknowledged
        self.refusals: list[tuple[str, int]] = []  # command and code: the next one of it is refused
        self.line: Line | None = None
        self._told: dict[str, Told] = {}
        self._said_at: dict[int, list[datetime]] = {}
        self._numbers = itertools.count(1)
        self._subscribed = asyncio.Event()

    @asynccontextmanager
    async def running(self, port: int = 0) -> AsyncIterator[str]:
        async with serve(self._serve, "127.0.0.1", port, ping_interval=None) as server:
            host, bound = server.sockets[0].getsockname()[:2]
            yield f"ws://{host}:{bound}"

    async def subscribed(self, times: int = 1) -> None:
        """Wait until there were so many subscriptions in all."""
        while self.subscriptions < times:
            self._subscribed.clear()
            await asyncio.wait_for(self._subscribed.wait(), 10)

    # -- what people do -------------------------------------------------------------------------

    async def says(self, userid: str, text: str, *, group: str | None = None, **extra: Any) -> Told:
        content = {"msgtype": "text", "text": {"content": text}, **extra}
        return await self.tell(self.host.told(userid, group, content), asked="message")

    async def enters(self, userid: str) -> Told:
        event = {"eventtype": "enter_chat"}
        node = self.host.told(userid, None, {"msgtype": "event", "event": event})
        return await self.tell(node, asked="enter_chat")

    async def presses(
        self, userid: str, shown: Shown, label: str, *, group: str | None = None, nested: bool = True
    ) -> Told:
        details = {"event_key": shown.buttons[label], "task_id": shown.task_id}
        kind = "template_card_event"
        event = {"eventtype": kind, kind: details} if nested else {"eventtype": kind, **details}
        node = self.host.told(userid, group, {"msgtype": "event", "event": event})
        return await self.tell(node, asked="press", card=shown)

    async def tell(self, node: Json, *, asked: str, card: Shown | None = None) -> Told:
        """Tell the robot, on whatever line it has."""
        assert self.line is not None, "the robot has no line"
        node = {key: value for key, value in node.items() if key != "response_url"}
        chat_id = str(node.get("chatid") or node["from"]["userid"])
        self.spoken.add(chat_id)
        request_id = f"r{next(self._numbers)}"
        told = Told(asked, self.host.chat(chat_id), asyncio.get_running_loop().time(), card)
        self._told[request_id] = told
        command = "aibot_msg_callback" if asked == "message" else "aibot_event_callback"
        await self.send({"cmd": command, "headers": {"req_id": request_id}, "body": node})
        return told

    async def send(self, frame: Json | str) -> None:
        """Any frame, also a broken one."""
        assert self.line is not None, "the robot has no line"
        text = frame if isinstance(frame, str) else json.dumps(frame, ensure_ascii=False)
        await self.line.connection.send(text)

    async def displace(self) -> None:
        """Another program subscribes as the same robot."""
        assert self.line is not None
        await self._kick(self.line)

    async def hang_up(self, code: int = 1000) -> None:
        assert self.line is not None
        await self.line.connection.close(code)

    # -- the wire -------------------------------------------------------------------------------

    async def _serve(self, connection: ServerConnection) -> None:
        line = Line(connection)
        try:
            async for text in connection:
                frame = json.loads(text)
                self.frames.append(frame)
                answer = await self._do(line, frame)
                if frame["cmd"] not in self.silent:
                    await connection.send(json.dumps({"headers": frame["headers"], **answer}))
                if frame["cmd"] == "aibot_subscribe" and answer["errcode"] == 0:
                    self.subscriptions += 1
                    self._subscribed.set()
        except ConnectionClosed:
            pass
        finally:
            if self.line is line:
                self.line = None

    async def _do(self, line: Line, frame: Json) -> Json:
        command = frame["cmd"]
        for refusal in self.refusals:
            if refusal[0] == command:
                self.refusals.remove(refusal)
                return {"errcode": refusal[1], "errmsg": "on demand"}
        try:
            if command == "aibot_subscribe":
                await self._subscribe(line, frame["body"])
            else:
                self._hear(line, command, frame)
        except Refused as refused:
            self.refused.append(refused)
            return {"errcode": refused.code, "errmsg": refused.message}
        return {"errcode": 0, "errmsg": "ok"}

    def _hear(self, line: Line, command: str, frame: Json) -> None:
        if not line.is_subscribed:
            raise Refused(846608, "not subscribed")
        if command == "aibot_send_msg":
            self._push(frame["body"])
        elif command.startswith("aibot_respond_"):
            self._respond(command, frame["headers"]["req_id"], frame["body"])
        elif command != "ping":
            raise Refused(40058, "unknown cmd")

    async def _subscribe(self, line: Line, body: Json) -> None:
        if (body.get("bot_id"), body.get("secret")) != (self.bot_id, self.secret):
            raise Refused(40001, "invalid secret")
        if self.line is not None:
            await self._kick(self.line)
        line.is_subscribed = True
        self.line = line

    async def _kick(self, line: Line) -> None:
        event = {"msgtype": "event", "event": {"eventtype": "disconnected_event"}}
        frame = {
            "cmd": "aibot_event_callback",
            "headers": {"req_id": f"r{next(self._numbers)}"},
            "body": event,
        }
        await line.connection.send(json.dumps(frame))
        await line.connection.close()

    def _push(self, body: Json) -> None:
        if body.get("chatid") not in self.spoken:
            raise Refused(86003, "nobody has spoken to the robot there")
        chat = self.host.chat(body["chatid"])
        self._count(chat)
        show(chat, body, asked="nothing")

    def _respond(self, command: str, request_id: str, body: Json) -> None:
        told = self._told.get(request_id)
        if told is None or told.is_answered:
            raise Refused(846605, "invalid req_id")
        wanted = {"message": "msg", "enter_chat": "welcome_msg", "press": "update_msg"}[told.asked]
        if command != f"aibot_respond_{wanted}":
            raise Refused(40008, "invalid message type")
        waited = asyncio.get_running_loop().time() - told.at
        if told.asked != "message" and waited > ANSWER_EVENTS_WITHIN:
            raise Refused(846605, "req_id expired")
        self._count(told.chat)
        if told.asked == "press":
            assert told.card is not None
            change_card(told.card, body)
        else:
            show(told.chat, body, asked=told.asked)
        told.is_answered = body.get("stream", {"finish": True})["finish"]
        told.answered.set()

    def _count(self, chat: Chat) -> None:
        now = self.host.clock.now()
        recent = [at for at in self._said_at.get(id(chat), []) if now - at < timedelta(minutes=1)]
        if len(recent) >= IN_ONE_CHAT:
            raise Refused(846607, "too many request")
        self._said_at[id(chat)] = [*recent, now]
