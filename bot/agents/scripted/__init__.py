"""A model that is a program: for tests and for ``firstcommit demo --agent``.

What it answers is computed from what it is told, and from nothing else: it keeps nothing, and
knows of no run. So two requests give two projects, and where the prompt lacks what the answer has
to be made of (the plan, the interfaces of other files, what a check printed), the answer is none
that anybody could accept. Of each conversion that it writes, the first attempt is wrong one way,
as is any writer's now and then; what the tests print shows it where.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.agents.scripted import changes, files, planning
from bot.agents.scripted.reading import Missing, Prompt

Answer = Mapping[str, object]

_ANSWERS: Mapping[str, Callable[[Prompt], Answer]] = {
    "requirements": planning.requirements,
    "architecture": planning.architecture,
    "code": files.code,
    "test": files.test,
    "documentation": files.documentation,
    "review": files.review,
    "repair": files.repair,
    "revision": changes.revision,
    "change_review": changes.change_review,
}


@dataclass(frozen=True, kw_only=True)
class ToolUse:
    """Instead of an answer: a tool that the model wants used first."""

    name: str
    arguments: Mapping[str, object] = field(default_factory=dict)


def respond(prompt: str, instructions: str, schema: Mapping[str, object], purpose: str) -> object:
    """The answer to a question, which fits no schema where something is missing; or a `ToolUse`.

    Args:
        prompt: All that the model was told but its instructions, what tools gave and what was
            wrong with earlier answers among it, in order.
        instructions: Not looked at: what is to be done is clear from the purpose.
        purpose: As of `bot.core.model_calls.ModelTask`; for any that is not known, the answer is
            the least that fits the schema.
    """
    answer = _ANSWERS.get(purpose)
    if answer is None:
        return _smallest(schema)
    try:
        return dict(answer(Prompt(prompt)))
    except Missing as exc:
        return {"cannot_answer": str(exc)}


def _smallest(schema: Mapping[str, object]) -> object:
    """The least that fits the kind of a schema."""
    kind, properties = schema.get("type"), schema.get("properties")
    if "enum" in schema and isinstance(schema["enum"], list):
        return schema["enum"][0]
    if kind == "object" or isinstance(properties, Mapping):
        known = properties if isinstance(properties, Mapping) else {}
        return {name: _smallest(each) for name, each in known.items() if isinstance(each, Mapping)}
    return {"array": [], "integer": 0, "number": 0, "boolean": False}.get(str(kind), "text")
