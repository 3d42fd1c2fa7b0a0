"""Drain jobs: where several processes share a PostgreSQL, procrastinate tells the workers which channel has
something to send.

A job says only “look at this channel”, and one look takes a hundred rows and more. What is to be sent, and
whether it was, stands in the outbox alone: every process asks once a second for what is due and has no job
waiting, so a job that is lost with its worker is asked for again.
"""

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status
from psycopg import Error as DriverError
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import Clock
from bot.outbox.delivery import Delivery, drain_queue
from bot.outbox.due import due_channels
from bot.storage.database import Database

log = logging.getLogger(__name__)

_LOOK_EVERY = 1.0  # seconds
_REST = 0.02  # seconds after a look: what comes meanwhile is found by the next one
_STORE_AWAY = 2.0  # seconds until the store is asked again
_HEARTBEAT = 5.0  # seconds
_DEAD_AFTER = 20.0  # seconds without a heartbeat
_LAST_WHILE = 5.0  # seconds that running jobs have when the process ends
_TASK = "drain"
_AWAY = (SQLAlchemyError, ConnectorException, DriverError, OSError)


class DrainJobs:
    """Asks for drain jobs of one community, and does them. Used on the event loop only."""

    def __init__(
        self,
        *,
        url: URL,
        database: Database,
        tenant: int,
        channels: Sequence[str],
        held: Collection[str],
        clock: Clock,
    ) -> None:
        """`channels`: those that any worker can send on; the first one's jobs also deal with what has no way
        yet, or whose channel is gone. `held`: those that only the holder of a connection can send on."""
        self._connector = PsycopgConnector(
            conninfo=conninfo(url), min_size=1, max_size=4, timeout=_STORE_AWAY
        )
        self._app = App(connector=self._connector)
        self._database = database
        self._tenant = tenant
        self._channels = tuple(channels)
        self._held = frozenset(held)
        self._clock = clock
        self._queue = drain_queue(tenant)
        self._wake = asyncio.Event()
        self._opening = asyncio.Lock()

    def wake(self) -> None:
        """There may be something new to send."""
        self._wake.set()

    async def ask(self) -> None:
        """Ask for a job wherever something is due. Until cancelled."""
        while True:
            self._wake.clear()
            try:
                await self._ask_once()
            except _AWAY as failure:
                log.warning("store away, no jobs are asked for", extra={"reason": type(failure).__name__})
                await asyncio.sleep(_STORE_AWAY)
                continue
            await asyncio.sleep(_REST)
            try:
                await asyncio.wait_for(self._wake.wait(), _LOOK_EVERY)
            except TimeoutError:
                continue

    async def work(self, deliveries: Mapping[str, Delivery]) -> None:
        """Do jobs with the deliveries of their channels. Until cancelled; then those that run are ended."""

        @self._app.task(name=_TASK, queue=self._queue)
        async def drain(channel: str) -> None:
            delivery = deliveries.get(channel)
            if delivery is None:  # of a configuration that has changed
                return
            try:
                await delivery.drain()
            except SQLAlchemyError as failure:
                log.warning("store away, a job ends", extra={"reason": type(failure).__name__})
            self.wake()

        while True:
            try:
                await self._open()
                await self._clear_after_the_dead()
                await self._app.run_worker_async(
                    queues=[self._queue],
                    concurrency=2 * max(1, len(deliveries)),
                    delete_jobs="always",
                    install_signal_handlers=False,
                    update_heartbeat_interval=_HEARTBEAT,
                    stalled_worker_timeout=_DEAD_AFTER,
                    shutdown_graceful_timeout=_LAST_WHILE,
                )
            except _AWAY as failure:
                log.warning("store away, jobs wait", extra={"reason": type(failure).__name__})
            await asyncio.sleep(_STORE_AWAY)

    async def close(self) -> None:
        await self._app.close_async()

    # -- below ------------------------------------------------------------------------------------

    async def _ask_once(self) -> None:
        due = await asyncio.to_thread(self._due)
        if not due:
            return
        await self._open()
        waiting = await self._app.job_manager.list_jobs_async(queue=self._queue, status=Status.TODO.value)
        asked_for = {job.task_kwargs["channel"] for job in waiting}
        for channel in due - asked_for:
            lock = f"{self._queue}/{channel}"
            job = self._app.configure_task(_TASK, queue=self._queue, queueing_lock=lock)
            with suppress(AlreadyEnqueued):  # another process was quicker
                await job.defer_async(channel=channel)

    def _due(self) -> set[str]:
        with self._database.reading(self._tenant) as tx:
            channels = due_channels(tx, self._clock.now())
        return {
            channel if channel in self._channels else self._channels[0]
            for channel in channels
            if channel not in self._held
        }

    async def _open(self) -> None:
        async with self._opening:
            try:
                await self._app.open_async()
            except _AWAY:
                await self._app.close_async()  # else it would keep the closed pool
                raise

    async def _clear_after_the_dead(self) -> None:
        """What a dead worker was doing stays “doing” for ever. What it left undone is asked for anew."""
        stalled = await self._app.job_manager.get_stalled_jobs(
            queue=self._queue, seconds_since_heartbeat=_DEAD_AFTER
        )
        for job in stalled:
            assert job.id is not None
            await self._app.job_manager.finish_job_by_id_async(job.id, Status.FAILED, delete_job=True)


def conninfo(url: URL) -> str:
    """What the driver is told to connect to."""
    query = {key: value for key, value in url.query.items() if isinstance(value, str)}
    return make_conninfo(
        host=url.host, port=url.port, user=url.username, password=url.password, dbname=url.database, **query
    )
