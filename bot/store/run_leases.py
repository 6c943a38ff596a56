"""How a run comes into a worker's hands and leaves them, and for how long it was in them."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.core.runs import RunStatus
from bot.store import events
from bot.store.leases import has_lapsed, held_until
from bot.store.models import RunRow
from bot.store.port import EventKind
from bot.store.run_rows import move
from bot.store.session import Transaction


def take(tx: Transaction, run: RunRow, *, worker: str, lease_s: float, now: datetime) -> None:
    """Give a locked run that may be taken to a worker, under the next lease number."""
    # Of a worker that died, all that is known is when its lease would have ended.
    count_work(run, min(now, run.due_at) if run.due_at else now)
    move(run, RunStatus.RUNNING)
    run.lease_number += 1
    run.worker = worker
    run.held_since = now
    run.due_at = held_until(now, lease_s)
    # Whoever reads the run from here on sees what it was woken for.
    run.woken = False
    run.waiting_for = None
    run.started_at = run.started_at or now
    events.of_run(tx, run, EventKind.RUN_STARTED, now, lease=run.lease_number, worker=worker)


def hold_longer(run: RunRow, lease_s: float, now: datetime) -> None:
    """Move the end of a lease, never towards now."""
    until = held_until(now, lease_s)
    if run.due_at is None or run.due_at < until or has_lapsed(run.due_at, now):
        run.due_at = until


def give_back(
    tx: Transaction, run: RunRow, *, resume_in_s: float | None, waiting_for: str, now: datetime
) -> None:
    """Let a run wait; one that was woken meanwhile is due again at once."""
    move(run, RunStatus.WAITING)
    count_work(run, now)
    run.worker = None
    run.waiting_for = waiting_for
    run.due_at = None if resume_in_s is None else now + timedelta(seconds=resume_in_s)
    if run.woken:
        run.due_at = now
    run.woken = False
    events.of_run(tx, run, EventKind.RUN_WAITING, now, waiting_for=waiting_for)


def count_work(run: RunRow, until: datetime) -> None:
    """Add the time since its worker took the run; nothing where the clock was set back."""
    if run.held_since is not None:
        run.worked_s += max(0.0, (until - run.held_since).total_seconds())
    run.held_since = None


def is_worked_on(run: RunRow, now: datetime) -> bool:
    """Whether a worker holds the run."""
    return run.status == RunStatus.RUNNING and not has_lapsed(run.due_at, now)
