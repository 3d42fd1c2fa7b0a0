"""`simulate`: a county town from a seed, lived for some days with the clock moved, and what became of it."""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import event
from tqdm import tqdm

from bot.commands.common import fail, knowledge_in_force, settings_in_force, store
from bot.settings import Settings
from bot.simulation.material import county
from bot.simulation.memory import held_megabytes
from bot.simulation.mistakes import errors_logged
from bot.simulation.month import Month
from bot.simulation.town import build_town, scaled
from bot.simulation.verdicts import RESIDENT, Findings, Promise
from bot.storage.database import Database
from bot.storage.writer import Writer
from bot.tickets import queries
from bot.tickets.lifecycle import TicketState
from bot.tickets.models import Ticket
from knowledge.console import words
from knowledge.model import Knowledge, RoleName

_ROLES = (
    RESIDENT,
    RoleName.GRID_WORKER,
    RoleName.DISPATCHER,
    RoleName.SECRETARY,
    RoleName.SUBDISTRICT_OFFICER,
    RoleName.PROPERTY_MANAGER,
    RoleName.BUILDING_LEADER,
    RoleName.LAWYER,
)
_MOST_EXAMPLES = 5
_FLAT = 1.15  # how much the memory may grow after the first third


def run_simulate(*, residents: int, days: int, seed: int, url: str | None, config: Path | None) -> None:
    settings, _ = settings_in_force(config)
    knowledge = knowledge_in_force(settings)
    size = scaled(county().size, residents)
    print(
        words(
            "simulate.size",
            residents=size.residents,
            communities=size.communities,
            compounds=size.compounds,
            leaders=size.leaders,
            workers=size.workers,
            start=county().start,
            days=days,
            seed=seed,
        ),
        flush=True,
    )
    with _empty_store(settings, url) as database, errors_logged() as errors:
        writer = Writer(database)
        month = Month(build_town(knowledge, county(), size, seed), county(), writer, seed)
        started = time.perf_counter()
        memory = asyncio.run(_live(month, days))
        seconds = time.perf_counter() - started
        writer.close()
        findings = month.look_back(database)
    for error in errors:
        findings.complain(Promise.NO_FAILURE, error)
    said = sum(neighbourhood.said for neighbourhood in month.neighbourhoods)
    answered = sum(neighbourhood.answered for neighbourhood in month.neighbourhoods)
    sent, folded = findings.sent, findings.folded
    print(words("simulate.said", said=said, answered=answered, sent=sent, folded=folded))
    _print_tickets(findings.tickets, knowledge, month.now)
    _print_pushes(findings)
    is_kept, is_flat = _print_verdicts(findings), _print_memory(memory)
    print(words("simulate.took", minutes=f"{seconds / 60:.1f}"))
    sys.exit(0 if is_kept and is_flat else 1)


async def _live(month: Month, days: int) -> list[float | None]:
    """Live so many days; the megabytes held at the start and after each of them."""
    memory = [held_megabytes()]
    with tqdm(
        total=days * len(month.neighbourhoods), unit=words("simulate.unit"), file=sys.stderr
    ) as progress:
        for _ in range(days):
            await month.live_a_day(progress.update)
            memory.append(held_megabytes())
    return memory


def _print_tickets(tickets: Sequence[Ticket], knowledge: Knowledge, now: datetime) -> None:
    states = Counter(f"state.{ticket.state}" for ticket in tickets)
    closed = [ticket for ticket in tickets if ticket.state is TicketState.CLOSED]
    ratings = Counter(f"satisfaction.{ticket.satisfaction}" for ticket in closed)
    late = sum((ticket.resolved_at or now) > ticket.due_at for ticket in tickets)
    again = sum(ticket.round > 1 for ticket in tickets)
    print(words("simulate.tickets", number=len(tickets), states=_counted(states, knowledge)))
    print(words("simulate.late", late=late, again=again, ratings=_counted(ratings, knowledge)))


def _counted(numbers: Counter[str], knowledge: Knowledge) -> str:
    """“已办结 12，处理中 3”: the most frequent first."""
    counted = (
        words("simulate.counted", name=knowledge.replies[key], number=number)
        for key, number in numbers.most_common()
    )
    return "，".join(counted) or words("simulate.none")


def _print_pushes(findings: Findings) -> None:
    roles = [role for role in _ROLES if any(found == role for _, found in findings.pushes)]
    titles = "".join(f"{words(f'simulate.role_{role}'):>6}" for role in roles)
    print(f"{words('simulate.pushes')}   {titles}")
    for hour in range(24):
        row = [findings.pushes[hour, role] for role in roles]
        if any(row):
            at = words("simulate.hour", hour=f"{hour:02}")
            print(f"{at}  " + "".join(f"{number:>8}" for number in row))


def _print_verdicts(findings: Findings) -> bool:
    for promise in Promise:
        broken = findings.broken.get(promise, [])
        said = words(f"simulate.promise_{promise}")
        if broken:
            print(words("simulate.broken", promise=said, number=len(broken)))
        else:
            print(words("simulate.kept", promise=said))
        for example in broken[:_MOST_EXAMPLES]:
            print(f"    {example}")
    return not findings.broken


def _print_memory(memory: list[float | None]) -> bool:
    after_a_third, end = memory[len(memory) // 3], memory[-1]
    if memory[0] is None or after_a_third is None or end is None:
        print(words("simulate.memory_unknown"))
        return True
    is_flat = end <= after_a_third * _FLAT
    print(
        words(
            "simulate.memory_flat" if is_flat else "simulate.memory_grown",
            start=f"{memory[0]:.0f}",
            after_a_third=f"{after_a_third:.0f}",
            end=f"{end:.0f}",
        )
    )
    return is_flat


@contextmanager
def _empty_store(settings: Settings, url: str | None) -> Iterator[Database]:
    """The store that is named, or a file that is thrown away."""
    if url is not None:
        with store(settings.model_copy(update={"database_url": url})) as database:
            if database.run(1, queries.count):
                fail(words("simulate.not_empty"))
            yield database
        return
    with TemporaryDirectory() as folder:
        thrown_away = f"sqlite:///{Path(folder) / 'simulation.sqlite3'}"
        with store(settings.model_copy(update={"database_url": thrown_away})) as database:
            database.engine.dispose()  # connections made from now on do not wait for the disk
            event.listen(database.engine, "connect", _without_waiting)
            yield database


def _without_waiting(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA synchronous=OFF")
