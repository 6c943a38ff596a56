"""``approval``: the files are there, and nothing is published before somebody approves them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.core.destination import destination_to_dict
from bot.core.kinds import Field, Kind
from bot.core.plans import SHOWN_DIGITS, VALID_S, PlannedPlace, digest
from bot.core.policy import Verify
from bot.core.runs import PlanStatus, Run
from bot.errors import StepFailed, Waits
from bot.plans import (
    approvers,
    changes_since,
    document_now,
    edition_of,
    is_demanded,
    lost_rights,
    place_now,
    planned_policy,
    policy_now,
)
from bot.steps.demanded import refuse_unverified
from bot.steps.landing import sort_out, workflow_files
from bot.steps.spec import Rights, StepContext, StepType
from bot.steps.tracked import covered, tracked
from bot.steps.values import destination, mapping, project
from bot.steps.verify import load_files
from bot.store.port import EventKind, NewPlan, Plan

_PAGE = 500


def _run(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
    stored, snapshot = project(context, given)
    files = context.services.store.projects.files(stored.id, snapshot=snapshot)
    if _is_inserted(context) and not is_demanded(context.services, context.run, files):
        context.log("policy asks nobody to approve these files")
        return _outputs(context, stored.id, None)
    if policy_now(context.services, context.run).verify is Verify.REQUIRE:
        # Nobody is asked to approve what may not be published.
        refuse_unverified(
            context, context.run, "asking for approval", project_id=stored.id, snapshot=snapshot
        )
    edition = _edition(context)
    plan = _made(context, edition)
    if plan is None:
        place = place_now(context.services, destination(given), [file.path for file in files])
        planned = document_now(context.services, context.run, files, [place], edition=edition)
        if stories := tracked(context.run, given.get("into")):
            planned["stories"] = covered(stories)
        if context.rehearsal:
            return _rehearse(context, digest(planned), place)
        plan = _approved_before(context, digest(planned)) or _propose(
            context, given, planned, place, stories
        )
    _heed(context, plan)
    return _outputs(context, stored.id, plan)


def _is_inserted(context: StepContext) -> bool:
    """Whether policy put this step in, and not the workflow's file."""
    return context.step_id in inserted_steps(context.run)


def inserted_steps(run: Run) -> frozenset[str]:
    """The ids of the gates that the files of a run's workflow lack."""
    steps = run.workflow.get("steps")
    listed = steps if isinstance(steps, Sequence) else ()
    return frozenset(
        str(step["id"]) for step in listed if isinstance(step, Mapping) and step.get("inserted")
    )


def _edition(context: StepContext) -> int:
    """How often the run was taken up again. An answer counts for what was asked before it, so
    that a run whose plan was rejected asks anew."""
    runs, after, found = context.services.store.runs, 0, 0
    while page := runs.events(context.run.id, after=after, limit=_PAGE):
        found += sum(entry.kind == EventKind.RETRY_REQUESTED for entry in page)
        after = page[-1].number
    return found


def _made(context: StepContext, edition: int) -> Plan | None:
    """The plan that this step has made since the run was last taken up."""
    for plan in context.services.store.plans.of_run(context.run.id):
        if plan.step_id == context.step_id and edition_of(plan) == edition:
            return plan
    return None


def _approved_before(context: StepContext, planned: str) -> Plan | None:
    """The plan of another gate of this run that says exactly the same, where it was approved."""
    for plan in context.services.store.plans.of_run(context.run.id):
        if plan.digest == planned and plan.status is PlanStatus.APPROVED:
            return plan
    return None


def _propose(
    context: StepContext,
    given: Mapping[str, object],
    planned: Mapping[str, object],
    place: PlannedPlace,
    stories: Sequence[Mapping[str, object]],
) -> Plan:
    context.log(f"somebody has to approve the plan {_shown(digest(planned))}")
    return context.services.store.plans.propose(
        NewPlan(
            run_id=context.run.id,
            step_id=context.step_id,
            digest=digest(planned),
            document=planned,
            shown={
                "project": dict(mapping(given, "project")),
                "into": [destination_to_dict(place.into)],
                "places": [_landing(context, given, place)],
                "stories": list(stories),
            },
            valid_s=VALID_S,
        ),
        number=context.number,
    )


def _landing(
    context: StepContext, given: Mapping[str, object], place: PlannedPlace
) -> dict[str, object]:
    """What would become of the destination's files, for people."""
    stored, snapshot = project(context, given)
    landing = sort_out(
        place.into,
        load_files(context, stored.id, snapshot),
        existing=place.before,
        workflows=workflow_files(context.run, accepted=place.workflows is not False),
    )
    return {"repository": place.into.repository, **landing.outputs()}


