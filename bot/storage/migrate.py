"""Brings a store to the newest schema, once, whoever starts first."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from bot.storage.database import Database

_LOCK = text("SELECT pg_advisory_lock(:key)")
_UNLOCK = text("SELECT pg_advisory_unlock(:key)")
_LOCK_KEY = 0x11A1_0001


def migrate(database: Database) -> None:
    """Apply every migration that is missing, under a lock that other processes wait for."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    if database.is_sqlite:
        with database.engine.begin() as connection:  # BEGIN IMMEDIATE is the lock
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        return
    with database.engine.connect() as guard:
        guard.execute(_LOCK, {"key": _LOCK_KEY})
        guard.commit()
        try:
            with database.engine.begin() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        finally:
            guard.execute(_UNLOCK, {"key": _LOCK_KEY})
            guard.commit()
