"""Verifying for runs whose own workers have no sandbox.

The run itself stays where it is, waiting: this worker only gathers the evidence, records it, and
wakes the run. Doing so twice is harmless, since the first evidence counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import structlog

from bot.core.runs import Run, Step, StepStatus
from bot.errors import BotError, Cancelled
from bot.services import Services
from bot.steps.evidence import Asked, examined, found, gather, save, stored_files

_log = structlog.get_logger(__name__)
_UNDER_WAY = (StepStatus.WAITING, StepStatus.RUNNING)


def verify_waiting(services: Services, run_id: str) -> None:
    """Verify everything that a run waits with, and wake it."""
    run = services.store.runs.get(run_id)
    if run is None or run.status.is_final:
        return
    for step, project_id, snapshot in _waiting(run):
        try:
            _verify(services, run, step, project_id, snapshot)
        except Cancelled:
            return
        except BotError as exc:
            # The run's own worker finds the same, and tells it.
            _log.warning("verification_failed", run=run.id, step=step.id, reason=exc.reason)
    services.store.runs.wake(run.id)
    services.queue.run(run.id)


def _waiting(run: Run) -> Iterator[tuple[Step, str, int]]:
    for step in (*run.steps, *run.parts):
        if step.uses != "verify" or step.status not in _UNDER_WAY:
            continue
        given = (step.inputs or {}).get("project")
        snapshot = given.get("snapshot") if isinstance(given, Mapping) else None
        if isinstance(given, Mapping) and isinstance(snapshot, int):
            yield step, str(given.get("id")), snapshot


def _verify(services: Services, run: Run, step: Step, project_id: str, snapshot: int) -> None:
    asked = Asked(
        run_id=run.id,
        step_id=step.id,
        round=step.round,
        project_id=project_id,
        snapshot=snapshot,
    )
    if found(services, asked) is not None:
        return

    def stop_if_cancelled() -> None:
        if services.store.runs.cancel_requested(run.id):
            raise Cancelled("The run was asked to stop.")

    files = stored_files(services, project_id, snapshot)
    evidence = gather(services, project_id, files, examined(files), poll=stop_if_cancelled)
    save(services, asked, evidence)
    _log.info("verified", run=run.id, step=step.id, passed=evidence.passed)
