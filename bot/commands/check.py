"""`check`: finds what is wrong in config, knowledge and phrases. Never starts anything."""

import sys
from dataclasses import replace
from pathlib import Path

from bot.clock import SystemClock, local_day
from bot.settings import ConfigError, ConfigFile, Settings, read_settings
from knowledge.console import words
from knowledge.library import SHIPPED, check_knowledge
from knowledge.problems import Level, Problem


def run_check(config: Path | None) -> None:
    here = Path("config.yaml")
    path = config or (here if here.exists() else None)
    problems: list[Problem] = []
    folder = SHIPPED
    try:
        settings, file = read_settings(path)
    except ConfigError as error:
        problems += error.problems
    else:
        folder = settings.knowledge or SHIPPED
        problems += _channel_problems(settings, file)
    for found in check_knowledge(folder, local_day(SystemClock().now())):
        problems.append(replace(found, file=str(_from_here(folder / found.file))))
    for found in problems:
        print(found)
    errors = sum(found.level is Level.ERROR for found in problems)
    print(words("check.counted", errors=errors, warnings=len(problems) - errors))
    sys.exit(1 if errors else 0)


def _from_here(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _channel_problems(settings: Settings, file: ConfigFile) -> list[Problem]:
    from bot.kinds import channel_options

    try:
        channel_options(settings, file)
    except ConfigError as error:
        return error.problems
    return []
