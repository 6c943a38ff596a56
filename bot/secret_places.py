"""Where in a run's inputs its secrets lie: what the workflow takes as one, or answers one with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bot.core.expressions import Default, Expression, ListOf, Mixed, Path
from bot.core.kinds import Kind
from bot.core.references import Scope, parse, resolve
from bot.core.workflow import StepPlan, Workflow
from bot.errors import BotError, UserError
from bot.generation.pack_format import Pack

#: A link of a way that stands for every item of a list.
EACH = "*"
Way = tuple[str | int, ...]
Put = Callable[[object, tuple[str, ...]], object]


@dataclass(frozen=True, kw_only=True)
class SecretPlace:
    """A way into the inputs, an input's name first, at whose end a secret lies.

    ``is_secret`` tells which keys there are secret; None where all of it is one. Unless
    ``is_sure``, the pack that would know is not known yet, and all is taken for a secret.
    """

    way: Way
    is_secret: Callable[[str], bool] | None = None
    is_sure: bool = True

    def replace(self, inputs: Mapping[str, object], put: Put) -> dict[str, object]:
        """The inputs with what is secret here replaced; ``put`` gets each value and where it is."""
        return _replaced(dict(inputs), self.way, (), put, self.is_secret)  # type: ignore[return-value]


def secret_places(
    workflow: Workflow, inputs: Mapping[str, object], pack: Callable[[str], Pack]
) -> Iterator[SecretPlace]:
    """Every place of the inputs at which a secret lies, if anything does.

    Args:
        pack: Gives the pack of a name, which knows what of its answers is secret.
    """
    for name, spec in workflow.inputs.items():
        if spec.kind is Kind.SECRET:
            yield SecretPlace(way=(name,))
    for step in workflow.steps:
        answers = step.arguments.get("answers")
        if step.uses != "file_generation" or answers is None:
            continue
        secret = _secret_questions(_pack_name(step, workflow, inputs), pack)
        yield from _of_answers(answers, step.for_each, secret)


def _of_answers(
    answers: object, for_each: object, secret: frozenset[str] | None
) -> Iterator[SecretPlace]:
    def is_secret(key: str) -> bool:
        return secret is None or key in secret

    is_sure = secret is not None
    if isinstance(answers, Mapping):
        for key, value in answers.items():
            for way, _ in _ways(value, for_each) if is_secret(key) else ():
                yield SecretPlace(way=way, is_sure=is_sure)
        return
    for way, is_whole in _ways(answers, for_each):
        yield SecretPlace(way=way, is_secret=is_secret if is_whole else None, is_sure=is_sure)


def _secret_questions(name: str | None, pack: Callable[[str], Pack]) -> frozenset[str] | None:
    """Which answers are secret; None where the pack is not known yet."""
    try:
        questions = None if name is None else pack(name).questions
    except BotError:
        return None
    if questions is None:
        return None
    return frozenset(question.name for question in questions if question.secret)


def _pack_name(step: StepPlan, workflow: Workflow, inputs: Mapping[str, object]) -> str | None:
    """The pack that a step will use, if that can be told from the inputs alone."""
    scope = Scope(inputs={**workflow.defaults, **inputs}, steps={})
    try:
        found = resolve(step.arguments.get("pack"), scope)
    except UserError:
        return None
    return found if isinstance(found, str) else None


def _ways(value: object, for_each: object) -> Iterator[tuple[Way, bool]]:
    """What of the inputs gets into a value, and whether it then is the whole of it."""
    if isinstance(value, Mapping):
        for part in value.values():
            yield from ((way, False) for way, _ in _ways(part, for_each))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from ((way, False) for way, _ in _ways(part, for_each))
    elif isinstance(value, str) and (expression := parse(value)) is not None:
        yield from _named(expression, for_each)


def _named(expression: Expression, for_each: object) -> Iterator[tuple[Way, bool]]:
    """The same of an expression. What is compared gives yes or no, and nothing of itself."""
    match expression:
        case Path(root="inputs"):
            yield tuple(part.name for part in expression.parts), True
        case Path(root="item"):
            links = tuple(part.name for part in expression.parts)
            for way, is_whole in _items(for_each):
                yield (*way, *links) if is_whole else way, is_whole
        case Default():
            for choice in expression.choices:
                yield from _named(choice, for_each)
        case ListOf(items=parts) | Mixed(parts=parts):
            for part in parts:
                if not isinstance(part, str):
                    yield from ((way, False) for way, _ in _named(part, for_each))


def _items(for_each: object) -> Iterator[tuple[Way, bool]]:
    """What of the inputs each item of a list is, or has in it."""
    for way, is_whole in _ways(for_each, None):
        yield (*way, EACH) if is_whole else way, is_whole


def _replaced(
    value: object,
    way: Way,
    place: tuple[str, ...],
    put: Put,
    is_secret: Callable[[str], bool] | None,
) -> object:
    if not way:
        return _put(value, place, put, is_secret)
    link, rest = way[0], way[1:]
    if isinstance(value, Mapping):
        return {
            key: _replaced(part, rest, (*place, key), put, is_secret) if key == link else part
            for key, part in value.items()
        }
    if isinstance(value, list | tuple):
        return [
            _replaced(part, rest, (*place, str(number)), put, is_secret)
            if link in (EACH, number)
            else part
            for number, part in enumerate(value)
        ]
    return value


def _put(
    value: object,
    place: tuple[str, ...],
    put: Put,
    is_secret: Callable[[str], bool] | None,
) -> object:
    if is_secret is None or not isinstance(value, Mapping):
        return put(value, place)
    return {
        key: put(part, (*place, key)) if is_secret(key) else part for key, part in value.items()
    }
