"""``/approve``: have exactly the bytes of a plan published."""

from __future__ import annotations

from bot.commands.pending import pending_plan, planned_run, plans_meant, read_digest
from bot.commands.spec import CommandSpec
from bot.core.identity import Actor, Permission, Standing
from bot.core.plans import SHOWN_DIGITS, matches
from bot.core.policy import PlacedRule
from bot.core.requests import Answer, Approve, Ask, Decision, Lapse
from bot.core.runs import PlanStatus, Run
from bot.errors import UserError
from bot.plans import approve_rules, approvers, changes_since, lost_rights, policy_now
from bot.services import Services
from bot.store.port import Plan


def _decide(services: Services, ask: Ask) -> Decision:
    pending = pending_plan(services, ask)
    given = _digits(ask, pending)
    if pending is None or not matches(pending.digest, given):
        return _about_another(services, ask, given, pending)
    run = planned_run(services, pending)
    refuse_approval(services, ask, run)
    lost = lost_rights(services, run, pending)
    if lost:
        raise UserError(
            f"The plan `{pending.digest[:SHOWN_DIGITS]}` cannot be published: {'; '.join(lost)}.",
            reason="right_lost",
            remedy="It stays as it is, and can be approved once the right is back.",
        )
    changes = changes_since(services, run, pending)
    if changes:
        return Lapse(plan_id=pending.id, changes=changes)
    return Approve(plan_id=pending.id)


def refuse_approval(services: Services, ask: Ask, run: Run) -> None:
    """Whether what holds for a run, at its destinations too, lets the actor approve its plan.

    Raises:
        UserError: ``own_request``, or ``no_right`` for whoever has neither the role nor a team.
    """
    policy = policy_now(services, run)
    rules, who = approve_rules(policy, run), approvers(policy, run)
    if run.requester.is_same_as(ask.actor) and not all(placed.rule.own for placed in rules):
        raise UserError(
            f"You asked for this yourself; it is {who}, who may approve it.",
            reason="own_request",
            remedy="Ask one of them to write the same line.",
        )
    if rules and all(_is_met(services, placed, ask.actor) for placed in rules):
        return
    raise UserError(
        f"It is {who}, who may approve this.",
        reason="no_right",
        remedy="Ask one of them to write the same line.",
    )


def _is_met(services: Services, placed: PlacedRule, actor: Actor) -> bool:
    """Whether somebody has the role, or is in a team, there where the rule was made."""
    if placed.forge != actor.forge:
        return False
    forge = services.forge(placed.forge)
    if placed.repository:
        repository = forge.repository(placed.repository)
        has_role = repository is not None and (
            forge.permission(repository, actor) >= placed.rule.role
        )
    else:
        owner = forge.owner(placed.owner, actor)
        has_role = owner is not None and owner.standing is Standing.OWNER
    return has_role or any(forge.in_team(placed.owner, team, actor) for team in placed.rule.teams)


def _digits(ask: Ask, pending: Plan | None) -> str:
    """The digits that somebody wrote.

    Raises:
        UserError: ``missing_digest``, ``bad_digest`` or ``digest_too_short``.
    """
    shown = f"`/approve {pending.digest[:SHOWN_DIGITS]}`" if pending else ""
    if not ask.line.positional:
        raise UserError(
            "Which plan? An approval names the digest of what it approves.",
            reason="missing_digest",
            remedy=f"Read the plan in this thread, then write {shown}." if shown else "",
        )
    return read_digest(ask.line.positional[0])


def _about_another(services: Services, ask: Ask, given: str, pending: Plan | None) -> Answer:
    """The answer to the digest of a plan that does not wait (any more), or of none at all.

    Raises:
        UserError: ``no_plan``, ``wrong_digest``, ``plan_superseded``, ``plan_lapsed`` or
            ``plan_rejected``.
    """
    known = plans_meant(services, ask)
    meant = next((plan for plan in known if matches(plan.digest, given)), None)
    if meant is None:
        raise _unknown(pending)
    if meant.status is PlanStatus.APPROVED:
        values = {"plan": meant, "run": planned_run(services, meant), "again": True}
        return Answer(template="approved", reason="approved_already", values=values)
    if known[0].id != meant.id:
        raise _superseded(meant, known[0], pending)
    if meant.status is PlanStatus.REJECTED:
        raise _ended(meant, "was rejected", "plan_rejected")
    raise _ended(meant, "has lapsed", "plan_lapsed")


def _unknown(pending: Plan | None) -> UserError:
    if pending is None:
        return UserError(
            "No plan waits for approval here.",
            reason="no_plan",
            remedy="`/plan` with what you want makes one.",
        )
    return UserError(
        "That is not the digest of the plan that waits here.",
        reason="wrong_digest",
        remedy="Read the plan's comment: it shows what would be published, and the line to write.",
    )


def _superseded(meant: Plan, newest: Plan, pending: Plan | None) -> UserError:
    return UserError(
        f"A newer plan, `{newest.digest[:SHOWN_DIGITS]}`, has taken the place of "
        f"`{meant.digest[:SHOWN_DIGITS]}`.",
        reason="plan_superseded",
        remedy="Read the newer one; its comment shows the line to write." if pending else "",
    )


def _ended(meant: Plan, how: str, reason: str) -> UserError:
    why = f": {meant.note.rstrip('.')}" if meant.note else ""
    return UserError(
        f"The plan `{meant.digest[:SHOWN_DIGITS]}` {how}{why}.",
        reason=reason,
        remedy="`/retry` has its run make a new one.",
    )


APPROVE = CommandSpec(
    verb="approve",
    summary="Publish exactly what the plan with this digest says, and nothing else.",
    usage="approve DIGEST",
    permission=Permission.READ,
    decide=_decide,
    also="who of those may approve is policy: where it says nothing, whoever has write access",
    arguments=1,
    examples=("approve 3f9a1c2b4d5e", "approve 3f9a1c"),
)
