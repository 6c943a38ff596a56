"""The answers to a pack's questions: what was given, what is assumed, and what is wrong."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bot.errors import BotError, UserError
from bot.generation.coercion import coerce
from bot.generation.compiling import compile_pack
from bot.generation.expressions import Expressions
from bot.generation.pack_format import EMPTY_ANSWERS, Expression, Pack, Question, QuestionType

_NOTHING: Mapping[str, object] = MappingProxyType({})
EMPTY: tuple[object, ...] = ("", None, [])
VEIL = "(a secret)"
"""What a preview shows where a secret would stand."""
_SEVERITY = ("unknown_answer", "missing_answer", "bad_answer")


@dataclass(frozen=True, kw_only=True)
class AnswerProblem:
    """What is wrong with one answer; ``reason`` as in :class:`AnswersRefused`."""

    question: str
    reason: str
    message: str


class AnswersRefused(UserError):
    """Answers that do not fit, with every problem at once.

    ``reason`` is ``unknown_answer``, ``missing_answer`` or ``bad_answer``: the first of these
    that occurs.
    """

    def __init__(self, pack: Pack, problems: tuple[AnswerProblem, ...]) -> None:
        told = "\n".join(f"- `{problem.question}` {problem.message}" for problem in problems)
        found = {problem.reason for problem in problems}
        super().__init__(
            f"{pack.name} cannot be made from these answers:\n{told}",
            reason=next(reason for reason in _SEVERITY if reason in found),
            remedy=f"Give answers as key=value. {pack.name} asks for: {_signature(pack)}.",
            wrong=[(problem.question, problem.message) for problem in problems],
        )
        self.problems = problems


def resolve_answers(
    pack: Pack, given: Mapping[str, object], defaults: Mapping[str, object] = _NOTHING
) -> dict[str, object]:
    """Every question's answer, typed, in the pack's order; a question not asked is empty.

    Args:
        given: What somebody answered, as text or already typed.
        defaults: What the place suggests (such as ``ci`` by the forge) before the pack's own
            default; what is no question or no allowed value of this pack is passed over.

    Raises:
        AnswersRefused: with every problem at once.
        StepFailed: ``template_error`` if a template of the pack fails on good answers.
    """
    return _Resolution(pack, given, defaults).answers()


def kept_answers(pack: Pack, answers: Mapping[str, object]) -> dict[str, object]:
    """The answers that may be kept and shown: all but the secret ones, and none of the empty
    ones of questions that were not asked.
    """
    expressions = compile_pack(pack).expressions
    return {
        question.name: answers[question.name]
        for question in pack.questions
        if not question.secret
        and (question.when is None or expressions.holds(question.when, answers))
    }


def asked_answers(pack: Pack, answers: Mapping[str, object]) -> dict[str, object]:
    """The answers of the questions that were asked, secret ones among them: given again, they
    come to the same."""
    expressions = compile_pack(pack).expressions
    return {
        question.name: answers[question.name]
        for question in pack.questions
        if question.when is None or expressions.holds(question.when, answers)
    }


def veiled_answers(pack: Pack, answers: Mapping[str, object]) -> dict[str, object]:
    """Resolved answers with something else of the same type in place of each secret that was
    given, also inside of others, so that nothing made of them tells one."""
    asked = [question for question in pack.questions if question.secret]
    secrets = [str(answers[each.name]) for each in asked if answers[each.name] not in EMPTY]
    return {
        question.name: _veiled(question, answers[question.name])
        if question.secret
        else masked_in(answers[question.name], secrets, VEIL)
        for question in pack.questions
    }


def masked_in(value: object, secrets: Iterable[str], mask: str) -> object:
    """A value in whose texts the mask stands for each secret."""
    if isinstance(value, list):
        return [masked_in(item, secrets, mask) for item in value]
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, mask)
    return value


def _veiled(question: Question, value: object) -> object:
    if value in EMPTY:
        return value
    choice = question.choices[0] if question.choices else ""
    others: Mapping[QuestionType, object] = {
        QuestionType.CHOICE: choice,
        QuestionType.CHOICES: [choice],
        QuestionType.INTEGER: 0,
        QuestionType.BOOLEAN: False,
        QuestionType.LIST: [VEIL],
    }
    return others.get(question.type, VEIL)


class _Resolution:
    """One pass over a pack's questions in their order."""

    def __init__(
        self, pack: Pack, given: Mapping[str, object], defaults: Mapping[str, object]
    ) -> None:
        self._pack = pack
        self._given = given
        self._defaults = defaults
        self._expressions: Expressions = compile_pack(pack).expressions
        self._values: dict[str, object] = {}
        self._problems: list[AnswerProblem] = []

    def answers(self) -> dict[str, object]:
        self._refuse_unknown()
        for question in self._pack.questions:
            # Later templates need something under this name, also after a problem.
            self._values[question.name] = EMPTY_ANSWERS[question.type]
            try:
                self._values[question.name] = self._answer(question)
                self._validate(question)
            except ValueError as error:
                self._problem(question.name, "bad_answer", str(error))
            except BotError:
                # A template that fails on answers that are wrong anyway says nothing new.
                if not self._problems:
                    raise
        if self._problems:
            raise AnswersRefused(self._pack, tuple(self._problems))
        return self._values

    def _refuse_unknown(self) -> None:
        names = [question.name for question in self._pack.questions]
        for name in self._given:
            if name not in names:
                near = difflib.get_close_matches(name, names, n=1)
                hint = f"; did you mean `{near[0]}`?" if near else ""
                shown = name if name.isprintable() and len(name) <= 60 else ascii(name)[:60]
                self._problem(shown, "unknown_answer", f"is no question of this pack{hint}")

    def _answer(self, question: Question) -> object:
        asked = question.when is None or self._expressions.holds(question.when, self._values)
        if question.name in self._given:
            if not asked:
                raise ValueError("is not asked for with these other answers; leave it out")
            value = coerce(question, self._given[question.name])
        else:
            value = self._assumed(question) if asked else EMPTY_ANSWERS[question.type]
        if asked and question.required and value in EMPTY:
            self._problem(question.name, "missing_answer", f"is missing{_told(question)}")
        return value

    def _assumed(self, question: Question) -> object:
        if question.name in self._defaults:
            try:
                return coerce(question, self._defaults[question.name])
            except ValueError:
                pass  # The place suggests what this pack has not; the pack's own default holds.
        default = question.default
        if isinstance(default, Expression):
            default = self._expressions.value(default, self._values)
        return EMPTY_ANSWERS[question.type] if default is None else coerce(question, default)

    def _validate(self, question: Question) -> None:
        if question.validator is not None and self._values[question.name] not in EMPTY:
            fault = str(self._expressions.value(question.validator, self._values)).strip()
            if fault:
                raise ValueError(fault)

    def _problem(self, question: str, reason: str, message: str) -> None:
        self._problems.append(AnswerProblem(question=question, reason=reason, message=message))


def _told(question: Question) -> str:
    if question.choices:
        return f": one of {', '.join(question.choices)}"
    return f": {question.help}" if question.help else f" ({question.type})"


def _signature(pack: Pack) -> str:
    return ", ".join(question.name for question in pack.questions)
