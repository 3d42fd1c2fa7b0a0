"""Runs `python -m bot …` as a person would, in a folder of its own, with an environment of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.conftest import ROOT


def run_bot(
    *arguments: str, folder: Path, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.upper().startswith("LINLI_")}
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env={**inherited, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **(variables or {})},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
