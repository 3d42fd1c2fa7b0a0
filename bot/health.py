"""Whether the bot can do its work, and the figures for Prometheus; nothing personal in either."""

from collections.abc import Callable
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from sqlalchemy import bindparam, column, func, select, table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from bot.clock import Clock
from bot.outbox.models import DeliveryState, outbox
from bot.scheduler import ticks
from bot.storage.database import Database, why_away
from bot.storage.transaction import Transaction
from bot.tickets.lifecycle import TicketState, is_open
from bot.tickets.models import tickets
from bot.web import Health
from knowledge.problems import Problem

_STUCK_AFTER = timedelta(minutes=5)
_TICK_LATE_AFTER = timedelta(minutes=2)
_AWAY = (DBAPIError, NoConnectionError)

_is_ours = outbox.c.tenant == bindparam("of_tenant")
_ON_THEIR_WAY = (DeliveryState.WAITING, DeliveryState.LEASED)
_OLDEST = select(func.min(outbox.c.not_before)).where(
    _is_ours, outbox.c.state.in_(_ON_THEIR_WAY), outbox.c.not_before <= bindparam("now")
)
_OLDEST_FAILING = select(func.min(outbox.c.created_at)).where(
    _is_ours, outbox.c.state == DeliveryState.WAITING, outbox.c.attempts > 0
)
_LAST_TICK = select(ticks.c.ticked_until).where(ticks.c.tenant == bindparam("of_tenant"))
# What has ended well grows for ever, and counting it would cost more with every year.
_BY_STATE = (
    select(outbox.c.state, outbox.c.channel, func.count().label("rows"))
    .where(_is_ours, outbox.c.state.in_([*_ON_THEIR_WAY, DeliveryState.UNKNOWN, DeliveryState.GIVEN_UP]))
    .group_by(outbox.c.state, outbox.c.channel)
)
_OPEN_BY_STATE = (
    select(tickets.c.state, func.count().label("rows"))
    .where(
        tickets.c.tenant == bindparam("of_tenant"),
        tickets.c.state.in_([state for state in TicketState if is_open(state)]),
    )
    .group_by(tickets.c.state)
)
_jobs = table("procrastinate_jobs", column("queue_name"), column("status"))
_JOBS_BY_STATUS = (
    select(_jobs.c.status, func.count().label("rows"))
    .where(_jobs.c.queue_name == bindparam("of_queue"))
    .group_by(_jobs.c.status)
)


class Watchman:
    """Answers /health and /metrics. May block; called in a thread."""

    def __init__(
        self,
        *,
        database: Database,
        tenant: int,
        clock: Clock,
        store_failure: Callable[[], BaseException | None],
        knowledge_problems: Callable[[], tuple[Problem, ...]],
        waiting_for_the_writer: Callable[[], int],
        job_queue: str | None = None,
    ) -> None:
        """`store_failure`: why nothing could be written when it was last tried. `job_queue`: the name of the
        drain jobs' queue, where jobs carry them."""
        self._database = database
        self._tenant = tenant
        self._clock = clock
        self._store_failure = store_failure
        self._knowledge_problems = knowledge_problems
        self._waiting_for_the_writer = waiting_for_the_writer
        self._job_queue = job_queue
        self._registry = CollectorRegistry()
        self.turns = self._counter("linli_turns", "Messages dealt with", "channel", "outcome")
        self.sends = self._counter("linli_sends", "Tries to send a message", "channel", "outcome")
        self._outbox = self._gauge(
            "linli_outbox_rows", "Outbox rows that have not arrived", "state", "channel"
        )
        self._tickets = self._gauge("linli_open_tickets", "Open tickets by state", "state")
        self._jobs = self._gauge("linli_drain_jobs", "Drain jobs by status", "status")
        self._oldest = self._gauge("linli_oldest_undelivered_seconds", "Age of the oldest push that is due")
        self._tick_age = self._gauge("linli_last_tick_seconds", "Time since the clock last ticked")
        self._problems = self._gauge("linli_knowledge_problems", "Mistakes in the knowledge files")
        self._writer = self._gauge("linli_writer_waiting", "Transactions that wait for this process's writer")
        self._store_up = self._gauge("linli_store_up", "Whether the store answers")

    def health(self) -> Health:
        problems = self._knowledge_problems()
        reasons = [f"knowledge: {found.file}:{found.line}: {found.message}" for found in problems]
        broken = False
        now = self._clock.now()
        try:
            with self._database.reading(self._tenant) as tx:
                oldest: datetime | None = tx.fetch_value(_OLDEST, now=now)
                failing: datetime | None = tx.fetch_value(_OLDEST_FAILING)
                last_tick: datetime | None = tx.fetch_value(_LAST_TICK)
        except _AWAY as failure:
            return Health(False, (f"store: {why_away(failure)}",), {"knowledge_problems": len(problems)})
        unwritten = self._store_failure()
        if unwritten is not None:
            broken = True
            reasons.append(f"store: {why_away(unwritten)}")
        if oldest is not None and now - oldest > _STUCK_AFTER:
            broken = True
            reasons.append("delivery: the oldest push that is due is older than five minutes")
        if last_tick is None or now - last_tick > _TICK_LATE_AFTER:
            broken = True
            reasons.append("clock: no tick within the last two minutes")
        details = {
            "last_tick": last_tick.isoformat() if last_tick else None,
            "oldest_undelivered": oldest.isoformat() if oldest else None,
            "oldest_failing": failing.isoformat() if failing else None,
            "knowledge_problems": len(problems),
        }
        return Health(not broken, tuple(reasons), details)

    def metrics(self) -> bytes:
        """The figures of the store are absent while it is away."""
        for gauge in (self._outbox, self._tickets, self._jobs):
            gauge.clear()  # a state that nothing is in any more
        self._problems.set(len(self._knowledge_problems()))
        self._writer.set(self._waiting_for_the_writer())
        try:
            with self._database.reading(self._tenant) as tx:
                self._read(tx, self._clock.now())
        except _AWAY:
            self._store_up.set(0)
        else:
            self._store_up.set(1)
        return generate_latest(self._registry)

    def _read(self, tx: Transaction, now: datetime) -> None:
        for row in tx.fetch(_BY_STATE):
            self._outbox.labels(row.state, row.channel or "").set(row.rows)
        for row in tx.fetch(_OPEN_BY_STATE):
            self._tickets.labels(row.state).set(row.rows)
        if self._job_queue is not None:
            for row in tx.fetch(_JOBS_BY_STATUS, of_queue=self._job_queue):
                self._jobs.labels(row.status).set(row.rows)
        oldest: datetime | None = tx.fetch_value(_OLDEST, now=now)
        self._oldest.set((now - oldest).total_seconds() if oldest else 0)
        last_tick: datetime | None = tx.fetch_value(_LAST_TICK)
        self._tick_age.set((now - last_tick).total_seconds() if last_tick else float("inf"))

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(name, what, labels, registry=self._registry)

    def _gauge(self, name: str, what: str, *labels: str) -> Gauge:
        return Gauge(name, what, labels, registry=self._registry)
