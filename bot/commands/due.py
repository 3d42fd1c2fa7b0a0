"""`due`: what the scheduler would send in a span of time. Everything is undone afterwards."""

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import bindparam, select

from bot.clock import MovableClock, from_local, to_local
from bot.commands.common import fail, knowledge_in_force, settings_in_force, store
from bot.community.identity import person_by_id, reachable
from bot.engine import Engine
from bot.outbox.models import outbox
from bot.scheduler import ticks
from bot.storage.transaction import Transaction
from knowledge.console import words

_NEW = (
    select(outbox)
    .where(outbox.c.tenant == bindparam("of_tenant"), outbox.c.id > bindparam("after"))
    .order_by(outbox.c.not_before, outbox.c.id)
)


def run_due(at: str, until: str | None, *, config: Path | None) -> None:
    start = _moment(at)
    end = _moment(until) if until is not None else start + timedelta(minutes=1)
    if end <= start:
        fail(words("due.wrong_order"), status=2)
    settings, _ = settings_in_force(config)
    knowledge = knowledge_in_force(settings)
    clock = MovableClock(start)
    named = tuple(name for name, channel in settings.channels.items() if channel.kind == "sandbox")
    engine = Engine(knowledge=knowledge, clock=clock, capabilities={}, named_channels=named or ("sandbox",))
    with store(settings) as database, database.rehearsal(knowledge.community.id) as tx:
        engine.prepare(tx)
        tx.put(ticks, ticked_until=start - timedelta(seconds=1))
        newest = max((row.id for row in tx.fetch(_NEW, after=0)), default=0)
        while (moment := engine.scheduler.next_moment(tx, end)) is not None:
            clock.move_to(moment)
            engine.scheduler.tick(tx, moment)
        for row in tx.fetch(_NEW, after=newest):
            if row.not_before <= end:
                print(_line(tx, row.person_id, row.not_before, row.text))


def _line(tx: Transaction, person_id: int | None, at: datetime, text: str) -> str:
    person = person_by_id(tx, person_id) if person_id is not None else None
    ways = reachable(tx, [person_id]).get(person_id) if person_id is not None else None
    channel = "、".join(way.address.channel for way in ways) if ways else "-"
    name = (person.name if person else None) or "-"
    return f"{to_local(at):%Y-%m-%d %H:%M}  {name}  {channel}  {' / '.join(text.splitlines())}"


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        fail(words("due.no_moment", text=text), status=2)
    return from_local(moment) if moment.tzinfo is None else moment
