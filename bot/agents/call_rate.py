"""How often one run may call one host: a loop costs the other side little, and ours, too."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from threading import Lock

#: Calls in any minute.
MOST_A_MINUTE = 60
_WINDOW_S = 60.0
_MOST_KEPT = 1_000


class CallRate:
    """Counts the calls of each run to each host, in this process: one worker has a run."""

    def __init__(self, clock: Callable[[], float], most: int = MOST_A_MINUTE) -> None:
        self._clock = clock
        self._most = most
        self._lock = Lock()
        self._calls: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()

    def take(self, run_id: str, host: str) -> float:
        """Count a call that is made now; else for how many seconds it has to wait first."""
        with self._lock:
            now = self._clock()
            calls = self._calls.setdefault((run_id, host), deque())
            self._calls.move_to_end((run_id, host))
            while len(self._calls) > _MOST_KEPT:
                self._calls.popitem(last=False)
            while calls and calls[0] <= now - _WINDOW_S:
                calls.popleft()
            if len(calls) >= self._most:
                return max(0.01, calls[0] + _WINDOW_S - now)
            calls.append(now)
            return 0.0
