"""A self-made application of WeCom as a channel: private chats with members, with buttons on cards."""

import asyncio
import hashlib
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from starlette.routing import BaseRoute, Route

from bot.channels.late_turns import LateTurns
from bot.channels.pace import Pace
from bot.channels.photos import LARGEST_FILE, PhotoStore
from bot.channels.pictures import Pictures
from bot.channels.progress import Progress
from bot.channels.text_parts import cut, rendered
from bot.channels.wechat_codec import find_ciphertext, sendable, spend_parsing_time
from bot.channels.wecom import broadcasts
from bot.channels.wecom.app_inbound import Heard, Pressed, decode
from bot.channels.wecom.callback import Callback, Reply, Wire
from bot.channels.wecom.cards import can_carry_buttons, can_carry_text, card, chosen
from bot.channels.wecom.corp import Api, CallbackKeys, Corp
from bot.clock import Clock
from bot.messaging import (
    Answer,
    Attachment,
    Capabilities,
    DeliveryFailure,
    InboundMessage,
    OutboundMessage,
    PermanentFailure,
    Receive,
    RecipientGone,
)
from bot.notebook import Notebook
from bot.upkeep import Finding

log = logging.getLogger(__name__)

LONGEST_TEXT = 2048
"""Bytes of UTF-8 in one text message."""

# What is more the platform drops without a word. It also drops the 1001st in an hour, which nobody reaches
# who is told a few things a day.
_TO_ONE_MEMBER = 30
_WITHIN = timedelta(minutes=1)

_REPEATS_KNOWN_FOR = 1800  # seconds; at most four hours
_INVISIBLE = str.maketrans({"0": "\u200b", "1": "\u200c"})
_MARK_BITS = 16
_MARK_BYTES = _MARK_BITS * len("\u200b".encode())


