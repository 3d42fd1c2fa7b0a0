"""What counterparts that are called over HTTP share: their server, and how they go wrong on demand."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from aiohttp import web

Json = dict[str, Any]


class Limited(Protocol):
    """A fault that lets some through, and then happens some times."""

    times: int
    passes: int


L = TypeVar("L", bound=Limited)


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

    def is_on(self, path: str) -> bool:
        return self.path in path


@dataclass
class Call:
    path: str
    body: Json


class Refused(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def next_fault(faults: Iterable[L], is_meant: Callable[[L], bool]) -> L | None:
    """The first that is meant and has not happened often enough; counted as happening."""
    for fault in faults:
        if not is_meant(fault) or fault.times == 0:
            continue
        if fault.passes > 0:
            fault.passes -= 1
            continue
        fault.times -= 1
        return fault
    return None


async def go_wrong(fault: Fault, request: web.Request) -> web.StreamResponse:
    match fault.kind:
        case "status":
            return web.Response(status=fault.value, text="<html>bad gateway</html>")
        case "errcode":
            return web.json_response({"errcode": fault.value, "errmsg": "on demand"})
        case "garbage":
            return web.Response(text="<html>not JSON</html>")
        case "hang":
            await asyncio.sleep(3600)
    return hang_up(request)


def hang_up(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


@asynccontextmanager
async def serving(application: web.Application, port: int = 0) -> AsyncIterator[str]:
    """Serve on `port` (0: any free one) and give the address."""
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
