"""The fields of a pack's form: one for each question that may be answered in a thread."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from bot.core.form_text import COMMAND, heading_key
from bot.errors import UserError
from bot.generation.pack_format import Expression, Pack, Question, QuestionType

_NOTHING: Mapping[str, object] = MappingProxyType({})

YES, NO = "yes", "no"
#: Words that people write in capitals.
_CAPITALS = frozenset(
    """api aws cd ci cli css db dns html http https id ip json npm orm sql ssh tls ui url uri uuid
    xml yaml""".split()  # noqa: SIM905 - a list of thirty lines would hide the rest
)
# GitHub refuses labels that seem to ask for credentials:
# https://docs.github.com/communities/using-templates-to-encourage-useful-issues-and-pull-requests/common-validation-errors-when-creating-issue-forms#bodyi-label-contains-forbidden-word
_ASKING = re.compile(r"pass(word|phrase|code|wd)|secret|token|credential|private|(api|access)key")
#: A dropdown may not offer this: GitHub itself does, for no answer at all.
_RESERVED = "none"
_INSTEAD = ("none of these", "(none)", "none at all")
_LONGEST_PREFILLED = 1_000


@dataclass(frozen=True, kw_only=True)
class FormOption:
    """A choice as a form shows it, and the value that it stands for.

    ``plain`` is how it is shown where no word is reserved.
    """

    shown: str
    plain: str
    value: str


@dataclass(frozen=True, kw_only=True)
class FormField:
    """One field.

    Attributes:
        label: Its heading in the text that the form becomes; unique in the form.
        options: What can be chosen, in order; empty where something is typed.
        value: What the field holds before anybody has touched it; empty for nothing.
        assumed: What a field that is left empty counts as, in words; empty where it may not be,
            or where nothing can be said.
        required: Whether the form cannot be sent without it.
        conditional: Whether it is only asked for with some of the other answers.
    """

    question: Question
    label: str
    options: tuple[FormOption, ...] = ()
    value: str = ""
    assumed: str = ""
    required: bool = False
    conditional: bool = False

    @property
    def is_made_of_others(self) -> bool:
        """Whether its default is made of the other answers."""
        return isinstance(self.question.default, Expression)

    @property
    def chosen(self) -> int | None:
        """The position of the option that is chosen beforehand, if one is."""
        shown = [option.shown for option in self.options]
        return shown.index(self.value) if self.value in shown else None

    @property
    def is_ticked(self) -> bool:
        """Whether options are ticked, any number of them, instead of chosen from a list."""
        return self.question.type is QuestionType.CHOICES and not self.required


def form_fields(pack: Pack, suggested: Mapping[str, object] = _NOTHING) -> tuple[FormField, ...]:
    """The fields in the order of the questions, without the secret ones.

    Args:
        suggested: What the place suggests, which nobody need answer.

    Raises:
        UserError: ``no_form`` where the pack cannot be used without telling a secret.
    """
    labels = _labels(pack)
    fields = []
    for question in pack.questions:
        if not question.secret:
            fields.append(_field(question, labels[question.name], suggested.get(question.name)))
        elif question.required and question.default is None and question.when is None:
            raise UserError(
                f"{pack.name} asks for the secret `{question.name}`, and a form is filled in where "
                "everybody reads it.",
                reason="no_form",
                remedy="Such a pack is used over HTTP or on the command line.",
            )
    return tuple(fields)


def question_of(pack: Pack, names: tuple[str, ...]) -> Question | None:
    """The question that a heading asks, by what it may stand for; secret ones as well."""
    labels = {heading_key(label): name for name, label in _labels(pack).items()}
    for name in names:
        found = pack.question(labels.get(name, "" if name == COMMAND else name))
        if found is not None:
            return found
    return None


def label_of(pack: Pack, question: Question) -> str:
    """The label of a question of that pack."""
    return _labels(pack)[question.name]


def options_of(question: Question) -> tuple[FormOption, ...]:
    """What can be chosen as an answer; empty where anything can be typed."""
    if question.type is QuestionType.BOOLEAN:
        return (
            FormOption(shown=YES, plain=YES, value="true"),
            FormOption(shown=NO, plain=NO, value="false"),
        )
    taken = {choice.strip().casefold() for choice in question.choices}
    return tuple(
        FormOption(shown=_shown(choice, taken), plain=choice, value=choice)
        for choice in question.choices
    )


def _shown(choice: str, taken: set[str]) -> str:
    if choice.strip().casefold() != _RESERVED:
        return choice
    return next((words for words in _INSTEAD if words not in taken), f"{choice} (as an answer)")


def _field(question: Question, label: str, suggested: object) -> FormField:
    field = FormField(
        question=question,
        label=label,
        options=options_of(question),
        conditional=question.when is not None,
    )
    if suggested is not None and suggested not in (question.choices or (suggested,)):
        suggested = None
    if question.when is not None or suggested is not None:
        # What is filled in beforehand counts as an answer, also where it does not belong.
        assumed = suggested if suggested is not None else question.default
        return replace(field, assumed=_in_words(question, assumed))
    default = question.default
    if default is None and question.type is QuestionType.BOOLEAN:
        default = False
    if default is None:
        return replace(field, required=question.required)
    value = _prefilled(field, default)
    # Without this, a dropdown offers to choose nothing beside what is chosen already.
    required = value != "" and field.options != () and question.type is not QuestionType.CHOICES
    return replace(
        field,
        value=value,
        required=required,
        assumed="" if required else _in_words(question, default),
    )


def _prefilled(field: FormField, default: object) -> str:
    """The default as the field can hold it; empty where it cannot."""
    if isinstance(default, Expression | list):
        return ""
    words = _in_words(field.question, default)
    return words if len(words) <= _LONGEST_PREFILLED else ""


def _in_words(question: Question, value: object) -> str:
    """A value as somebody would answer it; empty for one that is made of others, or empty."""
    if value is None or isinstance(value, Expression):
        return ""
    if isinstance(value, bool):
        return YES if value else NO
    shown = {option.value: option.shown for option in options_of(question)}
    if isinstance(value, list):
        return ", ".join(shown.get(str(item), str(item)) for item in value)
    return shown.get(str(value), str(value))


def _labels(pack: Pack) -> Mapping[str, str]:
    """A label for each question that nobody can take for another's, or for the command's."""
    labels: dict[str, str] = {}
    taken = {COMMAND, *(question.name for question in pack.questions)}
    for question in pack.questions:
        label = _label(question.name)
        if heading_key(label) == question.name and question.name != COMMAND:
            labels[question.name] = label
    for question in pack.questions:
        if question.name not in labels:
            label = _label(f"its_{question.name}" if question.name == COMMAND else question.name)
            number = 1
            while heading_key(label) in taken:
                number += 1
                label = f"{_label(question.name)} {number}"
            taken.add(heading_key(label))
            labels[question.name] = label
    return labels


def _label(name: str) -> str:
    """Words for a name: ``oldest_python`` is *Oldest python*, ``api_token`` *API t…*."""
    words = [
        word.upper() if word in _CAPITALS else f"{word[0]}…" if _ASKING.search(word) else word
        for word in name.split("_")
        if word
    ]
    label = " ".join(words)
    if _ASKING.search(label.replace(" ", "").lower()):
        label = " ".join(f"{word[0]}…" for word in words)
    return label[:1].upper() + label[1:]
