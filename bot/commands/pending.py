"""The plans of a thread, and the runs that made them."""

from __future__ import annotations

from collections.abc import Sequence

from bot.commands.choice import runs_meant
from bot.core.plans import FEWEST_DIGITS, is_digits
from bot.core.requests import Ask
from bot.core.runs import PlanStatus, Run
from bot.errors import UserError
from bot.services import Services
from bot.store.port import Plan


def pending_plan(services: Services, ask: Ask) -> Plan | None:
    """The one plan that waits for an answer: of the run that is asked about, or of the thread."""
    if ask.request.run_id is not None:
        plans = services.store.plans.of_run(ask.request.run_id)
        return next((one for one in reversed(plans) if one.status is PlanStatus.PENDING), None)
    return services.store.plans.pending(ask.thread) if ask.thread else None


def newest_plan(services: Services, ask: Ask) -> Plan | None:
    """The newest plan of the run that is asked about, or of the thread."""
    if ask.request.run_id is not None:
        plans = services.store.plans.of_run(ask.request.run_id)
        return plans[-1] if plans else None
    return services.store.plans.newest(ask.thread) if ask.thread else None


def plans_meant(services: Services, ask: Ask) -> Sequence[Plan]:
    """Every plan of the run that is asked about, or of the thread's runs, the newest first."""
    runs = runs_meant(services, ask)
    found = [plan for run in runs for plan in services.store.plans.of_run(run.id)]
    newest = newest_plan(services, ask)
    first = [plan for plan in found if newest is not None and plan.id == newest.id]
    others = [plan for plan in found if plan not in first]
    return [*first, *sorted(others, key=lambda plan: plan.created_at, reverse=True)]


def planned_run(services: Services, plan: Plan) -> Run:
    """The run that made a plan.

    Raises:
        UserError: ``no_plan`` where it is gone.
    """
    run = services.store.runs.get(plan.run_id)
    if run is None:
        raise UserError("The run that made this plan is gone.", reason="no_plan")
    return run


def read_digest(given: str) -> str:
    """The digits of a digest that somebody wrote.

    Raises:
        UserError: ``bad_digest`` or ``digest_too_short``.
    """
    digits = given.strip("`")
    if not is_digits(digits):
        raise UserError(
            f"`{digits[:40].replace('`', '')}` is no digest: those are made of 0 to 9 and a to f.",
            reason="bad_digest",
            remedy="The plan's comment shows the line to write.",
        )
    if len(digits) < FEWEST_DIGITS:
        raise UserError(
            f"{len(digits)} digits are too few to be sure what is meant; {FEWEST_DIGITS} are the "
            "least.",
            reason="digest_too_short",
            remedy="The plan's comment shows the line to write.",
        )
    return digits
