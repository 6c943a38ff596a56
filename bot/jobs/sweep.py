"""What is due and on nobody's desk: found in the database, put back into the queues.

Every worker process sweeps; doing it twice is harmless, since queues do not pile up and leases
let only one worker in.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bot.errors import BotError
from bot.services import Services

#: Of past days nothing is held to a cap; a few are kept to look at.
_BUDGET_DAYS = 7
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class SweepTimes:
    """How often to look, and how long a thing may lie before it counts as left behind."""

    every_s: float = 1.0
    delivery_s: float = 5.0
    queued_s: float = 5.0
    report_s: float = 5.0
    report_every_s: float = 15.0
    tidy_every_s: float = 3600.0
    #: After this long nobody settles a call of a model any more; one may take five minutes.
    call_s: float = 900.0
    calls_every_s: float = 60.0


def sweep(services: Services, times: SweepTimes) -> int:
    """Queue every delivery and run that is due; how many."""
    deliveries = services.store.deliveries.due(older_than_s=times.delivery_s)
    runs = services.store.runs.due(queued_for_s=times.queued_s)
    for delivery in deliveries:
        services.queue.intake(delivery)
    for run in runs:
        services.queue.run(run)
    return len(deliveries) + len(runs)


def sweep_reports(services: Services, times: SweepTimes) -> int:
    """Queue every last report that has not been heard; how many."""
    runs = services.store.runs.unreported(finished_for_s=times.report_s)
    for run in runs:
        services.queue.report(run)
    return len(runs)


def sweep_verifications(services: Services) -> int:
    """Have another worker verify what one had begun to, and left; how many."""
    runs = services.queue.abandoned()
    for run in runs:
        services.queue.verify(run)
    return len(runs)


def sweep_hooks(services: Services) -> int:
    """Queue every hook to which something is due; how many."""
    hooks = services.store.hook_deliveries.due()
    for hook in hooks:
        services.queue.hook(hook)
    return len(hooks)


def sweep_calls(services: Services, times: SweepTimes) -> int:
    """Have be spent what was set aside for calls of models whose workers ended; how many."""
    return services.store.budgets.settle_abandoned(older_than_s=times.call_s)


def tidy(services: Services) -> None:
    """Drop what has been kept long enough: bodies, blobs, data of those who left."""
    store = services.store
    dropped = {
        "bodies": store.deliveries.purge(),
        "hook_deliveries": store.hook_deliveries.purge(),
        "blobs": store.projects.collect_blobs(),
        "model_texts": store.model_calls.purge_texts(),
        "budgets": store.budgets.purge(before_day=_days_ago(services, _BUDGET_DAYS)),
        "organisations": store.organisations.erase_removed(),
    }
    if any(dropped.values()):
        _log.info("tidied", **dropped)


def keep_sweeping(
    services: Services, stop: threading.Event, times: SweepTimes | None = None
) -> None:
    """Sweep until ``stop`` is set, whatever goes wrong meanwhile."""
    times = times or SweepTimes()
    last = {"reports": 0.0, "tidy": 0.0, "calls": 0.0}
    while not stop.wait(times.every_s):
        try:
            sweep(services, times)
            sweep_verifications(services)
            sweep_hooks(services)
            if _is_time(last, "reports", times.report_every_s):
                sweep_reports(services, times)
            if _is_time(last, "tidy", times.tidy_every_s):
                tidy(services)
            if _is_time(last, "calls", times.calls_every_s):
                sweep_calls(services, times)
        except BotError as exc:
            _log.warning("sweep_put_off", reason=exc.reason)
        except Exception:
            _log.exception("sweep_broken")


def _days_ago(services: Services, days: int) -> str:
    return (services.clock() - timedelta(days=days)).date().isoformat()


def _is_time(last: dict[str, float], what: str, every_s: float) -> bool:
    now = time.monotonic()
    if last[what] and now - last[what] < every_s:
        return False
    last[what] = now
    return True
