"""Reading the package's own data files."""

from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load(name: str) -> dict[str, Any]:
    with (HERE / name).open(encoding="utf-8") as file:
        content = yaml.load(file, Loader=_Loader)  # noqa: S506 - a safe loader, in C where there is one
    assert isinstance(content, dict), name
    return content
