"""``/reject``: end a plan, and say why."""

from __future__ import annotations

from bot.commands.pending import newest_plan, pending_plan, planned_run, read_digest
from bot.commands.spec import CommandSpec
from bot.core.identity import Permission
from bot.core.plans import SHOWN_DIGITS, matches
from bot.core.requests import Ask, Decision, Reject
from bot.errors import UserError
from bot.services import Services
from bot.store.port import Plan

_LONGEST_WHY = 500


def _decide(services: Services, ask: Ask) -> Decision:
    pending = pending_plan(services, ask)
    if pending is None:
        raise _nothing(newest_plan(services, ask))
    if ask.line.positional and not matches(pending.digest, read_digest(ask.line.positional[0])):
        raise UserError(
            "That is not the digest of the plan that waits here.",
            reason="wrong_digest",
            remedy="`/reject` without a digest ends the one that waits.",
        )
    run = planned_run(services, pending)
    if not (run.requester.is_same_as(ask.actor) or ask.may_steer):
        raise UserError(
            f"Only {run.requester.login}, who asked for it, or somebody with write access may "
            "do that.",
            reason="no_right",
        )
    why = " ".join((ask.line.text or "").split())
    return Reject(plan_id=pending.id, why=why[:_LONGEST_WHY])


def _nothing(newest: Plan | None) -> UserError:
    if newest is None:
        return UserError("No plan waits for approval here.", reason="no_plan")
    return UserError(
        f"No plan waits for approval here; the newest, "
        f"`{newest.digest[:SHOWN_DIGITS]}`, is {newest.status}.",
        reason="no_plan",
    )


REJECT = CommandSpec(
    verb="reject",
    summary="End the plan that waits in this thread; nothing of it is published.",
    usage="reject [DIGEST] [-- WHY]",
    permission=Permission.READ,
    decide=_decide,
    also="a plan that somebody else asked for needs write",
    arguments=1,
    takes_text=True,
    examples=("reject", "reject -- it belongs into acme/shop"),
)
