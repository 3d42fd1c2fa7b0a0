"""The part of WeChat that calls the bot: signs, encrypts, waits 5 s, tries three times, shows the reply.

Its cryptography is wechatpy's, so that it shares no mistake with the code under test.
"""

import secrets
from dataclasses import dataclass
from urllib.parse import urlencode
from xml.sax.saxutils import escape

import aiohttp
import xmltodict
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import WeChatSigner

from bot.clock import Clock
from tests.counterparts.wechat.platform import Platform

HANGS_UP_AFTER = 5.0  # seconds
TRIES = 3
OUT_OF_ORDER = "该公众号提供的服务出现故障，请稍后再试"

Fields = dict[str, "str | int | Fields | list[Fields]"]


@dataclass(frozen=True)
class Account:
    app_id: str
    token: str
    aes_key: str
    original_id: str = "gh_0123456789ab"


@dataclass(frozen=True)
class Outcome:
    """How a callback ended: the text shown, if any; how often it was delivered; the last raw answer."""

    shown: str | None
    tries: int
    raw: bytes = b""


class Caller:
    """Delivers to one callback address, encrypted or plain."""

    def __init__(
        self,
        url: str,
        account: Account,
        platform: Platform,
        session: aiohttp.ClientSession,
        *,
        encrypted: bool,
        hangs_up_after: float = HANGS_UP_AFTER,
    ) -> None:
        self._url = url
        self._account = account
        self._platform = platform
        self._session = session
        self._encrypted = encrypted
        self._hangs_up_after = hangs_up_after

    async def verify(self) -> bool:
        """What the platform does when the address is saved on its pages."""
        echo = str(secrets.randbelow(10**18))
        query = {**plain_query(self._account, now=self._platform.clock), "echostr": echo}
        async with self._session.get(f"{self._url}?{urlencode(query)}") as response:
            return response.status == 200 and await response.text() == echo

    # -- what people do -------------------------------------------------------------------------

    async def says(self, openid: str, text: str, **extra: str | int) -> Outcome:
        return await self.sends(openid, "text", Content=text, **extra)

    async def sends(self, openid: str, kind: str, **content: str | int) -> Outcome:
        """A message of any kind; a `MsgId` of its own unless one is given."""
        self._platform.allow(openid, "message")
        message_id = content.pop("MsgId", self._platform.next_message_id())
        return await self.deliver(openid, {"MsgType": kind, **content, "MsgId": message_id})

    async def follows(self, openid: str, scene: str = "") -> Outcome:
        self._platform.resident(openid).follows = True
        self._platform.allow(openid, "follow")
        key = f"qrscene_{scene}" if scene else ""
        return await self.happens(openid, "subscribe", EventKey=key, Ticket="gQ" if scene else "")

    async def leaves(self, openid: str) -> Outcome:
        self._platform.resident(openid).follows = False
        return await self.happens(openid, "unsubscribe", EventKey="")

    async def scans(self, openid: str, scene: str) -> Outcome:
        self._platform.allow(openid, "scan")
        return await self.happens(openid, "SCAN", EventKey=scene, Ticket="gQ")

    async def presses(self, openid: str, key: str) -> Outcome:
        """A menu item of type click."""
        self._platform.allow(openid, "menu")
        return await self.happens(openid, "CLICK", EventKey=key)

    async def consents(self, openid: str, template_id: str) -> Outcome:
        """Allows one more 订阅通知 in the pop-up of a web page."""
        credits = self._platform.resident(openid).credits
        credits[template_id] = credits.get(template_id, 0) + 1
        entry: Fields = {"TemplateId": template_id, "SubscribeStatusString": "accept", "PopupScene": "1"}
        return await self.happens(openid, "subscribe_msg_popup_event", SubscribeMsgPopupEvent={"List": entry})

    async def happens(self, openid: str, event: str, **content: "str | int | Fields") -> Outcome:
        return await self.deliver(openid, {"MsgType": "event", "Event": event, **content})

    # -- the wire -------------------------------------------------------------------------------

    async def deliver(self, openid: str, content: "Fields") -> Outcome:
        """One callback, repeated as the platform repeats it; a reply is shown to the person."""
        now = int(self._platform.clock.now().timestamp())
        message: Fields = {
            "ToUserName": self._account.original_id,
            "FromUserName": openid,
            "CreateTime": now,
            **content,
        }
        return await self.deliver_xml(openid, to_xml(message))

    async def deliver_xml(self, openid: str, xml: str) -> Outcome:
        resident = self._platform.resident(openid)
        raw = b""
        for attempt in range(1, TRIES + 1):
            answer = await self._post_once(openid, xml)
            if answer is None:
                continue
            raw = answer
            if raw in {b"success", b""}:
                return Outcome(None, attempt, raw)
            shown = self._read_reply(raw, openid)
            if shown is None:
                break
            resident.screen.append(shown)
            return Outcome(shown, attempt, raw)
        resident.screen.append(OUT_OF_ORDER)
        return Outcome(OUT_OF_ORDER, TRIES, raw)

    async def _post_once(self, openid: str, xml: str) -> bytes | None:
        """The body of a good answer; None where there was none within the time."""
        query, body = self.prepare(openid, xml)
        timeout = aiohttp.ClientTimeout(total=self._hangs_up_after)
        try:
            async with self._session.post(
                f"{self._url}?{query}", data=body, headers={"Content-Type": "text/xml"}, timeout=timeout
            ) as response:
                return await response.read() if response.status == 200 else None
        except (aiohttp.ClientError, TimeoutError):
            return None

    def prepare(self, openid: str, xml: str) -> tuple[str, bytes]:
        """The query string and body of one delivery."""
        query = {**plain_query(self._account, now=self._platform.clock), "openid": openid}
        if not self._encrypted:
            return urlencode(query), xml.encode()
        crypto = WeChatCrypto(self._account.token, self._account.aes_key, self._account.app_id)
        sealed = xmltodict.parse(crypto.encrypt_message(xml, query["nonce"], query["timestamp"]))["xml"]
        query |= {"encrypt_type": "aes", "msg_signature": sealed["MsgSignature"]}
        body = to_xml({"ToUserName": self._account.original_id, "Encrypt": sealed["Encrypt"]})
        return urlencode(query), body.encode()

    def _read_reply(self, raw: bytes, openid: str) -> str | None:
        """The text of a well-formed reply to this person, else None."""
        xml = raw.decode()
        if self._encrypted:
            outer = xmltodict.parse(xml)["xml"]
            crypto = WeChatCrypto(self._account.token, self._account.aes_key, self._account.app_id)
            xml = crypto.decrypt_message(outer, outer["MsgSignature"], outer["TimeStamp"], outer["Nonce"])
        reply = xmltodict.parse(xml, strip_whitespace=False)["xml"]
        is_for_them = reply["ToUserName"] == openid and reply["FromUserName"] == self._account.original_id
        is_text = reply["MsgType"] == "text" and len(reply["Content"].encode()) <= 2048
        return str(reply["Content"]) if is_for_them and is_text else None


def plain_query(account: Account, *, now: Clock) -> dict[str, str]:
    timestamp = str(int(now.now().timestamp()))
    nonce = str(secrets.randbelow(10**10))
    signer = WeChatSigner()
    signer.add_data(account.token, timestamp, nonce)
    return {"signature": signer.signature, "timestamp": timestamp, "nonce": nonce}


def to_xml(fields: "Fields", tag: str = "xml") -> str:
    """As the platform writes it: numbers bare, texts in CDATA."""
    inner = "".join(_element(name, value) for name, value in fields.items())
    return f"<{tag}>{inner}</{tag}>"


def _element(name: str, value: "str | int | Fields | list[Fields]") -> str:
    if isinstance(value, list):
        return "".join(to_xml(entry, name) for entry in value)
    if isinstance(value, dict):
        return to_xml(value, name)
    if isinstance(value, int):
        return f"<{name}>{value}</{name}>"
    if "]]>" in value:
        return f"<{name}>{escape(value)}</{name}>"
    return f"<{name}><![CDATA[{value}]]></{name}>"
