"""The part of WeCom that the bot calls: tokens, members, messages and cards, with WeCom's rules."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.clock import Clock
from tests.counterparts.serving import Json, Refused
from tests.counterparts.wecom.cards import Shown, card_shown
from tests.counterparts.wecom.server import Server

TOKEN_LIFE = timedelta(hours=2)
LONGEST_TEXT = 2048
TO_ONE_MEMBER = 30
CARD_CODE_LIFE = timedelta(hours=72)


@dataclass
class Token:
    text: str
    until: datetime


@dataclass
class Member:
    """Somebody of the corporation. `screen` is all that they have been shown, oldest first."""

    userid: str
    is_visible: bool = True
    is_licensed: bool = True
    screen: list[Shown] = field(default_factory=list)
    sent_at: list[datetime] = field(default_factory=list)
    dropped: int = 0

    @property
    def last(self) -> Shown:
        return self.screen[-1]


@dataclass
class App:
    agent_id: int
    name: str
    secret: str
    tokens: list[Token] = field(default_factory=list)


@dataclass
class CardCode:
    card: Shown
    until: datetime


class Corp:
    """One corporation with its applications. All state is public: tests read it."""

    def __init__(self, *, corp_id: str, apps: list[App], clock: Clock) -> None:
        self.corp_id = corp_id
        self.apps = apps
        self.clock = clock
        self.members: dict[str, Member] = {}
        self.media: dict[str, bytes] = {}
        self.rejects_every_token = False
        self.only_lists_invalid_members = False  # also where nobody is left to send to
        self.server = Server()
        self._numbers = itertools.count(24_000_000_000_000_001)
        self._codes: dict[str, CardCode] = {}
        self._task_ids: set[str] = set()
        self._remembered: dict[tuple[str, str], datetime] = {}
        self.server.add("/cgi-bin/gettoken", self._give_token, method="GET")
        self.server.add("/cgi-bin/agent/get", self._agent, method="GET")
        self.server.add("/cgi-bin/message/send", self._send)
        self.server.add("/cgi-bin/message/update_template_card", self._update_card)
        self.server.add_files("/cgi-bin/media/get", self._give_media)

    # -- what is there --------------------------------------------------------------------------

    def member(self, userid: str) -> Member:
        """One of the corporation; ids differ in more than case."""
        return self.members.setdefault(userid.casefold(), Member(userid))

    def next_number(self) -> int:
        return next(self._numbers)

    def expire_tokens(self) -> None:
        """Something on the platform's side made them invalid before their time."""
        for app in self.apps:
            app.tokens.clear()

    # -- tokens ---------------------------------------------------------------------------------

    def _give_token(self, body: Json, _parameters: Mapping[str, str]) -> Json:
        if body.get("corpid") != self.corp_id:
            raise Refused(40013, "invalid corpid")
        app = next((app for app in self.apps if app.secret == body.get("corpsecret")), None)
        if app is None:
            raise Refused(40001, "invalid credential")
        now = self.clock.now()
        if not app.tokens or now >= app.tokens[-1].until:
            app.tokens.append(Token(f"{app.agent_id}-{self.next_number():x}" + "t" * 180, now + TOKEN_LIFE))
        token = app.tokens[-1]
        return {"access_token": token.text, "expires_in": int((token.until - now).total_seconds())}

    def app_of(self, parameters: Mapping[str, str]) -> App:
        """Whose token it is; every interface begins with this."""
        text = parameters.get("access_token")
        if not text:
            raise Refused(41001, "access_token missing")
        for app in self.apps:
            for token in app.tokens:
                if token.text == text and not self.rejects_every_token:
                    if self.clock.now() >= token.until:
                        raise Refused(42001, "access_token expired")
                    return app
        raise Refused(40014, "invalid access_token")

    # -- messages -------------------------------------------------------------------------------

    def _agent(self, body: Json, parameters: Mapping[str, str]) -> Json:
        app = self.app_of(parameters)
        if str(app.agent_id) != body.get("agentid"):
            raise Refused(301002, "not allow operate another agent with this accesstoken")
        return {"agentid": app.agent_id, "name": app.name}

    def _send(self, body: Json, parameters: Mapping[str, str]) -> Json:
        app = self.app_of(parameters)
        if body.get("agentid") != app.agent_id:
            raise Refused(40056, "invalid agentid")
        wanted = [userid for userid in str(body.get("touser", "")).split("|") if userid]
        if not wanted:
            raise Refused(82001, "All touser & toparty & totag invalid")
        invalid = [userid for userid in wanted if not self._may_get(userid)]
        if len(invalid) == len(wanted) and not self.only_lists_invalid_members:
            raise Refused(81013, "user & party & tag all invalid")
        unlicensed = [
            userid for userid in wanted if userid not in invalid and not self.member(userid).is_licensed
        ]
        shown, code = self._shown(body)
        if self._is_repeat(body):
            return {"msgid": f"m{self.next_number()}"}
        for userid in wanted:
            if userid not in invalid and userid not in unlicensed:
                self._show(self.member(userid), shown)
        if shown.task_id:
            self._task_ids.add(shown.task_id)
        return {
            # The platform returns ids in lower case, whatever they were.
            "invaliduser": "|".join(invalid).lower(),
            "unlicenseduser": "|".join(unlicensed).lower(),
            "msgid": f"m{self.next_number()}",
            **({"response_code": code} if code else {}),
        }

    def _may_get(self, userid: str) -> bool:
        member = self.members.get(userid.casefold())
        return member is not None and member.is_visible

    def _is_repeat(self, body: Json) -> bool:
        if not body.get("enable_duplicate_check"):
            return False
        interval = timedelta(seconds=body.get("duplicate_check_interval", 1800))
        content = json.dumps(body[body["msgtype"]], sort_keys=True)
        now, key = self.clock.now(), (body["touser"].casefold(), content)
        before = self._remembered.get(key)
        self._remembered[key] = now
        return before is not None and now - before < min(interval, timedelta(hours=4))

    def _show(self, member: Member, shown: Shown) -> None:
        now = self.clock.now()
        member.sent_at = [at for at in member.sent_at if now - at < timedelta(minutes=1)]
        if len(member.sent_at) >= TO_ONE_MEMBER:
            member.dropped += 1  # without a word to the caller
            return
        member.sent_at.append(now)
        member.screen.append(shown)

    def _shown(self, body: Json) -> tuple[Shown, str]:
        match body.get("msgtype"):
            case "text":
                text = body.get("text", {}).get("content", "")
                if not text:
                    raise Refused(44004, "empty content")
                # What is too long is cut off in silence.
                return Shown(text.encode()[:LONGEST_TEXT].decode(errors="ignore")), ""
            case "template_card":
                shown = card_shown(body.get("template_card", {}))
                if shown.task_id in self._task_ids and not body.get("enable_duplicate_check"):
                    raise Refused(40058, "invalid Request Parameter: duplicate task_id")
                return shown, self.card_code(shown)
        raise Refused(40008, "invalid message type")

    def card_code(self, shown: Shown) -> str:
        code = f"code{self.next_number():x}"
        self._codes[code] = CardCode(shown, self.clock.now() + CARD_CODE_LIFE)
        return code

    def _update_card(self, body: Json, parameters: Mapping[str, str]) -> Json:
        if body.get("agentid") != self.app_of(parameters).agent_id:
            raise Refused(40056, "invalid agentid")
        code = self._codes.pop(str(body.get("response_code")), None)  # good for once
        if code is None or self.clock.now() >= code.until:
            raise Refused(42014, "response_code expired or used")
        code.card.chosen = body["button"]["replace_name"]
        return {"invaliduser": []}

    def _give_media(self, parameters: Mapping[str, str]) -> bytes:
        self.app_of(parameters)
        media_id = parameters.get("media_id", "")
        if media_id not in self.media:
            raise Refused(40007, "invalid media_id")
        return self.media[media_id]
