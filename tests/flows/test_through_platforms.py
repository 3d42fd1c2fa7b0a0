"""Scenes by way of each platform: real callbacks, real screens. `converse --through` plays all of them."""

from pathlib import Path

import pytest

from bot.commands import converse
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


def test_an_unknown_platform_is_named_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        converse.run_converse([FOLDER / "main-job.yaml"], store=None, through="fax", config=None)

    assert ended.value.code == 2
    assert "wechat、wecom、telegram、onebot" in capsys.readouterr().err


def test_without_the_counterparts_it_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(converse, "_PLATFORMS", "no_such_checkout.venues")

    with pytest.raises(SystemExit) as ended:
        converse.run_converse([FOLDER / "main-job.yaml"], store=None, through="wechat", config=None)

    assert ended.value.code == 1
    assert "no_such_checkout" in capsys.readouterr().err
