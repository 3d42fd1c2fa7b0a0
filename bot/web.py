"""The HTTP edge: the channels' routes, static files, health and metrics, and what is said when it fails."""

import json
import logging
import socket
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import ParamSpec, TypeVar

import uvicorn
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Scope, Send
from starlette.types import Receive as AsgiReceive

from bot.messaging import CallbackChannel, Receive, StoreAway
from bot.storage.database import why_away

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SAFETY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # the address of a chat page may name a building
}
_RETRY_AFTER = "5"  # seconds
_AWAY = (StoreAway, DBAPIError, NoConnectionError)


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the bot can do its work. `reasons` say why not. Public: no secrets, nothing personal."""

    ok: bool
    reasons: tuple[str, ...] = ()
    details: Mapping[str, object] = field(default_factory=dict)


def web_app(
    *,
    channels: Sequence[CallbackChannel],
    receive: Receive,
    health: Callable[[], Health],
    metrics: Callable[[], bytes],
    pages: Sequence[BaseRoute],
    error_page: Callable[[int], str],
    error_sentence: Callable[[int], str],
) -> ASGIApp:
    """`health` and `metrics` may block. `error_page` and `error_sentence` tell people in their language what
    to do about a status: the one as a page, the other as a sentence for a program to show."""

    def failed(request: Request, failure: Exception) -> Response:
        status = _status(failure)
        headers = dict(failure.headers or {}) if isinstance(failure, HTTPException) else {}
        if status == 503:  # noqa: PLR2004 - the HTTP status
            log.warning("store away", extra={"reason": why_away(failure.__cause__ or failure)})
            headers["Retry-After"] = _RETRY_AFTER
        if "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(error_page(status), status, headers)
        return JSONResponse({"error": error_sentence(status)}, status, headers)

    async def show_health(_request: Request) -> Response:
        found = await run_in_threadpool(health)
        body = {"ok": found.ok, "reasons": list(found.reasons), "details": dict(found.details)}
        text = json.dumps(body, ensure_ascii=False, default=str)
        return Response(text, 200 if found.ok else 503, media_type="application/json")

    async def show_metrics(_request: Request) -> Response:
        return Response(await run_in_threadpool(metrics), media_type=_METRICS_TYPE)

    taken = telling_when_away(receive)
    routes = [
        Route("/health", show_health),
        Route("/metrics", show_metrics),
        *pages,
        *(route for channel in channels for route in channel.routes(taken)),
    ]
    handlers = dict.fromkeys((HTTPException, *_AWAY, Exception), failed)
    return _Edge(Starlette(routes=routes, exception_handlers=handlers))


def _status(failure: Exception) -> int:
    if isinstance(failure, HTTPException):
        return failure.status_code
    return 503 if isinstance(failure, _AWAY) else 500


def telling_when_away(ask: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """For what channels ask of the store: they know no database, so its failures get a name they know."""

    async def asked(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await ask(*args, **kwargs)
        except (DBAPIError, NoConnectionError) as failure:
            raise StoreAway from failure

    return asked


class WebServer(uvicorn.Server):
    """A server that can be stopped while pages are open: their streams would hold it up. `before_stop` ends
    them, once no new request is taken."""

    def __init__(self, config: uvicorn.Config, *, before_stop: Callable[[], Awaitable[None]]) -> None:
        super().__init__(config)
        self._before_stop = before_stop

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Only stop. uvicorn would raise the signal again once the server is down, and so end the process
        before what its other parts still have to write."""
        self.force_exit = self.should_exit
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._before_stop()
        await super().shutdown(sockets)


class _Edge:
    """Puts the safety headers on every answer, errors included, and writes the access log.

    The log has no query strings and no addresses: they say who somebody is and where they live.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: AsgiReceive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0

        async def send_safely(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in _SAFETY.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self._app(scope, receive, send_safely)
        finally:
            if log.isEnabledFor(logging.INFO):
                milliseconds = round((time.perf_counter() - started) * 1000, 1)
                path = scope["raw_path"].decode("latin-1")  # as it came: escaped, so it stays one line
                log.info("%s %s %s %sms", scope["method"], path, status or 500, milliseconds)
