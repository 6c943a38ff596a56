"""One worker's stretch of a run: what can be done now is done, side by side where the workflow
allows it, each output stored before anything that needs it begins.

All that decides happens in one thread. Attempts run in threads of their own and only hand
in how they ended, so that a step that does not come back can be given up.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from bot import report
from bot.core.runs import Failure, Run, RunStatus, Step, StepStatus
from bot.core.workflow import StepPlan, Workflow
from bot.core.workflow_graph import ready
from bot.errors import BotError, Cancelled, LeaseLost, StepFailed, StoreUnavailable
from bot.jobs.attempt import Attempt, Ended
from bot.jobs.outcome import Verdict, broken, failure_of, judge
from bot.jobs.unfolding import Item, close, unfold
from bot.jobs.values import Values
from bot.services import Services
from bot.workflows import checked

_log = structlog.get_logger(__name__)
#: Steps of one run at a time; each may hold a connection of the database for a moment.
_SIDE_BY_SIDE = 8
#: How often to look whether somebody cancelled the run or a step's time is over.
_LOOK_EVERY_S = 0.5
#: A run that takes longer than this shows in its comment that it is under way.
_FIRST_WORD_S = 3.0
#: The run and its steps are put off one after the other, and so by a little more or less.
_ABOUT_NOW = timedelta(seconds=0.1)
#: A shorter wait is over before anybody has read of it.
_WORTH_TELLING_S = 3.0
#: What a run may take where its workflow does not say: an hour of work, waiting not counted.
_LONGEST_S = 3600.0

_DONE = (StepStatus.COMPLETED, StepStatus.SKIPPED)


class Stretch:
    """What one worker does of one run, under one lease number."""

    def __init__(self, services: Services, run: Run) -> None:
        self._services = services
        self._runs = services.store.runs
        self._run = run
        self._number = run.lease_number
        self._under_way: dict[str, Attempt] = {}
        self._ended: queue.SimpleQueue[Ended] = queue.SimpleQueue()
        self._failure: Failure | None = None
        #: Steps that were looked at in this stretch and wait for somebody.
        self._waiting: dict[str, datetime | None] = {}
        self._began = time.monotonic()
        # The comment was written when the run was queued: that it has begun is soon said.
        self._told_at = self._began - report.EDIT_EVERY_S + _FIRST_WORD_S

    def lose(self) -> None:
        """Have everything that is under way stop: somebody else holds the run by now."""
        self._stop_all(LeaseLost("The run belongs to another worker."))

    def carry_on(self) -> None:
        """Do what can be done now, then end the run or give it back.

        Raises:
            LeaseLost: Where somebody else holds the run.
            StoreUnavailable: Where nothing can be recorded.
        """
        try:
            workflow = checked(self._run.workflow, source="the run's workflow")
            self._work(workflow)
        except Cancelled as exc:
            self._end(RunStatus.CANCELLED, failure_of(exc))
        except (LeaseLost, StoreUnavailable) as exc:
            self._stop_all(exc)
            raise
        except BotError as exc:
            self._halt(exc)
            self._end(RunStatus.FAILED, failure_of(exc))
        except Exception as exc:
            # Left as it is, the run would be taken up and break again for ever.
            _log.exception("run_broken", run=self._run.id)
            self._halt(StepFailed("The run broke.", reason="internal"))
            self._end(RunStatus.FAILED, broken("The run", exc))

    def _work(self, workflow: Workflow) -> None:
        values = Values(self._services, self._run, workflow)
        while True:
            run = self._reload()
            self._heed(run, workflow)
            if self._failure is None and run.cancel_requested_by is None:
                run = self._begin_what_is_ready(workflow, values, run)
            if not self._under_way:
                self._leave(workflow, values, run)
                return
            self._await_one(workflow)

    def _begin_what_is_ready(self, workflow: Workflow, values: Values, run: Run) -> Run:
        """Begin all that may begin; skipping a step or closing a loop may let others in."""
        changed = True
        while changed:
            changed = False
            done = [step.id for step in run.steps if step.status in _DONE]
            for plan in ready(workflow, done):
                if plan.id not in self._waiting:
                    changed |= self._begin(plan, values, run)
            if changed:
                run = self._reload()
        return run

    def _begin(self, plan: StepPlan, values: Values, run: Run) -> bool:
        """Take a step one bit further; whether anything was recorded that others may wait for."""
        if plan.id in self._under_way or self._failure is not None:
            return False
        try:
            if not run.parts_of(plan.id) and not values.holds(plan, run):
                self._runs.step_skipped(run.id, self._number, plan.id)
                return True
            if plan.for_each is None:
                self._attempt(Item(plan=plan, id=plan.id), values, run)
                return False
            return self._loop(plan, values, run)
        except (LeaseLost, StoreUnavailable, Cancelled):
            raise
        except BotError as exc:
            self._fail(plan.id, failure_of(exc))
            return False

    def _loop(self, plan: StepPlan, values: Values, run: Run) -> bool:
        """Begin the parts of a step that may begin; True once all are done and it is closed."""
        items, run = unfold(self._runs, run, self._number, plan, values)
        if all(run.step(item.id).status in _DONE for item in items):
            self._complete(plan.id, close(plan, run, items))
            return True
        for item in items:
            if run.step(item.id).status not in _DONE and item.id not in self._waiting:
                self._attempt(item, values, run)
        return False

    def _attempt(self, item: Item, values: Values, run: Run) -> None:
        step = run.step(item.id)
        if item.id in self._under_way or len(self._under_way) >= _SIDE_BY_SIDE:
            return
        if step.status is StepStatus.WAITING and self._not_yet(step):
            return
        attempt = Attempt(
            self._services, run, item, values, number=self._number, hand_in=self._ended.put
        )
        try:
            attempt.begin(step)
        except (LeaseLost, StoreUnavailable):
            raise
        except BotError as exc:
            self._fail_item(item, failure_of(exc))
        else:
            self._under_way[item.id] = attempt

    def _not_yet(self, step: Step) -> bool:
        """Whether a step that was put off has to wait longer; if so, that is kept in mind."""
        now = self._services.clock()
        if step.resume_at is None or step.resume_at <= now + _ABOUT_NOW:
            return False
        self._waiting[step.id] = step.resume_at
        return True

    def _await_one(self, workflow: Workflow) -> None:
        """Wait until an attempt ends, or it is time to look again."""
        self._tell_sometimes()
        try:
            ended = self._ended.get(timeout=_LOOK_EVERY_S)
        except queue.Empty:
            ended = None
        while ended is not None:
            self._take_note(ended)
            ended = self._ended.get_nowait() if not self._ended.empty() else None
        for attempt in list(self._under_way.values()):
            given_up = attempt.watch()
            if given_up is not None:
                self._take_note(given_up)
        self._forget_waits_that_are_over()

    def _take_note(self, ended: Ended) -> None:
        """Record how an attempt ended."""
        if self._under_way.pop(ended.item.id, None) is None:
            # It was given up before, and has come back after all.
            return
        verdict = judge(self._services, self._run, ended)
        match verdict.status:
            case StepStatus.COMPLETED:
                self._complete(ended.item.id, verdict.outputs)
            case StepStatus.WAITING:
                self._put_off(ended.item.id, verdict)
            case _:
                self._fail_item(ended.item, verdict.failure)

    def _complete(self, step_id: str, outputs: Mapping[str, object]) -> None:
        self._runs.step_completed(self._run.id, self._number, step_id, outputs)

    def _put_off(self, step_id: str, verdict: Verdict) -> None:
        self._runs.step_waiting(
            self._run.id,
            self._number,
            step_id,
            resume_in_s=None if verdict.for_somebody else verdict.wait_s,
            waiting_for=verdict.waiting_for,
        )
        wait_s = verdict.wait_s
        until = None if wait_s is None else self._services.clock() + timedelta(seconds=wait_s)
        self._waiting[step_id] = until

    def _fail_item(self, item: Item, failure: Failure) -> None:
        self._fail(item.id, failure)
        if item.index is not None:
            self._fail(item.plan.id, failure)

    def _fail(self, step_id: str, failure: Failure) -> None:
        self._runs.step_failed(self._run.id, self._number, step_id, failure)
        self._failure = self._failure or failure

    def _heed(self, run: Run, workflow: Workflow) -> None:
        """What stops everything: somebody's wish, or the time that the run may take."""
        if run.cancel_requested_by is not None:
            self._stop_all(Cancelled(f"{run.cancel_requested_by} cancelled the run."))
        limit = workflow.timeout_s or _LONGEST_S
        if run.worked_s + time.monotonic() - self._began > limit and self._failure is None:
            failed = StepFailed(
                f"The run has taken longer than the {limit:.0f} s that it may.",
                reason="run_timeout",
                remedy="`/retry` goes on from where it stopped; the workflow's `timeout` can be "
                "raised.",
            )
            self._failure = failure_of(failed)
            self._stop_all(failed)

    def _halt(self, reason: BotError) -> None:
        """Have what is under way come to its end, and record that, before the run ends.

        What an attempt still does would else be done again after a retry.
        """
        self._stop_all(reason)
        while self._under_way:
            with suppress(queue.Empty):
                self._record(self._ended.get(timeout=_LOOK_EVERY_S))
            for attempt in list(self._under_way.values()):
                given_up = attempt.watch()
                if given_up is not None:
                    self._record(given_up)

    def _record(self, ended: Ended) -> None:
        """As `_take_note`, of a run that is broken: one record that fails keeps no other back."""
        try:
            self._take_note(ended)
        except (LeaseLost, StoreUnavailable):
            raise
        except Exception:
            _log.exception("step_not_recorded", run=self._run.id, step=ended.item.id)

    def _stop_all(self, reason: BotError) -> None:
        for attempt in list(self._under_way.values()):
            attempt.stop.set(reason)

    def _leave(self, workflow: Workflow, values: Values, run: Run) -> None:
        """End the run, or give it back until something that it waits for has come."""
        if run.cancel_requested_by is not None:
            raise Cancelled(f"{run.cancel_requested_by} cancelled the run.")
        if self._failure is not None:
            self._end(RunStatus.FAILED, self._failure)
        elif all(step.status in _DONE for step in run.steps):
            self._end(RunStatus.COMPLETED, None, values.outputs(run))
        else:
            self._wait(run)

    def _wait(self, run: Run) -> None:
        waits = [until for until in self._waiting.values() if until is not None]
        left = min(waits) - self._services.clock() if waits else None
        resume_in_s = None if left is None else max(0.0, left.total_seconds())
        if not self._waiting:
            raise StepFailed("Nothing of the run can go on.", reason="stuck")
        waiting_for = " ".join(_once(self._words(run)))
        self._runs.wait(run.id, self._number, resume_in_s=resume_in_s, waiting_for=waiting_for)
        if resume_in_s is None or resume_in_s >= _WORTH_TELLING_S:
            report.progress(self._services, run.id)

    def _words(self, run: Run) -> Iterable[str]:
        return (run.step(step_id).waiting_for or "" for step_id in self._waiting)

    def _forget_waits_that_are_over(self) -> None:
        now = self._services.clock()
        over = [step for step, until in self._waiting.items() if until is not None and until <= now]
        for step in over:
            del self._waiting[step]

    def _end(
        self,
        status: RunStatus,
        failure: Failure | None,
        outputs: Mapping[str, object] | None = None,
    ) -> None:
        self._runs.finish(self._run.id, self._number, status, failure, outputs)

    def _reload(self) -> Run:
        run = self._runs.get(self._run.id)
        if run is None or run.lease_number != self._number:
            raise LeaseLost("The run belongs to another worker.")
        return run

    def _tell_sometimes(self) -> None:
        # What a rehearsal lists does not depend on how busy the machine is.
        if self._services.rehearsal:
            return
        if time.monotonic() - self._told_at >= report.EDIT_EVERY_S:
            self._told_at = time.monotonic()
            report.progress(self._services, self._run.id)


def _once(words: Iterable[str]) -> list[str]:
    """The words, each once and in order."""
    return list(dict.fromkeys(word for word in words if word))
