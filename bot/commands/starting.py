"""From a command to a run: which workflow, with which inputs, where to, and under which policy."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import replace

from bot.commands import budget
from bot.commands.inputs import refuse_missing
from bot.commands.wish import INTO_KEYS, Wish, read_wish, takes_pack, text_input
from bot.core.destination import (
    Destination,
    destination_key,
    destination_to_dict,
    destinations_in,
    read_place,
)
from bot.core.identity import Permission, Repository
from bot.core.policy import Approval, Policy
from bot.core.requests import Answer, Ask, Start
from bot.core.workflow import Workflow, to_data
from bot.destinations import may_create, may_keep, permission_at, resolve
from bot.errors import UserError
from bot.generation.pack_format import Pack
from bot.occupation import refuse_occupied
from bot.pack_sources.pins import with_pin
from bot.policies import with_destinations
from bot.services import Services
from bot.workflows import Found, MayRead, find_workflow, gated, has_plan, unpublished

_USUAL = "generate"
#: What is run where somebody describes what is wanted.
_DESCRIBED = "sdlc"
#: Of the newest runs of a thread, so many more than may be under way.
_LOOKED_AT = 20
OWN_KEYS: Mapping[str, str] = {
    **INTO_KEYS,
    "workflow": "a workflow of your organisation, whose inputs are then further keys",
    **budget.KEYS,
}
#: Of these, what no workflow is given.
_BESIDE = ("workflow", *budget.KEYS)
#: The bot's own keys that these commands have no use for; no pack may ask them as a question.
RESERVED_KEYS = ("to", "step")


def start(services: Services, ask: Ask, *, plan: bool) -> Start | Answer:
    """A run of the workflow that is named, else of the usual one.

    Args:
        plan: Whether nothing is to be published before somebody approves it.

    Raises:
        UserError: For everything that the person can mend, each with its reason code.
    """
    keys = _keys(ask)
    near, owner = _near(services, ask)
    name = _workflow_name(services, ask)
    found = find_workflow(services, name, near, may_read=_reading(services, ask))
    if ask.line.text is not None and text_input(found.workflow) is None:
        return _describe_instead(services, found.workflow, ask.line.text)
    budget.refuse_models(services, to_data(found.workflow), ask.policy)
    wish = read_wish(services, ask, found.workflow, keys, near)
    if ask.request.wants_project and wish.project_name is None:
        raise UserError(
            f"The workflow {found.workflow.name} makes no project.",
            reason="no_project",
            remedy="Ask for it as a command: POST /api/v1/commands.",
        )
    if near is None:
        return _kept(services, ask, found, wish, plan=plan)
    refuse_crowd(services, ask)
    run_id = str(uuid.uuid4())
    destinations = {
        name: _resolved(services, ask, name, given, run_id) for name, given in wish.places.items()
    }
    policy = with_destinations(services, ask.policy, ask.repository, destinations.values())
    for into in destinations.values():
        _refuse_pack(policy, wish.pack, into)
        _refuse_unfit(services, ask, into)
        _refuse_twin(services, ask, into)
    return Start(
        run_id=run_id,
        workflow=_gated(found.workflow, policy, plan=plan),
        source=with_pin(found.source, wish.pack_text, wish.pack),
        inputs=_inputs(found.workflow, wish, destinations, plan=plan),
        policy=policy,
        budget=budget.starting_budget(services, ask, policy),
        destination=lock(destinations.values()),
        project_name=wish.project_name,
        place=ask.repository,
        owner=owner,
    )


def _reading(services: Services, ask: Ask) -> MayRead | None:
    """What is answered to one person alone may be told by what that person may read."""
    if not ask.request.direct:
        return None
    return lambda found: permission_at(services, found, ask.actor) >= Permission.READ


def _near(services: Services, ask: Ask) -> tuple[Repository | None, tuple[str, str] | None]:
    """Whose workflows may be meant: those of where it is asked for, else of whoever a repository
    is to be made for, whose account comes with it. Neither where all stays here.

    Raises:
        UserError: As `may_create`, and as `resolve` for what cannot be read.
    """
    if ask.repository is not None:
        return ask.repository, None
    into = ask.line.option("into")
    if into is None:
        return None, None
    place = read_place(str(into))
    forge_name = place.forge or ask.actor.forge
    if place.full_name is None or forge_name != ask.actor.forge:
        resolve(services, ask.actor, None, {"into": str(into)}, run="", policy=ask.policy)
    forge = services.forge(forge_name)
    owner = may_create(services, forge, place.owner, ask.actor, near=None)
    near = Repository(
        forge=forge_name, id="", owner=owner.login, owner_id=owner.account_id, name=place.name
    )
    return near, (forge_name, owner.account_id)


def _kept(services: Services, ask: Ask, found: Found, wish: Wish, *, plan: bool) -> Start:
    """A run whose files stay here: it does all that its workflow does but publish."""
    may_keep(services, ask.actor, operates=ask.request.operates)
    if any(keys for keys in wish.places.values()) or plan:
        raise UserError(
            "Without `into` nothing is published, so there is nothing to plan and no place to "
            "describe.",
            reason="key_not_fitting",
            remedy="Say where it goes with `into`, or leave the rest out to keep the files here.",
        )
    inputs: dict[str, object] = {**wish.inputs, **dict.fromkeys(wish.places)}
    refuse_missing(found.workflow, inputs)
    return Start(
        run_id=str(uuid.uuid4()),
        workflow=unpublished(found.workflow),
        source=with_pin(found.source, wish.pack_text, wish.pack),
        inputs=inputs,
        policy=ask.policy,
        budget=budget.starting_budget(services, ask, ask.policy),
        project_name=wish.project_name,
    )


def _keys(ask: Ask) -> dict[str, object]:
    for key, _ in ask.line.options:
        if key in RESERVED_KEYS:
            raise UserError(f"`{key}` cannot be set in this version.", reason="not_available")
    for key in ask.request.given:
        if key in (*OWN_KEYS, *RESERVED_KEYS):
            raise UserError(
                f"`{key}` is no answer; it stands beside them.", reason="key_not_fitting"
            )
    options = {key: value for key, value in ask.line.options if key not in _BESIDE}
    return {**ask.request.given, **options}


def _workflow_name(services: Services, ask: Ask) -> str:
    name = ask.line.option("workflow")
    if name is True:
        raise UserError("`workflow` needs a name: `workflow=…`.", reason="missing_value")
    return name or (_DESCRIBED if _is_described(services, ask) else _USUAL)


def _is_described(services: Services, ask: Ask) -> bool:
    """Whether a text says what is wanted, and there is a model that may read it.

    Raises:
        UserError: ``pack_and_text`` where a pack is named as well; ``no_sandbox`` where models are
            configured here and cannot be asked.
    """
    if ask.line.text is None or not services.models.chain or not ask.policy.models.allow:
        return False
    if ask.line.positional:
        raise UserError(
            "A template pack is named and something is described; only one of them can be made.",
            reason="pack_and_text",
            remedy="Leave the pack out: the plan chooses the one that fits.",
        )
    problem = services.models.problem()
    if problem is not None:
        raise UserError(problem, reason="no_sandbox", remedy="The operator can mend that.")
    return True


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
        ask.repository,
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
    values = {
        "packs": services.generator.library.search(text),
        # Only policy is in the way, or else the text would have been taken.
        "forbidden": bool(services.models.chain),
    }
    return Answer(template="needs_model", reason="needs_model", values=values)


def _refuse_pack(policy: Policy, pack: Pack | None, into: Destination) -> None:
    if pack is not None and not policy.allows_pack(*pack.policy_names):
        raise UserError(
            f"The pack {pack.name} is not allowed in {into.repository}.",
            reason="pack_not_allowed",
        )


def _refuse_unfit(services: Services, ask: Ask, into: Destination) -> None:
    if into.new:
        return
    forge = services.forge(into.forge)
    repository = ask.repository
    if repository is None or into.id != repository.id:
        repository = forge.repository(into.repository) or repository
    if repository is not None:
        refuse_occupied(forge, repository, into)


def refuse_crowd(services: Services, ask: Ask) -> None:
    """Raises UserError ``too_many_runs`` where a thread has as many under way as it may."""
    most = ask.policy.runs.thread
    limit = _LOOKED_AT + most
    runs = services.store.runs.in_thread(ask.thread, limit=limit) if ask.thread else ()
    under_way = sum(not run.status.is_final for run in runs)
    if under_way >= most:
        raise UserError(
            f"{under_way} runs of this thread are under way; that is as many as one may have.",
            reason="too_many_runs",
            remedy="Wait for one of them, or `/cancel` it.",
        )


def lock(destinations: Collection[Destination]) -> str:
    """The keys by which runs wait for each other, for else two would make one repository."""
    return " ".join(dict.fromkeys(destination_key(into) for into in destinations))


def _refuse_twin(services: Services, ask: Ask, into: Destination) -> None:
    """Two runs for one new repository: the second could only fail, so it is told at once."""
    if not into.new or ask.thread is None:
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
