"""`knowledge`: questions and answers out to a workbook, and back into their files."""

from pathlib import Path

from bot.commands.books import import_book, save_book
from bot.commands.common import knowledge_in_force, settings_in_force
from knowledge.console import words
from knowledge.library import SHIPPED
from knowledge.sheets.faq_sheets import faq_tables, plan_faqs


def run_export(path: Path, *, config: Path | None) -> None:
    settings, _ = settings_in_force(config)
    knowledge = knowledge_in_force(settings)
    save_book(path, faq_tables(knowledge))
    print(words("knowledge.exported", number=len(knowledge.faqs), path=path))


def run_import(path: Path, *, confirmed: bool, config: Path | None) -> None:
    settings, _ = settings_in_force(config)
    import_book(path, settings.knowledge or SHIPPED, plan_faqs, confirmed=confirmed)
