"""Edits of knowledge files take effect without a restart; a broken edit never does."""

import threading
from collections.abc import Callable
from pathlib import Path

from watchfiles import watch

from knowledge.library import KnowledgeError, read_knowledge
from knowledge.model import Knowledge
from knowledge.problems import Problem

_QUIET_MS = 300  # editors write a file in several steps, and people save two files in a row
_WAKE_MS = 500  # how long stop() may have to wait


class LiveKnowledge:
    """The last good reading of a folder. `current` is swapped whole, so readers need no lock; take it once
    per message. `problems` says why the newest edit is not in use; empty where it is.

    The first reading must be good: the constructor raises KnowledgeError.
    """

    def __init__(self, folder: Path, on_change: Callable[[Knowledge], None] | None = None) -> None:
        self._folder = folder
        self._callbacks: list[Callable[[Knowledge], None]] = [on_change] if on_change else []
        self._refreshing = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.current = read_knowledge(folder)
        self.problems: tuple[Problem, ...] = ()

    def on_change(self, callback: Callable[[Knowledge], None]) -> None:
        """`callback` is called with each new reading, in the thread that noticed the edit."""
        self._callbacks.append(callback)

    def refresh(self) -> bool:
        """Reads the folder now. True where the content changed and is in use."""
        with self._refreshing:
            try:
                knowledge = read_knowledge(self._folder)
            except KnowledgeError as error:
                self.problems = error.problems
                return False
            self.problems = ()
            if knowledge.version == self.current.version:
                return False
            self.current = knowledge
            for callback in self._callbacks:  # inside the lock, so that the newest reading is told last
                callback(knowledge)
        return True

    def start(self) -> None:
        self._thread = threading.Thread(target=self._watch, name="knowledge-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        is_first = True
        for changes in watch(
            self._folder, step=_QUIET_MS, stop_event=self._stop, rust_timeout=_WAKE_MS, yield_on_timeout=True
        ):
            # The first round also catches an edit made between the first reading and the start of the watch.
            if changes or is_first:
                self.refresh()
            is_first = False
