"""Runs, their steps and events as data, without the secrets that they were given."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from bot.budgets import Spending
from bot.core.runs import Failure, PlanStatus, Run, RunStatus, Step, StepStatus
from bot.sealing import unsealed
from bot.store.port import Plan, Progress, RunSummary, summary_of
from bot.web.api.answering import moment
from bot.web.api.model_calls import usd
from bot.web.api.quotes import QuoteAnswer


class FailureAnswer(BaseModel):
    """Why something stopped."""

    reason: str
    message: str
    remedy: str


class ActorAnswer(BaseModel):
    """An account on a forge."""

    forge: str
    login: str


class ThreadAnswer(BaseModel):
    """An issue or a change in which something was asked for."""

    repository: str
    number: int
    url: str


class StepAnswer(BaseModel):
    """A step; one that is done for each item of a list has `parts`."""

    id: str
    uses: str
    status: StepStatus
    attempts: int
    inputs: dict[str, Any] | None
    outputs: dict[str, Any] | None
    failure: FailureAnswer | None
    waiting_for: str | None
    started_at: datetime | None
    finished_at: datetime | None
    parts: list[dict[str, Any]] = Field(description="Steps like this one, without parts.")


class PlanAnswer(BaseModel):
    """What a run wants to publish, and what somebody said to it."""

    digest: str = Field(description="SHA-256 in hex over all that would be published.")
    step: str
    status: PlanStatus
    created_at: datetime
    lapses_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    note: str
    shown: dict[str, Any] = Field(description="The files, where they go, and more.")


class RunAnswer(BaseModel):
    """A run."""

    id: str
    status: RunStatus
    workflow: str
    requester: ActorAnswer
    repository: str | None = Field(description="`FORGE:OWNER/NAME`, where it was asked for.")
    thread: ThreadAnswer | None
    organisation_id: str | None
    project_id: str | None
    waiting_for: str | None
    cancel_requested_by: str | None = Field(description="The login of who asked for that.")
    failure: FailureAnswer | None
    outputs: dict[str, Any] | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class UsageAnswer(BaseModel):
    """What a run has used up of language models, and where that ends."""

    calls: int
    tokens: int
    cost_usd: float | None = Field(description="Null where the price of a call is unknown.")
    reserved_tokens: int = Field(description="Set aside for calls that are under way.")
    cap_tokens: int | None
    cap_usd: float | None


class WholeRunAnswer(RunAnswer):
    """A run with its steps and plans."""

    usage: UsageAnswer | None = Field(description="Null where it has asked no language model.")
    quote: QuoteAnswer | None = Field(
        description="What it may cost, until it has asked one; null where it never will."
    )
    inputs: dict[str, Any]
    steps: list[StepAnswer]
    plans: list[PlanAnswer]


class RunPage(BaseModel):
    """Some runs, newest first."""

    items: list[RunAnswer]
    next: str | None


class StepsAnswer(BaseModel):
    """The steps of a run, in order."""

    items: list[StepAnswer]
    next: str | None


class EventAnswer(BaseModel):
    """Something that happened in a run."""

    number: int
    kind: str
    at: datetime
    data: dict[str, Any]


class EventList(BaseModel):
    """What happened in a run, in order. Go on with `after` and the last number."""

    items: list[EventAnswer]
    next: int | None


def run_shape(run: Run) -> dict[str, object]:
    """A run as lists show it."""
    return summary_shape(summary_of(run))


def summary_shape(run: RunSummary) -> dict[str, object]:
    """What is known of a run without its steps."""
    return {
        "id": run.id,
        "status": str(run.status),
        "workflow": run.workflow,
        "requester": {"forge": run.requester_forge, "login": run.requester_login},
        "repository": run.repository,
        "thread": _thread(run),
        "organisation_id": run.organisation_id,
        "project_id": run.project_id,
        "waiting_for": run.waiting_for,
        "cancel_requested_by": run.cancel_requested_by,
        "failure": _failure(run.failure),
        "outputs": run.outputs,
        "created_at": run.created_at,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
    }


def whole_shape(
    run: Run,
    plans: list[Plan],
    spending: Spending | None,
    quote: Mapping[str, object] | None,
) -> dict[str, object]:
    """A run with all that is kept of it."""
    return {
        **run_shape(run),
        "usage": None if spending is None else _usage(spending),
        "quote": quote,
        "inputs": unsealed(run.inputs),
        "steps": steps_shape(run),
        "plans": [_plan(plan) for plan in plans],
    }


def _usage(spending: Spending) -> dict[str, object]:
    return {
        "calls": spending.balance.calls,
        "tokens": spending.balance.spent_tokens,
        "cost_usd": usd(spending.cost_micro_usd),
        "reserved_tokens": spending.balance.reserved_tokens,
        "cap_tokens": spending.cap_tokens,
        "cap_usd": usd(spending.cap_micro_usd),
    }


def steps_shape(run: Run) -> list[dict[str, object]]:
    """The steps of a run, each with its parts."""
    return [
        {**_step(step), "parts": [_step(part) for part in run.parts_of(step.id)]}
        for step in run.steps
    ]


def event_shape(event: Progress) -> dict[str, object]:
    """An entry of a run's stream."""
    return {
        "number": event.number,
        "kind": event.kind,
        "at": moment(event.at),
        "data": event.data,
    }


def _step(step: Step) -> dict[str, object]:
    return {
        "id": step.id,
        "uses": step.uses,
        "status": str(step.status),
        "attempts": step.attempts,
        "inputs": None if step.inputs is None else unsealed(step.inputs),
        "outputs": step.outputs,
        "failure": _failure(step.failure),
        "waiting_for": step.waiting_for,
        "started_at": step.started_at,
        "finished_at": step.finished_at,
    }


def _plan(plan: Plan) -> dict[str, object]:
    return {
        "digest": plan.digest,
        "step": plan.step_id,
        "status": str(plan.status),
        "created_at": plan.created_at,
        "lapses_at": plan.lapses_at,
        "decided_by": plan.decided_by,
        "decided_at": plan.decided_at,
        "note": plan.note,
        "shown": plan.shown,
    }


def _thread(run: RunSummary) -> Mapping[str, object] | None:
    if run.thread_number is None:
        return None
    return {
        "repository": run.repository,
        "number": run.thread_number,
        "url": run.thread_url,
    }


def _failure(failure: Failure | None) -> Mapping[str, object] | None:
    if failure is None:
        return None
    return {"reason": failure.reason, "message": failure.message, "remedy": failure.remedy}
