"""The part of WeCom that calls an address: signs, encrypts, waits 5 s, tries three times.

Its cryptography is wechatpy's, so that it shares no mistake with the code under test.
"""

import secrets
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp
import xmltodict
from wechatpy.enterprise.crypto import WeChatCrypto

from bot.clock import Clock
from tests.counterparts.wechat.caller import to_xml
from tests.counterparts.wecom.cards import Shown
from tests.counterparts.wecom.corp import Corp

HANGS_UP_AFTER = 5.0  # seconds
TRIES = 3

Fields = dict[str, str | int]


@dataclass(frozen=True)
class Keys:
    token: str
    aes_key: str
    receiver: str


@dataclass(frozen=True)
class Outcome:
    """How a callback ended: whether it arrived, after how many tries, and the last raw answer."""

    arrived: bool
    tries: int
    raw: bytes = b""


class Line:
    """Delivers sealed requests to one address."""

    def __init__(
        self,
        url: str,
        keys: Keys,
        session: aiohttp.ClientSession,
        clock: Clock,
        *,
        hangs_up_after: float = HANGS_UP_AFTER,
    ) -> None:
        self.url = url
        self.keys = keys
        self.clock = clock
        self._session = session
        self._hangs_up_after = hangs_up_after
        self.crypto = WeChatCrypto(keys.token, keys.aes_key, keys.receiver)

    async def verify(self) -> bool:
        """What the platform does when the address is saved on its pages."""
        echo = str(secrets.randbelow(10**18))
        sealed, query = self.seal(echo)
        async with self._session.get(f"{self.url}?{urlencode({**query, 'echostr': sealed})}") as response:
            return response.status == 200 and await response.text() == echo

    def seal(self, plain: str) -> tuple[str, dict[str, str]]:
        """The ciphertext, and the query that signs it."""
        timestamp, nonce = str(int(self.clock.now().timestamp())), str(secrets.randbelow(10**10))
        envelope = xmltodict.parse(self.crypto.encrypt_message(plain, nonce, timestamp))["xml"]
        query = {"msg_signature": envelope["MsgSignature"], "timestamp": timestamp, "nonce": nonce}
        return str(envelope["Encrypt"]), query

    async def deliver(self, body: bytes, query: dict[str, str]) -> Outcome:
        """One callback, repeated as the platform repeats it."""
        raw = b""
        for attempt in range(1, TRIES + 1):
            answer = await self._post_once(body, query)
            if answer is not None:
                return Outcome(True, attempt, answer)
        return Outcome(False, TRIES, raw)

    async def _post_once(self, body: bytes, query: dict[str, str]) -> bytes | None:
        timeout = aiohttp.ClientTimeout(total=self._hangs_up_after)
        try:
            async with self._session.post(
                f"{self.url}?{urlencode(query)}", data=body, timeout=timeout
            ) as response:
                return await response.read() if response.status == 200 else None
        except (aiohttp.ClientError, TimeoutError):
            return None


class AppCaller:
    """What members do in an application, told to its address as XML."""

    def __init__(self, corp: Corp, line: Line, *, agent_id: int) -> None:
        self._corp = corp
        self._line = line
        self._agent_id = agent_id

    async def verify(self) -> bool:
        return await self._line.verify()

    async def says(self, userid: str, text: str, *, group: str | None = None, **extra: str | int) -> Outcome:
        assert group is None, "applications are in no groups"
        return await self.sends(userid, "text", Content=text, **extra)

    async def sends(self, userid: str, kind: str, **content: str | int) -> Outcome:
        """A message of any kind; a `MsgId` of its own unless one is given."""
        message_id = content.pop("MsgId", self._corp.next_number())
        return await self.tell(userid, {"MsgType": kind, **content, "MsgId": message_id})

    async def happens(self, userid: str, event: str, **content: str | int) -> Outcome:
        return await self.tell(userid, {"MsgType": "event", "Event": event, **content})

    async def enters(self, userid: str) -> Outcome:
        return await self.happens(userid, "enter_agent", EventKey="")

    async def presses(self, userid: str, shown: Shown, label: str, *, group: str | None = None) -> Outcome:
        """A button of a card."""
        assert shown.chosen is None, "the buttons are gone"
        return await self.happens(
            userid,
            "template_card_event",
            EventKey=shown.buttons[label],
            TaskId=shown.task_id,
            CardType="button_interaction",
            ResponseCode=self._corp.card_code(shown),
        )

    async def tell(self, userid: str, content: Fields) -> Outcome:
        xml = to_xml(
            {
                "ToUserName": self._corp.corp_id,
                "FromUserName": userid,
                "CreateTime": int(self._corp.clock.now().timestamp()),
                "AgentID": self._agent_id,
                **content,
            }
        )
        return await self._line.deliver(*self.envelope(xml))

    def envelope(self, xml: str) -> tuple[bytes, dict[str, str]]:
        sealed, query = self._line.seal(xml)
        outer = {"ToUserName": self._corp.corp_id, "AgentID": self._agent_id, "Encrypt": sealed}
        return to_xml(outer).encode(), query
