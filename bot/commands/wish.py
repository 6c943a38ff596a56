"""What somebody wrote behind `generate` or `plan`, read as what a workflow takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.commands.choice import allowed_pack
from bot.commands.inputs import read_inputs
from bot.core.identity import Repository
from bot.core.kinds import Kind
from bot.core.pack_addresses import read_pack_address
from bot.core.requests import SECRET_IN_THREAD, Ask
from bot.core.workflow import Workflow
from bot.errors import UserError
from bot.forms import with_form_answers
from bot.generation.pack_format import Pack
from bot.generation.suggested import pack_defaults
from bot.secret_places import secret_places
from bot.services import Services

Keys = Mapping[str, object]

#: What is folded into the destination ``into``.
INTO_KEYS: Mapping[str, str] = {
    "into": "where: `.` (this repository), or `owner/name` for a new one",
    "path": "the folder to put it in; without CI files, which forges look for at the root only",
    "branch": "the branch to make for the change",
    "draft": "whether the change is a draft: yes or no",
    "visibility": "of a new repository: private or public",
    "existing": "open a change on `into` if that repository exists",
}
#: Inputs that nobody gives by a key: they come from the pack that is named, and its questions.
_FROM_PACK = ("pack", "answers")


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A workflow's inputs as far as they are no destinations, and the keys of those that are.

    ``places`` has the keys of each destination by the name of the input.
    """

    inputs: Mapping[str, object]
    places: Mapping[str, Mapping[str, str | bool]]
    pack: Pack | None = None
    #: What the pack is called among the inputs.
    pack_text: str = ""
    project_name: str | None = None


@dataclass
class _Sorted:
    """Keys by what they are for."""

    into: dict[str, str | bool] = field(default_factory=dict)
    places: dict[str, str | bool] = field(default_factory=dict)
    inputs: dict[str, object] = field(default_factory=dict)
    answers: dict[str, object] = field(default_factory=dict)


def read_wish(
    services: Services, ask: Ask, workflow: Workflow, keys: Keys, near: Repository | None
) -> Wish:
    """What a workflow is to be run with.

    Args:
        near: Whose packs may be meant besides those that ship.

    Raises:
        UserError: For each mistake that a person can make here, with its reason code.
    """
    pack = _pack(services, ask, workflow, near)
    found = _sort(workflow, keys)
    if pack is not None and ask.request.form is not None:
        found.answers = with_form_answers(pack, found.answers, ask.request.form)
    name = text_input(workflow)
    if name is not None and ask.line.text is not None:
        found.inputs[name] = ask.line.text
    if not ask.request.direct:
        _refuse_secrets(workflow, pack, found)
    inputs = read_inputs(services, ask, workflow, found.inputs)
    if not ask.request.direct:
        _refuse_hidden_secrets(services, workflow, pack, inputs)
    places = _places(workflow, found)
    if pack is None:
        project_name = _project_name(workflow, inputs)
        return Wish(inputs=inputs, places=places, project_name=project_name)
    answers = _answers(services, ask, pack, found)
    text = str(read_pack_address(ask.line.positional[0]))
    return Wish(
        inputs={**inputs, "pack": text, "answers": dict(answers)},
        places=places,
        pack=pack,
        pack_text=text,
        project_name=str(answers.get(pack.naming) or pack.name),
    )


def takes_pack(workflow: Workflow) -> bool:
    """Whether the first word behind the command is a template pack."""
    return "pack" in workflow.inputs


def text_input(workflow: Workflow) -> str | None:
    """The input that what stands behind ``--`` is for, where that is clear."""
    texts = [name for name, spec in workflow.inputs.items() if spec.kind is Kind.TEXT]
    return texts[0] if len(texts) == 1 else None


def _pack(services: Services, ask: Ask, workflow: Workflow, near: Repository | None) -> Pack | None:
    positional = ask.line.positional
    if not takes_pack(workflow):
        if positional:
            raise UserError(
                f"The workflow {workflow.name} takes no template pack.",
                reason="too_many_arguments",
                remedy="Give its inputs as KEY=VALUE.",
            )
        return None
    if not positional:
        raise UserError(
            "Which template pack?",
            reason="missing_pack",
            remedy=f"`@{services.settings.name} templates` lists them.",
        )
    return allowed_pack(services, ask, positional[0], near=near)


