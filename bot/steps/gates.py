"""What policy demands before anything is published, whatever the workflow's file says.

The executor asks here before it begins a step that publishes. The loader puts missing gates
into workflows so that people see them, but it is this refusal that they can rely on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.destination import Destination, resolved_destinations
from bot.core.kinds import Kind
from bot.core.policy import Verify
from bot.core.runs import PlanStatus, Run, Step, StepStatus
from bot.errors import StepFailed
from bot.plans import changes_since, destinations_of, is_demanded, policy_now, project_of
from bot.steps.approval import refuse_changed
from bot.steps.demanded import all_steps, refuse_unverified
from bot.steps.spec import StepContext, StepType
from bot.steps.tracked import TRACK, story_changes
from bot.steps.values import destination, project
from bot.store.port import Plan, ProjectFile

#: What a step is about to do, for whoever reads that it is not done.
_GERUNDS = {
    "commit": "committing the files",
    "open_change": "opening the change",
    "repo_creation": "making the repository",
    "track": "opening issues",
}


def refuse_ungated(
    context: StepContext, step_type: StepType, arguments: Mapping[str, object]
) -> None:
    """Refuse a publishing step that lacks what is demanded now.

    Raises:
        StepFailed: ``foreign_destination`` for a place that the command did not resolve,
            ``bad_input`` for a project of another thread, ``not_verified``,
            ``approval_missing``, or ``plan_changed`` with what differs from what was approved.
        Transient: Where the policy or a destination could not be read.
    """
    run = context.services.store.runs.get(context.run.id) or context.run
    _refuse_foreign(run, step_type, arguments)
    about = _subject(context, run, arguments)
    if policy_now(context.services, run).verify is Verify.REQUIRE:
        refuse_unverified(
            context,
            run,
            _GERUNDS.get(step_type.name, f"the step `{context.step_id}`"),
            project_id=about.project_id,
            snapshot=about.snapshot,
        )
    # A rehearsal asks nobody, so nobody can have approved anything.
    if not context.rehearsal and _needs_approval(context, run, about):
        approved = _refuse_unapproved(context, run, step_type, about)
        if step_type.name == TRACK:
            changes = story_changes(context.step_id, approved, arguments)
            refuse_changed(context, approved[-1], changes)
    if about.project_id:
        # Whole, verified, and approved where that is asked: what follows is its publication.
        context.services.store.projects.complete(
            about.project_id, run_id=run.id, number=context.number
        )


@dataclass(frozen=True, kw_only=True)
class _Subject:
    """What a step is about to publish. ``given``: it was told which project."""

    project_id: str
    snapshot: int
    files: Sequence[ProjectFile]
    into: Destination | None
    given: bool


def _subject(context: StepContext, run: Run, arguments: Mapping[str, object]) -> _Subject:
    """A step that is given no project (a repository is made, a change is opened) is about the
    run's own."""
    projects = context.services.store.projects
    given = isinstance(arguments.get("project"), Mapping)
    if given:
        stored, snapshot = project(context, arguments)
        project_id = stored.id
    else:
        own = projects.get(run.project_id) if run.project_id else None
        project_id, snapshot = (own.id, own.snapshot) if own else ("", 0)
    return _Subject(
        project_id=project_id,
        snapshot=snapshot,
        files=projects.files(project_id, snapshot=snapshot) if snapshot else (),
        into=destination(arguments) if isinstance(arguments.get("into"), Mapping) else None,
        given=given,
    )


def _refuse_foreign(run: Run, step_type: StepType, arguments: Mapping[str, object]) -> None:
    """Whose policy is asked, whose rights are looked at and what is shown for approval: all of it
    goes by the destinations that the command resolved. Nothing is published anywhere else."""
    resolved = resolved_destinations(run.workflow, run.inputs)
    fields = (name for name, field in step_type.takes.items() if field.kind is Kind.DESTINATION)
    for name in fields:
        given = arguments.get(name)
        if given is not None and destination({"into": given}) not in resolved:
            raise StepFailed(
                f"`{step_type.name}` would publish to a place that is no destination of this run.",
                reason="foreign_destination",
                remedy="Declare it in the workflow's `inputs` with `type: destination` (and a "
                "`default`, so that nobody has to write it), and give the step that input; this "
                "step has published nothing.",
            )


def _needs_approval(context: StepContext, run: Run, about: _Subject) -> bool:
    """Whether policy demands it now, or the run's own workflow asks for it."""
    if is_demanded(context.services, run, about.files):
        return True
    return any(not _was_let_through(step) for step in all_steps(run, "approval"))


def _was_let_through(step: Step) -> bool:
    """Whether a gate was skipped, or has found that nobody had to approve anything."""
    if step.status is StepStatus.COMPLETED:
        return not (step.outputs or {}).get("digest")
    return step.status is StepStatus.SKIPPED


def _refuse_unapproved(
    context: StepContext, run: Run, step_type: StepType, about: _Subject
) -> Sequence[Plan]:
    """Gives the approved plans for where the step publishes."""
    approved = _approved(context, run)
    if not approved:
        raise StepFailed(
            f"`{step_type.name}` publishes, and nobody has approved what.",
            reason="approval_missing",
            remedy="The workflow needs a step of the type `approval` before it; this step has "
            "published nothing.",
        )
    fitting = [plan for plan in approved if _is_for(plan, about)]
    if not fitting:
        refuse_changed(context, approved[-1], ["this step would publish somewhere else"])
    plan = fitting[-1]
    # What lies at a destination matters where files are written, not where they have been.
    writes = about.given and about.into is not None
    changes = changes_since(
        context.services,
        run,
        plan,
        files=about.files if about.given else _planned_files(context, plan),
        before=writes,
    )
    refuse_changed(context, plan, changes)
    return fitting


def _approved(context: StepContext, run: Run) -> Sequence[Plan]:
    """The plans of a run that are approved, each the newest of its step."""
    newest = {plan.step_id: plan for plan in context.services.store.plans.of_run(run.id)}
    return [plan for plan in newest.values() if plan.status is PlanStatus.APPROVED]


def _is_for(plan: Plan, about: _Subject) -> bool:
    return about.into is None or about.into in destinations_of(plan)


def _planned_files(context: StepContext, plan: Plan) -> Sequence[ProjectFile]:
    project_id, snapshot = project_of(plan)
    return context.services.store.projects.files(project_id, snapshot=snapshot)
