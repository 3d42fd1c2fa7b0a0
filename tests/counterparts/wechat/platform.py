"""The part of WeChat that the bot calls. It knows what WeChat knows (tokens, followers, quotas, templates),
refuses what WeChat refuses, and breaks on demand."""

import itertools
import json
import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from bot.clock import Clock
from tests.counterparts.serving import Call, Fault, Json, Refused, go_wrong, next_fault, serving

TOKEN_LIFE = timedelta(hours=2)
TOKEN_OVERLAP = timedelta(minutes=5)
FORCED_APART = timedelta(seconds=30)
FORCED_A_DAY = 20
LONGEST_TEXT = 2048

# What each act allows: messages, and for how long.
ALLOWANCES = {
    "message": (5, timedelta(hours=48)),
    "menu": (3, timedelta(minutes=1)),
    "follow": (3, timedelta(minutes=1)),
    "scan": (3, timedelta(minutes=1)),
}

FIELD_RULES: dict[str, Callable[[str], object]] = {
    "thing": lambda value: 0 < len(value) <= 20 and "\n" not in value,
    "character_string": lambda value: re.fullmatch(r"[!-~]{1,32}", value),
    "phrase": lambda value: re.fullmatch(r"[\u4e00-\u9fff]{1,5}", value),
    "number": lambda value: re.fullmatch(r"[0-9.]{1,32}", value),
    "time": lambda value: re.search(r"[0-9]{1,2}:[0-9]{2}", value),
    "const": lambda value: 0 < len(value) <= 20,
}


@dataclass
class Token:
    text: str
    until: datetime


@dataclass
class Allowance:
    left: int
    until: datetime


@dataclass
class Resident:
    """Somebody with the account in their list. `screen` is all that they have been shown, oldest first."""

    follows: bool = True
    screen: list[str] = field(default_factory=list)
    allowances: dict[str, Allowance] = field(default_factory=dict)
    credits: dict[str, int] = field(default_factory=dict)  # template id -> 订阅通知 still allowed


