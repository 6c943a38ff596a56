"""The living comment of a run: what it says, from what the run has recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.identity import repository_from_dict
from bot.core.references import Scope, is_true
from bot.core.runs import Run, Step, StepStatus
from bot.core.tree_view import render_tree
from bot.core.workflow import StepPlan
from bot.errors import ConfigurationError, UserError
from bot.services import Services
from bot.steps import step_type
from bot.workflows import checked


@dataclass(frozen=True, kw_only=True)
class StepLine:
    """A step as the living comment shows it."""

    step: Step
    summary: str
    outputs: Mapping[str, object]


def living_text(services: Services, run: Run) -> str:
    """The living comment of a run as Markdown."""
    left_out = _left_out(run)
    lines = [
        StepLine(step=step, summary=_summary(step), outputs=step.outputs or {})
        for step in run.steps
        if step.id not in left_out
    ]
    outputs = {line.step.uses: line.outputs for line in lines}
    files = services.store.projects.files(run.project_id) if run.project_id else ()
    return services.replies.render(
        "living",
        run=run,
        lines=lines,
        done=sum(line.step.status is StepStatus.COMPLETED for line in lines),
        project=outputs.get("file_generation", {}).get("project"),
        verification=outputs.get("verify", {}),
        commit=outputs.get("commit", {}),
        change=outputs.get("open_change", {}),
        difference=_difference(services, outputs),
        into=run.inputs.get("into", {}),
        tree=render_tree([(file.path, file.size) for file in files]),
    )


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


def _summary(step: Step) -> str:
    try:
        return step_type(step.uses).summary
    except ConfigurationError:
        return step.uses


def _difference(services: Services, outputs: Mapping[str, Mapping[str, object]]) -> str:
    commit = outputs.get("commit", {})
    repository = commit.get("repository")
    if not isinstance(repository, Mapping) or not commit.get("base"):
        return ""
    found = repository_from_dict(repository)
    return services.forge(found.forge).difference_url(
        found, base=str(commit["base"]), head=str(commit["branch"])
    )
