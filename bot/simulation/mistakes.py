"""What the program itself calls an error: a turn or a reminder that failed is logged, and life goes on."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


class _Listening(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(self.format(record))


@contextmanager
def errors_logged() -> Iterator[list[str]]:
    """The errors that are logged meanwhile. Warnings are left out: the lines of the town fail on purpose."""
    log, listening = logging.getLogger("bot"), _Listening()
    level = log.level
    log.setLevel(logging.ERROR)
    log.addHandler(listening)
    try:
        yield listening.heard
    finally:
        log.removeHandler(listening)
        log.setLevel(level)
