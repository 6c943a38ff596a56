"""The living comment of a run: what it says, from what the run has recorded."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.archives import archive_lines
from bot.budgets import quote_of, spending_of
from bot.core.amiss import amiss_in
from bot.core.destination import Destination, destinations_in
from bot.core.identity import repository_from_dict
from bot.core.references import Scope, is_true
from bot.core.runs import PlanStatus, Run, RunStatus, Step, StepStatus
from bot.core.tree_view import render_tree
from bot.core.workflow import StepPlan
from bot.errors import ConfigurationError, UserError
from bot.plans import approvers, destinations_of, planned_policy
from bot.proofs import proof_of
from bot.services import Services
from bot.steps import step_type
from bot.steps.said import said_of_changes
from bot.steps.spec import RIGHTS_WORDS, Rights
from bot.steps.titles import title_of
from bot.store.port import Effect, EffectStatus, Plan
from bot.workflows import checked

_LONGEST_OUTPUT = 300


@dataclass(frozen=True, kw_only=True)
class StepLine:
    """A step as the living comment shows it.

    ``parts`` are how many times it is done, for each item of a list; None where it is done once,
    and ``outputs`` are a list each where it is not. ``amiss``: what it found that is not well.
    """

    step: Step
    summary: str
    outputs: Mapping[str, object]
    parts: int | None = None
    parts_done: int = 0
    amiss: str = ""


@dataclass(frozen=True, kw_only=True)
class Made:
    """Something outside that a run has made, and that stays whatever becomes of the run."""

    kind: str
    name: str
    url: str = ""


def living_text(services: Services, run: Run) -> str:
    """The living comment of a run as Markdown."""
    left_out = _left_out(run)
    repeated = _repeated(run)
    lines = [_line(run, step, repeated) for step in run.steps if step.id not in left_out]
    # Of several steps of a type, the last that has given anything is what people want to see.
    outputs = {line.step.uses: line.outputs for line in lines if line.parts is None if line.outputs}
    files = services.store.projects.files(run.project_id) if run.project_id else ()
    project = outputs.get("file_generation", {}).get("project")
    plan = _newest_plan(services, run)
    spending = spending_of(services, run)
    return services.replies.render(
        "living",
        run=run,
        lines=lines,
        done=sum(line.step.status is StepStatus.COMPLETED for line in lines),
        subject=_subject(run, project),
        project=project,
        verification=outputs.get("verify", {}),
        proof=proof_of(services, run),
        commit=outputs.get("commit", {}),
        change=outputs.get("open_change", {}),
        difference=_difference(services, outputs),
        resumes_at=_about(run.resume_at) if run.resume_at else None,
        new=_is_new(run),
        plan=plan,
        said=said_of_changes(run),
        pending=_is_pending(run, plan),
        spending=spending,
        quote=None if spending else quote_of(services, run),
        rights=_rights(lines),
        approvers=approvers(planned_policy(plan), run) if plan else "",
        planned=_planned(plan),
        questions=services.store.questions.of_run(run.id),
        archives=archive_lines(services, run),
        made=_made(services, run) if run.status is RunStatus.CANCELLED else (),
        outputs=[(name, _shown(value)) for name, value in (run.outputs or {}).items()],
        tree=render_tree([(file.path, file.size) for file in files]),
    )


def plain_text(services: Services, run: Run) -> str:
    """The least that a living comment says, from nothing that a step has given."""
    return services.replies.render("living-plain", run=run)


def _repeated(run: Run) -> frozenset[str]:
    """The steps that are done for each item of a list, which may be an empty one."""
    steps = run.workflow.get("steps")
    return frozenset(
        str(step.get("id"))
        for step in (steps if isinstance(steps, list) else ())
        if isinstance(step, Mapping) and step.get("for_each") is not None
    )


def _line(run: Run, step: Step, repeated: Container[str]) -> StepLine:
    parts = run.parts_of(step.id)
    return StepLine(
        step=step,
        summary=title_of(run, step),
        outputs=_given(step),
        parts=len(parts) if parts or step.id in repeated else None,
        parts_done=sum(part.status is StepStatus.COMPLETED for part in parts),
        amiss=amiss_in(run, step),
    )


def _given(step: Step) -> Mapping[str, object]:
    """What a step gave; in a dry run, one that was only named gave nothing."""
    outputs = step.outputs or {}
    return outputs if any(value is not None for value in outputs.values()) else {}


def _left_out(run: Run) -> frozenset[str]:
    """The steps that were skipped, or will be: most conditions are clear from the inputs alone."""
    skipped = {step.id for step in run.steps if step.status is StepStatus.SKIPPED}
    try:
        workflow = checked(run.workflow, source="the run's workflow")
    except ConfigurationError:
        # A run of another version fails for that very reason, and its comment has to say so.
        return frozenset(skipped)
    known = Scope(inputs={**workflow.defaults, **run.inputs}, steps={})
    return frozenset(skipped | {step.id for step in workflow.steps if _is_out(step, known)})


def _is_out(step: StepPlan, known: Scope) -> bool:
    try:
        return not is_true(step.condition, known)
    except UserError:
        # It depends on what another step gives.
        return False


def _subject(run: Run, project: object) -> str:
    """What the run is about: its project, else its workflow."""
    if isinstance(project, Mapping) and project.get("name"):
        return str(project["name"])
    into = destinations_in(run.inputs)
    named = run.inputs.get("name") or (into[0].name if into and into[0].new else None)
    # What a pack was asked, or a project that is there already.
    for given in (run.inputs.get("project"), run.inputs.get("answers")):
        if isinstance(given, Mapping):
            named = given.get("name") or named
    return str(named or run.workflow.get("name") or "the project")


def _is_new(run: Run) -> bool:
    """Whether the run makes the repository that it publishes to."""
    into = destinations_in(run.inputs)
    return bool(into) and into[0].new


def _about(moment: datetime) -> datetime:
    """The nearest minute."""
    return (moment + timedelta(seconds=30)).replace(second=0, microsecond=0)


def _newest_plan(services: Services, run: Run) -> Plan | None:
    plans = services.store.plans.of_run(run.id)
    return plans[-1] if plans else None


def _is_pending(run: Run, plan: Plan | None) -> bool:
    return plan is not None and plan.status is PlanStatus.PENDING and not run.status.is_final


def _planned(plan: Plan | None) -> Sequence[tuple[Destination, Mapping[str, object]]]:
    """Where a plan goes, each with what would become of the files there."""
    if plan is None:
        return ()
    places = plan.shown.get("places")
    told = places if isinstance(places, list) else []
    return list(zip(destinations_of(plan), told, strict=False))


def _rights(lines: Iterable[StepLine]) -> Sequence[str]:
    """The rights that the steps use which are not left out, each once."""
    found: list[str] = []
    for line in lines:
        try:
            rights = step_type(line.step.uses).rights
        except ConfigurationError:
            continue
        if rights not in (Rights.NONE, Rights.APPROVE) and RIGHTS_WORDS[rights] not in found:
            found.append(RIGHTS_WORDS[rights])
    return found


def _made(services: Services, run: Run) -> Sequence[Made]:
    """What a run has made outside, from the ledger: a step may have ended before it could say."""
    effects = services.store.ledger.of(f"run:{run.id}")
    found = [_made_by(effect) for effect in effects if effect.status is EffectStatus.CONFIRMED]
    return [made for made in found if made is not None]


def _made_by(effect: Effect) -> Made | None:
    kind, _, rest = effect.key.partition(":")
    repository = effect.result.get("repository")
    match kind:
        case "repository" if isinstance(repository, Mapping):
            found = repository_from_dict(repository)
            return Made(kind=kind, name=found.full_name, url=found.web_url)
        case "branch":
            return Made(kind=kind, name=rest.partition(":")[2])
        case "change" | "issue" | "milestone":
            name = f"#{effect.result.get('number', effect.external_id)}"
            return Made(kind=kind, name=name, url=str(effect.result.get("url", "")))
        case "commit" | "amend":
            kind = "commit"
            return Made(kind=kind, name=str(effect.result.get("commit", "")))
        case _:
            return None


def _shown(value: object) -> str:
    """An output on one line."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_OUTPUT else f"{text[:_LONGEST_OUTPUT]}…"


def _difference(services: Services, outputs: Mapping[str, Mapping[str, object]]) -> str:
    commit = outputs.get("commit", {})
    repository = commit.get("repository")
    if not isinstance(repository, Mapping) or not commit.get("base"):
        return ""
    found = repository_from_dict(repository)
    return services.forge(found.forge).difference_url(
        found, base=str(commit["base"]), head=str(commit["branch"])
    )