class Platform:
    """All state is public: tests read it."""

    def __init__(self, *, app_id: str, secret: str, clock: Clock) -> None:
        self.app_id = app_id
        self.secret = secret
        self.clock = clock
        self.residents: dict[str, Resident] = {}
        self.templates: dict[str, list[str]] = {}  # template id -> its fields
        self.long_term: set[str] = set()  # 订阅通知 templates that need one consent for all
        self.media: dict[str, bytes] = {}  # media id -> what somebody sent, kept for three days
        self.menu: Json | None = None
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.rejects_every_token = False
        self.is_authorised = True  # verified accounts only may send
        self.is_called_back = True  # the operator has entered an address and it was verified
        self._tokens: list[Token] = []
        self._forced_at: list[datetime] = []
        self._numbers = itertools.count(24_000_000_000_000_001)
        self._remembered: dict[tuple[str, str], tuple[datetime, int]] = {}

    # -- what people do -------------------------------------------------------------------------

    def resident(self, openid: str) -> Resident:
        return self.residents.setdefault(openid, Resident())

    def allow(self, openid: str, act: str) -> None:
        messages, lasts = ALLOWANCES[act]
        self.resident(openid).allowances[act] = Allowance(messages, self.clock.now() + lasts)

    def next_message_id(self) -> int:
        return next(self._numbers)

    # -- tokens ---------------------------------------------------------------------------------

    def stable_token(self, body: Json) -> Json:
        if body.get("grant_type") != "client_credential":
            raise Refused(40002, "invalid grant_type")
        if body.get("appid") != self.app_id:
            raise Refused(40013, "invalid appid")
        if body.get("secret") != self.secret:
            raise Refused(40125, "invalid appsecret")
        now = self.clock.now()
        if body.get("force_refresh"):
            today = [moment for moment in self._forced_at if now - moment < timedelta(days=1)]
            if len(today) >= FORCED_A_DAY or (today and now - today[-1] < FORCED_APART):
                raise Refused(45011, "api minute-quota reach limit, must slower, retry next minute")
            self._forced_at.append(now)
            self._tokens.clear()
        current = self._tokens[-1] if self._tokens else None
        if current is None or current.until - now <= TOKEN_OVERLAP:
            current = Token(f"99_{self.next_message_id():x}" + "t" * 100, now + TOKEN_LIFE)
            self._tokens.append(current)
        return {"access_token": current.text, "expires_in": int((current.until - now).total_seconds())}

    def revoke_tokens(self) -> None:
        """Somebody else forced a new one."""
        self._tokens.clear()

    def check_token(self, text: str | None) -> None:
        if not text:
            raise Refused(41001, "access_token missing")
        token = next((token for token in self._tokens if token.text == text), None)
        if token is None or self.rejects_every_token:
            raise Refused(40001, "invalid credential, access_token is invalid or not latest")
        if self.clock.now() >= token.until:
            raise Refused(42001, "access_token expired")

    # -- messages -------------------------------------------------------------------------------

    def custom_send(self, body: Json) -> Json:
        if not self.is_authorised:
            raise Refused(48001, "api unauthorized")
        resident = self._known(body)
        text = self._text_of(body)
        if not resident.follows:
            raise Refused(45015, "response out of time limit or subscription is canceled")
        now = self.clock.now()
        open_ones = [allowance for allowance in resident.allowances.values() if now < allowance.until]
        if not open_ones:
            raise Refused(45015, "response out of time limit or subscription is canceled")
        usable = sorted((one for one in open_ones if one.left), key=lambda one: one.until)
        if not usable:
            raise Refused(45047, "out of response count limit")
        usable[0].left -= 1
        resident.screen.append(text)
        return {}

    def template_send(self, body: Json) -> Json:
        resident = self._known(body)
        self._check_fields(body)
        if not resident.follows:
            raise Refused(43004, "require subscribe")
        key = (body["touser"], body.get("client_msg_id", ""))
        remembered = self._remembered.get(key)
        if key[1] and remembered and self.clock.now() - remembered[0] < timedelta(minutes=10):
            return {"msgid": remembered[1]}
        message_id = self.next_message_id()
        self._remembered[key] = (self.clock.now(), message_id)
        resident.screen.append(_as_card(body))
        return {"msgid": message_id}

    def subscribe_bizsend(self, body: Json) -> Json:
        resident = self._known(body)
        self._check_fields(body)
        template_id = body["template_id"]
        if resident.credits.get(template_id, 0) <= 0:
            raise Refused(43101, "user refuse to accept the msg")
        if template_id not in self.long_term:
            resident.credits[template_id] -= 1
        resident.screen.append(_as_card(body))
        return {}

    def _known(self, body: Json) -> Resident:
        resident = self.residents.get(str(body.get("touser")))
        if resident is None:
            raise Refused(40003, "invalid openid")
        return resident

    def _text_of(self, body: Json) -> str:
        if body.get("msgtype") != "text":
            raise Refused(40008, "invalid message type")
        text = body.get("text", {}).get("content", "")
        if not text:
            raise Refused(44004, "empty content")
        if len(text.encode()) > LONGEST_TEXT:
            raise Refused(45002, "content size out of limit")
        return str(text)

    def _check_fields(self, body: Json) -> None:
        fields = self.templates.get(str(body.get("template_id")))
        if fields is None:
            raise Refused(40037, "invalid template_id")
        data = body.get("data", {})
        for name in fields:
            value = str(data.get(name, {}).get("value", ""))
            rule = FIELD_RULES[re.sub(r"[0-9]+$", "", name)]
            if not rule(value):
                raise Refused(47003, f"argument invalid! data.{name}.value invalid")

    # -- menu and codes -------------------------------------------------------------------------

    def menu_create(self, body: Json) -> Json:
        buttons = body.get("button", [])
        if not 1 <= len(buttons) <= 3:
            raise Refused(40017, "invalid button size")
        for button in buttons:
            children = button.get("sub_button", [])
            if len(children) > 5:
                raise Refused(40023, "invalid sub button size")
            for leaf in children or [button]:
                if leaf.get("type") == "click" and not 0 < len(leaf.get("key", "").encode()) <= 128:
                    raise Refused(40019, "invalid button key size")
                longest = 60 if children else 16
                if not 0 < len(leaf.get("name", "").encode()) <= longest:
                    raise Refused(40018, "invalid button name size")
        self.menu = body
        return {}

    def qrcode_create(self, body: Json) -> Json:
        scene = body.get("action_info", {}).get("scene", {})
        if body.get("action_name") not in {"QR_STR_SCENE", "QR_LIMIT_STR_SCENE"}:
            raise Refused(40053, "invalid action info")
        if not 1 <= len(scene.get("scene_str", "").encode()) <= 64:
            raise Refused(40053, "invalid action info")
        ticket = f"gQ{self.next_message_id():x}"
        answer: Json = {"ticket": ticket, "url": f"http://weixin.qq.com/q/{ticket}"}
        if body["action_name"] == "QR_STR_SCENE":
            answer["expire_seconds"] = min(int(body.get("expire_seconds", 60)), 2_592_000)
        return answer

    def media_get(self, media_id: str) -> bytes:
        if media_id not in self.media:
            raise Refused(40007, "invalid media_id")
        return self.media[media_id]

    def quota_get(self, body: Json) -> Json:
        if body.get("cgi_path") != "/cgi-bin/message/custom/send":
            raise Refused(76021, "cgi_path not found, please check")
        used = sum(call.path.endswith("/message/custom/send") for call in self.calls)
        return {"quota": {"daily_limit": 500_000, "used": used, "remain": 500_000 - used}}

    def callback_check(self, body: Json) -> Json:
        if body.get("action") not in {"dns", "ping", "all"}:
            raise Refused(40202, "invalid action")
        if not self.is_called_back:
            raise Refused(40201, "invalid check url")
        return {"dns": [{"ip": "203.0.113.7", "real_operator": "UNICOM"}]}

    # -- over HTTP ------------------------------------------------------------------------------

    def application(self) -> web.Application:
        application = web.Application()
        for path, work in {
            "message/custom/send": self.custom_send,
            "message/template/send": self.template_send,
            "message/subscribe/bizsend": self.subscribe_bizsend,
            "menu/create": self.menu_create,
            "qrcode/create": self.qrcode_create,
            "openapi/quota/get": self.quota_get,
            "callback/check": self.callback_check,
        }.items():
            application.router.add_post(f"/cgi-bin/{path}", self._handler(work, needs_token=True))
        application.router.add_post("/cgi-bin/stable_token", self._handler(self.stable_token))
        application.router.add_get("/cgi-bin/media/get", self._give_media)
        return application

    def _handler(self, work: Callable[[Json], Json], *, needs_token: bool = False) -> Any:
        async def handle(request: web.Request) -> web.StreamResponse:
            fault = self._fault_on(request.path)
            if fault is not None and not fault.after:
                return await go_wrong(fault, request)
            try:
                if needs_token:
                    self.check_token(request.query.get("access_token"))
                answer = self._work(work, request.path, await request.read())
            except Refused as refused:
                answer = {"errcode": refused.code, "errmsg": f"{refused.message} rid: 6560f5b2"}
            if fault is not None:
                return await go_wrong(fault, request)
            return web.json_response(answer)

        return handle

    async def _give_media(self, request: web.Request) -> web.StreamResponse:
        fault = self._fault_on(request.path)
        if fault is not None:
            return await go_wrong(fault, request)
        try:
            self.check_token(request.query.get("access_token"))
            content = self.media_get(request.query.get("media_id", ""))
        except Refused as refused:
            # The platform calls this text/plain, although it is JSON.
            return web.Response(text=json.dumps({"errcode": refused.code, "errmsg": refused.message}))
        return web.Response(body=content, content_type="image/jpeg")

    def _work(self, work: Callable[[Json], Json], path: str, raw: bytes) -> Json:
        try:
            body = json.loads(raw)
        except ValueError:
            raise Refused(47001, "data format error") from None
        self.calls.append(Call(path, body))
        answer = work(body)
        return answer if "access_token" in answer else {"errcode": 0, "errmsg": "ok", **answer}

    def _fault_on(self, path: str) -> Fault | None:
        return next_fault(self.faults, lambda fault: fault.is_on(path))

    def running(self, port: int = 0) -> AbstractAsyncContextManager[str]:
        """Serve on `port` (0: any free one) and give the address."""
        return serving(self.application(), port)


def _as_card(body: Json) -> str:
    return "\n".join(f"{name}: {entry['value']}" for name, entry in body["data"].items())
