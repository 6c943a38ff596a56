"""A run as plain data for programs: what ``--json`` prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.console.run_sheet import RunSheet, place_of
from bot.core.runs import Attempt, Failure, Run, Step
from bot.sealing import unsealed
from bot.store.port import Effect, ModelCall, Plan, Progress


def run_line(run: Run) -> dict[str, object]:
    """What a list tells of a run."""
    return {
        "id": run.id,
        "status": str(run.status),
        "workflow": run.workflow.get("name"),
        "thread": place_of(run.thread) if run.thread else None,
        "requester": {"forge": run.requester.forge, "login": run.requester.login},
        "created_at": _time(run.created_at),
        "started_at": _time(run.started_at),
        "finished_at": _time(run.finished_at),
        "waiting_for": run.waiting_for,
        "resume_at": _time(run.resume_at),
        "failure": _failure(run.failure),
    }


def whole(sheet: RunSheet) -> dict[str, object]:
    """Everything that is kept of a run, with secrets masked."""
    run = sheet.run
    return {
        **run_line(run),
        "source": run.source,
        "project": run.project_id,
        "destination": run.destination,
        "worker": run.worker,
        "lease": run.lease_number,
        "worked_s": run.worked_s,
        "cancel_requested_by": run.cancel_requested_by,
        "inputs": unsealed(run.inputs),
        "outputs": run.outputs,
        "steps": [_step(step, run.parts_of(step.id)) for step in run.steps],
        "attempts": [_attempt(attempt) for attempt in sheet.attempts],
        "plans": [_plan(plan) for plan in sheet.plans],
        "effects": [_effect(effect) for effect in sheet.effects],
        "calls": [_call(call) for call in sheet.calls],
        "events": [event_data(event) for event in sheet.events],
    }


def _call(call: ModelCall) -> dict[str, object]:
    return {
        "id": call.id,
        "step": call.step_id,
        "purpose": call.purpose,
        "model": call.model,
        "attempt": call.attempt,
        "status": str(call.status),
        "tokens": call.tokens,
        "cost_micro_usd": call.micro_usd,
        "duration_ms": call.duration_ms,
        "prompt_sha256": call.prompt_hash,
        "answer_sha256": call.answer_hash,
        "created_at": _time(call.created_at),
        "settled_at": _time(call.settled_at),
    }


def event_data(event: Progress) -> dict[str, object]:
    """One entry of a run's stream."""
    return {
        "number": event.number,
        "at": _time(event.at),
        "kind": event.kind,
        "data": event.data,
    }


def _step(step: Step, parts: Sequence[Step] = ()) -> Mapping[str, object]:
    data: dict[str, object] = {
        "id": step.id,
        "uses": step.uses,
        "status": str(step.status),
        "attempts": step.attempts,
        "round": step.round,
        "inputs": unsealed(step.inputs),
        "outputs": step.outputs,
        "failure": _failure(step.failure),
        "waiting_for": step.waiting_for,
        "resume_at": _time(step.resume_at),
        "started_at": _time(step.started_at),
        "finished_at": _time(step.finished_at),
    }
    return {**data, "parts": [_step(part) for part in parts]} if parts else data


def _attempt(attempt: Attempt) -> Mapping[str, object]:
    return {
        "step": attempt.step,
        "number": attempt.number,
        "lease": attempt.lease_number,
        "worker": attempt.worker,
        "status": str(attempt.status),
        "failure": _failure(attempt.failure),
        "started_at": _time(attempt.started_at),
        "finished_at": _time(attempt.finished_at),
    }


def _plan(plan: Plan) -> Mapping[str, object]:
    return {
        "step": plan.step_id,
        "digest": plan.digest,
        "status": str(plan.status),
        "created_at": _time(plan.created_at),
        "lapses_at": _time(plan.lapses_at),
        "decided_by": plan.decided_by,
        "decided_at": _time(plan.decided_at),
        "note": plan.note,
    }


def _effect(effect: Effect) -> Mapping[str, object]:
    return {
        "key": effect.key,
        "status": str(effect.status),
        "external_id": effect.external_id,
        "intended_at": _time(effect.intended_at),
        "confirmed_at": _time(effect.confirmed_at),
    }


def _failure(failure: Failure | None) -> Mapping[str, object] | None:
    if failure is None:
        return None
    return {"reason": failure.reason, "message": failure.message, "remedy": failure.remedy}


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
