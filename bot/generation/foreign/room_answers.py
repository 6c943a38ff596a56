"""What is told to a child, and what it answers: nothing is believed that was not looked at."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from bot.errors import BotError, StepFailed, UserError
from bot.generation.answers import AnswerProblem, AnswersRefused
from bot.generation.coercion import MAX_ITEMS, MAX_TEXT
from bot.generation.foreign.description import clean_line, is_seen
from bot.generation.foreign.orders import Resolved
from bot.generation.pack_format import Pack, PackSource

_MOST_PROBLEMS = 200
_DEEPEST = 20


def named(pack: Pack, given: Mapping[str, object]) -> Mapping[str, object]:
    """Every pack can be told a project's name as ``name``, whatever it calls it itself."""
    if "name" not in given or pack.question("name") is not None:
        return given
    rest = {key: value for key, value in given.items() if key != "name"}
    if not pack.naming:
        return rest
    return rest if pack.naming in rest else {**rest, pack.naming: given["name"]}


def refuse_odd(pack: Pack, given: Mapping[str, object]) -> None:
    """Answers that no question takes, whatever the pack says."""
    problems = [
        AnswerProblem(question=name[:60], reason="bad_answer", message=fault)
        for name, value in given.items()
        if (fault := _odd(value, 0))
    ]
    if problems:
        raise AnswersRefused(pack, tuple(problems))


def _odd(value: object, depth: int) -> str:
    if depth > _DEEPEST:
        return "is nested too deeply"
    if isinstance(value, str):
        return "is too long, or has a control character" if not _is_fit(value) else ""
    parts: list[object] = []
    if isinstance(value, Mapping):
        parts = [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple):
        parts = list(value)
    elif isinstance(value, float) and not math.isfinite(value):
        # No database takes these, and no other program reads them.
        return "has to be a finite number"
    elif value is not None and not isinstance(value, bool | int | float):
        return "is of no type that can be answered"
    if len(parts) > 2 * MAX_ITEMS:
        return f"has more than {MAX_ITEMS} items"
    return next((fault for part in parts if (fault := _odd(part, depth + 1))), "")


def _is_fit(text: str) -> bool:
    return len(text) <= MAX_TEXT and is_seen(text)


def resolved_in(pack: Pack, facts: Mapping[str, Any]) -> Resolved:
    """The answers that a child has worked out; StepFailed where they cannot be the pack's."""
    answers = facts.get("answers")
    values = answers.get("values") if isinstance(answers, Mapping) else None
    kept = answers.get("kept") if isinstance(answers, Mapping) else None
    if not isinstance(values, Mapping) or not isinstance(kept, list):
        raise StepFailed(f"{pack.name} gave no answers.", reason="template_error")
    known = {question.name: question for question in pack.questions}
    if any(name not in known or _odd(value, 0) for name, value in values.items()):
        raise StepFailed(f"{pack.name} answers what nobody asked.", reason="template_error")
    # What is secret is decided by what was shown of the pack, and not by what is said now.
    return Resolved(
        values={name: values[name] for name in known if name in values},
        kept=tuple(
            name for name in known if name in kept and name in values and not known[name].secret
        ),
    )


def problems_in(pack: Pack, told: object) -> tuple[AnswerProblem, ...]:
    """What a child says is wrong with answers; StepFailed where it says nothing."""
    listed = told if isinstance(told, list) else []
    problems = [
        AnswerProblem(
            question=_line(each.get("question"), 80),
            reason=reason if (reason := each.get("reason")) in _REASONS else "bad_answer",
            message=_line(each.get("message"), 600) or "does not fit",
        )
        for each in listed[:_MOST_PROBLEMS]
        if isinstance(each, Mapping)
    ]
    if not problems:
        raise StepFailed(f"{pack.name} refuses the answers.", reason="template_error")
    return tuple(problems)


_REASONS = ("unknown_answer", "missing_answer", "bad_answer")
_FAULTS = (
    *("bad_pack", "template_wants_code", "template_error"),
    *("bad_path", "too_large", "too_many_files"),
)


def fault_in(source: PackSource, told: Mapping[str, Any]) -> BotError:
    """The error to raise for what a child says went wrong."""
    reason, remedy = told.get("reason"), _line(told.get("remedy"), 400)
    if reason == "template_wants_code":
        remedy = (
            f"If the operator trusts it, {source.shown} goes into FIRSTCOMMIT_TRUSTED_TEMPLATES."
        )
    kind = StepFailed if told.get("step") else UserError
    return kind(
        _line(told.get("message"), 1_000) or f"{source.name} cannot be used.",
        reason=reason if reason in _FAULTS else "template_error",
        remedy=remedy,
    )


def _line(value: object, most: int) -> str:
    return clean_line(value)[:most] if isinstance(value, str) else ""
