"""Carrying a run on: a worker takes it, holds it, does what can be done, and gives it back.

A run belongs to one worker by a lease whose number rises; a thread renews it whatever the steps
do. Whoever finds an older number stops at once and writes nothing more. What is done in which
order is decided in ``jobs/stretch``.
"""

from __future__ import annotations

import structlog

from bot import report
from bot.core.runs import Run
from bot.errors import LeaseLost, StoreUnavailable
from bot.jobs.heartbeat import Heartbeat, LeaseTimes
from bot.jobs.stretch import Stretch
from bot.services import Services
from bot.store.port import Crowd
from bot.tapes.recording import note_outcome, recorded

__all__ = ["LeaseTimes", "execute"]

_log = structlog.get_logger(__name__)
#: Of the runs that had to stand back, so many are called when a worker is free again.
_CALLED = 2
_CROWD = Crowd()
#: Whoever saved a run is done by then with telling its thread of it.
_SETTLED_S = 2.0
#: Workers that are called at once choose the same run; all but one of them choose again.
_TRIES = 20


def execute(
    services: Services, run_id: str, *, worker: str, times: LeaseTimes | None = None
) -> None:
    """Carry a run on until it ends or has to wait; nothing where nobody may be worked for.

    It is mostly the run that was asked for; where one organisation has many, it may be that of
    another, whose own call then comes to this one.
    """
    times = times or LeaseTimes()
    run = _take(services, run_id, worker, times)
    if run is None:
        return
    log = _log.bind(run=run.id, lease=run.lease_number)
    services = recorded(services, run)
    stretch = Stretch(services, run)
    try:
        with Heartbeat(services, run, times, stretch.lose):
            stretch.carry_on()
        log.info("run_left", status=_status(services, run.id))
    except LeaseLost:
        log.warning("lease_lost")
        return
    except StoreUnavailable:
        # Nothing can be recorded, not even a failure: the lease lapses, and the sweep finds it.
        log.warning("run_left_behind")
        return
    finally:
        services.models.close(run.id)
    note_outcome(services, run.id)
    _call_others(services)
    if not report.final(services, run.id):
        # Said again by the sweep.
        log.info("report_due")


def _take(services: Services, run_id: str, worker: str, times: LeaseTimes) -> Run | None:
    runs = services.store.runs
    for _ in range(_TRIES):
        chosen = runs.choose(run_id, crowd=_CROWD, settled_for_s=_SETTLED_S)
        if chosen is None:
            return None
        run = runs.lease(chosen, worker=worker, lease_s=times.lease_s, crowd=_CROWD)
        if run is not None:
            return run
    return None


def _call_others(services: Services) -> None:
    """Those that stood back for this run would else wait for the sweep."""
    for waiting in services.store.runs.due(queued_for_s=_SETTLED_S, limit=_CALLED):
        services.queue.run(waiting)


def _status(services: Services, run_id: str) -> str:
    run = services.store.runs.get(run_id)
    return str(run.status) if run else "gone"
