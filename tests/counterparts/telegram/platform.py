"""The Bot API that the bot calls, and the calls that Telegram makes. It refuses what Telegram refuses, keeps
its rates, and breaks on demand."""

import asyncio
import json
import math
import re
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from tests.counterparts.serving import hang_up, next_fault, serving
from tests.counterparts.telegram.people import Chat, Json, People, Shown

LONGEST_TEXT = 4096  # units of UTF-16
LONGEST_DATA = 64  # bytes
LARGEST_FILE = 20 * 1024 * 1024
LIMITS = {"overall": (30, 1.0), "chat": (1, 1.0), "group": (20, 60.0)}
"""At most so many messages in any span of so many seconds."""


@dataclass
class Fault:
    """Lets `passes` calls of the method through, then goes wrong `times` times, before or `after` the work
    is done."""

    method: str
    kind: str  # status | hang | garbage | odd | disconnect
    value: int = 0
    times: int = 1
    passes: int = 0
    after: bool = False
    body: str = "<html>bad gateway</html>"


class Refused(Exception):
    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.answer: Json = {"ok": False, "error_code": status, "description": description}
        if parameters:
            self.answer["parameters"] = parameters


class Platform:
    """All state is public: tests read it."""

    def __init__(
        self,
        token: str,
        *,
        username: str = "linli_bot",
        reads_groups: bool = False,
        limits: Mapping[str, tuple[int, float]] = LIMITS,
    ) -> None:
        """`reads_groups`: privacy mode is off. `limits` of the same names as LIMITS; none where one is
        missing."""
        self.token = token
        self.me: Json = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": "邻里",
            "username": username,
            "can_join_groups": True,
            "can_read_all_group_messages": reads_groups,
            "supports_inline_queries": False,
        }
        self.people = People(self.me)
        self.limits = limits
        self.calls: list[tuple[str, Json]] = []
        self.acknowledged: list[str] = []
        self.faults: list[Fault] = []
        self.webhook: Json = {"url": ""}
        self.secret = ""
        self.pending: list[Json] = []
        self.tries = 3  # of delivering an update
        self.retry_after_try = 0.05  # seconds
        self._overall: deque[float] = deque(maxlen=100_000)
        self._news = asyncio.Event()
        self._poller: asyncio.Event | None = None

    # -- the webhook ----------------------------------------------------------------------------

    async def deliver(self, update: Json | None, *, url: str = "", secret: str | None = None) -> int:
        """Call the webhook, three times if need be; the last status, 0 if nobody answered.

        Where none is set, the update waits to be fetched.
        """
        if update is None:
            return 204
        url = url or self.webhook["url"]
        if not url:
            self.pending.append(update)
            self._news.set()
            return 202
        status = 0
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.secret if secret is None else secret}
        connector = aiohttp.TCPConnector(force_close=True)
        async with aiohttp.ClientSession(connector=connector) as session:
            for _ in range(self.tries):
                try:
                    async with session.post(url, json=update, headers=headers) as response:
                        status = response.status
                except aiohttp.ClientError:
                    status = 0
                if 200 <= status < 300:
                    return status
                await asyncio.sleep(self.retry_after_try)
        return status

    # -- the Bot API ----------------------------------------------------------------------------

    def get_me(self, _: Json) -> Json:
        return self.me

    def send_message(self, parameters: Json) -> Json:
        text = str(parameters.get("text", ""))
        markup = parameters.get("reply_markup")
        markup = json.loads(markup) if isinstance(markup, str) else markup
        buttons = [
            (str(button["text"]), str(button.get("callback_data", "")))
            for row in (markup or {}).get("inline_keyboard", [])
            for button in row
        ]
        if not text.strip():
            raise Refused(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) > 2 * LONGEST_TEXT:
            raise Refused(400, "Bad Request: message is too long")
        if not all(label and 0 < len(data.encode()) <= LONGEST_DATA for label, data in buttons):
            raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
        chat = self._writable(parameters.get("chat_id"))
        self._count(chat)
        shown = Shown(self.people.next_number(), text, buttons)
        chat.screen.append(shown)
        chat.last_speaker_is_bot = True
        return self.people.as_message(chat, shown)

    def answer_callback_query(self, parameters: Json) -> bool:
        self.acknowledged.append(str(parameters.get("callback_query_id")))
        return True

    def get_file(self, parameters: Json) -> Json:
        number = str(parameters.get("file_id", "")).partition("-")[2]
        path = f"photos/file_{number}.jpg"
        if path not in self.people.files:
            raise Refused(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        size = len(self.people.files[path])
        if size > LARGEST_FILE:
            raise Refused(400, "Bad Request: file is too big")
        return {"file_id": parameters["file_id"], "file_unique_id": "u", "file_size": size, "file_path": path}

    def set_webhook(self, parameters: Json) -> bool:
        url, secret = str(parameters.get("url", "")), str(parameters.get("secret_token", ""))
        parts = urlsplit(url)
        if parts.hostname != "127.0.0.1" and (parts.scheme, parts.port or 443) not in {
            ("https", port) for port in (443, 80, 88, 8443)
        }:
            raise Refused(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        if secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
            raise Refused(400, "Bad Request: secret token contains unallowed characters")
        self.webhook = {"url": url, "allowed_updates": parameters.get("allowed_updates")}
        self.secret = secret
        return True

    def delete_webhook(self, _: Json) -> bool:
        self.webhook = {"url": ""}
        return True

    def get_webhook_info(self, _: Json) -> Json:
        return {
            "url": self.webhook["url"],
            "has_custom_certificate": False,
            "pending_update_count": len(self.pending),
        }

    async def get_updates(self, parameters: Json) -> list[Json]:
        if self.webhook["url"]:
            raise Refused(409, "Conflict: can't use getUpdates method while webhook is active")
        if self._poller is not None:
            self._poller.set()
        mine = self._poller = asyncio.Event()
        offset, wait = int(parameters.get("offset", 0)), float(parameters.get("timeout", 0))
        self.pending = [update for update in self.pending if update["update_id"] >= offset]
        deadline = asyncio.get_running_loop().time() + wait
        while not self.pending and not mine.is_set() and asyncio.get_running_loop().time() < deadline:
            self._news.clear()
            await _first_of(self._news, mine, deadline - asyncio.get_running_loop().time())
        if mine.is_set():
            raise Refused(409, "Conflict: terminated by other getUpdates request")
        self._poller = None
        return self.pending[:100]

    def _writable(self, chat_id: object) -> Chat:
        chat = self.people.chats.get(int(str(chat_id))) if re.fullmatch(r"-?\d+", str(chat_id)) else None
        if chat is None:
            raise Refused(400, "Bad Request: chat not found")
        if chat.moved_to is not None:
            raise Refused(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=chat.moved_to,
            )
        if chat.is_group and not chat.has_bot:
            raise Refused(403, "Forbidden: bot was kicked from the group chat")
        if not chat.was_started:
            raise Refused(403, "Forbidden: bot can't initiate conversation with a user")
        if not chat.has_bot:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        return chat

    def _count(self, chat: Chat) -> None:
        now = asyncio.get_running_loop().time()
        rates: list[tuple[str, Any]] = [("overall", self._overall), ("chat", chat.times)]
        if chat.is_group:
            rates.append(("group", chat.times))
        for name, times in rates:
            if name not in self.limits:
                continue
            count, span = self.limits[name]
            if len(times) >= count and (left := times[-count] + span - now) > 0:
                seconds = max(1, math.ceil(left))
                raise Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        self._overall.append(now)
        chat.times.append(now)

    # -- over HTTP ------------------------------------------------------------------------------

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_route("*", "/bot{token}/{method}", self._call)
        application.router.add_get("/file/bot{token}/{path:.*}", self._give_file)
        return application

    async def _call(self, request: web.Request) -> web.StreamResponse:
        token, method = request.match_info["token"], request.match_info["method"]
        fault = self._fault_on(method)
        if fault is not None and not fault.after:
            return await self._go_wrong(fault, request)
        try:
            answer: Json = {"ok": True, "result": await self._work(token, method, request)}
            status = 200
        except Refused as refused:
            answer, status = refused.answer, refused.status
        if fault is not None:
            return await self._go_wrong(fault, request)
        return web.json_response(answer, status=status)

    async def _work(self, token: str, method: str, request: web.Request) -> Any:
        if ":" not in token:
            raise Refused(404, "Not Found")
        if token != self.token:
            raise Refused(401, "Unauthorized")
        work: dict[str, Callable[[Json], Any]] = {
            "getMe": self.get_me,
            "sendMessage": self.send_message,
            "answerCallbackQuery": self.answer_callback_query,
            "getFile": self.get_file,
            "setWebhook": self.set_webhook,
            "deleteWebhook": self.delete_webhook,
            "getWebhookInfo": self.get_webhook_info,
        }
        parameters: Json = dict(request.query)
        if request.content_type == "application/json":
            parameters |= json.loads(await request.read() or b"{}")
        else:
            parameters |= dict(await request.post())
        self.calls.append((method, parameters))
        if method == "getUpdates":
            return await self.get_updates(parameters)
        if method not in work:
            raise Refused(404, "Not Found")
        return work[method](parameters)

    async def _give_file(self, request: web.Request) -> web.StreamResponse:
        fault = self._fault_on("file")
        if fault is not None:
            return await self._go_wrong(fault, request)
        content = self.people.files.get(request.match_info["path"])
        if content is None or request.match_info["token"] != self.token:
            return web.json_response({"ok": False, "error_code": 404, "description": "Not Found"}, status=404)
        return web.Response(body=content, content_type="image/jpeg")

    def _fault_on(self, method: str) -> Fault | None:
        return next_fault(self.faults, lambda fault: fault.method == method)

    async def _go_wrong(self, fault: Fault, request: web.Request) -> web.StreamResponse:
        match fault.kind:
            case "status":
                return web.Response(status=fault.value, text=fault.body)
            case "garbage":
                return web.Response(text="<html>not JSON</html>")
            case "odd":
                return web.json_response(json.loads(fault.body))
            case "hang":
                await asyncio.sleep(3600)
        return hang_up(request)

    def running(self, port: int = 0) -> AbstractAsyncContextManager[str]:
        """Serve on `port` (0: any free one) and give the address."""
        return serving(self.application(), port)


async def _first_of(one: asyncio.Event, other: asyncio.Event, within: float) -> None:
    waiting = [asyncio.ensure_future(event.wait()) for event in (one, other)]
    await asyncio.wait(waiting, timeout=within, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
