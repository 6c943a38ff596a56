"""In whose name, and how far, a step may call APIs."""

from __future__ import annotations

from bot.core.access_scopes import Scope
from bot.core.destination import resolved_destinations
from bot.core.openapi import ApiOperation
from bot.core.passes import Asker
from bot.errors import ApiFailed, UserError
from bot.services import AgentApi, Tracker
from bot.steps.spec import StepContext


def asker_of(context: StepContext) -> Asker:
    """The step as it asks our own API: for the run's requester, and no further than the run.

    A run that a run has asked for only looks: else two could start each other for ever.
    """
    run = context.run
    commands = context.services.store.commands
    by_run = run.command_id is not None and commands.is_asked_by_run(run.command_id)
    return Asker(
        run_id=run.id,
        step_id=context.step_id,
        actor=run.requester,
        homes=_homes(context),
        scopes=frozenset({Scope.READ} if by_run else {Scope.READ, Scope.WRITE}),
        call=str(context.round),
    )


def _homes(context: StepContext) -> frozenset[str]:
    """What the run belongs to, and what its command was let publish to."""
    run = context.run
    places = resolved_destinations(run.workflow, run.inputs)
    known = {f"repository:{into.forge}:{into.id}" for into in places if into.id}
    return frozenset(known | ({run.home} if run.home else set()))


def agent_api(context: StepContext, tracker: Tracker | None = None) -> AgentApi:
    """What a step calls APIs by."""
    return context.services.agent_apis.of_step(
        asker_of(context), tracker=tracker, poll=context.stop_if_cancelled
    )


def operation_of(api: AgentApi, document: str, name: str) -> ApiOperation:
    """An operation of a document.

    Raises:
        ApiFailed: ``unknown_operation`` with the nearest name, ``not_callable``; where the
            document cannot be had.
    """
    try:
        return api.document(document).operation(name)
    except UserError as exc:
        raise ApiFailed(exc.message, reason=exc.reason, remedy=exc.remedy) from exc
