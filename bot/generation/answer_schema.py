"""What a pack asks for as a JSON Schema, for programs and forms that check before they send."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from bot.generation.coercion import MAX_ITEMS, MAX_STRING, MAX_TEXT
from bot.generation.pack_format import Expression, Pack, Question, QuestionType

Schema = dict[str, object]
_NOTHING: Mapping[str, object] = MappingProxyType({})

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ONE_LINE = r"^[^\x00-\x1f\x7f]*$"
#: Digits of a whole number that fits.
_LARGEST = 10**18 - 1


def answer_schema(pack: Pack, suggested: Mapping[str, object] = _NOTHING) -> Schema:
    """A JSON Schema (2020-12) of the answers to a pack's questions.

    It says what each answer may be by itself. What depends on other answers (which questions are
    asked, what a validator says) is known only once they are checked.

    Args:
        suggested: What the place suggests, which need not be given.
    """
    needed = [question.name for question in pack.questions if _must_be_given(question)]
    return {
        "$schema": DIALECT,
        "title": pack.name,
        "description": pack.summary,
        "type": "object",
        "properties": {question.name: _question(question) for question in pack.questions},
        "required": [name for name in needed if name not in suggested],
        "additionalProperties": False,
    }


def _must_be_given(question: Question) -> bool:
    return question.required and question.default is None and question.when is None


def _question(question: Question) -> Schema:
    return {
        **_SHAPES[question.type](question),
        **({"description": question.help} if question.help else {}),
        **({"writeOnly": True} if question.secret else {}),
        **_default(question),
    }


def _default(question: Question) -> Mapping[str, object]:
    """Not one that is made of other answers, and none that nobody is to see."""
    default = question.default
    if default is None or isinstance(default, Expression) or question.secret:
        return {}
    return {"default": default}


def _line(question: Question) -> Schema:
    return {
        "type": "string",
        "maxLength": MAX_STRING,
        "pattern": _whole(question.pattern) if question.pattern else _ONE_LINE,
        **({"minLength": 1} if question.required else {}),
    }


def _text(question: Question) -> Schema:
    return {
        "type": "string",
        "maxLength": MAX_TEXT,
        **({"pattern": _whole(question.pattern)} if question.pattern else {}),
        **({"minLength": 1} if question.required else {}),
    }


def _integer(question: Question) -> Schema:
    return {"type": "integer", "minimum": -_LARGEST, "maximum": _LARGEST}


def _boolean(question: Question) -> Schema:
    return {"type": "boolean"}


def _choice(question: Question) -> Schema:
    empty = () if question.required else ("",)
    return {"enum": [*question.choices, *empty]}


def _choices(question: Question) -> Schema:
    return _items(question, {"enum": list(question.choices)})


def _list(question: Question) -> Schema:
    pattern = _whole(question.pattern) if question.pattern else _ONE_LINE
    item: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_STRING, "pattern": pattern}
    return _items(question, item)


def _items(question: Question, item: Schema) -> Schema:
    least = {"minItems": 1} if question.required else {}
    return {"type": "array", "items": item, "maxItems": MAX_ITEMS, **least}


def _whole(pattern: str) -> str:
    # A JSON Schema looks for a pattern anywhere; ours has to match the whole.
    return f"^(?:{pattern})$"


_SHAPES: Mapping[QuestionType, Callable[[Question], Schema]] = {
    QuestionType.STRING: _line,
    QuestionType.TEXT: _text,
    QuestionType.INTEGER: _integer,
    QuestionType.BOOLEAN: _boolean,
    QuestionType.CHOICE: _choice,
    QuestionType.CHOICES: _choices,
    QuestionType.LIST: _list,
    QuestionType.SECRET: _text,
}
