"""What a run that is taken up again does anew, and what becomes of files changed by hand.

People may change a project's files while its run has ended or waits. What they wrote is never
lost to a retry: the run goes on with their files, or says why it cannot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.core.runs import ProjectStatus, Run, Step, StepStatus
from bot.core.verbs import nearest
from bot.core.workflow_graph import dependants
from bot.errors import UserError
from bot.services import Services
from bot.store.port import Project
from bot.workflows import checked, makes_files, publishes

_SHOWN = 3


@dataclass(frozen=True, kw_only=True)
class TakenUp:
    """The steps that are done anew, and what others give from now on, by their ids."""

    steps: tuple[str, ...] = ()
    outputs: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


def taken_up(services: Services, run: Run, step: str) -> TakenUp:
    """How a run is taken up again, where it stopped or from a step on.

    Raises:
        UserError: ``unknown_step``, naming those that there are; ``project_gone`` or ``archived``
            for what became of its project; ``edited_by_hand`` where files would be generated
            over somebody's changes.
    """
    steps = _steps_again(run, step)
    project = _project(services, run)
    if project is None or not services.store.projects.is_edited(project.id):
        return TakenUp(steps=steps)
    _refuse_overwriting(services, run, project, steps)
    if any(publishes(one.uses) and one.status is StepStatus.COMPLETED for one in run.steps):
        return TakenUp(steps=steps)
    return _with_edits(run, project, steps)


def _steps_again(run: Run, step: str) -> tuple[str, ...]:
    if not step:
        return ()
    known = [known.id for known in run.steps]
    if step not in known:
        near = nearest(step, known)
        raise UserError(
            f"Run {run.short_id} has no step `{step.replace('`', '')[:40]}`."
            + (f" Did you mean `{near}`?" if near else ""),
            reason="unknown_step",
            remedy=f"Its steps are {', '.join(f'`{one}`' for one in known)}.",
        )
    return _dependants(run, [step])


def _dependants(run: Run, ids: Sequence[str]) -> tuple[str, ...]:
    return dependants(checked(run.workflow, source="the run's workflow"), ids)


def _project(services: Services, run: Run) -> Project | None:
    """The project that a run works on; None for one that has none."""
    if run.project_id is None:
        if any(makes_files(step.uses) for step in run.steps) or _lost_inputs(services, run):
            raise UserError(
                f"The project of run {run.short_id} was deleted.",
                reason="project_gone",
                remedy="Ask for a new one; what the run has published is still where it is.",
            )
        return None
    project = services.store.projects.get(run.project_id)
    if project is not None and project.status is ProjectStatus.ARCHIVED:
        raise UserError(
            f"The project of run {run.short_id} is archived.",
            reason="archived",
            remedy="Take it out of the archive first.",
        )
    return project


def _lost_inputs(services: Services, run: Run) -> bool:
    """Whether a project that the run was started for is no longer there."""
    declared = run.workflow.get("inputs")
    names = [
        name
        for name, spec in (declared.items() if isinstance(declared, Mapping) else ())
        if isinstance(spec, Mapping) and spec.get("type") == "project"
    ]
    given = [run.inputs.get(name) for name in names]
    return any(
        isinstance(one, Mapping) and services.store.projects.get(str(one.get("id"))) is None
        for one in given
    )


def _refuse_overwriting(
    services: Services, run: Run, project: Project, steps: Sequence[str]
) -> None:
    if not any(
        makes_files(one.uses) and (one.id in steps or one.status not in _KEPT) for one in run.steps
    ):
        return
    files = services.store.projects.files(project.id)
    written = [f"`{file.path}`" for file in files if file.origin == "person"]
    told = ", ".join(written[:_SHOWN]) + (", …" if len(written) > _SHOWN else "")
    raise UserError(
        f"The files of run {run.short_id} were changed by hand"
        + (f" ({told})" if told else "")
        + ", and generating them again would lose that.",
        reason="edited_by_hand",
        remedy="Retry it without a step, which goes on with the files as they are, or ask for a "
        "new project.",
    )


_KEPT = (StepStatus.COMPLETED, StepStatus.SKIPPED)


def _with_edits(run: Run, project: Project, steps: Sequence[str]) -> TakenUp:
    """On with the files as they are: what was found out about the older ones is found out anew."""
    makers = [one for one in run.steps if makes_files(one.uses) and _gave(one, project)]
    newest = {"snapshot": project.snapshot, "files": project.total_files}
    newest["size"] = project.total_size
    outputs = {}
    for one in makers:
        given = dict(one.outputs or {})
        known = given["project"]
        given["project"] = {**(known if isinstance(known, Mapping) else {}), **newest}
        outputs[one.id] = given
    ids = [one.id for one in makers]
    behind = [step for step in _dependants(run, ids) if step not in ids]
    return TakenUp(steps=tuple(dict.fromkeys([*behind, *steps])), outputs=outputs)


def _gave(step: Step, project: Project) -> bool:
    given = (step.outputs or {}).get("project")
    return (
        step.status is StepStatus.COMPLETED
        and isinstance(given, Mapping)
        and given.get("id") == project.id
    )
