"""A workflow's inputs, typed, from what somebody wrote behind a command."""

from __future__ import annotations

import json
from collections.abc import Mapping

from bot.commands.choice import runs_meant
from bot.core.kinds import Field, Kind, problem_with
from bot.core.requests import Ask
from bot.core.verbs import nearest
from bot.core.workflow import InputSpec, Workflow
from bot.errors import UserError
from bot.services import Services

_YES = frozenset({"yes", "true", "on", "1"})
_NO = frozenset({"no", "false", "off", "0"})
_SHORTEST = 6
_DEEPEST = 24


def read_inputs(
    services: Services, ask: Ask, workflow: Workflow, given: Mapping[str, object]
) -> dict[str, object]:
    """The inputs that were given, each of the type that the workflow names.

    Destinations are none of them: those are resolved by themselves.

    Raises:
        UserError: ``unknown_key``, ``missing_value`` or ``bad_input``.
    """
    known = {
        name: spec for name, spec in workflow.inputs.items() if spec.kind is not Kind.DESTINATION
    }
    for name in given:
        if name not in known:
            raise _unknown(workflow, name, tuple(known))
    return {name: _typed(services, ask, name, known[name], value) for name, value in given.items()}


def refuse_missing(workflow: Workflow, inputs: Mapping[str, object]) -> None:
    """Raises UserError ``missing_input`` where the workflow needs more than it was given."""
    missing = [
        name
        for name, spec in workflow.inputs.items()
        if not spec.has_default and name not in inputs
    ]
    if missing:
        needed = ", ".join(f"`{name}`" for name in missing)
        raise UserError(
            f"The workflow {workflow.name} needs {needed}.",
            reason="missing_input",
            remedy=f"Add {' '.join(f'`{name}=…`' for name in missing)}.",
        )


def _unknown(workflow: Workflow, name: str, known: tuple[str, ...]) -> UserError:
    near = nearest(name, known)
    return UserError(
        f"The workflow {workflow.name} has no input `{name.replace('`', '')[:40]}`."
        + (f" Did you mean `{near}`?" if near else ""),
        reason="unknown_key",
        remedy=f"Its inputs are {', '.join(f'`{one}`' for one in known)}."
        if known
        else "It has no inputs.",
    )


def _typed(services: Services, ask: Ask, name: str, spec: InputSpec, given: object) -> object:
    if given is True and spec.kind is not Kind.BOOLEAN:
        raise UserError(f"`{name}` needs a value: `{name}=…`.", reason="missing_value")
    typed = not isinstance(given, str | bool) and spec.kind is not Kind.PROJECT
    value = _shallow(given) if typed else _value(services, ask, spec.kind, given)
    problem = problem_with(value, Field(kind=spec.kind, choices=spec.choices))
    if problem is not None:
        raise UserError(
            f"`{name}` {problem}.",
            reason="bad_input",
            remedy=spec.help,
        )
    return value


def _shallow(given: object) -> object:
    """What a program sent as data; a text, which fits nothing, where that is nested too deeply."""
    return "nested too deeply" if _is_deep(given) else given


def _value(services: Services, ask: Ask, kind: Kind, given: object) -> object:
    """The value that the text says; the text itself where it says none of that kind."""
    text = str(given)
    match kind:
        case Kind.INTEGER:
            return int(text) if text.removeprefix("-").isdecimal() else text
        case Kind.BOOLEAN:
            lowered = text.lower()
            return lowered in _YES if lowered in _YES | _NO else text
        case Kind.LIST | Kind.CHOICES:
            return [part.strip() for part in text.split(",") if part.strip()]
        case Kind.OBJECT:
            return _object(text)
        case Kind.PROJECT:
            return _project(services, ask, text)
        case _:
            return text


def _object(text: str) -> object:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return text if _is_deep(found) else found


def _is_deep(value: object) -> bool:
    """Whether data is nested more deeply than anybody means it: what reads it recurses."""
    layer = [value]
    for _ in range(_DEEPEST):
        layer = [
            part
            for one in layer
            for part in (
                one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
            )
        ]
        if not layer:
            return False
    return True


def _project(services: Services, ask: Ask, text: str) -> object:
    """The project of the run of this thread whose id begins so, or one that may be named."""
    if text in ask.request.projects:
        return dict(ask.request.projects[text])
    wanted = text.lower().replace("-", "")
    for run in runs_meant(services, ask):
        if len(wanted) < _SHORTEST or not run.id.replace("-", "").startswith(wanted):
            continue
        for step in run.steps:
            project = (step.outputs or {}).get("project")
            if isinstance(project, Mapping):
                return dict(project)
    return text
