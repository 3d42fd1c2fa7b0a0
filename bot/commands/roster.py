"""`roster`: staff, building leaders, grids and duties out to a workbook, and back into their files."""

from pathlib import Path

from bot.commands.books import import_book, save_book
from bot.commands.common import knowledge_in_force, settings_in_force
from knowledge.console import words
from knowledge.library import SHIPPED
from knowledge.sheets.roster_sheets import plan_roster, roster_tables

_NO_ACCOUNTS = ("web", "sandbox")  # kinds of channels in which staff are known by nothing we could write down


def run_export(path: Path, *, config: Path | None) -> None:
    settings, _ = settings_in_force(config)
    knowledge = knowledge_in_force(settings)
    channels = [name for name, channel in settings.channels.items() if channel.kind not in _NO_ACCOUNTS]
    save_book(path, roster_tables(settings.knowledge or SHIPPED, channels))
    duties = len(knowledge.responsibilities) + len(knowledge.rota.lines)
    people, grids = len(knowledge.staff), len(knowledge.grids)
    print(words("roster.exported", people=people, grids=grids, duties=duties, path=path))


def run_import(path: Path, *, confirmed: bool, config: Path | None) -> None:
    settings, _ = settings_in_force(config)
    import_book(path, settings.knowledge or SHIPPED, plan_roster, confirmed=confirmed)
