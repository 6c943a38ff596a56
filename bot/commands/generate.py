"""``/generate``: from a template pack to a new repository, or to a change on one."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from bot.commands.choice import allowed_pack
from bot.commands.spec import CommandSpec
from bot.core.destination import Destination, destination_to_dict
from bot.core.identity import Permission
from bot.core.policy import Policy
from bot.core.requests import Answer, Ask, Decision, Start
from bot.destinations import refuse_occupied, resolve
from bot.errors import UserError
from bot.generation.answers import resolve_answers
from bot.generation.pack_format import Pack
from bot.policies import with_destinations
from bot.services import Services
from bot.workflows import load_workflow

_OWN_KEYS: Mapping[str, str] = {
    "into": "where: `.` (this repository), or `owner/name` for a new one",
    "path": "the folder to put it in; without CI files, which forges look for at the root only",
    "branch": "the branch to make for the change",
    "draft": "whether the change is a draft: yes or no",
    "visibility": "of a new repository: private or public",
    "existing": "open a change on `into` if that repository exists",
}
#: The bot's own keys that this version has no use for; no pack may ask them as a question.
_RESERVED_KEYS = ("workflow", "budget", "to", "step")


def _decide(services: Services, ask: Ask) -> Decision:
    if ask.line.text is not None:
        return _describe_instead(services, ask.line.text)
    if not ask.line.positional:
        raise UserError(
            "Which template pack?",
            reason="missing_pack",
            remedy=f"`@{services.settings.name} templates` lists them.",
        )
    pack = allowed_pack(services, ask.policy, ask.line.positional[0])
    own, given = _split(ask.line.options)
    nested = own.get("path", "") not in ("", ".", "/")
    answers = _answers(pack, given, pack_defaults(ask.thread.repository.forge, nested=nested))
    _refuse_crowd(services, ask)
    return _start(services, ask, pack, own, answers)


def _answers(
    pack: Pack, given: Mapping[str, object], defaults: Mapping[str, object]
) -> Mapping[str, object]:
    try:
        return resolve_answers(pack, given, defaults)
    except UserError as exc:
        known = ", ".join(f"`{key}`" for key in _OWN_KEYS)
        remedy = f"{exc.remedy} Besides, `generate` itself knows {known}.".strip()
        raise UserError(exc.message, reason=exc.reason, remedy=remedy) from exc


def _start(
    services: Services,
    ask: Ask,
    pack: Pack,
    own: Mapping[str, str | bool],
    answers: Mapping[str, object],
) -> Start:
    run_id = str(uuid.uuid4())
    short = run_id.replace("-", "")[:8]
    destination = resolve(services, ask.actor, ask.thread, own, run=short, policy=ask.policy)
    policy = with_destinations(services, ask.policy, ask.thread.repository, [destination])
    _refuse_pack(policy, pack, destination)
    _refuse_unfit(services, ask, destination)
    _refuse_twin(services, ask, destination)
    return Start(
        run_id=run_id,
        workflow=load_workflow("generate"),
        inputs={
            "pack": pack.name,
            "answers": dict(answers),
            "into": destination_to_dict(destination),
        },
        project_name=str(answers["name"]),
        policy=policy,
    )


def _refuse_pack(policy: Policy, pack: Pack, destination: Destination) -> None:
    if not policy.allows_pack(pack.name):
        raise UserError(
            f"The pack {pack.name} is not allowed in {destination.repository}.",
            reason="pack_not_allowed",
        )


def _refuse_unfit(services: Services, ask: Ask, destination: Destination) -> None:
    if destination.new:
        return
    forge = services.forge(destination.forge)
    repository = ask.thread.repository
    if destination.id != repository.id:
        found = forge.repository(destination.repository)
        repository = found if found is not None else repository
    refuse_occupied(forge, repository, destination)


def pack_defaults(forge: str, *, nested: bool = False) -> Mapping[str, object]:
    """What a pack's questions default to because of where the project goes.

    Args:
        nested: Whether it goes into a folder, where no forge looks for CI files.
    """
    if nested:
        return {"ci": "none"}
    return {"ci": "gitlab" if forge == "gitlab" else "github"}


def _split(
    options: tuple[tuple[str, str | bool], ...],
) -> tuple[dict[str, str | bool], dict[str, object]]:
    own: dict[str, str | bool] = {}
    given: dict[str, object] = {}
    for key, value in options:
        if key in _RESERVED_KEYS:
            raise UserError(f"`{key}` cannot be set in this version.", reason="not_available")
        if key in _OWN_KEYS:
            own[key] = value
        else:
            given[key] = value
    return own, given


def _describe_instead(services: Services, text: str) -> Answer:
    """A free description needs a language model; without one, the packs that come nearest."""
    packs = services.generator.library.search(text)
    return Answer(template="needs_model", reason="needs_model", values={"packs": packs})


def _refuse_crowd(services: Services, ask: Ask) -> None:
    runs = services.store.runs.in_thread(ask.thread)
    under_way = sum(not run.status.is_final for run in runs)
    if under_way >= ask.policy.runs_per_thread:
        raise UserError(
            f"{under_way} runs of this thread are under way; that is as many as one may have.",
            reason="too_many_runs",
            remedy="Wait for one of them, or `/cancel` it.",
        )


def _refuse_twin(services: Services, ask: Ask, destination: Destination) -> None:
    """Two runs for one new repository: the second could only fail, so it is told at once."""
    wanted = destination.repository.lower()
    for run in services.store.runs.in_thread(ask.thread):
        into = run.inputs.get("into")
        if run.status.is_final or not destination.new or not isinstance(into, Mapping):
            continue
        if str(into.get("repository")).lower() == wanted:
            raise UserError(
                f"Run {run.short_id} of this thread is making {destination.repository} already.",
                reason="under_way",
                remedy=f"Wait for it, or `/cancel {run.short_id}`.",
            )


GENERATE = CommandSpec(
    verb="generate",
    summary="Make a project from a template pack: a new repository, or a change on this one.",
    usage="generate PACK name=NAME [KEY=VALUE …]",
    permission=Permission.WRITE,
    decide=_decide,
    arguments=1,
    keys=_OWN_KEYS,
    open_keys=True,
    takes_text=True,
    examples=(
        "generate python-package name=orders",
        "generate flask-service name=orders into=acme/orders",
        "generate python-package name=ui path=packages/ui",
    ),
)
