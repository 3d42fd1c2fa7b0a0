"""`converse`: dialogue files through the real engine, each scene on a fresh demo neighbourhood."""

import sys
from functools import partial
from importlib import import_module
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from bot.commands.common import fail, knowledge_in_force, reason_of, settings_in_force
from bot.dialogues.scene import Scene, SceneError, read_scenes
from bot.dialogues.stage import Played, Stage
from bot.dialogues.venue import OpenVenue, in_engine
from knowledge.console import words
from knowledge.model import Knowledge

_PLATFORMS = "tests.counterparts.venues"  # part of the checkout, not of the installed package


def run_converse(files: list[Path], *, store: str | None, through: str | None, config: Path | None) -> None:
    settings, _ = settings_in_force(config)
    knowledge = knowledge_in_force(settings)
    open_venue = _platform(through) if through else in_engine
    try:
        scenes = [scene for file in files for scene in read_scenes(file)]
    except SceneError as error:
        fail(str(error))
    try:
        played = [_play(scene, knowledge, open_venue, store) for scene in scenes]
    except SQLAlchemyError as error:
        fail(words("converse.store_away", reason=reason_of(error)))
    skipped = sum(one.is_skipped for one in played)
    failed = sum(one.failed_line is not None for one in played)
    if skipped:
        print(f"{skipped} skipped")
    print(f"{len(scenes) - failed - skipped} passed, {failed} failed")
    sys.exit(1 if failed else 0)


def _platform(name: str) -> OpenVenue:
    """The platform of that name, played by our own counterparts."""
    try:
        venues = import_module(_PLATFORMS)
    except ModuleNotFoundError as error:
        missing = error.name or _PLATFORMS
        fail(words("converse.no_counterparts", missing=missing))
    if name not in venues.SIDES:
        fail(words("converse.unknown_channel", name=name, known="、".join(venues.SIDES)), status=2)
    return partial(venues.open_venue, name)


def _play(scene: Scene, knowledge: Knowledge, open_venue: OpenVenue, store: str | None) -> Played:
    with open_venue(knowledge, scene.starts_at, store) as venue:
        played = Stage(venue, knowledge).play(scene)
    title = f"{scene.file}:{scene.line} {scene.title}"
    if played.is_skipped:
        print(words("converse.skipped", title=title, reason=played.reason))
    elif played.failed_line is None:
        print(words("converse.passed", title=title))
    else:
        print(words("converse.failed", title=title))
        for line in played.transcript:
            print(f"    {line}")
        print(f"  ✗ {scene.file}:{played.failed_line}: {played.reason}")
    return played
