"""A OneBot 12 gateway: connects to the bot by reverse WebSocket, tells it what people say, and does what it
asks. It refuses what a gateway refuses, and breaks on demand. By hand:

    python -m tests.counterparts.onebot --url ws://127.0.0.1:8080/onebot/gateway --token …

A line is said in private, `群 text` in a group, `@ text` in the group to the bot; `/name 王阿姨` goes on as
somebody else. An empty line shows what has come in since.
"""

import argparse
import asyncio
import base64
import itertools
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.counterparts.serving import next_fault

Json = dict[str, Any]

LONGEST_TEXT = 4500  # characters; the platform behind the gateway takes no more
GROUP = "20001"


@dataclass
class Fault:
    """The next `times` actions of that name go wrong: an answer of another `kind`, or none."""

    action: str
    kind: str  # failed | silent | hang_up | garbage | odd | twice
    retcode: int = 20002
    times: int = 1
    passes: int = 0
    answer: Json = field(default_factory=dict)


class Refused(Exception):
    def __init__(self, retcode: int, message: str) -> None:
        super().__init__(message)
        self.retcode = retcode


class Gateway:
    """All state is public: tests read it. `said` is what the bot has said, and in which group or to whom."""

    def __init__(self, url: str, token: str, *, self_id: str = "10001", platform: str = "demo") -> None:
        self.url = url
        self.token = token
        self.me = {"platform": platform, "user_id": self_id}
        self.people = {"501": "王阿姨"}
        self.groups = {GROUP}
        self.files: dict[str, bytes] = {}
        self.said: list[tuple[str, str]] = []
        self.actions: list[Json] = []
        self.faults: list[Fault] = []
        self.closed_with: int | None = None
        self._numbers = itertools.count(1)
        self._socket: aiohttp.ClientWebSocketResponse | None = None

    # -- the connection -------------------------------------------------------------------------

    @asynccontextmanager
    async def connected(self, **changes: Any) -> AsyncIterator["Gateway"]:
        """`changes`: `headers` or `protocols` other than a gateway's own. Raises aiohttp's error where it is
        refused."""
        headers = changes.get("headers", {"Authorization": f"Bearer {self.token}"})
        protocols = changes.get("protocols", ("12.demo-gateway",))
        async with (
            aiohttp.ClientSession(headers={"User-Agent": "OneBot/12 (demo) Counterpart/1.0"}) as session,
            session.ws_connect(self.url, headers=headers, protocols=protocols, max_msg_size=0) as socket,
        ):
            self._socket = socket
            await self.emit(
                "meta", "connect", version={"impl": "demo-gateway", "version": "1", "onebot_version": "12"}
            )
            await self.emit("meta", "status_update", status=self._status())
            obeying = asyncio.create_task(self._obey(socket))
            try:
                yield self
            finally:
                obeying.cancel()
                await asyncio.wait((obeying,))

    async def send(self, text: str) -> None:
        """Anything at all."""
        assert self._socket is not None
        await self._socket.send_str(text)

    async def send_bytes(self, content: bytes) -> None:
        assert self._socket is not None
        await self._socket.send_bytes(content)

    async def emit(self, kind: str, detail: str, /, **fields: Any) -> Json:
        event = {
            "id": f"event-{next(self._numbers)}",
            "time": 1_795_000_000.5,
            "type": kind,
            "detail_type": detail,
            "sub_type": "",
            **({} if kind == "meta" else {"self": self.me}),
            **fields,
        }
        await self.send(json.dumps(event, ensure_ascii=False))
        return event

    # -- what people do -------------------------------------------------------------------------

    async def says(self, user: str, /, *segments: Json | str, group: str = "", **more: Any) -> Json:
        """Text, or segments of any kind."""
        message = [
            {"type": "text", "data": {"text": one}} if isinstance(one, str) else one for one in segments
        ]
        where = {"group_id": group} if group else {}
        return await self.emit(
            "message",
            "group" if group else "private",
            **{
                "message_id": str(next(self._numbers)),
                "message": message,
                "alt_message": "",
                "user_id": user,
                f"{self.me['platform']}.nickname": self.people.get(user, ""),
                **where,
                **more,
            },
        )

    def mention(self, user: str = "") -> Json:
        """Of the bot, unless of somebody else."""
        return {"type": "mention", "data": {"user_id": user or self.me["user_id"]}}

    def picture(self, content: bytes) -> Json:
        file_id = f"file-{next(self._numbers)}"
        self.files[file_id] = content
        return {"type": "image", "data": {"file_id": file_id}}

    # -- what the bot asks for ------------------------------------------------------------------

    async def _obey(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in socket:
            request = json.loads(frame.data)
            self.actions.append(request)
            fault = self._fault_on(request["action"])
            if fault is not None and fault.kind == "hang_up":
                await socket.close()
                break
            for answer in self._answers(request, fault):
                await socket.send_str(answer)
        self.closed_with = socket.close_code

    def _answers(self, request: Json, fault: Fault | None) -> list[str]:
        answer: Json = {
            "status": "ok",
            "retcode": 0,
            "data": None,
            "message": "",
            "echo": request.get("echo"),
        }
        try:
            answer["data"] = self._work(request, fault)
        except Refused as refused:
            answer |= {"status": "failed", "retcode": refused.retcode, "message": str(refused)}
        if fault is None or fault.kind == "failed":
            return [json.dumps(answer)]
        if fault.kind == "garbage":
            return ["<html>", json.dumps(answer)]
        if fault.kind == "odd":
            return [json.dumps({**answer, **fault.answer})]
        return [json.dumps(answer)] * 2 if fault.kind == "twice" else []

    def _work(self, request: Json, fault: Fault | None) -> Any:
        action, params, myself = request["action"], request["params"], request.get("self")
        if fault is not None and fault.kind == "failed":
            raise Refused(fault.retcode, "on demand")
        if action == "get_status":
            return self._status()
        if action not in {"send_message", "get_file"}:
            raise Refused(10002, "unsupported action")
        if myself is not None and myself != self.me:
            raise Refused(10102, "unknown self")
        return self._send(params) if action == "send_message" else self._give(params)

    def _send(self, params: Json) -> Json:
        kind = params.get("detail_type")
        chat = params.get({"private": "user_id", "group": "group_id"}.get(str(kind), ""))
        if not isinstance(chat, str):
            raise Refused(10003, "bad param")
        if chat not in (self.groups if kind == "group" else self.people):
            raise Refused(35001, "no such chat")
        if any(segment["type"] != "text" for segment in params["message"]):
            raise Refused(10005, "unsupported segment")
        text = "".join(segment["data"]["text"] for segment in params["message"])
        if not 0 < len(text) <= LONGEST_TEXT:
            raise Refused(34001, "the platform refuses")
        self.said.append((chat, text))
        return {"message_id": str(next(self._numbers)), "time": 1_795_000_000.5}

    def _give(self, params: Json) -> Json:
        if params.get("type") != "data":
            raise Refused(10004, "unsupported param")
        if params.get("file_id") not in self.files:
            raise Refused(32001, "no such file")
        content = self.files[params["file_id"]]
        return {"name": "photo.jpg", "data": base64.b64encode(content).decode()}

    def _status(self) -> Json:
        return {"good": True, "bots": [{"self": self.me, "online": True}]}

    def _fault_on(self, action: str) -> Fault | None:
        return next_fault(self.faults, lambda fault: fault.action == action)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.counterparts.onebot",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--url", default="ws://127.0.0.1:8080/onebot/gateway")
    parser.add_argument("--token", required=True)
    asyncio.run(play(parser.parse_args()))


async def play(options: argparse.Namespace) -> None:
    gateway = Gateway(options.url, options.token)
    person, shown = "501", 0
    async with gateway.connected():
        print(f"群号: {GROUP}")
        while line := await asyncio.to_thread(sys.stdin.readline):
            words = line.strip()
            if words.startswith("/name "):
                person = str(500 + len(gateway.people) + 1)
                gateway.people[person] = words.removeprefix("/name ")
            elif words.startswith("群 "):
                await gateway.says(person, words.removeprefix("群 "), group=GROUP)
            elif words.startswith("@ "):
                await gateway.says(person, gateway.mention(), words.removeprefix("@ "), group=GROUP)
            elif words:
                await gateway.says(person, words)
            await asyncio.sleep(0.5)  # time for the answer
            for chat, text in gateway.said[shown:]:
                print(f"  → {gateway.people.get(chat, chat)}: {text}")
            shown = len(gateway.said)


if __name__ == "__main__":
    main()
