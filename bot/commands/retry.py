"""``/retry``: take a failed or cancelled run up again where it stopped."""

from __future__ import annotations

from collections.abc import Mapping

from bot.commands.choice import choose_run
from bot.commands.spec import CommandSpec
from bot.core.destination import destination_from_dict
from bot.core.identity import Permission
from bot.core.requests import Ask, Decision, Retry
from bot.core.runs import RETRYABLE, Run
from bot.destinations import may_publish
from bot.services import Services


def _decide(services: Services, ask: Ask) -> Decision:
    run = choose_run(
        services,
        ask,
        lambda run: run.status in RETRYABLE,
        none_fits="No run of this thread has failed or was cancelled.",
        reason="nothing_to_retry",
    )
    _refuse_deputy(services, ask, run)
    return Retry(run_id=run.id)


def _refuse_deputy(services: Services, ask: Ask, run: Run) -> None:
    """Nobody has published with another's rights what they may not publish with their own."""
    into = run.inputs.get("into")
    if isinstance(into, Mapping) and not run.requester.is_same_as(ask.actor):
        may_publish(services, ask.actor, destination_from_dict(into))


RETRY = CommandSpec(
    verb="retry",
    summary="Go on with a failed or cancelled run from the step where it stopped.",
    usage="retry [RUN]",
    permission=Permission.READ,
    decide=_decide,
    arguments=1,
    examples=("retry", "retry 3f9a1c2b"),
)
