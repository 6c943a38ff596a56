"""The answers that a pack's own choices allow."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

from bot.generation.pack_format import Pack, Question, QuestionType

Answers = Mapping[str, object]


def single_choices(pack: Pack) -> Iterator[Answers]:
    """Each choice of each question once, the others left to their defaults."""
    yield {}
    for question in _choosing(pack):
        for value in _values(question):
            yield {question.name: value}


def all_choices(pack: Pack) -> Iterator[Answers]:
    """Each choice of each question with each of all others."""
    questions = _choosing(pack)
    for values in itertools.product(*map(_values, questions)):
        yield dict(zip((question.name for question in questions), values, strict=True))


def _choosing(pack: Pack) -> list[Question]:
    return [question for question in pack.questions if _values(question)]


def _values(question: Question) -> tuple[object, ...]:
    if question.type is QuestionType.BOOLEAN:
        return (True, False)
    return question.choices
