"""From a command to a run: which workflow, with which inputs, where to, and under which policy."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import replace

from bot.commands.inputs import refuse_missing
from bot.commands.wish import INTO_KEYS, Wish, read_wish, takes_pack, text_input
from bot.core.destination import (
    Destination,
    destination_key,
    destination_to_dict,
    destinations_in,
)
from bot.core.policy import Approval, Policy
from bot.core.requests import Answer, Ask, Start
from bot.core.workflow import Workflow
from bot.destinations import resolve
from bot.errors import UserError
from bot.generation.pack_format import Pack
from bot.occupation import refuse_occupied
from bot.policies import with_destinations
from bot.services import Services
from bot.workflows import find_workflow, gated, has_plan

_USUAL = "generate"
#: Of the newest runs of a thread, so many more than may be under way.
_LOOKED_AT = 20
OWN_KEYS: Mapping[str, str] = {
    **INTO_KEYS,
    "workflow": "a workflow of your organisation, whose inputs are then further keys",
}
#: The bot's own keys that these commands have no use for; no pack may ask them as a question.
RESERVED_KEYS = ("budget", "to", "step")


def start(services: Services, ask: Ask, *, plan: bool) -> Start | Answer:
    """A run of the workflow that is named, else of the usual one.

    Args:
        plan: Whether nothing is to be published before somebody approves it.

    Raises:
        UserError: For everything that the person can mend, each with its reason code.
    """
    keys = _keys(ask)
    found = find_workflow(services, _workflow_name(ask), ask.thread.repository)
    if ask.line.text is not None and text_input(found.workflow) is None:
        return _describe_instead(services, found.workflow, ask.line.text)
    wish = read_wish(services, ask, found.workflow, keys)
    _refuse_crowd(services, ask)
    run_id = str(uuid.uuid4())
    destinations = {
        name: _resolved(services, ask, name, given, run_id) for name, given in wish.places.items()
    }
    policy = with_destinations(services, ask.policy, ask.thread.repository, destinations.values())
    for into in destinations.values():
        _refuse_pack(policy, wish.pack, into)
        _refuse_unfit(services, ask, into)
        _refuse_twin(services, ask, into)
    return Start(
        run_id=run_id,
        workflow=_gated(found.workflow, policy, plan=plan),
        source=found.source,
        inputs=_inputs(found.workflow, wish, destinations, plan=plan),
        policy=policy,
        destination=_lock(destinations.values()),
        project_name=wish.project_name,
    )


def _keys(ask: Ask) -> dict[str, str | bool]:
    for key, _ in ask.line.options:
        if key in RESERVED_KEYS:
            raise UserError(f"`{key}` cannot be set in this version.", reason="not_available")
    return {key: value for key, value in ask.line.options if key != "workflow"}


def _workflow_name(ask: Ask) -> str:
    name = ask.line.option("workflow")
    if name is True:
        raise UserError("`workflow` needs a name: `workflow=…`.", reason="missing_value")
    return name or _USUAL


def _gated(workflow: Workflow, policy: Policy, *, plan: bool) -> Workflow:
    """The workflow with the gates that it lacks, of policy or of the requester's own wish."""
    if plan and not has_plan(workflow):
        raise UserError(
            f"The workflow {workflow.name} publishes nothing, so there is no plan to approve.",
            reason="nothing_to_approve",
            remedy="`/generate` with the same words runs it.",
        )
    return gated(workflow, replace(policy, approval=Approval.ALWAYS) if plan else policy)


def _inputs(
    workflow: Workflow, wish: Wish, destinations: Mapping[str, Destination], *, plan: bool
) -> Mapping[str, object]:
    inputs = {
        **wish.inputs,
        **{name: destination_to_dict(into) for name, into in destinations.items()},
    }
    refuse_missing(workflow, inputs)
    # Also where the workflow knows no such input: what publishes asks for it.
    return {**inputs, "plan": True} if plan else inputs


def _resolved(
    services: Services, ask: Ask, name: str, keys: Mapping[str, str | bool], run_id: str
) -> Destination:
    if name != "into" and keys.get("into") is True:
        raise UserError(f"`{name}` needs a value: `{name}=…`.", reason="missing_value")
    return resolve(
        services,
        ask.actor,
        ask.thread,
        keys,
        run=run_id.replace("-", "")[:8],
        policy=ask.policy,
    )


def _describe_instead(services: Services, workflow: Workflow, text: str) -> Answer:
    """A free description needs a language model; without one, the packs that come nearest."""
    if not takes_pack(workflow):
        raise UserError(
            f"The workflow {workflow.name} takes no text behind `--`.", reason="unexpected_text"
        )
    packs = services.generator.library.search(text)
    return Answer(template="needs_model", reason="needs_model", values={"packs": packs})


def _refuse_pack(policy: Policy, pack: Pack | None, into: Destination) -> None:
    if pack is not None and not policy.allows_pack(pack.name):
        raise UserError(
            f"The pack {pack.name} is not allowed in {into.repository}.",
            reason="pack_not_allowed",
        )


def _refuse_unfit(services: Services, ask: Ask, into: Destination) -> None:
    if into.new:
        return
    forge = services.forge(into.forge)
    repository = ask.thread.repository
    if into.id != repository.id:
        found = forge.repository(into.repository)
        repository = found if found is not None else repository
    refuse_occupied(forge, repository, into)


def _refuse_crowd(services: Services, ask: Ask) -> None:
    most = ask.policy.runs.thread
    runs = services.store.runs.in_thread(ask.thread, limit=_LOOKED_AT + most)
    under_way = sum(not run.status.is_final for run in runs)
    if under_way >= most:
        raise UserError(
            f"{under_way} runs of this thread are under way; that is as many as one may have.",
            reason="too_many_runs",
            remedy="Wait for one of them, or `/cancel` it.",
        )


def _lock(destinations: Collection[Destination]) -> str:
    """The keys by which runs wait for each other, for else two would make one repository."""
    return " ".join(dict.fromkeys(destination_key(into) for into in destinations))


def _refuse_twin(services: Services, ask: Ask, into: Destination) -> None:
    """Two runs for one new repository: the second could only fail, so it is told at once."""
    if not into.new:
        return
    wanted = destination_key(into)
    for run in services.store.runs.in_thread(ask.thread):
        theirs = {destination_key(one) for one in destinations_in(run.inputs)}
        if not run.status.is_final and wanted in theirs:
            raise UserError(
                f"Run {run.short_id} of this thread is making {into.repository} already.",
                reason="under_way",
                remedy=f"Wait for it, or `/cancel {run.short_id}`.",
            )
