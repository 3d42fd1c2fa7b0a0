"""What several commands share: the settings in force, the store, and how a mistake is reported."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from sqlalchemy.exc import SQLAlchemyError

from bot.settings import ConfigError, ConfigFile, Settings, read_settings
from bot.storage.database import Database
from bot.storage.migrate import migrate
from knowledge.console import words
from knowledge.library import SHIPPED, read_knowledge
from knowledge.model import Knowledge
from knowledge.problems import KnowledgeError

DEMO_DATABASE = "sqlite:///var/demo.sqlite3"


def fail(message: str, *, status: int = 1) -> NoReturn:
    print(message, file=sys.stderr)
    sys.exit(status)


def settings_in_force(config: Path | None) -> tuple[Settings, ConfigFile]:
    """--config, else config.yaml here, else the demo neighbourhood's."""
    here = Path("config.yaml")
    path = config or (here if here.exists() else None)
    try:
        settings, file = read_settings(path)
    except ConfigError as error:
        fail(str(error))
    if path is None and "database_url" not in settings.model_fields_set:
        settings = settings.model_copy(update={"database_url": DEMO_DATABASE})
    return settings, file


def knowledge_in_force(settings: Settings) -> Knowledge:
    try:
        return read_knowledge(settings.knowledge or SHIPPED)
    except KnowledgeError as error:
        fail(str(error))


@contextmanager
def store(settings: Settings) -> Iterator[Database]:
    """The configured store, made or migrated where needed; its failures end in a sentence."""
    try:
        database = Database(settings.database_url)
        migrate(database)
        try:
            yield database
        finally:
            database.close()
    except SQLAlchemyError as error:
        fail(store_away(settings, error))


def store_away(settings: Settings, error: SQLAlchemyError) -> str:
    """That the store cannot be used, and why."""
    return words("store.away", where=database_name(settings), reason=reason_of(error))


def reason_of(error: SQLAlchemyError) -> str:
    """The first line of what the driver says."""
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0]


def database_name(settings: Settings) -> str:
    """The store's address without its password."""
    return Database(settings.database_url).url.render_as_string(hide_password=True)
