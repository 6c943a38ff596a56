"""Putting a role's question to a model, for the steps that do, with what it is to see."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bot.budgets import meter
from bot.core.identity import Permission
from bot.core.model_calls import ModelTask, ToolSpec
from bot.core.policy import Policy, policy_from_data
from bot.core.unseen import without_unseen
from bot.errors import StepFailed
from bot.generation.memory import MEMORY_PATH
from bot.generation.pack_format import Pack, Question
from bot.roles.prompts import written
from bot.roles.role import Accepted, PackOffer, Role, SeenFile, Setting, Talk
from bot.services import Services, Tool
from bot.steps.evidence import stored_files
from bot.steps.file_generation import ceilings, defaults_of
from bot.steps.spec import StepContext
from bot.steps.values import optional_mapping, project

#: The output of a step that tells that its model was told strangers' words.
STRANGERS = "strangers"
#: States of a project that are remembered: a repair must not lead back to one.
_STATES = 20


@dataclass(frozen=True, kw_only=True)
class Toolbox:
    """The tools of a question, and what carries each out."""

    specs: Sequence[ToolSpec]
    acts: Mapping[str, Tool]


def ask(
    context: StepContext,
    role: Role,
    setting: Setting,
    *,
    tools: Toolbox | None = None,
    strangers: bool = False,
) -> Accepted:
    """What comes of a role's question.

    Args:
        strangers: Whether people without write access wrote some of what it is told.

    Raises:
        StepFailed: ``models_not_allowed``; and as `bot.services.Models.ask` does.
        Transient: Likewise.
    """
    services, run = context.services, context.run
    policy = policy_from_data(run.policy)
    if not policy.models.allow:
        raise StepFailed(
            "Policy lets no language model be asked here.",
            reason="models_not_allowed",
            remedy="The policy's `models.allow` says so; an owner of the organisation sets it.",
        )
    instructions, prompt = written(role, setting)
    task = ModelTask(
        run_id=run.id,
        purpose=role.name,
        instructions=instructions,
        prompt=prompt,
        schema=role.schema(setting),
        tools=tuple(tools.specs) if tools else (),
        strangers=strangers or setting.strangers or _has_strangers_words(context, policy),
        limits=role.limits,
    )
    return services.models.ask(
        task,
        accept=lambda answer: role.read(setting, answer),
        tools=tools.acts if tools else {},
        meter=meter(
            services,
            run,
            context.step_id,
            number=context.number,
            poll=context.stop_if_cancelled,
        ),
        poll=context.stop_if_cancelled,
    )


def _has_strangers_words(context: StepContext, policy: Policy) -> bool:
    """Whether there may be any in what a run works with.

    Whoever may generate has asked for it; by policy that may be somebody without write. And what
    a model made of strangers' words is no better than they are.
    """
    if policy.generate < Permission.WRITE:
        return True
    run = context.services.store.runs.get(context.run.id) or context.run
    # A step that is done for many items gives a list of what its parts give.
    found = ((step.outputs or {}).get(STRANGERS) for step in (*run.steps, *run.parts))
    return any(True in one if isinstance(one, list) else one is True for one in found)


def setting_of(
    context: StepContext,
    given: Mapping[str, object],
    *,
    may_ask: bool = False,
    answered: Sequence[tuple[str, str]] = (),
    talk: Talk | None = None,
    strangers: bool = False,
) -> Setting:
    """What a role sees of a step's arguments, its project and the packs there are."""
    policy = policy_from_data(context.run.policy)
    files: Mapping[str, SeenFile] = {}
    earlier: Sequence[Mapping[str, str]] = ()
    if given.get("project") is not None:
        stored, snapshot = project(context, given)
        files = _seen(context.services, stored.id, snapshot)
        earlier = _states(context.services, stored.id, snapshot)
    schema = given.get("schema")
    return Setting(
        task=without_unseen(str(given.get("task") or "")),
        given=optional_mapping(given, "given"),
        files=files,
        earlier=earlier,
        packs=offers(context),
        rendered=lambda name, answers: _rendered(context, name, answers),
        workflow_files=policy.workflow_files,
        may_ask=may_ask,
        answered=answered,
        talk=talk or Talk(),
        prompt=str(given.get("prompt") or ""),
        schema=schema if isinstance(schema, Mapping) else None,
        strangers=strangers,
    )


def offers(context: StepContext) -> Sequence[PackOffer]:
    """The packs that ship and that policy lets be used, for plans to start from."""
    library = context.services.generator.library
    policy = policy_from_data(context.run.policy)
    packs = (library.get(name) for name in library.names())
    return [_offer(pack) for pack in packs if policy.allows_pack(*pack.policy_names)]


def _offer(pack: Pack) -> PackOffer:
    asked = [one for one in pack.questions if one.name != pack.naming and not one.secret]
    return PackOffer(
        name=pack.name,
        summary=pack.summary,
        questions={question.name: _told(question) for question in asked},
        files=[file.path for file in pack.sources],
    )


def _told(question: Question) -> str:
    choices = f"one of {', '.join(question.choices)}" if question.choices else question.type.value
    default = "" if question.default is None else f"; by default {question.default}"
    return f"{question.help} ({choices}{default})".strip()


def _rendered(context: StepContext, name: str, answers: Mapping[str, object]) -> Collection[str]:
    services = context.services
    made = services.generator.preview(
        name, answers, defaults=defaults_of(context.run), limits=ceilings(services.settings)
    )
    return [file.path for file in made.files if file.path != MEMORY_PATH]


def _seen(services: Services, project_id: str, snapshot: int) -> Mapping[str, SeenFile]:
    return {
        file.path: SeenFile(path=file.path, text=file.text, origin=file.origin)
        for file in stored_files(services, project_id, snapshot)
        if file.path != MEMORY_PATH
    }


def _states(services: Services, project_id: str, snapshot: int) -> Sequence[Mapping[str, str]]:
    """What agents and people had written in earlier states, by path and hash."""
    first = max(1, snapshot - _STATES)
    listed = (
        services.store.projects.files(project_id, snapshot=number)
        for number in range(first, snapshot)
    )
    return [
        {
            one.path: one.content_hash
            for one in files
            if "@" not in one.origin and one.path != MEMORY_PATH
        }
        for files in listed
    ]
