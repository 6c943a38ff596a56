"""Holding a run: its lease is renewed by a thread of its own, whatever its steps do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

import structlog

from bot.core.runs import Run
from bot.errors import BotError, LeaseLost
from bot.services import Services

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class LeaseTimes:
    """For how long a run is held, and how often that is renewed."""

    lease_s: float = 15.0
    renew_s: float = 4.0


class Heartbeat:
    """Renews the lease of a run until it is left."""

    def __init__(
        self, services: Services, run: Run, times: LeaseTimes, lost: Callable[[], None]
    ) -> None:
        """Args:
        lost: Called from the heartbeat's thread where somebody else holds the run by now.
        """
        self._services = services
        self._run = run
        self._times = times
        self._lost = lost
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="lease", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _beat(self) -> None:
        runs = self._services.store.runs
        while not self._stop.wait(self._times.renew_s):
            try:
                runs.renew(self._run.id, self._run.lease_number, lease_s=self._times.lease_s)
            except LeaseLost:
                self._lost()
                return
            except BotError as exc:
                # The database is away; the lease may lapse, and the next write will say so.
                _log.warning("lease_not_renewed", run=self._run.id, reason=exc.reason)
