"""A few threads that work side by side, so that one slow forge does not hold up all others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import structlog

_log = structlog.get_logger(__name__)


class Hands:
    """Does as many things at once as there are hands; whoever brings more waits."""

    def __init__(self, count: int) -> None:
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="hand")
        self._free = threading.Semaphore(count)
        self._lock = threading.Lock()
        self._began: dict[int, float] = {}

    def give(self, act: Callable[[], object]) -> None:
        """Have something done by the next free hand; returns when it has been taken."""
        self._free.acquire()
        self._submit(act)

    def offer(self, act: Callable[[], object]) -> bool:
        """Have something done if a hand is free just now; False where none is."""
        if not self._free.acquire(blocking=False):
            return False
        self._submit(act)
        return True

    def longest_s(self) -> float:
        """For how long the slowest hand has been at what it does."""
        with self._lock:
            return max((time.monotonic() - began for began in self._began.values()), default=0.0)

    def finish(self) -> None:
        """Wait until everything that was given is done; nothing can be given afterwards."""
        self._pool.shutdown(wait=True)

    def _submit(self, act: Callable[[], object]) -> None:
        try:
            self._pool.submit(self._do, act)
        except RuntimeError:
            self._free.release()
            raise

    def _do(self, act: Callable[[], object]) -> None:
        me = threading.get_ident()
        with self._lock:
            self._began[me] = time.monotonic()
        try:
            act()
        except Exception:
            _log.exception("hand_broken")
        finally:
            with self._lock:
                del self._began[me]
            self._free.release()


class Turns:
    """One thread at a time for the same key, and all at once for different ones.

    Who has a key may take it again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: dict[object, tuple[threading.RLock, int]] = {}

    @contextmanager
    def of(self, key: object) -> Iterator[None]:
        """Wait until nobody else has this key, and have it until the end of the block."""
        with self._lock:
            turn, wanted = self._turns.get(key, (threading.RLock(), 0))
            self._turns[key] = (turn, wanted + 1)
        try:
            with turn:
                yield
        finally:
            with self._lock:
                wanted = self._turns[key][1] - 1
                if wanted:
                    self._turns[key] = (turn, wanted)
                else:
                    del self._turns[key]
