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
from knowledge.model import Knowledge, RoleName

_ROLES = {
    RESIDENT: "居民",
    RoleName.GRID_WORKER: "网格员",
    RoleName.DISPATCHER: "管理员",
    RoleName.SECRETARY: "书记",
    RoleName.SUBDISTRICT_OFFICER: "街道",
    RoleName.PROPERTY_MANAGER: "物业",
    RoleName.BUILDING_LEADER: "楼长",
    RoleName.LAWYER: "律师",
}
_PROMISES = {
    Promise.QUIET_NIGHTS: "20:00—08:00 除紧急和 P1 外没有推送",
    Promise.WORKER_BUDGET: "工作人员每天不超过一份清单和规定的单条数",
    Promise.LEADER_BUDGET: "楼长每天不超过规定的条数",
    Promise.RESIDENT_BUDGET: "居民每件事不超过规定的条数",
    Promise.SAID_ONCE: "没有一件事让一个人收到两遍同样的话",
    Promise.OWNED: "每件没办结的事都有在岗的负责人，或者在管理员的清单里",
    Promise.MOVES: "每件事的流转都在状态表里",
    Promise.NUMBERS: "没有重复的编号",
    Promise.DELIVERED: "答应说的都送到了，一条没有多送",
    Promise.NO_FAILURE: "没有一句话、一个提醒处理失败",
}
_MOST_EXAMPLES = 5
_FLAT = 1.15  # how much the memory may grow after the first third


def run_simulate(*, residents: int, days: int, seed: int, url: str | None, config: Path | None) -> None:
    settings, _ = settings_in_force(config)
    knowledge = knowledge_in_force(settings)
    size = scaled(county().size, residents)
    print(
        f"{size.residents} 居民，{size.communities} 社区，{size.compounds} 小区，{size.leaders} 楼长，"
        f"{size.workers} 网格员，从 {county().start} 起 {days} 天，种子 {seed}",
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
    print(f"说了 {said} 句，答了 {answered} 句；送出 {findings.sent} 条，并进清单 {findings.folded} 条")
    _print_tickets(findings.tickets, knowledge, month.now)
    _print_pushes(findings)
    is_kept, is_flat = _print_verdicts(findings), _print_memory(memory)
    print(f"用时 {seconds / 60:.1f} 分钟")
    sys.exit(0 if is_kept and is_flat else 1)


async def _live(month: Month, days: int) -> list[float | None]:
    """Live so many days; the megabytes held at the start and after each of them."""
    memory = [held_megabytes()]
    with tqdm(total=days * len(month.neighbourhoods), unit="社区日", file=sys.stderr) as progress:
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
    print(f"工单 {len(tickets)} 件：{_counted(states, knowledge)}")
    print(f"超期 {late} 件，重办过 {again} 件；办结的评价：{_counted(ratings, knowledge)}")


def _counted(numbers: Counter[str], knowledge: Knowledge) -> str:
    """“已办结 12，处理中 3”: the most frequent first."""
    return "，".join(f"{knowledge.replies[key]} {number}" for key, number in numbers.most_common()) or "无"


def _print_pushes(findings: Findings) -> None:
    roles = [role for role in _ROLES if any(found == role for _, found in findings.pushes)]
    print("推送   " + "".join(f"{_ROLES[role]:>6}" for role in roles))
    for hour in range(24):
        row = [findings.pushes[hour, role] for role in roles]
        if any(row):
            print(f"{hour:02} 点  " + "".join(f"{number:>8}" for number in row))


def _print_verdicts(findings: Findings) -> bool:
    for promise, words in _PROMISES.items():
        broken = findings.broken.get(promise, [])
        print(f"{'✗' if broken else '✓'} {words}" + (f"：{len(broken)} 处" if broken else ""))
        for example in broken[:_MOST_EXAMPLES]:
            print(f"    {example}")
    return not findings.broken


def _print_memory(memory: list[float | None]) -> bool:
    after_a_third, end = memory[len(memory) // 3], memory[-1]
    if memory[0] is None or after_a_third is None or end is None:
        print("- 这个系统上看不到内存")
        return True
    is_flat = end <= after_a_third * _FLAT
    print(
        f"{'✓' if is_flat else '✗'} 内存：开始 {memory[0]:.0f} MB，过了三分之一 {after_a_third:.0f} MB，"
        f"最后 {end:.0f} MB"
    )
    return is_flat


@contextmanager
def _empty_store(settings: Settings, url: str | None) -> Iterator[Database]:
    """The store that is named, or a file that is thrown away."""
    if url is not None:
        with store(settings.model_copy(update={"database_url": url})) as database:
            if database.run(1, queries.count):
                fail("这个数据库里已经有工单，模拟要用空的。")
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
