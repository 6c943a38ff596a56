"""What a run would publish as the world is now, and what has changed since it was approved.

Steps ask it before they publish, and the command that approves asks it at once, so that nobody
approves what could not be published any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bot.core.destination import Destination, destination_from_dict, destinations_in
from bot.core.plans import PlannedFile, PlannedPlace, differences, document
from bot.core.policy import (
    Approval,
    PlacedRule,
    Policy,
    policy_from_data,
    policy_to_data,
)
from bot.core.references import Scope, is_true
from bot.core.runs import Run, StepStatus
from bot.destinations import may_still
from bot.errors import UserError
from bot.policies import Domain, for_run
from bot.services import Services
from bot.store.port import Plan, ProjectFile

#: The origin of files that a language model wrote.
_MODEL = "agent"
#: Where GitHub looks for CI files; an app needs a right of its own to write there.
WORKFLOWS = ".github/workflows/"


def policy_now(services: Services, run: Run) -> Policy:
    """The policy in force for a run: where it was asked for, and at all its destinations.

    Raises:
        Transient: Where it could not be read.
    """
    return for_run(services, run.repository, destinations_in(run.inputs))


def document_now(
    services: Services,
    run: Run,
    files: Iterable[ProjectFile],
    places: Sequence[PlannedPlace],
    *,
    edition: int,
) -> dict[str, object]:
    """The document of a plan that would be made of a run now.

    Raises:
        Transient: Where the policy could not be read.
    """
    return document(
        files=[
            PlannedFile(path=file.path, mode=file.mode, content_hash=file.content_hash)
            for file in files
        ],
        places=places,
        workflow=run.workflow,
        policy=policy_to_data(policy_now(services, run)),
        edition=edition,
    )


def place_now(services: Services, into: Destination, paths: Iterable[str]) -> PlannedPlace:
    """A destination with what lies there at the full paths of a project's files."""
    wanted = [into.full_path(path) for path in paths]
    if into.new or not wanted:
        return PlannedPlace(into=into, before={})
    forge = services.forge(into.forge)
    repository = forge.repository(into.repository)
    base = forge.head(repository, into.base) if repository is not None else None
    if repository is None or base is None or repository.id != into.id:
        return PlannedPlace(into=into, before={})
    has_workflows = any(path.startswith(WORKFLOWS) for path in wanted)
    return PlannedPlace(
        into=into,
        before=forge.entries(repository, base, wanted),
        workflows=forge.may_write_workflows(repository) if has_workflows else None,
    )


def destinations_of(plan: Plan) -> tuple[Destination, ...]:
    """Where a plan goes, in order."""
    listed = plan.shown.get("into")
    return tuple(destination_from_dict(one) for one in listed) if isinstance(listed, list) else ()


def changes_since(
    services: Services,
    run: Run,
    plan: Plan,
    *,
    files: Sequence[ProjectFile] | None = None,
    before: bool = True,
) -> tuple[str, ...]:
    """What differs now from what a plan says, each as a clause; none where it can be published.

    Args:
        files: What is about to be published; None for the newest files of the plan's project.
        before: Whether what lies at the destinations counts; it does until files are written.

    Raises:
        Transient: Where a forge, or whoever has the policy, did not answer.
    """
    if files is None:
        files = services.store.projects.files(project_of(plan)[0])
    paths = [file.path for file in files] if before else []
    places = [place_now(services, into, paths) for into in destinations_of(plan)]
    now = document_now(services, run, files, places, edition=edition_of(plan))
    return differences(plan.document, now, before=before)


def project_of(plan: Plan) -> tuple[str, int]:
    """The id of the project that a plan is for, and the number of the snapshot."""
    project = plan.shown.get("project")
    if not isinstance(project, Mapping):
        return "", 0
    return str(project["id"]), int(project["snapshot"])


def is_demanded(services: Services, run: Run, files: Iterable[ProjectFile]) -> bool:
    """Whether somebody has to approve these files, whatever the run's workflow says.

    ``plan`` among a run's inputs is the requester's own wish.
    """
    if run.inputs.get("plan") is True:
        return True
    match policy_now(services, run).approval:
        case Approval.ALWAYS:
            return True
        case Approval.MODEL:
            return any(file.origin == _MODEL for file in files)
        case Approval.NEVER:
            return False


def lost_rights(services: Services, run: Run, plan: Plan) -> tuple[str, ...]:
    """What the requester of a run may not (any more) that a plan of it needs, as clauses."""
    found: list[str] = []
    for into in destinations_of(plan):
        try:
            may_still(services, run, into)
        except UserError as exc:
            login = run.requester.login
            found.append(f"{login}, who asked for it, is refused {into.repository} ({exc.reason})")
    return tuple(dict.fromkeys(found))


def approve_rules(policy: Policy, run: Run) -> tuple[PlacedRule, ...]:
    """Each rule that whoever approves a run's plan has to meet: that of the repository in which it
    was asked for, and the destinations'."""
    at = run.repository
    if at is None:
        return policy.also_approve
    here = Domain(forge=at.forge, owner=at.owner, repository=at, policy=policy)
    return (here.approve, *policy.also_approve)


def approvers(policy: Policy, run: Run) -> str:
    """Who may approve what a run has planned, in words."""
    rules = approve_rules(policy, run)
    if not rules:
        return f"somebody who has {policy.approve.role.name.lower()} access"
    who = "somebody who " + ", and also ".join(_meets(placed) for placed in rules)
    own = all(placed.rule.own for placed in rules)
    return who + ("" if own else f", other than {run.requester.login}")


def _meets(placed: PlacedRule) -> str:
    role = f"has {placed.rule.role.name.lower()} access to {placed.repository}"
    ways = [role if placed.repository else f"owns {placed.owner}"]
    ways += [f"is in the team {placed.owner}/{team}" for team in placed.rule.teams]
    return " or ".join(ways)


def planned_policy(plan: Plan) -> Policy:
    """The policy that was in force when a plan was made."""
    data = plan.document.get("policy")
    return policy_from_data(data if isinstance(data, Mapping) else {})


def awaits_approval(run: Run) -> bool:
    """Whether a step that asks for approval is still to come, as far as that can be told."""
    steps = run.workflow.get("steps")
    conditions = {
        str(step["id"]): step.get("if")
        for step in (steps if isinstance(steps, list) else ())
        if isinstance(step, Mapping) and step.get("uses") == "approval"
    }
    known = Scope(inputs={**_defaults(run), **run.inputs}, steps={})
    return any(
        step.id in conditions
        and step.status not in (StepStatus.COMPLETED, StepStatus.SKIPPED)
        and _may_hold(conditions[step.id], known)
        for step in run.steps
    )


def _defaults(run: Run) -> Mapping[str, object]:
    inputs = run.workflow.get("inputs")
    return {
        str(name): spec["default"]
        for name, spec in (inputs.items() if isinstance(inputs, Mapping) else ())
        if isinstance(spec, Mapping) and "default" in spec
    }


def _may_hold(condition: object, known: Scope) -> bool:
    try:
        return is_true(condition, known)
    except UserError:
        # It depends on what another step gives.
        return True


def edition_of(plan: Plan) -> int:
    """How often its run had been taken up again when a plan was made."""
    number = plan.document.get("edition")
    return number if isinstance(number, int) else 0
