"""WeCom's 微信客服: accounts, customers who write from WeChat, servicers, and what the bot may do there."""

import itertools
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.counterparts.serving import Json, Refused
from tests.counterparts.wechat.caller import to_xml
from tests.counterparts.wecom.caller import Line, Outcome
from tests.counterparts.wecom.cards import Shown
from tests.counterparts.wecom.corp import Corp

MESSAGES = 5
WINDOW = timedelta(hours=48)
TOKEN_LIFE = timedelta(minutes=10)
WELCOME_LIFE = timedelta(seconds=20)
KEPT = timedelta(days=3)
ASKED_WITHOUT_TOKEN = 10  # times a minute
WITH_SERVICER = 3
OUR_ID = re.compile(r"[0-9A-Za-z_-]{1,32}")


@dataclass
class Customer:
    """`screen` is all that they have been shown in one account, oldest first."""

    account: str
    screen: list[Shown] = field(default_factory=list)
    left: int = 0
    until: datetime | None = None
    state: int = 0
    servicer: str = ""
    refuses: bool = False  # everything is taken by the platform, and then not shown
    welcomed_at: datetime | None = None


@dataclass
class Code:
    person: str
    until: datetime


class Service:
    """All state is public: tests read it. `page` is how many things one answer of sync_msg holds."""

    def __init__(self, corp: Corp, accounts: list[str], *, page: int = 1000) -> None:
        self.corp = corp
        self.page = page
        self.customers: dict[str, Customer] = {}
        self.items: dict[str, list[Json]] = {account: [] for account in accounts}
        self.ours: set[str] = set()  # ids of messages that were shown
        self._tokens: dict[str, datetime] = {}
        self._codes: dict[str, Code] = {}
        self._asked_without: list[datetime] = []
        self._numbers = itertools.count(1)
        for path, work in {
            "account/list": self._accounts,
            "sync_msg": self._sync,
            "send_msg": self._send,
            "send_msg_on_event": self._send_on_event,
            "service_state/get": self._state,
            "add_contact_way": self._link,
        }.items():
            corp.server.add(f"/cgi-bin/kf/{path}", work)

    # -- what is there --------------------------------------------------------------------------

    def customer(self, person: str) -> Customer:
        return self.customers.setdefault(person, Customer(next(iter(self.items))))

    def happened(self, account: str, content: Json) -> str:
        """Something new in an account; its id."""
        message_id = f"4EEXN{next(self._numbers):05}"
        now = int(self.corp.clock.now().timestamp())
        self.items[account].append({"msgid": message_id, "send_time": now, **content})
        return message_id

    def new_token(self) -> str:
        token = f"ENC{secrets.token_hex(20)}"
        self._tokens[token] = self.corp.clock.now() + TOKEN_LIFE
        return token

    def code(self, person: str, lasts: timedelta) -> str:
        code = f"code{next(self._numbers)}"
        self._codes[code] = Code(person, self.corp.clock.now() + lasts)
        return code

    def allow(self, person: str) -> None:
        customer = self.customer(person)
        customer.left, customer.until = MESSAGES, self.corp.clock.now() + WINDOW
        if customer.state == 4:
            customer.state = 0

    # -- what the bot asks ----------------------------------------------------------------------

    def _accounts(self, _body: Json, parameters: Mapping[str, str]) -> Json:
        self.corp.app_of(parameters)
        return {"account_list": [{"open_kfid": account, "name": "邻里"} for account in self.items]}

    def _sync(self, body: Json, parameters: Mapping[str, str]) -> Json:
        self.corp.app_of(parameters)
        account = self._account(body)
        now = self.corp.clock.now()
        if now >= self._tokens.get(str(body.get("token")), now):
            self._asked_without = [at for at in self._asked_without if now - at < timedelta(minutes=1)]
            self._asked_without.append(now)
            if len(self._asked_without) > ASKED_WITHOUT_TOKEN:
                raise Refused(45009, "api freq out of limit")
        cursor = str(body.get("cursor") or "")
        if cursor and not cursor.startswith(f"{account}/"):
            raise Refused(40058, "invalid cursor")
        start = int(cursor.partition("/")[2] or 0)
        oldest = (now - KEPT).timestamp()
        wanted = list(enumerate(self.items[account]))[start:]
        found = [(number, item) for number, item in wanted if item["send_time"] >= oldest]
        page = found[: min(self.page, int(body.get("limit", 1000)))]
        end = page[-1][0] + 1 if page else len(self.items[account])
        return {
            "next_cursor": f"{account}/{end}",
            "has_more": int(len(found) > len(page)),
            "msg_list": [item for _, item in page],
        }

    def _send(self, body: Json, parameters: Mapping[str, str]) -> Json:
        self.corp.app_of(parameters)
        self._account(body)
        customer = self._customer(body.get("touser"))
        message_id = str(body.get("msgid") or f"auto{next(self._numbers)}")
        said = self._said(body, message_id)
        if message_id in self.ours:
            return {"msgid": message_id}
        if customer.state not in {0, 1}:
            raise Refused(95018, "send msg session status invalid")
        if customer.until is None or self.corp.clock.now() >= customer.until:
            raise Refused(95002, "send msg time limit")
        if customer.left == 0:
            raise Refused(95001, "send msg count limit")
        customer.left -= 1
        self.ours.add(message_id)
        if customer.refuses:
            event = {
                "event_type": "msg_send_fail", "open_kfid": body["open_kfid"],
                "external_userid": body["touser"], "fail_msgid": message_id, "fail_type": 10,
            }  # fmt: skip
            self.happened(body["open_kfid"], {"origin": 4, "msgtype": "event", "event": event})
        else:
            customer.screen.append(said)
        return {"msgid": message_id}

    def _send_on_event(self, body: Json, parameters: Mapping[str, str]) -> Json:
        self.corp.app_of(parameters)
        code = self._codes.pop(str(body.get("code")), None)  # good for once
        if code is None or self.corp.clock.now() >= code.until:
            raise Refused(95007, "invalid msg token")
        self.customer(code.person).screen.append(self._said(body, str(body.get("msgid") or "auto")))
        return {"msgid": str(body.get("msgid") or f"auto{next(self._numbers)}")}

    def _state(self, body: Json, parameters: Mapping[str, str]) -> Json:
        self.corp.app_of(parameters)
        customer = self._customer(body.get("external_userid"))
        return {"service_state": customer.state, "servicer_userid": customer.servicer}

    def _link(self, body: Json, parameters: Mapping[str, str]) -> Json:
        self.corp.app_of(parameters)
        return {"url": f"https://work.weixin.qq.com/kf/{self._account(body)}?enc_scene={body['scene']}"}

    def _account(self, body: Json) -> str:
        account = str(body.get("open_kfid"))
        if account not in self.items:
            raise Refused(95000, "invalid open_kfid")
        return account

    def _customer(self, person: object) -> Customer:
        if person not in self.customers:
            raise Refused(40096, "invalid external userid")
        return self.customers[str(person)]

    def _said(self, body: Json, message_id: str) -> Shown:
        if not OUR_ID.fullmatch(message_id):
            raise Refused(40058, "invalid msgid")
        match body.get("msgtype"):
            case "text" if 0 < len(body["text"]["content"].encode()) <= 2048:
                return Shown(body["text"]["content"])
            case "msgmenu" if len(body["msgmenu"].get("head_content", "").encode()) <= 1024:
                clicks = [choice["click"] for choice in body["msgmenu"]["list"]]
                for part in (part for click in clicks for part in click.values()):
                    if not 0 < len(part.encode()) <= 128:
                        raise Refused(95008, "invalid menu")
                choices = {click["content"]: click["id"] for click in clicks}
                return Shown(body["msgmenu"].get("head_content", ""), choices)
        raise Refused(40058, "invalid Request Parameter: message")


