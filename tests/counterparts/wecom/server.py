"""An HTTP server that answers as WeCom does, and goes wrong on demand."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Json = dict[str, Any]
Work = Callable[[Json, Mapping[str, str]], Json]


@dataclass
class Fault:
    """Lets `passes` requests to paths that contain `path` through, then goes wrong `times` times, before or
    `after` the work is done."""

    path: str
    kind: str  # status | errcode | hang | garbage | disconnect
    value: int = 0
    times: int = 1
    passes: int = 0
    after: bool = False


@dataclass
class Call:
    path: str
    body: Json


class Refused(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass
class Server:
    """`calls` and `faults` are public: tests read the ones and set the others."""

    calls: list[Call] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    _application: web.Application = field(default_factory=web.Application)

    def add(self, path: str, work: Work, *, method: str = "POST") -> None:
        """`work` gets the body (the parameters of a GET) and the parameters; it returns what is beside
        errcode and errmsg, or raises Refused."""

        async def handle(request: web.Request) -> web.StreamResponse:
            fault = self._fault_on(request.path)
            if fault is not None and not fault.after:
                return await self._go_wrong(fault, request)
            try:
                answer = {"errcode": 0, "errmsg": "ok", **self._do(work, request, await request.read())}
            except Refused as refused:
                answer = {"errcode": refused.code, "errmsg": f"{refused.message}, hint: [1763870400_1]"}
            if fault is not None:
                return await self._go_wrong(fault, request)
            return web.json_response(answer)

        self._application.router.add_route(method, path, handle)

    def add_files(self, path: str, find: Callable[[Mapping[str, str]], bytes]) -> None:
        async def handle(request: web.Request) -> web.StreamResponse:
            fault = self._fault_on(request.path)
            if fault is not None:
                return await self._go_wrong(fault, request)
            try:
                content = find({**request.query, **request.match_info})
            except Refused as refused:
                return web.json_response({"errcode": refused.code, "errmsg": refused.message})
            return web.Response(body=content, content_type="image/jpeg")

        self._application.router.add_get(path, handle)

    def count(self, path: str) -> int:
        return sum(call.path.endswith(path) for call in self.calls)

    @asynccontextmanager
    async def running(self, port: int = 0) -> AsyncIterator[str]:
        """Serve on `port` (0: any free one) and give the address."""
        runner = web.AppRunner(self._application, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()

    def _do(self, work: Work, request: web.Request, raw: bytes) -> Json:
        try:
            body = json.loads(raw) if raw else dict(request.query)
        except ValueError:
            raise Refused(47001, "data format error") from None
        self.calls.append(Call(request.path, body))
        return work(body, request.query)

    def _fault_on(self, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.path not in path or fault.times == 0:
                continue
            if fault.passes > 0:
                fault.passes -= 1
                continue
            fault.times -= 1
            return fault
        return None

    async def _go_wrong(self, fault: Fault, request: web.Request) -> web.StreamResponse:
        match fault.kind:
            case "status":
                return web.Response(status=fault.value, text="<html>bad gateway</html>")
            case "errcode":
                return web.json_response({"errcode": fault.value, "errmsg": "on demand"})
            case "garbage":
                return web.Response(text="<html>not JSON</html>")
            case "hang":
                await asyncio.sleep(3600)
        assert request.transport is not None
        request.transport.abort()
        return web.Response()
