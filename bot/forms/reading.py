"""The answers in a form that somebody filled in, matched by the questions' labels."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.form_text import COMMAND, FormSection, FormText, answer_in, heading_key
from bot.core.verbs import nearest
from bot.errors import UserError
from bot.forms.fields import label_of, options_of, question_of
from bot.generation.coercion import coerce
from bot.generation.pack_format import Pack, Question, QuestionType
from bot.generation.pack_manifest import BOT_KEYS

_BOX = re.compile(r"[-*+] \[([ xX])\] +(\S.*)")
_ITEM = re.compile(r"[-*+] +")
_LONGEST_SHOWN = 60


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """What stands below the heading that asks a question."""

    question: Question
    heading: str
    body: str


def with_form_answers(pack: Pack, given: Mapping[str, object], form: FormText) -> dict[str, object]:
    """Answers of a command line, and those of the form that it stands in.

    The same answer in both is one. What was left empty is absent.

    Raises:
        UserError: ``answered_twice``, ``answered_differently``, ``unclosed_answer``,
            ``unknown_heading`` or ``key_not_fitting``.
    """
    answers = dict(given)
    found = _answers(pack, form)
    _refuse_hidden(pack, form)
    for answer in found:
        value = _value(answer)
        if value is None:
            continue
        name = answer.question.name
        if name in given and not _is_same(answer.question, given[name], value):
            raise _differing(answer, given[name], value)
        answers[name] = value
    return answers


def _answers(pack: Pack, form: FormText) -> Sequence[_Answer]:
    """The answers in the order of their headings."""
    found: dict[str, _Answer] = {}
    strangers: list[FormSection] = []
    # A heading that asks nothing belongs to the text above it, where that is a text's answer.
    open_text: str | None = None
    for section in form.sections:
        question = question_of(pack, section.names)
        if question is not None:
            if question.name in found:
                raise _twice(section.heading)
            found[question.name] = _Answer(
                question=question, heading=section.heading, body=section.body
            )
            open_text = question.name if question.type is QuestionType.TEXT else None
        elif COMMAND in section.names:
            raise _twice(section.heading)
        elif open_text is not None:
            before = found[open_text]
            found[open_text] = _Answer(
                question=before.question,
                heading=before.heading,
                body=before.body + section.source,
            )
        else:
            strangers.append(section)
    for section in strangers:
        _refuse_misleading(pack, section, found)
    return list(found.values())


def _refuse_misleading(pack: Pack, section: FormSection, found: Mapping[str, _Answer]) -> None:
    """A heading that asks nothing is somebody's own, unless it looks like one that does."""
    if not section.answer:
        return
    shown = _shown(section.heading)
    for name in section.names:
        if name in BOT_KEYS:
            raise UserError(
                f"The heading {shown} is no question: `{name}` belongs to the command.",
                reason="key_not_fitting",
                remedy=f"Write `{name}=…` behind the command, under *Command*.",
            )
    labels = {heading_key(label_of(pack, one)): label_of(pack, one) for one in pack.questions}
    near = nearest(section.names[-1], labels)
    if near is not None:
        question = question_of(pack, (near,))
        if question is not None and question.name not in found:
            raise UserError(
                f"The heading {shown} is no question of {pack.name}. "
                f"Did you mean *{labels[near]}*?",
                reason="unknown_heading",
                remedy="Headings of your own belong above *Command*.",
            )


def _refuse_hidden(pack: Pack, form: FormText) -> None:
    """Questions whose headings nobody sees, since what stands above them was never closed."""
    for heading in form.hidden:
        names = (heading_key(heading),)
        if question_of(pack, names) is not None:
            raise UserError(
                f"The heading {_shown(heading)} stands inside a code block or comment that is not "
                "closed.",
                reason="unclosed_answer",
                remedy="Close it, and open the issue anew.",
            )


def _value(answer: _Answer) -> object:
    """The value as it was written; None where there is none."""
    question, text = answer.question, answer_in(answer.body)
    if not text:
        return None
    boxes = _boxes(text)
    if boxes is not None:
        return _ticked(question, boxes)
    match question.type:
        case QuestionType.LIST:
            return _items(text)
        case QuestionType.CHOICES:
            return _chosen(question, text)
        case QuestionType.CHOICE | QuestionType.BOOLEAN:
            return _meant(question, text)
        case _:
            return text


def _boxes(text: str) -> Sequence[tuple[str, bool]] | None:
    """What boxes say, and whether they are ticked; None where there is anything else."""
    found = [_BOX.fullmatch(line.strip()) for line in text.splitlines() if line.strip()]
    boxes = [(one[2].strip(), one[1] != " ") for one in found if one]
    return boxes if len(boxes) == len(found) else None


def _ticked(question: Question, boxes: Sequence[tuple[str, bool]]) -> object:
    ticked = [words for words, is_ticked in boxes if is_ticked]
    match question.type:
        case QuestionType.BOOLEAN if len(boxes) == 1:
            # A box of somebody's own form, whatever stands beside it.
            return bool(ticked)
        case QuestionType.CHOICES | QuestionType.LIST:
            return [_meant(question, words) for words in ticked] or None
        case _:
            return _meant(question, ", ".join(ticked)) if ticked else None


def _items(text: str) -> Sequence[str]:
    """A list, separated by commas or line by line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) == 1 and not _ITEM.match(lines[0]):
        lines = lines[0].split(",")
    items = [_ITEM.sub("", line, count=1).strip() for line in lines]
    return [item for item in items if item]


def _chosen(question: Question, text: str) -> Sequence[str]:
    """Several choices, separated by commas, which may stand in a choice as well."""
    words = " ".join(text.splitlines())
    shown = sorted((option.shown for option in options_of(question)), key=len, reverse=True)
    known = "|".join(re.escape(one) for one in shown)
    pattern = re.compile(rf"\s*(?:({known})(?=\s*(?:,|\Z))|([^,]*))\s*(?:,|\Z)", re.IGNORECASE)
    found = [(one[1] or one[2] or "").strip() for one in pattern.finditer(words)]
    return [_meant(question, one) for one in found if one]


def _meant(question: Question, shown: str) -> str:
    """The value of what is shown as an option; what is none stays as it is."""
    for option in options_of(question):
        if option.shown.casefold() == shown.strip().casefold():
            return option.value
    return shown


def _is_same(question: Question, one: object, other: object) -> bool:
    try:
        return coerce(question, one) == coerce(question, other)
    except ValueError:
        return one == other


def _differing(answer: _Answer, given: object, value: object) -> UserError:
    name, heading = answer.question.name, _shown(answer.heading)
    told = ""
    if not answer.question.secret:
        told = f": {_shown(given)} and {_shown(value)}"
    return UserError(
        f"`{name}` is answered twice, by the command and under {heading}{told}.",
        reason="answered_differently",
        remedy="Neither is taken for better than the other. Leave one of them out.",
    )


def _twice(heading: str) -> UserError:
    return UserError(
        f"The heading {_shown(heading)} stands there twice, so it is not clear what belongs to it.",
        reason="answered_twice",
        remedy="Where it belongs to an answer, put that answer into a code block.",
    )


def _shown(value: object) -> str:
    """Somebody's words in a code span, short."""
    words = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    words = " ".join(words.replace("`", "'").split())
    return f"`{words if len(words) <= _LONGEST_SHOWN else words[: _LONGEST_SHOWN - 1] + '…'}`"
