import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge.library import KnowledgeError
from knowledge.model import Knowledge
from knowledge.watch import LiveKnowledge
from tests.unit.knowledge.editing import replace

FEE = "faq/property/property-fee.md"


def fee(knowledge: Knowledge) -> str:
    return knowledge.faqs["property-fee"].answer


def test_a_refresh_takes_a_good_edit_over(folder: Path) -> None:
    heard: list[str] = []
    live = LiveKnowledge(folder, on_change=lambda knowledge: heard.append(fee(knowledge)))
    before = live.current

    replace(folder, FEE, "1.20元", "1.30元")

    assert live.refresh()
    assert "1.30元" in fee(live.current)
    assert "1.20元" in fee(before)
    assert heard == [fee(live.current)]


def test_nothing_happens_where_nothing_changed(folder: Path) -> None:
    heard: list[Knowledge] = []
    live = LiveKnowledge(folder)
    live.on_change(heard.append)

    assert not live.refresh()
    assert heard == []


def test_a_broken_edit_keeps_the_last_good_version_and_says_where_it_is_broken(folder: Path) -> None:
    live = LiveKnowledge(folder)
    line = replace(folder, FEE, "标题:", "标题：")

    assert not live.refresh()
    assert "1.20元" in fee(live.current)
    assert [(problem.file, problem.line) for problem in live.problems] == [(FEE, line)]

    replace(folder, FEE, "标题：", "标题:")
    live.refresh()
    assert live.problems == ()


def test_the_first_reading_must_be_good(folder: Path) -> None:
    (folder / "places.yaml").unlink()

    with pytest.raises(KnowledgeError):
        LiveKnowledge(folder)


@pytest.fixture
def watched(folder: Path) -> Iterator[tuple[LiveKnowledge, threading.Event]]:
    changed = threading.Event()
    live = LiveKnowledge(folder, on_change=lambda _: changed.set())
    live.start()
    yield live, changed
    live.stop()


def test_a_saved_edit_takes_effect_by_itself(
    folder: Path, watched: tuple[LiveKnowledge, threading.Event]
) -> None:
    live, changed = watched

    replace(folder, FEE, "1.20元", "1.30元")

    assert changed.wait(timeout=20)
    assert "1.30元" in fee(live.current)


def test_two_files_saved_in_a_row_are_taken_over_together(
    folder: Path, watched: tuple[LiveKnowledge, threading.Event]
) -> None:
    live, changed = watched

    # Either half alone would be an error: the grid names a person whom nobody knows yet.
    replace(folder, "places.yaml", "网格员: 孙丽", "网格员: 孙莉")
    replace(folder, "people.yaml", "名: 孙丽", "名: 孙莉")

    assert changed.wait(timeout=20)
    assert live.current.grids[2].worker == "孙莉"
    assert live.problems == ()