def _rehearse(context: StepContext, planned: str, place: PlannedPlace) -> Mapping[str, object]:
    where = place.into.repository
    context.log(f"would wait until somebody approves the plan {_shown(planned)} for {where}")
    return {"digest": planned, "approved_by": None, "at": None}


def _heed(context: StepContext, plan: Plan) -> None:
    """Go on with an approved plan that still holds.

    Raises:
        Waits: Where nobody has answered.
        StepFailed: ``rejected``, ``lapsed``, or ``plan_changed`` with what has changed.
    """
    match plan.status:
        case PlanStatus.PENDING:
            who = approvers(planned_policy(plan), context.run)
            raise Waits(
                f"{who[0].upper()}{who[1:]} has to approve the plan {_shown(plan.digest)}.",
                until=plan.lapses_at,
                reason="approval",
            )
        case PlanStatus.REJECTED:
            raise _rejected(plan)
        case PlanStatus.LAPSED:
            raise _lapsed(context, plan)
        case PlanStatus.APPROVED:
            refuse_changed(context, plan, lost_rights(context.services, context.run, plan))
            refuse_changed(context, plan, changes_since(context.services, context.run, plan))


def refuse_changed(context: StepContext, plan: Plan, changes: Sequence[str]) -> None:
    """Raises StepFailed ``plan_changed`` where anything is not as it was approved."""
    if changes:
        raise StepFailed(
            f"The plan `{_shown(plan.digest)}` was approved, but {'; '.join(changes)}.",
            reason="plan_changed",
            remedy=f"It is not published; `{_again(context, plan)}` makes a new plan.",
        )


def _again(context: StepContext, plan: Plan) -> str:
    """The command that has the plan made anew: the step that made it may have ended long ago."""
    if context.step_id == plan.step_id:
        return "/retry"
    return f"/retry step={plan.step_id.partition('[')[0]}"


def _rejected(plan: Plan) -> StepFailed:
    why = f": {plan.note}" if plan.note else ""
    return StepFailed(
        f"{login_of(plan)} rejected the plan `{_shown(plan.digest)}`{why.rstrip('.')}.",
        reason="rejected",
        remedy="Nothing was published; `/retry` makes a new plan.",
    )


def _lapsed(context: StepContext, plan: Plan) -> StepFailed:
    thread = context.run.thread
    newest = context.services.store.plans.newest(thread) if thread else None
    why = plan.note.rstrip(".") or "nobody answered in time"
    if not plan.note and newest is not None and newest.id != plan.id:
        why = f"a newer plan of this thread, `{_shown(newest.digest)}`, has taken its place"
    return StepFailed(
        f"The plan `{_shown(plan.digest)}` has lapsed: {why}.",
        reason="lapsed",
        remedy="Nothing was published; `/retry` makes a new plan.",
    )


def login_of(plan: Plan) -> str:
    """Who decided on a plan, without the forge; empty where nobody did."""
    return (plan.decided_by or "").partition(":")[2]


def _outputs(context: StepContext, project_id: str, plan: Plan | None) -> Mapping[str, object]:
    """The files are whole, verified, and approved where that was asked."""
    context.services.store.projects.complete(
        project_id, run_id=context.run.id, number=context.number
    )
    if plan is None:
        return {"digest": None, "approved_by": None, "at": None}
    at = plan.decided_at.isoformat() if plan.decided_at else None
    return {"digest": plan.digest, "approved_by": login_of(plan), "at": at}


def _shown(full: str) -> str:
    return full[:SHOWN_DIGITS]


APPROVAL = StepType(
    name="approval",
    summary="Have them approved",
    description="Shows the exact files, their destination and a digest of all of it in the "
    "thread, and waits, for seven days at most and without holding a worker, until somebody whom "
    "policy names approves or rejects it. What has changed by then is not published.",
    rights=Rights.APPROVE,
    takes={
        "project": Field(kind=Kind.PROJECT, summary="the files to approve"),
        "into": Field(kind=Kind.DESTINATION, summary="where they would be published"),
    },
    gives={
        "digest": Field(
            kind=Kind.STRING,
            summary="SHA-256 over everything that was approved; null where nobody had to",
        ),
        "approved_by": Field(kind=Kind.STRING, summary="the login of whoever approved it"),
        "at": Field(kind=Kind.STRING, summary="when, as an ISO 8601 time"),
    },
    run=_run,
)
