"""``/retry``: take a run up again where it stopped, or from a step that is to be done again."""

from __future__ import annotations

from bot.commands import budget
from bot.commands.choice import choose_run
from bot.commands.spec import CommandSpec
from bot.commands.taking_up import taken_up
from bot.core.destination import destinations_in
from bot.core.identity import Permission
from bot.core.requests import Ask, Decision, Retry
from bot.core.runs import RETRYABLE, Run
from bot.destinations import may_publish
from bot.errors import UserError
from bot.services import Services

_KEYS = {
    "step": "the id of a step to do again, with all steps that depend on it",
    "budget": "what the run may spend on language models all in all: US dollars or tokens",
}


def _decide(services: Services, ask: Ask) -> Decision:
    step = _step(ask)
    run = choose_run(
        services,
        ask,
        lambda run: run.status in RETRYABLE or (bool(step) and run.status.is_final),
        none_fits="No run of this thread has ended."
        if step
        else "No run of this thread has failed or was cancelled.",
        reason="nothing_to_retry",
    )
    taken_up(services, run, step)
    _refuse_deputy(services, ask, run)
    return Retry(run_id=run.id, step=step, budget=budget.retry_budget(services, ask, run))


def _step(ask: Ask) -> str:
    given = ask.line.option("step")
    if given is True:
        raise UserError("`step` needs the id of a step: `step=…`.", reason="missing_value")
    return given or ""


def _refuse_deputy(services: Services, ask: Ask, run: Run) -> None:
    """Nobody has published with another's rights what they may not publish with their own."""
    if not (run.requester.is_same_as(ask.actor) or ask.request.operates):
        for into in destinations_in(run.inputs):
            may_publish(services, ask.actor, into, near=ask.repository)


RETRY = CommandSpec(
    verb="retry",
    summary="Go on with a failed or cancelled run from the step where it stopped, or do one "
    "step of a run again.",
    usage="retry [RUN] [step=ID] [budget=AMOUNT]",
    permission=Permission.READ,
    decide=_decide,
    also="a run that somebody else asked for needs write",
    arguments=1,
    keys=_KEYS,
    examples=("retry", "retry 3f9a1c2b", "retry step=checks", "retry budget=2.00"),
)
