"""``${{ … }}``: how one part of a workflow names a value of another. Typed values, no code.

A reference is a whole value: ``not`` (any number of times), then a path whose first name is
``inputs`` or ``steps``. A list or a mapping that is named stays one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.errors import UserError

_WHOLE = re.compile(r"\s*\$\{\{(?P<inside>.*)\}\}\s*", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A parsed reference: how often it is negated, and the names of its path."""

    negations: int
    path: tuple[str, ...]

    @property
    def step(self) -> str | None:
        """The step whose output it names, or None where it names an input."""
        return self.path[1] if self.path[0] == "steps" else None


def parse(text: str) -> Reference | None:
    """The reference that a text is, or None where it is plain text.

    Raises:
        UserError: ``bad_reference``, pointing at the character, where it holds ``${{`` but is
            no whole reference.
    """
    whole = _WHOLE.fullmatch(text)
    if whole is None:
        if "${{" in text:
            raise _wrong(text, text.index("${{"), "a reference must be the whole value")
        return None
    words = whole["inside"].split()
    negations = 0
    while words and words[0] == "not":
        negations += 1
        words = words[1:]
    if len(words) != 1:
        raise _wrong(text, whole.start("inside"), "expected one path such as inputs.name")
    names = tuple(words[0].split("."))
    if not all(_NAME.fullmatch(name) for name in names) or "}}" in whole["inside"]:
        raise _wrong(text, text.index(words[0]), f"{words[0]!r} is no path of names")
    if names[0] not in ("inputs", "steps"):
        raise _wrong(text, text.index(words[0]), "a path begins with inputs or steps")
    if len(names) < (3 if names[0] == "steps" else 2):
        raise _wrong(text, text.index(words[0]), "the path stops too early")
    return Reference(negations=negations, path=names)


def _wrong(text: str, position: int, problem: str) -> UserError:
    return UserError(f"{problem}, at character {position + 1} of {text!r}", reason="bad_reference")


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What references can name: the run's inputs, and outputs by step (None where skipped)."""

    inputs: Mapping[str, object]
    steps: Mapping[str, Mapping[str, object] | None]


def resolve(value: object, scope: Scope) -> object:
    """``value`` with every reference in it replaced by what it names."""
    if isinstance(value, str):
        reference = parse(value)
        return value if reference is None else look_up(reference, scope)
    if isinstance(value, Mapping):
        return {key: resolve(part, scope) for key, part in value.items()}
    if isinstance(value, Sequence):
        return [resolve(part, scope) for part in value]
    return value


def look_up(reference: Reference, scope: Scope) -> object:
    """The value that a reference names; null behind a step that was skipped.

    Raises:
        UserError: ``bad_reference`` where nothing of that name is there.
    """
    if reference.step is not None and scope.steps.get(reference.step, ()) is None:
        found: object = None
    else:
        root: object = scope.inputs if reference.step is None else scope.steps
        found = _walk(root, reference.path)
    for _ in range(reference.negations):
        found = not found
    return found


def _walk(root: object, path: tuple[str, ...]) -> object:
    here = root
    for depth, name in enumerate(path[1:], start=1):
        if not isinstance(here, Mapping) or name not in here:
            place = ".".join(path[:depth])
            raise UserError(f"there is no {name!r} in {place}", reason="bad_reference")
        here = here[name]
    return here


def is_true(condition: object, scope: Scope) -> bool:
    """Whether a step's ``if`` holds; a condition that is absent (None) does."""
    if condition is None:
        return True
    return bool(resolve(condition, scope))
