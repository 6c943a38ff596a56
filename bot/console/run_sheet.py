"""A run as people read it in a terminal: all that is kept of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.console.plain import moment, printable, time_of_day, took, value_line
from bot.console.tables import aligned
from bot.core.budgets import tokens_text, usd_text
from bot.core.identity import Thread
from bot.core.runs import Attempt, Run, Step
from bot.store.port import Effect, ModelCall, Plan, Progress

_DIGITS = 12


@dataclass(frozen=True, kw_only=True)
class RunSheet:
    """A run with everything that is kept beside it."""

    run: Run
    attempts: Sequence[Attempt] = ()
    events: Sequence[Progress] = ()
    plans: Sequence[Plan] = ()
    effects: Sequence[Effect] = ()
    calls: Sequence[ModelCall] = ()


def place_of(thread: Thread | None) -> str:
    """``owner/name#3``; a hyphen where a run belongs to no thread."""
    return f"{thread.repository.full_name}#{thread.number}" if thread else "-"


def workflow_of(run: Run) -> str:
    """The workflow's name, and where it came from."""
    name, source = str(run.workflow.get("name", "?")), run.source
    if source.get("kind") != "organisation":
        return f"{name}, which ships" if source.get("kind") == "shipped" else name
    commit = str(source.get("commit", ""))[:_DIGITS]
    return f"{name}, from {source.get('path')} of {source.get('repository')} at {commit}"


def listed(runs: Sequence[Run]) -> str:
    """One line a run."""
    rows = [
        (
            run.short_id,
            str(run.status),
            str(run.workflow.get("name", "?")),
            place_of(run.thread),
            run.requester.login,
            moment(run.created_at),
            printable(_why(run)),
        )
        for run in runs
    ]
    head = ("RUN", "STATUS", "WORKFLOW", "THREAD", "BY", "ASKED", "WHY")
    return aligned(rows, head=head)


def as_text(sheet: RunSheet, *, full: bool) -> str:
    """Everything, in sections. ``full``: inputs and outputs are not shortened."""
    run = sheet.run
    sections = (
        _section("Inputs", _values(run.inputs, full=full)),
        _section("Steps", _steps(sheet, full=full)),
        _section("Outputs", _values(run.outputs or {}, full=full)),
        _section("Plans", (_plan(plan) for plan in sheet.plans)),
        _section("Effects", _effects(sheet.effects)),
        _section("Calls of language models", _calls(sheet.calls)),
        _section("Log", _log(sheet.events)),
    )
    return "\n".join([_head(run), *(section for section in sections if section)])


def event_line(event: Progress) -> str:
    """One entry of the stream."""
    data = {key: value for key, value in event.data.items() if key not in ("step", "line")}
    words = [str(event.data.get("step", "")), printable(str(event.data.get("line", "")))]
    more = value_line(data) if data else ""
    text = "  ".join(part for part in (*words, more) if part)
    return f"{moment(event.at)}  {event.number:>4}  {event.kind:<18} {text}".rstrip()


def _why(run: Run) -> str:
    if run.failure is not None:
        return run.failure.reason
    return run.waiting_for or ""


def _head(run: Run) -> str:
    rows = [
        ("Run", run.id),
        ("status", str(run.status)),
        ("workflow", workflow_of(run)),
        ("thread", place_of(run.thread)),
        ("asked for", f"{run.requester.login} on {run.requester.forge}, {moment(run.created_at)}"),
        ("began", moment(run.started_at)),
        ("ended", moment(run.finished_at)),
        ("worked", f"{run.worked_s:.1f} s under lease {run.lease_number}"),
    ]
    more = [
        ("worker", run.worker),
        ("publishes to", ", ".join(run.destination.split())),
        ("waits for", run.waiting_for),
        ("goes on", moment(run.resume_at) if run.resume_at else ""),
        ("cancel asked", f"by {run.cancel_requested_by}" if run.cancel_requested_by else ""),
        ("project", run.project_id),
        ("failure", _failure(run)),
    ]
    return aligned(rows + [(name, printable(value)) for name, value in more if value])


