"""What Cookiecutter's variables are as questions, and what answers to them come to."""

from __future__ import annotations

import json
from typing import Any

from cookiecutter.generate import apply_overwrites_to_context
from cookiecutter.prompt import YesNoPrompt

_SECRET = ("password", "passwd", "secret", "token", "api_key", "secret_key", "private_key")
_MARKS = ("{{", "{%", "{#")


def answered_with(given: object, rendered: Any) -> Any:
    """An answer, of the type that the variable has."""
    if isinstance(rendered, list):
        for choice in rendered:
            if given == choice or str(given) == str(choice):
                return choice
        raise ValueError(f"has to be one of {', '.join(map(str, rendered))}")
    if isinstance(rendered, bool):
        return given if isinstance(given, bool) else _yes_or_no(str(given))
    if isinstance(rendered, dict):
        return _table(given, rendered)
    if isinstance(given, list | dict):
        raise ValueError("has to be text")
    return str(given)


def _yes_or_no(given: str) -> bool:
    try:
        return bool(YesNoPrompt().process_response(given))
    except Exception:
        raise ValueError("has to be true or false") from None


def _table(given: object, rendered: dict[str, Any]) -> object:
    """The table with what was given put into it, as Cookiecutter does."""
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError):
            raise ValueError("has to be a table, written as JSON") from None
    if not isinstance(given, dict):
        raise ValueError("has to be a table, written as JSON")
    apply_overwrites_to_context(rendered, given, in_dictionary_variable=True)
    return rendered


def type_of(raw: Any, choices: list[str]) -> str:
    """What kind of question a variable is."""
    if choices:
        return "choice"
    if isinstance(raw, bool):
        return "boolean"
    return "text" if isinstance(raw, dict) else "string"


def choices_of(raw: Any) -> list[str]:
    """Among what one may choose; nothing where that is worked out while it is asked."""
    values = [str(each) for each in raw] if isinstance(raw, list) else []
    return values if all(value and not has_marks(value) for value in values) else []


def shown_default(raw: Any) -> object:
    """What it is where nobody says anything."""
    if isinstance(raw, list):
        return str(raw[0]) if raw and choices_of(raw) else None
    return json.dumps(raw) if isinstance(raw, dict) else raw if raw is None else _scalar(raw)


def _scalar(raw: Any) -> object:
    return raw if isinstance(raw, bool) else str(raw)


def is_private(name: str) -> bool:
    """Whether it is kept as it stands; with two underscores it is rendered."""
    return name.startswith("_") and not name.startswith("__")


def has_marks(text: str) -> bool:
    """Whether it is a template."""
    return any(mark in text for mark in _MARKS)


def is_secret(name: str, raw: object) -> bool:
    """Cookiecutter has no secrets of its own; whoever writes templates calls them so."""
    return isinstance(raw, str) and name.lower().endswith(_SECRET)
