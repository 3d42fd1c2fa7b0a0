"""`converse`: dialogue files through the real engine, each scene on a fresh demo neighbourhood."""

import sys
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from bot.commands.common import fail, knowledge_in_force, settings_in_force
from bot.dialogues.scene import Scene, SceneError, read_scenes
from bot.dialogues.stage import Stage, fresh_database
from knowledge.model import Knowledge


def run_converse(files: list[Path], *, store: str | None, config: Path | None) -> None:
    settings, _ = settings_in_force(config)
    knowledge = knowledge_in_force(settings)
    try:
        scenes = [scene for file in files for scene in read_scenes(file)]
    except SceneError as error:
        fail(str(error))
    try:
        failed = sum(not _plays(scene, knowledge, store) for scene in scenes)
    except SQLAlchemyError as error:
        fail(f"数据库用不了：{str(getattr(error, 'orig', None) or error).splitlines()[0]}")
    print(f"{len(scenes) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


def _plays(scene: Scene, knowledge: Knowledge, store: str | None) -> bool:
    with fresh_database(store) as database:
        played = Stage(database, knowledge, scene.starts_at).play(scene)
    if played.failed_line is None:
        print(f"通过 {scene.file}:{scene.line} {scene.title}")
        return True
    print(f"没过 {scene.file}:{scene.line} {scene.title}")
    for line in played.transcript:
        print(f"    {line}")
    print(f"  ✗ {scene.file}:{played.failed_line}: {played.reason}")
    return False