def _failure(run: Run) -> str:
    failure = run.failure
    return f"{failure.reason}: {failure.message} {failure.remedy}".strip() if failure else ""


def _calls(calls: Sequence[ModelCall]) -> Iterable[str]:
    for call in calls:
        cost = "price unknown" if call.micro_usd is None else usd_text(call.micro_usd)
        took_s = "" if call.duration_ms is None else f"{call.duration_ms / 1000:.1f} s"
        words = (call.step_id, call.purpose, call.model, str(call.status))
        amounts = (tokens_text(call.tokens), cost, took_s)
        yield "  ".join(printable(word) for word in (*words, *amounts) if word)
    if calls:
        yield _sum(calls)


def _sum(calls: Sequence[ModelCall]) -> str:
    costs = [call.micro_usd for call in calls if call.micro_usd is not None]
    unknown = "" if len(costs) == len(calls) else " and what has no price"
    tokens = tokens_text(sum(call.tokens for call in calls))
    return f"in all {tokens}, {usd_text(sum(costs))}{unknown}"


def _section(title: str, lines: Iterable[str]) -> str:
    found = list(lines)
    return "\n".join(["", title, *(f"  {line}" for line in found)]) if found else ""


def _values(values: Mapping[str, object], *, full: bool) -> Iterable[str]:
    return (f"{name}: {value_line(value, full=full)}" for name, value in values.items())


def _steps(sheet: RunSheet, *, full: bool) -> Iterable[str]:
    for step in sheet.run.steps:
        yield from _step(step, sheet.attempts, full=full)
        for part in sheet.run.parts_of(step.id):
            yield from (f"  {line}" for line in _step(part, sheet.attempts, full=full))


def _step(step: Step, attempts: Sequence[Attempt], *, full: bool) -> Iterable[str]:
    tries = "1 attempt" if step.attempts == 1 else f"{step.attempts} attempts"
    words = [step.id, step.uses, str(step.status), tries if step.attempts else ""]
    words.append(took(step.started_at, step.finished_at))
    yield "  ".join(word for word in words if word)
    for title, values in (("in", step.inputs), ("out", step.outputs)):
        yield from (f"    {title:<3} {line}" for line in _values(values or {}, full=full))
    if step.waiting_for:
        yield f"    waits for {printable(step.waiting_for)}"
    if step.failure:
        yield f"    {step.failure.reason}: {printable(step.failure.message)}"
    yield from (f"    {_attempt(one)}" for one in attempts if one.step == step.id)


def _attempt(attempt: Attempt) -> str:
    begin, end = attempt.started_at, attempt.finished_at
    times = f"{begin:%Y-%m-%d} {time_of_day(begin)} to {time_of_day(end)}"
    why = f"  {attempt.failure.reason}" if attempt.failure else ""
    return (
        f"attempt {attempt.number}: {attempt.status} by {attempt.worker}, "
        f"lease {attempt.lease_number}, {times}{why}"
    )


def _plan(plan: Plan) -> str:
    answer = f" by {plan.decided_by}" if plan.decided_by else ""
    at = f", {moment(plan.decided_at)}" if plan.decided_at else f", until {moment(plan.lapses_at)}"
    note = f": {printable(plan.note)}" if plan.note else ""
    return f"{plan.digest[:_DIGITS]}  {plan.step_id}  {plan.status}{answer}{at}{note}"


def _effects(effects: Sequence[Effect]) -> Iterable[str]:
    return (
        f"{moment(effect.intended_at)}  {effect.status}  {effect.key}  {effect.external_id or ''}"
        for effect in effects
    )


def _log(events: Sequence[Progress]) -> Iterable[str]:
    for event in events:
        if event.kind == "log":
            by = f"{event.data.get('step', '')}: " if event.data.get("step") else ""
            yield f"{moment(event.at)}  {by}{printable(str(event.data.get('line', '')))}"
