"""Brings a store to the newest schema, once, whoever starts first."""

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from bot.storage.database import Database

log = logging.getLogger(__name__)

_LOCK = text("SELECT pg_advisory_lock(:key)")
_UNLOCK = text("SELECT pg_advisory_unlock(:key)")
_LOCK_KEY = 0x11A1_0001


def migrate(database: Database, *, with_jobs: bool = False) -> None:
    """Apply every migration that is missing, under a lock that other processes wait for; `with_jobs` also
    those of the job tables, which processes of several roles need.

    A store that a newer release has migrated is left as it is: migrations only add what the release before
    them can do without, so that processes can be replaced one by one.
    """
    if database.is_sqlite:
        with database.engine.begin() as connection:  # BEGIN IMMEDIATE is the lock
            _upgrade(connection)
        return
    with database.engine.connect() as guard:
        guard.execute(_LOCK, {"key": _LOCK_KEY})
        guard.commit()
        try:
            with database.engine.begin() as connection:
                _upgrade(connection)
            if with_jobs:
                from bot.storage.job_schema import bring_up  # noqa: PLC0415 - absent without PostgreSQL

                bring_up(database.engine)
        finally:
            guard.execute(_UNLOCK, {"key": _LOCK_KEY})
            guard.commit()


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    standing = MigrationContext.configure(connection).get_current_heads()
    if not known.issuperset(standing):
        log.warning("a newer release has migrated the store", extra={"revision": ", ".join(standing)})
        return
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
