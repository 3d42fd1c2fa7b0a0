"""Whether the bot can do its work, and the figures for Prometheus; nothing personal in either."""

from collections.abc import Callable
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from sqlalchemy import bindparam, func, select
from sqlalchemy.exc import DBAPIError

from bot.clock import Clock
from bot.outbox.models import DeliveryState, outbox
from bot.scheduler import ticks
from bot.storage.database import Database
from bot.tickets.models import tickets
from bot.web import Health
from knowledge.model import Problem

_STUCK_AFTER = timedelta(minutes=5)
_TICK_LATE_AFTER = timedelta(minutes=2)

_OLDEST = select(func.min(outbox.c.not_before)).where(
    outbox.c.tenant == bindparam("of_tenant"),
    outbox.c.state.in_([DeliveryState.WAITING, DeliveryState.LEASED]),
    outbox.c.not_before <= bindparam("now"),
)
_LAST_TICK = select(ticks.c.ticked_until).where(ticks.c.tenant == bindparam("of_tenant"))
_BY_STATE = (
    select(outbox.c.state, func.count().label("rows"))
    .where(outbox.c.tenant == bindparam("of_tenant"))
    .group_by(outbox.c.state)
)
_TICKETS_BY_STATE = (
    select(tickets.c.state, func.count().label("rows"))
    .where(tickets.c.tenant == bindparam("of_tenant"))
    .group_by(tickets.c.state)
)


class Watchman:
    """Answers /health and /metrics. May block; called in a thread."""

    def __init__(
        self,
        *,
        database: Database,
        tenant: int,
        clock: Clock,
        knowledge_problems: Callable[[], tuple[Problem, ...]],
    ) -> None:
        self._database = database
        self._tenant = tenant
        self._clock = clock
        self._knowledge_problems = knowledge_problems
        self._registry = CollectorRegistry()
        self.turns = Counter(
            "linli_turns", "Messages dealt with", ["channel", "outcome"], registry=self._registry
        )
        self._outbox = Gauge("linli_outbox_rows", "Outbox rows by state", ["state"], registry=self._registry)
        self._tickets = Gauge("linli_tickets", "Tickets by state", ["state"], registry=self._registry)
        self._oldest = Gauge(
            "linli_oldest_undelivered_seconds", "Age of the oldest push that is due", registry=self._registry
        )

    def health(self) -> Health:
        reasons = [
            f"knowledge: {found.file}:{found.line}: {found.message}" for found in self._knowledge_problems()
        ]
        broken = False
        details: dict[str, object] = {}
        now = self._clock.now()
        try:
            with self._database.reading(self._tenant) as tx:
                oldest: datetime | None = tx.fetch_value(_OLDEST, now=now)
                last_tick: datetime | None = tx.fetch_value(_LAST_TICK)
        except DBAPIError as failure:
            return Health(False, (f"store: {type(failure).__name__}",), {})
        details["last_tick"] = last_tick.isoformat() if last_tick else None
        details["oldest_undelivered"] = oldest.isoformat() if oldest else None
        if oldest is not None and now - oldest > _STUCK_AFTER:
            broken = True
            reasons.append("delivery: the oldest push that is due is older than five minutes")
        if last_tick is None or now - last_tick > _TICK_LATE_AFTER:
            broken = True
            reasons.append("clock: no tick within the last two minutes")
        return Health(not broken, tuple(reasons), details)

    def metrics(self) -> bytes:
        now = self._clock.now()
        with self._database.reading(self._tenant) as tx:
            for row in tx.fetch(_BY_STATE):
                self._outbox.labels(row.state).set(row.rows)
            for row in tx.fetch(_TICKETS_BY_STATE):
                self._tickets.labels(row.state).set(row.rows)
            oldest: datetime | None = tx.fetch_value(_OLDEST, now=now)
        self._oldest.set((now - oldest).total_seconds() if oldest else 0)
        return generate_latest(self._registry)