class ServiceCaller:
    """What customers and servicers do; each time the bot's address is rung."""

    def __init__(self, service: Service, line: Line) -> None:
        self._service = service
        self._line = line

    async def verify(self) -> bool:
        return await self._line.verify()

    async def enters(self, person: str, *, scene_param: str = "", account: str | None = None) -> Outcome:
        """Opens the chat; greeted only who was not for 48 hours and has not written."""
        customer = self._service.customer(person)
        customer.account = account or customer.account
        now = self._service.corp.clock.now()
        event: Json = {
            "event_type": "enter_session", "open_kfid": customer.account, "external_userid": person,
            "scene": "building", "scene_param": scene_param,
        }  # fmt: skip
        was_greeted = customer.welcomed_at is not None and now - customer.welcomed_at < WINDOW
        if not was_greeted and (customer.until is None or now >= customer.until):
            customer.welcomed_at = now
            event["welcome_code"] = self._service.code(person, WELCOME_LIFE)
        self._service.happened(customer.account, {"origin": 4, "msgtype": "event", "event": event})
        return await self.rings(customer.account)

    async def says(
        self, person: str, text: str, *, account: str | None = None, group: str | None = None
    ) -> Outcome:
        assert group is None, "customers write alone"
        return await self.sends(person, "text", {"content": text}, account=account)

    async def sends(self, person: str, kind: str, content: Json, *, account: str | None = None) -> Outcome:
        self.wrote(person, kind, content, account=account)
        return await self.rings(self._service.customer(person).account)

    async def presses(self, person: str, menu: Shown, label: str, *, group: str | None = None) -> Outcome:
        return await self.sends(person, "text", {"content": label, "menu_id": menu.buttons[label]})

    def wrote(self, person: str, kind: str, content: Json, *, account: str | None = None) -> str:
        """Only written: nothing rings."""
        customer = self._service.customer(person)
        customer.account = account or customer.account
        self._service.allow(person)
        return self._service.happened(
            customer.account,
            {
                "origin": 3, "open_kfid": customer.account, "external_userid": person, "msgtype": kind,
                kind: content,
            },
        )  # fmt: skip

    async def servicer_says(self, person: str, text: str) -> Outcome:
        customer = self._service.customer(person)
        customer.screen.append(Shown(text))
        self._service.happened(
            customer.account,
            {
                "origin": 5, "open_kfid": customer.account, "external_userid": person,
                "servicer_userid": customer.servicer, "msgtype": "text", "text": {"content": text},
            },
        )  # fmt: skip
        return await self.rings(customer.account)

    async def servicer_changes(self, person: str, change: int, *, state: int) -> Outcome:
        """1 takes over from the pool, 2 passes on, 3 ends, 4 takes up again."""
        customer = self._service.customer(person)
        customer.state, customer.servicer = state, "LiMin" if state == WITH_SERVICER else ""
        event = {
            "event_type": "session_status_change", "open_kfid": customer.account,
            "external_userid": person, "change_type": change,
        }  # fmt: skip
        self._service.happened(customer.account, {"origin": 4, "msgtype": "event", "event": event})
        return await self.rings(customer.account)

    async def rings(self, account: str, **changes: str) -> Outcome:
        xml = to_xml(
            {
                "ToUserName": self._service.corp.corp_id,
                "CreateTime": int(self._service.corp.clock.now().timestamp()),
                "MsgType": "event",
                "Event": "kf_msg_or_event",
                "Token": self._service.new_token(),
                "OpenKfId": account,
                **changes,
            }
        )
        sealed, query = self._line.seal(xml)
        outer = {"ToUserName": self._service.corp.corp_id, "Encrypt": sealed}
        return await self._line.deliver(to_xml(outer).encode(), query)
