"""Carrying a run on: its steps in order, each recorded before what needs it begins.

A run belongs to one worker by a lease whose number rises; a thread renews it whatever the step
does. Whoever finds an older number stops at once and writes nothing more.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType

import structlog

from bot import report
from bot.core.backoff import delay_s
from bot.core.references import Scope, is_true, resolve
from bot.core.runs import Failure, Run, RunStatus, Step, StepStatus
from bot.core.workflow import StepPlan, Workflow
from bot.errors import (
    BotError,
    Cancelled,
    LeaseLost,
    StepFailed,
    StoreUnavailable,
    Transient,
)
from bot.jobs.put_offs import is_pace, note_put_off, put_offs
from bot.services import Services
from bot.steps import step_type
from bot.steps.spec import StepContext
from bot.workflows import checked

_log = structlog.get_logger(__name__)
#: Attempts at a step that may fail, or end with their worker.
_MOST_ATTEMPTS = 8
#: Waiting for our own budget is no failure: it may take as long as the hour's window.
_MOST_WAITS_FOR_PACE = 200
#: A shorter wait is over before anybody has read of it.
_WORTH_TELLING_S = 3.0


@dataclass(frozen=True, kw_only=True)
class LeaseTimes:
    """For how long a run is held, and how often that is renewed."""

    lease_s: float = 15.0
    renew_s: float = 4.0


def execute(
    services: Services, run_id: str, *, worker: str, times: LeaseTimes | None = None
) -> None:
    """Carry a run on until it ends or has to wait; nothing where somebody else holds it."""
    times = times or LeaseTimes()
    run = services.store.runs.lease(run_id, worker=worker, lease_s=times.lease_s)
    if run is None:
        return
    log = _log.bind(run=run.id, lease=run.lease_number)
    try:
        with _Heartbeat(services, run, times):
            _Execution(services, run).carry_on()
        log.info("run_left", status=_status(services, run_id))
    except LeaseLost:
        log.warning("lease_lost")
        return
    except StoreUnavailable:
        # Nothing can be recorded, not even a failure: the lease lapses, and the sweep finds it.
        log.warning("run_left_behind")
        return
    if not report.final(services, run_id):
        # Said again by the sweep.
        log.info("report_due")


def _status(services: Services, run_id: str) -> str:
    run = services.store.runs.get(run_id)
    return str(run.status) if run else "gone"


class _Heartbeat:
    """Renews the lease from a thread of its own, so that a long step keeps it."""

    def __init__(self, services: Services, run: Run, times: LeaseTimes) -> None:
        self._services = services
        self._run = run
        self._times = times
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
                return
            except BotError as exc:
                # The database is away; the lease may lapse, and the next write will say so.
                _log.warning("lease_not_renewed", run=self._run.id, reason=exc.reason)


class _Execution:
    """One worker's stretch of a run."""

    def __init__(self, services: Services, run: Run) -> None:
        self._services = services
        self._runs = services.store.runs
        self._run = run
        self._number = run.lease_number
        self._told_at = time.monotonic()

    def carry_on(self) -> None:
        """Do the steps that are left, then end the run."""
        try:
            workflow = checked(self._run.workflow, source="the run's workflow")
            for plan in workflow.steps:
                self._step(workflow, plan)
        except Cancelled as exc:
            self._end(RunStatus.CANCELLED, _failure(exc))
        except _Waiting as wait:
            if wait.seconds >= _WORTH_TELLING_S:
                report.progress(self._services, self._run.id)
        except (LeaseLost, StoreUnavailable):
            raise
        except BotError as exc:
            self._end(RunStatus.FAILED, _failure(exc))
        except Exception as exc:
            # Left as it is, the run would be taken up and break again for ever.
            _log.exception("run_broken", run=self._run.id)
            self._end(RunStatus.FAILED, _broken("The run", exc))
        else:
            self._end(RunStatus.COMPLETED, None)

    def _end(self, status: RunStatus, failure: Failure | None) -> None:
        self._runs.finish(self._run.id, self._number, status, failure)

    def _step(self, workflow: Workflow, plan: StepPlan) -> None:
        run = self._reload()
        step = run.step(plan.id)
        if step.status in (StepStatus.COMPLETED, StepStatus.SKIPPED):
            return
        if run.cancel_requested_by is not None:
            raise Cancelled(f"{run.cancel_requested_by} cancelled the run.")
        scope = Scope(inputs={**workflow.defaults, **run.inputs}, steps=_outputs(run))
        if not is_true(plan.condition, scope):
            self._runs.step_skipped(run.id, self._number, plan.id)
            return
        self._refuse_poison(plan, step)
        self._runs.step_started(run.id, self._number, plan.id)
        self._tell_sometimes()
        arguments = resolve(plan.arguments, scope)
        outputs = self._attempt(plan, step, arguments if isinstance(arguments, Mapping) else {})
        self._runs.step_completed(run.id, self._number, plan.id, outputs)

    def _attempt(
        self, plan: StepPlan, step: Step, arguments: Mapping[str, object]
    ) -> Mapping[str, object]:
        context = StepContext(
            services=self._services, run=self._reload(), step_id=plan.id, number=self._number
        )
        try:
            return step_type(plan.uses).run(context, arguments)
        except (LeaseLost, Cancelled):
            raise
        except Transient as exc:
            raise self._put_off(plan, exc) from exc
        except BotError as exc:
            self._runs.step_failed(self._run.id, self._number, plan.id, _failure(exc))
            raise
        except Exception as exc:
            _log.exception("step_broken", run=self._run.id, step=plan.id)
            failure = _broken(f"The step {plan.id}", exc)
            self._runs.step_failed(self._run.id, self._number, plan.id, failure)
            raise StepFailed(failure.message, reason=failure.reason, remedy=failure.remedy) from exc

    def _put_off(self, plan: StepPlan, problem: Transient) -> Exception:
        """Give the run back for a while, unless this step has been tried often enough."""
        before = put_offs(self._runs, self._run.id, plan.id)
        paced = is_pace(problem)
        tried = 1 + (before.paced if paced else before.faults)
        if tried >= (_MOST_WAITS_FOR_PACE if paced else _MOST_ATTEMPTS):
            failure = _failure(problem)
            self._runs.step_failed(self._run.id, self._number, plan.id, failure)
            return StepFailed(failure.message, reason=failure.reason, remedy=failure.remedy)
        asked_s = problem.retry_after_s
        wait_s = asked_s if paced and asked_s is not None else delay_s(tried, asked_s=asked_s)
        note_put_off(self._runs, self._run.id, plan.id, problem)
        self._runs.wait(self._run.id, self._number, resume_in_s=wait_s, waiting_for=problem.message)
        return _Waiting(wait_s)

    def _refuse_poison(self, plan: StepPlan, step: Step) -> None:
        """A step whose attempts end their workers, without a word, is not tried for ever."""
        if step.attempts < _MOST_ATTEMPTS:
            return
        if step.attempts - put_offs(self._runs, self._run.id, plan.id).all >= _MOST_ATTEMPTS:
            failure = Failure(
                reason="workers_lost",
                message=f"The step {plan.id} was begun {step.attempts} times, and its workers "
                "ended each time.",
                remedy="The operator finds in their log what ended them.",
            )
            self._runs.step_failed(self._run.id, self._number, plan.id, failure)
            raise StepFailed(failure.message, reason=failure.reason, remedy=failure.remedy)

    def _reload(self) -> Run:
        run = self._runs.get(self._run.id)
        if run is None or run.lease_number != self._number:
            raise LeaseLost("The run belongs to another worker.")
        return run

    def _tell_sometimes(self) -> None:
        if time.monotonic() - self._told_at >= report.EDIT_EVERY_S:
            self._told_at = time.monotonic()
            report.progress(self._services, self._run.id)


class _Waiting(Exception):
    """The run waits so many seconds; there is nothing more to do in this stretch."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def _outputs(run: Run) -> dict[str, Mapping[str, object] | None]:
    return {
        step.id: step.outputs if step.status is StepStatus.COMPLETED else None for step in run.steps
    }


def _broken(what: str, problem: Exception) -> Failure:
    return Failure(
        reason="internal",
        message=f"{what} broke ({type(problem).__name__}).",
        remedy="This is a mistake of the program; its operator finds more in the log.",
    )


def _failure(problem: BotError) -> Failure:
    return Failure(reason=problem.reason, message=problem.message, remedy=problem.remedy)
