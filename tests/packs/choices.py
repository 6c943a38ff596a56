"""The answers that a pack's own choices allow, with a name that fits every pack."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

from bot.generation.answers import AnswersRefused, resolve_answers
from bot.generation.pack_format import Pack, Question, QuestionType
from tests.packs.combination import PLACE

NAME = "my-thing2"

Answers = Mapping[str, object]


def single_choices(pack: Pack) -> Iterator[Answers]:
    """Each choice of each question once, the others left to their defaults."""
    yield {"name": NAME}
    for question in _choosing(pack):
        for value in _values(question):
            yield from _fitting(pack, {"name": NAME, question.name: value})


def all_choices(pack: Pack) -> Iterator[Answers]:
    """Each choice of each question with each of all others."""
    questions = _choosing(pack)
    for values in itertools.product(*map(_values, questions)):
        answers = dict(zip((question.name for question in questions), values, strict=True))
        yield from _fitting(pack, {"name": NAME, **answers})


def _fitting(pack: Pack, answers: Answers) -> Iterator[Answers]:
    """The answers, unless a question of theirs is not asked with the others."""
    try:
        resolve_answers(pack, answers, PLACE)
    except AnswersRefused:
        return
    yield answers


def _choosing(pack: Pack) -> list[Question]:
    return [question for question in pack.questions if _values(question)]


def _values(question: Question) -> tuple[object, ...]:
    if question.type is QuestionType.BOOLEAN:
        return (True, False)
    return question.choices
