from pathlib import Path
from shutil import copy, copytree

import pytest

from knowledge.library import SHIPPED


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A writable copy of the shipped knowledge."""
    target = tmp_path / "knowledge"
    target.mkdir()
    for file in SHIPPED.glob("*.yaml"):
        copy(file, target)
    copytree(SHIPPED / "faq", target / "faq")
    return target