class StaffApp:
    """Every answer is a message of its own: only so can it have buttons.

    The platform recognises a repeated message by its content, so every message carries an invisible mark of
    its own: the same words may be sent again for another reason.
    """

    capabilities = Capabilities(
        buttons=True, tells_repeats=True, longest_text=LONGEST_TEXT, per_minute=_TO_ONE_MEMBER
    )

    def __init__(
        self,
        corp: Corp,
        keys: CallbackKeys,
        *,
        agent_id: int,
        shows_cards: bool,
        notebook: Notebook,
        clock: Clock,
        photos: PhotoStore | None = None,
    ) -> None:
        """`shows_cards` is false where members read in WeChat itself, which shows no cards with buttons.
        Without `photos`, pictures are only mentioned to the bot, not kept."""
        self.name = corp.name
        self.api = Api(corp, notebook=notebook, clock=clock)
        self._corp_id = corp.corp_id
        self._keys = keys
        self._agent_id = agent_id
        self._shows_cards = shows_cards
        self._pictures = Pictures(self._picture, photos) if photos else None
        self._progress = Progress(notebook, clock)
        self._pace = Pace(_TO_ONE_MEMBER, _WITHIN, notebook=notebook, clock=clock)
        self._clock = clock
        self._turns: list[LateTurns] = []
        self._updates: set[asyncio.Task[None]] = set()  # keeps them from being collected

    def routes(self, receive: Receive) -> Sequence[BaseRoute]:
        async def take(message: InboundMessage) -> Answer:
            if message.attachments and self._pictures is not None:
                message = await self._pictures.keep(message)
            return await receive(message)

        turns = LateTurns(take, _answered_by_the_outbox)
        self._turns.append(turns)

        async def hear(heard: Heard, deadline: float) -> Reply:
            if heard.message is not None:
                await turns.answer(heard.message, deadline=deadline)
            if heard.pressed is not None:
                self._show_as_pressed(heard.pressed)
            return Reply()

        wire = Wire(find_ciphertext, self._decode, spend_parsing_time)
        callback = Callback(self._keys, receiver=self._corp_id, wire=wire, hear=hear, clock=self._clock)
        return [Route(f"/wecom/app/{self._agent_id}", callback)]

    async def send(self, message: OutboundMessage) -> None:
        if message.address.is_group:
            raise PermanentFailure("an application of WeCom reaches members, not groups")

        async def send_part(content: Mapping[str, object], _number: int) -> None:
            await self._pace.take(f"to/{message.address.chat}")
            await self._send_one(message.address.chat, content)

        await self._progress.send(message.id, self._contents(message), send_part)

    async def check(self) -> Sequence[Finding]:
        await self.api.check_secret()
        answer = await self.api.get("agent/get", {"agentid": str(self._agent_id)})
        return [Finding("channel_wecom_app", {"name": answer.get("name", "")})]

    async def prepare_broadcast(self, owner: str, text: str, groups: Sequence[str]) -> Sequence[Finding]:
        return await broadcasts.prepare(self.api, owner=owner, text=text, groups=groups)

    async def remind_of_broadcast(self, task: str) -> Sequence[Finding]:
        return await broadcasts.remind(self.api, task)

    async def broadcast_result(self, task: str) -> Sequence[Finding]:
        return await broadcasts.result(self.api, task)

    async def close(self) -> None:
        for turns in self._turns:
            await turns.finish()
        if self._updates:
            await asyncio.wait(self._updates)
        await self.api.close()

    def _decode(self, plain: bytes) -> Heard:
        now: datetime = self._clock.now()
        return decode(plain, channel=self.name, corp_id=self._corp_id, agent_id=self._agent_id, now=now)

    async def _picture(self, attachment: Attachment) -> bytes:
        """By media id, not by the address in the message: so nobody can make us call other addresses."""
        return await self.api.media(attachment.reference, largest=LARGEST_FILE)

    def _contents(self, message: OutboundMessage) -> list[Mapping[str, object]]:
        """The messages of the platform that carry ours."""
        if not (self._shows_cards and can_carry_buttons(message)):
            return [_text(part, message.id) for part in _parts(rendered(message))]
        on_card: Mapping[str, object] = {"msgtype": "template_card", "template_card": card(message)}
        if can_carry_text(message.text):
            return [on_card]
        return [*(_text(part, message.id) for part in _parts(sendable(message.text))), on_card]

    async def _send_one(self, user: str, content: Mapping[str, object]) -> None:
        answer = await self.api.call(
            "message/send",
            {
                "touser": user,
                "agentid": self._agent_id,
                **content,
                "enable_duplicate_check": 1,
                "duplicate_check_interval": _REPEATS_KNOWN_FOR,
            },
        )
        if user.casefold() in _not_reached(answer):
            raise RecipientGone("WeCom took the message and says that the member cannot get it")

    def _show_as_pressed(self, pressed: Pressed) -> None:
        task = asyncio.get_running_loop().create_task(self._change_card(pressed))
        self._updates.add(task)
        task.add_done_callback(self._updates.discard)

    async def _change_card(self, pressed: Pressed) -> None:
        change = {
            "userids": [pressed.user],
            "agentid": self._agent_id,
            "response_code": pressed.response_code,
            "button": {"replace_name": chosen(pressed.press)},
        }
        try:
            await self.api.call("message/update_template_card", change)
        except DeliveryFailure as failure:
            # The press has been heard; that the card still shows its buttons harms nobody.
            log.warning("card not changed", extra={"channel": self.name, "reason": type(failure).__name__})


def _answered_by_the_outbox(_answer: Answer) -> None:
    """Whatever a turn says waits in the outbox, however late it was."""


def _parts(text: str) -> list[str]:
    return cut(text, LONGEST_TEXT - _MARK_BYTES)


def _text(part: str, message_id: int) -> Mapping[str, object]:
    return {"msgtype": "text", "text": {"content": part + _mark(message_id)}}


def _mark(message_id: int) -> str:
    number = int.from_bytes(hashlib.sha256(b"%d" % message_id).digest()[:2], "big")
    return f"{number:0{_MARK_BITS}b}".translate(_INVISIBLE)


def _not_reached(answer: Mapping[str, Any]) -> set[str]:
    """Members whom the platform did not reach although its return code is 0; it may change their case."""
    listed = "|".join(str(answer.get(name) or "") for name in ("invaliduser", "unlicenseduser"))
    return {user.casefold() for user in listed.split("|") if user}