def _sort(workflow: Workflow, keys: Keys) -> _Sorted:
    found = _Sorted()
    destinations = _destinations(workflow)
    for key, value in keys.items():
        if "into" in destinations and key in INTO_KEYS:
            found.into[key] = _written(key, value)
        elif key in destinations:
            found.places[key] = _written(key, value)
        elif key in workflow.inputs and key not in _FROM_PACK:
            found.inputs[key] = value
        elif key in INTO_KEYS:
            raise UserError(
                f"The workflow {workflow.name} has no destination that `{key}` could be of.",
                reason="key_not_fitting",
            )
        elif takes_pack(workflow):
            found.answers[key] = value
        else:
            found.inputs[key] = value
    return found


def _written(key: str, value: object) -> str | bool:
    """The value of a key of a destination, which is a text whoever sends it."""
    if isinstance(value, str | bool):
        return value
    raise UserError(f"`{key}` has to be a text.", reason="bad_input")


def _refuse_secrets(workflow: Workflow, pack: Pack | None, found: _Sorted) -> None:
    """A thread is no place for a secret: whoever may read it has read it."""
    inputs = [name for name in found.inputs if _is_secret(workflow, name)]
    questions = {question.name for question in pack.questions if question.secret} if pack else set()
    for name in (*inputs, *(name for name in found.answers if name in questions)):
        raise _secret_in_thread(name)


def _refuse_hidden_secrets(
    services: Services, workflow: Workflow, pack: Pack | None, inputs: Mapping[str, object]
) -> None:
    """Nor for one that is inside of something else, or that a step answers a secret with."""
    chosen = {} if pack is None else {"pack": pack.name}
    library = services.generator.library
    found: list[str] = []

    def named(name: str) -> Pack:
        return pack if pack is not None and name == pack.name else library.get(name)

    def note(value: object, place: tuple[str, ...]) -> object:
        if value is not None:
            found.append(place[0])
        return value

    for secret in secret_places(workflow, {**inputs, **chosen}, named):
        if secret.is_sure:
            secret.replace(inputs, note)
    if found:
        raise _secret_in_thread(found[0])


def _secret_in_thread(name: str) -> UserError:
    return UserError(
        f"`{name}` is a secret, and everybody who reads this thread could read it.",
        reason=SECRET_IN_THREAD,
        remedy="Delete the comment and replace that secret where it came from; nothing of it "
        "is kept here. What a workflow needs is stored with `firstcommit secret set`.",
    )


def _is_secret(workflow: Workflow, name: str) -> bool:
    spec = workflow.inputs.get(name)
    return spec is not None and spec.kind is Kind.SECRET


def _destinations(workflow: Workflow) -> tuple[str, ...]:
    """The inputs that are destinations, ``into`` first: a run is known by where that goes."""
    names = [name for name, spec in workflow.inputs.items() if spec.kind is Kind.DESTINATION]
    return tuple(sorted(names, key=lambda name: name != "into"))


def _places(workflow: Workflow, found: _Sorted) -> Mapping[str, Mapping[str, str | bool]]:
    """The keys of each destination; one that is not given is where its default says.

    ``existing`` is about all of them.
    """
    places: dict[str, Mapping[str, str | bool]] = {}
    existing = {key: value for key, value in found.into.items() if key == "existing"}
    for name in _destinations(workflow):
        spec = workflow.inputs[name]
        if name == "into":
            places[name] = found.into
        elif name in found.places:
            places[name] = {"into": found.places[name], **existing}
        elif spec.has_default:
            places[name] = {"into": str(spec.default), **existing}
    return places


def _answers(services: Services, ask: Ask, pack: Pack, found: _Sorted) -> Mapping[str, object]:
    nested = found.into.get("path", "") not in ("", ".", "/")
    forge = ask.repository.forge if ask.repository else ask.actor.forge
    defaults = pack_defaults(forge, nested=nested)
    try:
        return services.generator.answers(pack, found.answers, defaults).values
    except UserError as exc:
        known = ", ".join(f"`{key}`" for key in (*INTO_KEYS, "workflow"))
        remedy = f"{exc.remedy} Besides, `{ask.line.verb}` itself knows {known}.".strip()
        raise UserError(exc.message, reason=exc.reason, remedy=remedy, wrong=exc.wrong) from exc


def _project_name(workflow: Workflow, inputs: Mapping[str, object]) -> str | None:
    """What the project is called where no pack asks for its name; None where none is made."""
    if not any(step.uses == "file_generation" for step in workflow.steps):
        return None
    # What names it later, such as a plan, finds it under the name of the workflow.
    return str(inputs.get("name") or workflow.name)
