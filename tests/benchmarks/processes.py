"""Turns a second on PostgreSQL with one web process, with two of one community, and with two communities.

    python -m tests.benchmarks.processes

Everybody reports something urgent over a signed 服务号 callback, which is answered once its
ticket is durable. Turns of one community are written one after the other whoever takes them, so that nobody's
interleave: its second process is there for when the first is gone. Two communities share nothing but the
server. Each has a worker beside it. The load takes part of the same cores, so ratios say more than rates.
"""

import argparse
import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bot.roles import Role
from bot.storage.database import own_schema
from bot.storage.migrate import migrate
from tests.benchmarks.echo_peer import drive, prepare
from tests.benchmarks.turns import filing
from tests.city.fleet import APP_ID, TOKEN, Fleet, fleet, knowledge_awake, platform
from tests.conftest import DEFAULT_POSTGRES
from tests.stores import address_of

CONNECTIONS = 32


def together(fleets: Sequence[Fleet], messages: int) -> float:
    """Messages a second over all web processes of these fleets at once."""
    doors = [member for one in fleets for member in one.members if member.role is Role.WEB]
    share = messages // len(doors)
    loads = [
        prepare(share, is_encrypted=False, texts=filing(share), senders=200, token=TOKEN, app_id=APP_ID)
        for _ in doors
    ]
    with ThreadPoolExecutor(len(doors)) as drivers:
        connections = CONNECTIONS // len(doors)
        rates = list(
            drivers.map(
                lambda one: drive(f"{one[0].url}/wechat", one[1], connections), zip(doors, loads, strict=True)
            )
        )
    assert all(set(rate.statuses) == {200} for rate in rates), "everything was taken"
    return sum(rate.per_second for rate in rates)


def of_community(folder: Path, number: int) -> Path:
    """A folder whose knowledge is that of a community of its own."""
    folder.mkdir()
    community = knowledge_awake(folder) / "community.yaml"
    text, changed = re.subn(
        r"(?m)^(\s*编号:\s*)\d+", rf"\g<1>{number}", community.read_text("utf-8"), count=1
    )
    assert changed, "a community has a number"
    community.write_text(text, "utf-8")
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.processes", description=__doc__)
    parser.add_argument("--messages", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    url = os.environ.get("TEST_DATABASE_URL", DEFAULT_POSTGRES)
    plans = {
        "one process": [(1, [Role.WEB, Role.WORKER])],
        "two processes of one community": [(1, [Role.WEB, Role.WEB, Role.WORKER])],
        "two communities, one process each": [(1, [Role.WEB, Role.WORKER]), (2, [Role.WEB, Role.WORKER])],
    }
    with TemporaryDirectory() as name, ExitStack() as opened:
        called = opened.enter_context(platform())
        running: dict[str, list[Fleet]] = {}
        for what, communities in plans.items():
            database = opened.enter_context(own_schema(url))
            migrate(database)
            running[what] = [
                opened.enter_context(
                    fleet(
                        address_of(database),
                        of_community(Path(name) / f"{len(running)}-{number}", number),
                        roles,
                        api_base=called.url,
                    )
                )
                for number, roles in communities
            ]
        rates: dict[str, list[float]] = {what: [] for what in running}
        for fleets in running.values():
            together(fleets, options.messages // 4)  # everything warm
        for _ in range(options.rounds):
            for what, fleets in running.items():
                rates[what].append(together(fleets, options.messages))
    first = rates["one process"]
    for what, its in rates.items():
        ratio = median(one / other for one, other in zip(its, first, strict=True))
        print(f"{what}: {median(its):.0f} turns/s, {ratio:.2f} times one process", flush=True)


if __name__ == "__main__":
    main()
