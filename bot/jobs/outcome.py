"""What becomes of a step after an attempt: done, put off, waiting for somebody, or failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog

from bot.core.backoff import delay_s
from bot.core.runs import Failure, Run, StepStatus
from bot.core.workflow import RetryRule
from bot.errors import (
    BotError,
    Cancelled,
    LeaseLost,
    StepFailed,
    StoreUnavailable,
    Transient,
    Waits,
)
from bot.jobs.attempt import MOST_ATTEMPTS, Ended
from bot.jobs.put_offs import is_pace, note_put_off, put_offs
from bot.services import Services

_log = structlog.get_logger(__name__)
#: Waiting for our own budget is no failure: it may take as long as the hour's window.
_MOST_WAITS_FOR_PACE = 200
#: Nobody is waited for longer before asking again, whatever the other side says.
_LONGEST_WAIT_S = 3600.0


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What is to be recorded of a step. ``wait_s`` None: until somebody has answered."""

    status: StepStatus
    outputs: Mapping[str, object] = field(default_factory=dict)
    failure: Failure = field(default_factory=lambda: Failure(reason="", message=""))
    waiting_for: str = ""
    wait_s: float | None = None
    for_somebody: bool = False


def judge(services: Services, run: Run, ended: Ended) -> Verdict:
    """What becomes of a step.

    Raises:
        LeaseLost, StoreUnavailable: Nothing more can be recorded.
        BaseException: Whatever is none of the program's own errors and no mistake either.
    """
    match ended.problem:
        case None:
            return Verdict(status=StepStatus.COMPLETED, outputs=ended.outputs or {})
        case LeaseLost() | StoreUnavailable():
            raise ended.problem
        case Waits() as wait:
            return _waits(services, run, ended, wait)
        case Cancelled() as cancelled:
            return _failed(cancelled)
        case Transient() as problem:
            return _try_again(services, run, ended, problem)
        case BotError() as problem:
            return _perhaps_again(services, run, ended, problem)
        case Exception() as exc:
            _log.error("step_broken", run=run.id, step=ended.item.id, exc_info=exc)
            failure = broken(f"The step {ended.item.id}", exc)
            wrapped = StepFailed(failure.message, reason=failure.reason, remedy=failure.remedy)
            return _perhaps_again(services, run, ended, wrapped)
        case other:
            raise other


def failure_of(problem: BotError) -> Failure:
    """What is recorded of an error."""
    return Failure(reason=problem.reason, message=problem.message, remedy=problem.remedy)


def broken(what: str, problem: BaseException) -> Failure:
    """What is recorded of a mistake of ours."""
    return Failure(
        reason="internal",
        message=f"{what} broke ({type(problem).__name__}).",
        remedy="This is a mistake of the program; its operator finds more in the log.",
    )


def _failed(problem: BotError) -> Verdict:
    return Verdict(status=StepStatus.FAILED, failure=failure_of(problem))


def _waits(services: Services, run: Run, ended: Ended, wait: Waits) -> Verdict:
    note_put_off(services.store.runs, run.id, ended.item.id, wait)
    until_s = None
    if wait.until is not None:
        until_s = max(0.0, (wait.until - services.clock()).total_seconds())
    return Verdict(
        status=StepStatus.WAITING, waiting_for=wait.message, wait_s=until_s, for_somebody=True
    )


def _try_again(services: Services, run: Run, ended: Ended, problem: Transient) -> Verdict:
    """Put a step off, unless it has been tried often enough."""
    rule = ended.item.plan.retry
    runs = services.store.runs
    before = put_offs(runs, run.id, ended.item.id)
    paced = is_pace(problem)
    tried = 1 + (before.paced if paced else before.faults)
    ruled = rule is not None and not paced and _is_for(rule, problem, "transient")
    most = _MOST_WAITS_FOR_PACE if paced else MOST_ATTEMPTS
    if ruled and rule is not None:
        most = 1 + rule.count
    if tried >= most:
        return _failed(problem)
    asked_s = problem.retry_after_s
    wait_s = asked_s if paced and asked_s is not None else delay_s(tried, asked_s=asked_s)
    if ruled and rule is not None:
        wait_s = max(asked_s or 0.0, _backoff_s(rule, tried))
    return _put_off(services, run, ended, problem, wait_s)


def _perhaps_again(services: Services, run: Run, ended: Ended, problem: BotError) -> Verdict:
    """A failure is final, unless the workflow's file says to try such a one again."""
    rule = ended.item.plan.retry
    word = "timeout" if problem.reason == "timeout" else "failed"
    if rule is None or not _is_for(rule, problem, word):
        return _failed(problem)
    tried = 1 + put_offs(services.store.runs, run.id, ended.item.id).faults
    if tried > rule.count:
        return _failed(problem)
    return _put_off(services, run, ended, problem, _backoff_s(rule, tried))


def _put_off(
    services: Services, run: Run, ended: Ended, problem: BotError, wait_s: float
) -> Verdict:
    note_put_off(services.store.runs, run.id, ended.item.id, problem)
    wait_s = min(wait_s, _LONGEST_WAIT_S)
    return Verdict(status=StepStatus.WAITING, waiting_for=problem.message, wait_s=wait_s)


def _is_for(rule: RetryRule, problem: BotError, word: str) -> bool:
    """Whether a rule speaks of such an error: by its reason, or by what it is."""
    wanted = rule.on or ("transient",)
    return word in wanted or problem.reason in wanted


def _backoff_s(rule: RetryRule, tried: int) -> float:
    return min(rule.backoff_s * float(2 ** (tried - 1)), _LONGEST_WAIT_S)
