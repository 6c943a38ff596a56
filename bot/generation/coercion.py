"""One answer, as people type it or programs send it, made into a value of its question's type."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence

from bot.generation.pack_format import Question, QuestionType

MAX_STRING = 1_000
MAX_TEXT = 64 * 1024
MAX_ITEMS = 200

_TRUE = frozenset(["true", "yes", "on", "1", "y"])
_FALSE = frozenset(["false", "no", "off", "0", "n"])
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
# Everything below a space but tab and newline, lone surrogates, and line ends of other kinds.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")


def coerce(question: Question, given: object) -> object:
    """The value of an answer.

    Raises:
        ValueError: saying what the question takes; it holds the value only if it is no secret.
    """
    value = _READERS[question.type](question, given)
    if question.pattern and value not in ("", None):
        for item in value if isinstance(value, list) else [value]:
            if not re.fullmatch(question.pattern, str(item)):
                raise ValueError(_pattern_fault(question, item))
    return value


def _string(question: Question, given: object) -> str:
    value = _typed(given, question, most=MAX_STRING)
    if "\n" in value or "\t" in value:
        raise ValueError("has to be one line")
    return value.strip()


def _text(question: Question, given: object) -> str:
    return _typed(given, question, most=MAX_TEXT)


def _secret(question: Question, given: object) -> str:
    return _typed(given, question, most=MAX_TEXT)


def _integer(question: Question, given: object) -> int | None:
    if given is None or given == "":
        return None
    if isinstance(given, str) and _INTEGER.fullmatch(given.strip()):
        return int(given)
    if isinstance(given, int) and not isinstance(given, bool) and abs(given) < 10**18:
        return given
    raise ValueError(f"has to be a whole number{_but(question, given)}")


def _boolean(question: Question, given: object) -> bool:
    if isinstance(given, bool):
        return given
    word = given.strip().lower() if isinstance(given, str) else ""
    if word not in _TRUE | _FALSE:
        raise ValueError(f"has to be true or false{_but(question, given)}")
    return word in _TRUE


def _choice(question: Question, given: object) -> str:
    value = given.strip() if isinstance(given, str) else given
    if not question.required and value in ("", None):
        return ""
    for choice in question.choices:
        if value == choice:
            return choice
    if isinstance(value, str):
        alike = [choice for choice in question.choices if choice.lower() == value.lower()]
        if len(alike) == 1:
            return alike[0]
    near = difflib.get_close_matches(str(value)[:60], question.choices, n=1)
    hint = f" (did you mean {near[0]!r}?)" if near and not question.secret else ""
    raise ValueError(f"has to be one of {', '.join(question.choices)}{_but(question, given)}{hint}")


def _choices(question: Question, given: object) -> list[str]:
    wanted = {_choice(question, item) for item in _list(question, given)}
    return [choice for choice in question.choices if choice in wanted]


def _list(question: Question, given: object) -> list[str]:
    if given is None:
        return []
    if isinstance(given, str):
        given = given.split(",") if given.strip() else []
    if not isinstance(given, Sequence) or not all(isinstance(item, str) for item in given):
        raise ValueError(f"has to be a list, as in a,b,c{_but(question, given)}")
    if len(given) > MAX_ITEMS:
        raise ValueError(f"has more than {MAX_ITEMS} items")
    items = [_string(question, item) for item in given]
    if "" in items:
        raise ValueError("has an empty item")
    return list(dict.fromkeys(items))


def _typed(given: object, question: Question, *, most: int) -> str:
    if given is None:
        return ""
    if not isinstance(given, str):
        raise ValueError(f"has to be text{_but(question, given)}")
    value = given.replace("\r\n", "\n")
    if len(value) > most:
        raise ValueError(f"is longer than {most:,} characters")
    if _CONTROL.search(value):
        raise ValueError("has a control character")
    return value


def _pattern_fault(question: Question, item: object) -> str:
    told = question.help or f"it has to match {question.pattern}"
    given = "does not fit" if question.secret else f"is {_shown(item)}, which does not fit"
    return f"{given}: {told}"


def _but(question: Question, given: object) -> str:
    return "" if question.secret else f", but is {_shown(given)}"


def _shown(given: object) -> str:
    shown = ascii(given) if not isinstance(given, str) or not given.isprintable() else repr(given)
    return shown if len(shown) <= 80 else shown[:77] + "..."


_READERS: Mapping[QuestionType, Callable[[Question, object], object]] = {
    QuestionType.STRING: _string,
    QuestionType.TEXT: _text,
    QuestionType.INTEGER: _integer,
    QuestionType.BOOLEAN: _boolean,
    QuestionType.CHOICE: _choice,
    QuestionType.CHOICES: _choices,
    QuestionType.LIST: _list,
    QuestionType.SECRET: _secret,
}
