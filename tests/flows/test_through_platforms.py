"""Scenes by way of each platform: real callbacks, real screens. `converse --through` plays all of them."""

from pathlib import Path

import pytest

from bot.dialogues.scene import Scene, read_scenes
from bot.dialogues.stage import Stage
from knowledge.model import Knowledge
from tests.counterparts.venues import SIDES, open_venue

FOLDER = Path(__file__).parents[1] / "dialogues"
SCENES = read_scenes(FOLDER / "main-job.yaml")


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: f"line {scene.line}")
@pytest.mark.parametrize("platform", SIDES)
def test_the_scene_plays_by_way_of_the_platform(platform: str, scene: Scene, knowledge: Knowledge) -> None:
    with open_venue(platform, knowledge, scene.starts_at, None) as venue:
        played = Stage(venue, knowledge).play(scene)

    if played.is_skipped:
        pytest.skip(played.reason)
    assert played.failed_line is None, "\n".join(
        [f"line {played.failed_line}: {played.reason}", *played.transcript]
    )
