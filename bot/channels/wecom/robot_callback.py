"""A robot (智能机器人) that WeCom calls at an address of ours."""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from starlette.routing import BaseRoute, Route

from bot.channels.late_turns import LateTurns
from bot.channels.photos import PhotoStore
from bot.channels.pictures import Pictures
from bot.channels.progress import Progress
from bot.channels.settling import Settle, Settlements
from bot.channels.wechat_calls import Calls
from bot.channels.wechat_codec import Envelope, signature
from bot.channels.wecom import robot_replies as replies
from bot.channels.wecom.callback import Callback, Reply, Wire
from bot.channels.wecom.corp import CallbackKeys
from bot.channels.wecom.failures import failure_of
from bot.channels.wecom.robot_groups import GroupsMet
from bot.channels.wecom.robot_inbound import Happening, Heard, decode, find_ciphertext, pretend, read_json
from bot.channels.wecom.robot_pictures import fetching
from bot.clock import Clock
from bot.messaging import (
    Address,
    Answer,
    Capabilities,
    InboundMessage,
    OutboundMessage,
    Receive,
    TemporaryFailure,
    WindowClosed,
)
from bot.notebook import Entry, Notebook

_CALL_WITHIN = 15.0  # seconds
_RESPONSE_LASTS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Robot:
    """`name` is the last part of the address that WeCom calls."""

    name: str
    keys: CallbackKeys
    api_base: str


class CalledRobot:
    """Answers travel in WeCom's own request. Besides them, one message may follow within an hour of each that
    it was told, so what it says by itself reaches only where somebody spoke lately."""

    capabilities = Capabilities(
        groups=True,
        buttons=True,
        answers_inline=True,
        longest_text=replies.LONGEST_TEXT,
        window=_RESPONSE_LASTS,
        replies=1,
    )

    def __init__(
        self,
        robot: Robot,
        *,
        notebook: Notebook,
        clock: Clock,
        settle: Settle,
        photos: PhotoStore | None = None,
    ) -> None:
        """Without `photos`, pictures are only mentioned to the bot, not kept."""
        self.name = robot.name
        self._robot = robot
        self._notebook = notebook
        self._clock = clock
        self._calls = Calls(robot.api_base, within=_CALL_WITHIN)
        self._envelope = Envelope(robot.keys.token, robot.keys.aes_key, "")
        fetch = fetching(self._calls, api_base=robot.api_base, aes_key=robot.keys.aes_key)
        self._pictures = Pictures(fetch, photos) if photos else None
        self._progress = Progress(notebook, clock)
        self._groups = GroupsMet()
        self._settlements = Settlements(settle)
        self._turns: list[LateTurns] = []

    def routes(self, receive: Receive) -> Sequence[BaseRoute]:
        async def take(message: InboundMessage) -> Answer:
            if message.attachments and self._pictures is not None:
                message = await self._pictures.keep(message)
            return await receive(message)

        turns = LateTurns(take, self._leave_over)
        self._turns.append(turns)

        async def hear(heard: Heard, deadline: float) -> Reply:
            if heard.happening is Happening.POLLED:
                return self._sealed(replies.end_of_stream(heard.stream_id))
            if heard.message is None:
                return Reply()
            self._groups.meet(heard.message)
            await self._note_response(heard.message, heard.response_url)
            answer = await turns.answer(heard.message, deadline=deadline)
            passive = replies.passive(heard, heard.message, answer.messages) if answer is not None else None
            if passive is None:
                return Reply()
            self._settlements.add(passive.carried, passive.left)
            return self._sealed(passive.body)

        def read(plain: bytes) -> Heard:
            return decode(read_json(plain), channel=self.name, now=self._clock.now())

        wire = Wire(find_ciphertext, read, pretend)
        callback = Callback(self._robot.keys, receiver="", wire=wire, hear=hear, clock=self._clock)
        return [Route(f"/wecom/robot/{self.name}", callback)]

    async def send(self, message: OutboundMessage) -> None:
        async def send_part(body: replies.Body, _number: int) -> None:
            await self._respond(message.address, body)

        await self._progress.send(message.id, replies.single_push(message), send_part)

    async def close(self) -> None:
        for turns in self._turns:
            await turns.finish()
        await self._settlements.write()
        await self._calls.close()

    def _leave_over(self, answer: Answer) -> None:
        if answer.messages:
            self._settlements.add((), answer.messages)

    def _sealed(self, body: replies.Body) -> Reply:
        now, nonce = b"%d" % self._clock.now().timestamp(), os.urandom(8).hex().encode()
        ciphertext = self._envelope.seal_text(json.dumps(body, ensure_ascii=False).encode())
        signed = signature(self._robot.keys.token.encode(), now, nonce, ciphertext)
        envelope = {"encrypt": ciphertext, "msgsignature": signed, "timestamp": now, "nonce": nonce}
        sealed = json.dumps({name: value.decode() for name, value in envelope.items()})
        return Reply(sealed.encode(), b"application/json")

    # -- what may follow a message within an hour -----------------------------------------------

    async def _note_response(self, message: InboundMessage, url: str) -> None:
        if url.startswith(f"{self._robot.api_base.rstrip('/')}/cgi-bin/aibot/response?"):
            address = Address(message.channel, message.chat, message.is_group)
            await self._notebook.put({_key(address): Entry(url, self._clock.now() + _RESPONSE_LASTS)})

    async def _respond(self, address: Address, body: replies.Body) -> None:
        entry = await self._notebook.get(_key(address))
        if entry is None:
            raise WindowClosed("nobody has spoken to the robot here within the hour")
        used = f"used/{hashlib.sha256(entry.value.encode()).hexdigest()}"
        mine = Entry(uuid4().hex, entry.until)
        if await self._notebook.put_if_absent(used, mine) != mine:
            raise WindowClosed("one message has followed the last that the robot was told here")
        try:
            answer = await self._calls.post(entry.value, body, {})
            if answer.get("errcode", 0) != 0:
                raise failure_of(answer["errcode"], str(answer.get("errmsg", "")))
        except TemporaryFailure:
            await self._notebook.put({used: Entry(mine.value, self._clock.now())})
            raise


def _key(address: Address) -> str:
    return f"response/{'group' if address.is_group else 'private'}/{address.chat}"
