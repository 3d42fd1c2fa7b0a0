"""What the command line says: sentences of console.yaml. They come with the program and are read without a
knowledge folder, so that a command can also say what is wrong with one."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from knowledge.replies import render


@cache
def console_sentences() -> Mapping[str, str]:
    """group.key -> sentence."""
    file = Path(__file__).with_name("console.yaml")
    groups = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)  # noqa: S506 - text only
    return {f"{group}.{key}": sentence for group, said in groups.items() for key, sentence in said.items()}


def words(key: str, /, **values: object) -> str:
    """The sentence of that group.key with its placeholders filled in."""
    return render(console_sentences()[key], values)
