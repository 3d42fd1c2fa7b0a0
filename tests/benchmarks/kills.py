"""Two hundred kills: processes of a fleet die at random instants under load; is anything lost or doubled?

    python -m tests.benchmarks.kills [--kills 200] [--store sqlite|postgres]

SQLite is served by one process, PostgreSQL by two of each role. Prints what was acknowledged, what the
outbox came to, and every problem; the exit status is 1 where there was one.
"""

import argparse
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.roles import Role
from bot.storage.database import Database, own_schema
from bot.storage.migrate import migrate
from tests.city.fleet import fleet, platform
from tests.city.kills import Story, hunt
from tests.conftest import DEFAULT_POSTGRES
from tests.stores import address_of

ROLES = {
    "sqlite": [Role.ALL],
    "postgres": [Role.WEB, Role.WEB, Role.WORKER, Role.WORKER],
}


def kill(database: Database, roles: list[Role], folder: Path, kills: int) -> Story:
    migrate(database)
    with platform() as called, fleet(address_of(database), folder, roles, api_base=called.url) as processes:
        return hunt(processes, database, called, kills=kills, bookings_made=2 * kills)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="on each store")
    parser.add_argument("--store", choices=list(ROLES), action="append")
    options = parser.parse_args()
    failed = False
    for store in options.store or ROLES:
        with TemporaryDirectory() as name:
            folder = Path(name)
            if store == "sqlite":
                story = kill(
                    Database(f"sqlite:///{folder}/linli.sqlite3"), ROLES[store], folder, options.kills
                )
            else:
                url = os.environ.get("TEST_DATABASE_URL", DEFAULT_POSTGRES)
                with own_schema(url) as database:
                    story = kill(database, ROLES[store], folder, options.kills)
        print(f"{store}: {story}", flush=True)
        failed = failed or bool(story.problems)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
