"""How a recording forge tells of an effect, one at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from bot.core.identity import Repository, Thread
from bot.forges.recording import words


class Note(Protocol):
    """Is told of every effect, in order."""

    def __call__(self, kind: str, *, where: str, summary: str) -> None:
        """Args:
        kind: The port's method.
        where: The repository, or the thread as ``owner/name#3``.
        summary: What would be done, in one line.
        """


class Notes:
    """Tells of what is done to one forge. Steps run side by side: each effect is done whole."""

    def __init__(self, note: Note) -> None:
        self._note = note
        self._lock = threading.RLock()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Nothing else is done to the forge until the end of the block."""
        with self._lock:
            yield

    def in_thread(self, kind: str, thread: Thread, summary: str) -> None:
        """Tell of something in a thread."""
        self._note(kind, where=words.place_of(thread), summary=summary)

    def on(self, kind: str, repository: Repository, summary: str) -> None:
        """Tell of something in a repository."""
        self._note(kind, where=repository.full_name, summary=summary)
