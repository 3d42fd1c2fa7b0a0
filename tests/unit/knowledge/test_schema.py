from pathlib import Path

import pytest

from knowledge.library import FILES, SHIPPED
from knowledge.schema import FOLDER, schemas, write_schemas


def test_the_committed_schemas_are_what_the_code_makes() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}

    assert committed == schemas(), "run: python -m knowledge.schema"


def test_writing_makes_the_same_files_anywhere(tmp_path: Path) -> None:
    write_schemas(tmp_path / "new")

    assert {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "new").iterdir()} == schemas()


@pytest.mark.parametrize("name", FILES)
def test_every_file_tells_editors_its_schema(name: str) -> None:
    first = (SHIPPED / f"{name}.yaml").read_text(encoding="utf-8").split("\n")[0]

    assert first == f"# yaml-language-server: $schema=.schema/{name}.json"


def test_schemas_show_staff_no_english_names() -> None:
    for text in schemas().values():
        assert '"title"' not in text
        assert '"description"' not in text
