"""A process that has everything loaded and forks workers, which end by kill -9 or at the end.

Reads one order a line (JSON: folder, run, kill) and answers with the worker's exit code. ``kill``
is the number of the call to store or world at which the worker kills itself. A worker that
comes to the end writes how many calls it made into the folder.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from bot import logs
from bot.jobs.execute import execute
from bot.jobs.heartbeat import LeaseTimes
from bot.services import Services
from bot.store.port import Store
from tests.jobs.engine import step_types
from tests.torture.services import services_on
from tests.torture.world import World
from tests.torture.world import step_types as kinds

TIMES = LeaseTimes(lease_s=0.6, renew_s=0.15)
PATIENCE_S = 60
#: Between two calls of these nothing changes, nor by what the lease's own thread does (`renew`).
READS = frozenset({"get", "choose", "cancel_requested", "events", "due", "find", "of"})


class Count:
    """Counts the calls of all threads from the moment on in which the worker has the run, and
    ends the process at the one that was named."""

    def __init__(self, kill: int | None) -> None:
        self.calls = 0
        self._kill = kill
        self._armed = False
        self._lock = threading.Lock()

    def arm(self) -> None:
        """Begin to count."""
        self._armed = True

    def __call__(self) -> None:
        with self._lock:
            self.calls += self._armed
            if self._armed and self.calls == self._kill:
                os.kill(os.getpid(), signal.SIGKILL)


class Mortal:
    """Wraps whatever has methods; each that writes is counted before it and after it."""

    def __init__(self, inner: object, count: Count) -> None:
        self._inner = inner
        self._count = count

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._inner, name)
        if name == "renew":
            return _shortly(value)
        if not callable(value) or name in READS:
            return value

        def call(*args: Any, **kwargs: Any) -> Any:
            self._count()
            answer = value(*args, **kwargs)
            if name == "lease" and answer is not None:
                self._count.arm()
            self._count()
            return answer

        return call


def _shortly(renew: Callable[..., None]) -> Callable[..., None]:
    """The world outside answers at once here, and one worker lives at a time: nobody need hold
    the run for ten seconds, which the next worker would then wait for."""

    def renewed(id: str, number: int, *, lease_s: float) -> None:
        renew(id, number, lease_s=min(lease_s, TIMES.lease_s))

    return renewed


def main() -> None:
    """Fork a worker for each order until there are no more."""
    # Standard output is for answers.
    logs.configure("json")
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            work(Path(order["folder"]), order["run"], order["kill"])
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def work(folder: Path, run_id: str, kill: int | None) -> None:
    """Carry a run on until it ends; a lease that a killed worker left is waited for."""
    count = Count(kill)
    world = World(folder)
    with step_types(*kinds(Mortal(world, count))):  # type: ignore[arg-type]  # stands in for it
        services = mortal(services_on(folder), count)
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            execute(services, run_id, worker=f"torture:{os.getpid()}", times=TIMES)
            run = services.store.runs.get(run_id)
            if run is None or run.status.is_final:
                (folder / "calls").write_text(str(count.calls))
                return
            time.sleep(0.01)
    os._exit(3)


def mortal(services: Services, count: Count) -> Services:
    """The same services, whose store counts."""
    store = services.store
    parts = {part.name: getattr(store, part.name) for part in fields(Store)}
    wrapped = {
        name: Mortal(part, count) if name in ("runs", "ledger", "plans", "projects") else part
        for name, part in parts.items()
    }
    return replace(services, store=Store(**wrapped))


if __name__ == "__main__":
    main()
