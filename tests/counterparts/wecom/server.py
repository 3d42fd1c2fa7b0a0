"""An HTTP server that answers as WeCom does, and goes wrong on demand."""

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from aiohttp import web

from tests.counterparts.serving import Call, Fault, Json, Refused, go_wrong, next_fault, serving

Work = Callable[[Json, Mapping[str, str]], Json]


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
                return await go_wrong(fault, request)
            try:
                answer = {"errcode": 0, "errmsg": "ok", **self._do(work, request, await request.read())}
            except Refused as refused:
                answer = {"errcode": refused.code, "errmsg": f"{refused.message}, hint: [1763870400_1]"}
            if fault is not None:
                return await go_wrong(fault, request)
            return web.json_response(answer)

        self._application.router.add_route(method, path, handle)

    def add_files(self, path: str, find: Callable[[Mapping[str, str]], bytes]) -> None:
        async def handle(request: web.Request) -> web.StreamResponse:
            fault = self._fault_on(request.path)
            if fault is not None:
                return await go_wrong(fault, request)
            try:
                content = find({**request.query, **request.match_info})
            except Refused as refused:
                return web.json_response({"errcode": refused.code, "errmsg": refused.message})
            return web.Response(body=content, content_type="image/jpeg")

        self._application.router.add_get(path, handle)

    def count(self, path: str) -> int:
        return sum(call.path.endswith(path) for call in self.calls)

    def running(self, port: int = 0) -> AbstractAsyncContextManager[str]:
        """Serve on `port` (0: any free one) and give the address."""
        return serving(self._application, port)

    def _do(self, work: Work, request: web.Request, raw: bytes) -> Json:
        try:
            body = json.loads(raw) if raw else dict(request.query)
        except ValueError:
            raise Refused(47001, "data format error") from None
        self.calls.append(Call(request.path, body))
        return work(body, request.query)

    def _fault_on(self, path: str) -> Fault | None:
        return next_fault(self.faults, lambda fault: fault.is_on(path))
