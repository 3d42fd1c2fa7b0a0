"""JSON Schemas of the knowledge files, for completion and checks in editors: `python -m knowledge.schema`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from knowledge.library import FILES, SHIPPED
from knowledge.shapes.faq import FaqHead
from knowledge.typed import schema_of

FOLDER = SHIPPED / ".schema"


def schemas() -> Mapping[str, str]:
    """File name -> content, as committed."""
    shapes = {**FILES, "faq": FaqHead}
    return {f"{name}.json": _text(schema_of(shape)) for name, shape in shapes.items()}


def write_schemas(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for name, text in schemas().items():
        (folder / name).write_text(text, encoding="utf-8")


def _text(schema: Mapping[str, Any]) -> str:
    content = {"$schema": "https://json-schema.org/draft/2020-12/schema", **_without_code_names(schema)}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _without_code_names(part: Mapping[str, Any]) -> dict[str, Any]:
    """Titles and descriptions come from English names in code, which mean nothing to the staff who edit."""
    kept = {key: value for key, value in part.items() if key not in ("title", "description")}
    for group in ("properties", "$defs"):
        if group in kept:
            kept[group] = {name: _without_code_names(inner) for name, inner in kept[group].items()}
    for inner in ("items", "additionalProperties", "propertyNames"):
        if isinstance(kept.get(inner), Mapping):
            kept[inner] = _without_code_names(kept[inner])
    return kept


if __name__ == "__main__":
    write_schemas(FOLDER)
