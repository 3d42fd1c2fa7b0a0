"""Puts several files of a knowledge folder in place together."""

import os
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

Texts = Mapping[str, str | None]
"""Path below the folder -> content; None where the file goes."""


class EditedMeanwhile(Exception):
    """Somebody changed `file` between the reading and the writing."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.file = file


def bytes_of(folder: Path, files: Iterable[str]) -> Mapping[str, bytes | None]:
    return {file: (folder / file).read_bytes() if (folder / file).is_file() else None for file in files}


def replace_files(folder: Path, files: Texts, *, before: Mapping[str, bytes | None]) -> None:
    """Each file appears whole or not at all, and an error puts back those already replaced.

    Raises EditedMeanwhile where a file is not as it was `before`, and OSError where the folder cannot be
    written. After a power cut in between, doing the same again does the rest.
    """
    for file, content in bytes_of(folder, files).items():
        if content != before[file]:
            raise EditedMeanwhile(file)
    staged = Path(mkdtemp(dir=folder, prefix=".import-"))  # on the same disk, and not read as knowledge
    replaced: list[str] = []
    try:
        place(staged, files)
        for path in staged.rglob("*"):
            _flush(path)
        for file, text in files.items():
            if text is None:
                _remove(folder, file)
            else:
                _replace(folder, staged, file)
            replaced.append(file)
    except OSError:
        _put_back(folder, {file: before[file] for file in replaced})
        raise
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _flush(path: Path) -> None:
    """So that a power cut after the renaming does not leave an empty file."""
    if path.is_file():
        with path.open("rb") as file:
            os.fsync(file.fileno())


def _replace(folder: Path, staged: Path, file: str) -> None:
    target = folder / file
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        shutil.copymode(target, staged / file)
    (staged / file).replace(target)


def _remove(folder: Path, file: str) -> None:
    (folder / file).unlink()
    with suppress(OSError):  # other entries of the topic are still there
        (folder / file).parent.rmdir()


def _put_back(folder: Path, before: Mapping[str, bytes | None]) -> None:
    for file, content in before.items():
        if content is None:
            (folder / file).unlink(missing_ok=True)
        else:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_bytes(content)


def place(folder: Path, files: Texts) -> None:
    for file, text in files.items():
        path = folder / file
        if text is None:
            path.unlink(missing_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
