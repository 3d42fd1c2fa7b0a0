"""A process of `serve` or `demo`: which edges of the app run, by its role, and how they are stopped."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import uvicorn
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy.exc import SQLAlchemyError

from bot.app import App
from bot.messaging import CallbackChannel, ReachingChannel
from bot.outbox.delivery import Delivery
from bot.roles import Role
from bot.web import WebServer

if TYPE_CHECKING:  # comes with the driver for PostgreSQL
    from bot.outbox.jobs import DrainJobs

log = logging.getLogger(__name__)

_TICK_EVERY = timedelta(seconds=5)
_SWEEP_EVERY = timedelta(hours=1)
_REACH_AGAIN = 5.0  # seconds after a channel failed that reaches out by itself


class Serving:
    """Web, delivery and clock on one event loop: both halves in one process, or one of them.

    Alone, a process drains the outbox by itself. Where the halves are apart, drain jobs tell workers of
    what is due; each process itself sends only over the connections that it holds.
    """

    def __init__(self, app: App, role: Role = Role.ALL) -> None:
        self._app = app
        self._takes = role is not Role.WORKER
        self._works = role is not Role.WEB
        self._jobs = None if role is Role.ALL else _drain_jobs(app)
        if self._jobs is not None:
            app.on_promise.append(self._jobs.wake)
        self._deliveries: list[Delivery] = [app.delivery]

    async def run(self, *, ready: Callable[[], None] = lambda: None) -> None:
        """Run until the server is told to stop (SIGINT, SIGTERM)."""
        app = self._app
        clock = self._start_clock() if self._works else None
        app.live.start()
        delivering = asyncio.create_task(app.delivery.run(), name="delivery")
        endless = [asyncio.create_task(work, name=name) for name, work in self._endless()]
        server = self._server()
        server.config.load()
        ready()
        try:
            await server.serve()
        finally:
            if clock is not None:
                clock.shutdown(wait=False)
            for task in endless:
                task.cancel()
            await asyncio.gather(*endless, return_exceptions=True)
            if self._jobs is not None:
                await self._jobs.close()
            app.delivery.stop()
            await delivering
            for channel in app.channels.values():
                await channel.close()
            for delivery in self._deliveries:
                await delivery.finish()
            await asyncio.to_thread(app.close)

    def _endless(self) -> list[tuple[str, Coroutine[Any, Any, None]]]:
        """What runs beside the server until it is cancelled, by name."""
        found: list[tuple[str, Coroutine[Any, Any, None]]] = []
        if self._jobs is not None:
            found.append(("asking for jobs", self._jobs.ask()))
        if not self._works:
            return found
        for name, channel in self._app.channels.items():
            if isinstance(channel, ReachingChannel):
                found.append((f"channel {name}", self._keep_reaching(channel)))
        if self._jobs is not None:
            deliveries = {
                name: self._app.new_delivery(partial(frozenset, [name])) for name in self._app.carried
            }
            self._deliveries += deliveries.values()
            found.append(("jobs", self._jobs.work(deliveries)))
        return found

    def _start_clock(self) -> AsyncIOScheduler:
        clock = AsyncIOScheduler(timezone="UTC")
        clock.add_job(
            _cut_short_by_the_end,
            "interval",
            args=[self._app.tick],
            seconds=_TICK_EVERY.total_seconds(),
            coalesce=True,
            misfire_grace_time=None,
            max_instances=1,
            next_run_time=datetime.now(clock.timezone),
        )
        clock.add_job(
            _cut_short_by_the_end,
            "interval",
            args=[self._app.sweep],
            seconds=_SWEEP_EVERY.total_seconds(),
            max_instances=1,
        )
        clock.start()
        return clock

    def _server(self) -> WebServer:
        """A worker's serves only /health and /metrics."""
        app = self._app
        channels = app.channels.values() if self._takes else ()
        config = uvicorn.Config(
            app.web([channel for channel in channels if isinstance(channel, CallbackChannel)]),
            host=app.settings.host,
            port=app.settings.port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=3,
            server_header=False,
        )
        return WebServer(config, before_stop=self._end_streams)

    async def _keep_reaching(self, channel: ReachingChannel) -> None:
        while True:
            try:
                await channel.run(self._app.receive)
            except SQLAlchemyError as failure:
                reason = type(failure).__name__
                log.warning("store away, channel waits", extra={"channel": channel.name, "reason": reason})
            except Exception:  # who writes there must not wait for the next start
                log.exception("a channel failed unexpectedly", extra={"channel": channel.name})
            else:
                return
            await asyncio.sleep(_REACH_AGAIN)

    async def _end_streams(self) -> None:
        """Open chat pages would keep the server from stopping."""
        for channel in self._app.channels.values():
            if channel.capabilities.is_mailbox:
                await channel.close()


async def _cut_short_by_the_end(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """A tick that is going on when the process is told to stop is no failure."""
    with suppress(asyncio.CancelledError):
        await work()


def _drain_jobs(app: App) -> "DrainJobs":
    from bot.outbox.jobs import DrainJobs  # noqa: PLC0415 - comes with the driver for PostgreSQL

    return DrainJobs(
        url=app.database.url,
        database=app.database,
        tenant=app.tenant,
        channels=app.carried,
        held=app.held.keys(),
        clock=app.clock,
    )
