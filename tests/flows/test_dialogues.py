"""Every scene under tests/dialogues, through the whole bot, on both stores."""

from pathlib import Path

import pytest

from bot.dialogues.scene import Scene, SceneError, read_scenes
from bot.dialogues.stage import Stage
from bot.dialogues.venue import in_engine
from knowledge.model import Knowledge

FOLDER = Path(__file__).parents[1] / "dialogues"
SCENES = [scene for file in sorted(FOLDER.glob("*.yaml")) for scene in read_scenes(file)]


def _named(scene: Scene) -> str:
    return f"{Path(scene.file).stem}:{scene.line}"


@pytest.mark.parametrize("scene", SCENES, ids=_named)
def test_the_scene_plays_on_sqlite(scene: Scene, knowledge: Knowledge) -> None:
    _play(scene, knowledge, None)


@pytest.mark.parametrize("scene", SCENES, ids=_named)
def test_the_scene_plays_on_postgresql(scene: Scene, knowledge: Knowledge, postgres_url: str) -> None:
    _play(scene, knowledge, postgres_url)


def _play(scene: Scene, knowledge: Knowledge, url: str | None) -> None:
    with in_engine(knowledge, scene.starts_at, url) as venue:
        played = Stage(venue, knowledge).play(scene)

    assert played.failed_line is None, "\n".join(
        [f"line {played.failed_line}: {played.reason}", *played.transcript]
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("场景: a\n时间: 2026-11-23 09:10\n对话:\n  - 王阿姨: 你好\n    答案: [x]\n", "4:"),
        ("场景: a\n时间: 明天\n对话: []\n", "2:"),
        ("场景: a\n时间: 2026-11-23 09:10\n", "1:"),
        ("场景: a\n时间: 2026-11-23 09:10\n对话:\n  - 工单: {第: 最新, 楼栋: '3'}\n", "4:"),
        ("场景: a\n时间: 2026-11-23 09:10\n对话:\n  - 工单: {第: 二, 状态: 挂起}\n", "4:"),
        ("场景: a\n时间: 2026-11-23 09:10\n对话:\n  - 报名: {谁: 王阿姨}\n", "4:"),
        ("场景: a\n时间: 2026-11-23 09:10\n对话:\n  - 群里: {群: 幸福里业主群}\n", "4:"),
        ("场景: a\n时间: 2026-11-23 09:10\n对话:\n  - 推送: {包含: [x]}\n", "4:"),
    ],
)
def test_a_mistake_in_a_dialogue_file_is_told_with_its_line(tmp_path: Path, text: str, place: str) -> None:
    file = tmp_path / "scene.yaml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(SceneError) as refused:
        read_scenes(file)

    assert f"{file}:{place}" in str(refused.value)


def test_a_scene_that_differs_says_where_and_shows_what_was_said(
    tmp_path: Path, knowledge: Knowledge
) -> None:
    file = tmp_path / "scene.yaml"
    file.write_text(
        "场景: a\n时间: 2026-11-23 09:10\n对话:\n  - 王阿姨: 楼道灯坏了\n    答: [从来不说的话]\n",
        encoding="utf-8",
    )
    scene = read_scenes(file)[0]

    with in_engine(knowledge, scene.starts_at, None) as venue:
        played = Stage(venue, knowledge).play(scene)

    assert played.failed_line == 4
    assert "从来不说的话" in played.reason
    assert any("楼道灯坏了" in line for line in played.transcript)
