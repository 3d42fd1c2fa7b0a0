"""The part of WeCom that keeps robots (智能机器人) which are called: it tells them what people say and shows
what they answer, with WeCom's rules."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from bot.clock import Clock
from tests.counterparts.serving import Json, Refused
from tests.counterparts.wecom.caller import Line, Outcome
from tests.counterparts.wecom.cards import Shown, card_shown
from tests.counterparts.wecom.server import Server

LONGEST_STREAM = 20480
RESPONSE_LIFE = timedelta(hours=1)
MOST_POLLS = 5


@dataclass
class Chat:
    """`screen` is all that people see of the robot there, oldest first."""

    screen: list[Shown] = field(default_factory=list)

    @property
    def last(self) -> Shown:
        return self.screen[-1]


@dataclass
class Response:
    chat: Chat
    until: datetime
    used: bool = False


def encrypted_file(content: bytes, key: bytes) -> bytes:
    padding = 32 - len(content) % 32
    encryptor = Cipher(AES(key), CBC(key[:16])).encryptor()
    return encryptor.update(content + bytes((padding,)) * padding) + encryptor.finalize()


def show(chat: Chat, body: Json, *, asked: str) -> None:
    """A robot's words; `asked` is what they answer: message, enter_chat, nothing. Refused where the platform
    would not show them."""
    kind = body.get("msgtype")
    if kind in {"stream", "stream_with_template_card"} and asked == "message":
        content = body["stream"].get("content", "")
        if len(content.encode()) > LONGEST_STREAM:
            raise Refused(40058, "stream.content exceed max length 20480")
        chat.screen.append(Shown(content))
        if kind == "stream_with_template_card":
            chat.screen.append(card_shown(body["template_card"]))
    elif kind == "template_card":
        chat.screen.append(card_shown(body["template_card"]))
    elif (kind == "text" and asked == "enter_chat") or (kind == "markdown" and asked == "nothing"):
        content = body[kind]["content"]
        if not content or len(content.encode()) > LONGEST_STREAM:
            raise Refused(40058, "content exceed max length")
        chat.screen.append(Shown(content))
    else:
        raise Refused(40008, "invalid message type")


def change_card(shown: Shown, body: Json) -> None:
    """A pressed card becomes another one."""
    if (
        body.get("response_type") != "update_template_card"
        or body["template_card"]["task_id"] != shown.task_id
    ):
        raise Refused(40058, "invalid Request Parameter: update_template_card")
    new = card_shown(body["template_card"])
    shown.text, shown.buttons = new.text, new.buttons


class RobotHost:
    """All state is public: tests read it."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.chats: dict[str, Chat] = {}
        self.files: dict[str, bytes] = {}
        self.server = Server()
        self.base = ""  # where the server is reached
        self._numbers = itertools.count(1)
        self._responses: dict[str, Response] = {}
        self.server.add("/cgi-bin/aibot/response", self._respond)
        self.server.add_files("/files/{name}", self._file)

    def chat(self, name: str) -> Chat:
        return self.chats.setdefault(name, Chat())

    def next_id(self) -> str:
        return f"CAIQ16HMjQYY/NGagIOAgAMgq4KM0AI={next(self._numbers)}"

    def response_url(self, chat: Chat) -> str:
        code = f"rc{next(self._numbers)}"
        self._responses[code] = Response(chat, self.clock.now() + RESPONSE_LIFE)
        return f"{self.base}/cgi-bin/aibot/response?response_code={code}"

    def store(self, content: bytes, key: bytes) -> str:
        """The address of an encrypted file."""
        name = f"f{next(self._numbers)}"
        self.files[name] = encrypted_file(content, key)
        return f"{self.base}/files/{name}"

    def told(self, userid: str, group: str | None, content: Json) -> Json:
        """What the robot is told of one thing that somebody does."""
        chat = self.chat(group or userid)
        return {
            "msgid": self.next_id(),
            "aibotid": "AIBOT",
            **({"chatid": group, "chattype": "group"} if group else {"chattype": "single"}),
            "from": {"userid": userid},
            "response_url": self.response_url(chat),
            **content,
        }

    def _respond(self, body: Json, parameters: Mapping[str, str]) -> Json:
        response = self._responses.get(parameters.get("response_code", ""))
        if response is None or response.used or self.clock.now() >= response.until:
            raise Refused(846605, "invalid response_code")
        show(response.chat, body, asked="nothing")
        response.used = True
        return {}

    def _file(self, parameters: Mapping[str, str]) -> bytes:
        return self.files[parameters["name"]]


class RobotCaller:
    """What people do with a robot, told to its address as encrypted JSON; what it answers is shown."""

    def __init__(self, host: RobotHost, line: Line) -> None:
        self._host = host
        self._line = line
        self.refused: list[Refused] = []

    async def verify(self) -> bool:
        return await self._line.verify()

    async def says(self, userid: str, text: str, *, group: str | None = None, **extra: Any) -> Outcome:
        return await self.sends(userid, "text", {"content": text}, group=group, **extra)

    async def sends(
        self, userid: str, kind: str, content: Json, *, group: str | None = None, **extra: Any
    ) -> Outcome:
        """A message of any kind; a `msgid` of its own unless one is given."""
        node = self._host.told(userid, group, {"msgtype": kind, kind: content, **extra})
        return await self.tell(node, asked="message")

    async def enters(self, userid: str) -> Outcome:
        node = self._host.told(userid, None, {"msgtype": "event", "event": {"eventtype": "enter_chat"}})
        return await self.tell(node, asked="enter_chat")

    async def presses(
        self, userid: str, shown: Shown, label: str, *, group: str | None = None, nested: bool = True
    ) -> Outcome:
        details = {"event_key": shown.buttons[label], "task_id": shown.task_id}
        kind = "template_card_event"
        event = {"eventtype": kind, kind: {"card_type": "button_interaction", **details}}
        node = self._host.told(
            userid, group, {"msgtype": "event", "event": event if nested else {"eventtype": kind, **details}}
        )
        return await self.tell(node, asked="press", card=shown)

    async def tell(self, node: Json, *, asked: str, card: Shown | None = None) -> Outcome:
        outcome = await self._line.deliver(*self.envelope(node))
        if outcome.raw:
            chat = self._host.chat(str(node.get("chatid") or node["from"]["userid"]))
            try:
                self._show(chat, self.open(outcome.raw), asked=asked, card=card)
            except Refused as refused:
                self.refused.append(refused)
        return outcome

    def envelope(self, node: Json) -> tuple[bytes, dict[str, str]]:
        sealed, query = self._line.seal(json.dumps(node, ensure_ascii=False))
        # Some senders write a slash as “\\/”.
        return json.dumps({"encrypt": sealed}).replace("/", "\\/").encode(), query

    def open(self, raw: bytes) -> Json:
        """What is inside an answer; it must be signed and meant for robots."""
        envelope = json.loads(raw)
        plain = self._line.crypto.check_signature(
            envelope["msgsignature"], envelope["timestamp"], envelope["nonce"], envelope["encrypt"]
        )
        body: Json = json.loads(plain)
        return body

    def _show(self, chat: Chat, body: Json, *, asked: str, card: Shown | None) -> None:
        if asked == "press":
            assert card is not None
            change_card(card, body)
            return
        if body.get("msgtype") == "stream" and not body["stream"].get("finish"):
            raise Refused(40058, "the robot never finishes its stream")
        show(chat, body, asked=asked)
