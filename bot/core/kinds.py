"""The types of values that workflows pass around, for inputs and for what steps take and give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a value is. All but the last three can be the type of a workflow's input."""

    STRING = "string"
    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    CHOICES = "choices"
    LIST = "list"
    SECRET = "secret"  # noqa: S105 - the name of a type
    OBJECT = "object"
    PROJECT = "project"
    DESTINATION = "destination"
    REPOSITORY = "repository"
    NOTHING = "nothing"
    ANY = "any"


#: The types that a workflow's file may give to its inputs, in the order in which docs list them.
INPUT_KINDS = tuple(kind for kind in Kind if kind not in (Kind.REPOSITORY, Kind.NOTHING, Kind.ANY))

#: What can be asked of a value by ``.name``. A kind that is not here has no known parts.
PARTS: Mapping[Kind, Mapping[str, Kind]] = {
    Kind.PROJECT: {
        "id": Kind.STRING,
        "snapshot": Kind.INTEGER,
        "name": Kind.STRING,
        "pack": Kind.STRING,
        "summary": Kind.TEXT,
        "files": Kind.INTEGER,
        "size": Kind.INTEGER,
    },
    Kind.DESTINATION: {
        "forge": Kind.STRING,
        "repository": Kind.STRING,
        "id": Kind.STRING,
        "new": Kind.BOOLEAN,
        "existing": Kind.BOOLEAN,
        "visibility": Kind.STRING,
        "path": Kind.STRING,
        "branch": Kind.STRING,
        "base": Kind.STRING,
        "draft": Kind.BOOLEAN,
    },
    Kind.REPOSITORY: {
        "forge": Kind.STRING,
        "id": Kind.STRING,
        "owner": Kind.STRING,
        "name": Kind.STRING,
        "private": Kind.BOOLEAN,
        "default_branch": Kind.STRING,
        "description": Kind.TEXT,
        "web_url": Kind.STRING,
        "clone_url": Kind.STRING,
    },
}

#: Kinds between which nothing has to be converted: each is text when it is looked at.
_TEXTS = frozenset({Kind.STRING, Kind.TEXT, Kind.CHOICE})
_LISTS = frozenset({Kind.LIST, Kind.CHOICES})
_MAPPINGS = frozenset({Kind.OBJECT, Kind.PROJECT, Kind.DESTINATION, Kind.REPOSITORY})


@dataclass(frozen=True, kw_only=True)
class Field:
    """One thing that a step takes or gives, or that a workflow asks for.

    ``secrets``: an organisation's secrets may be named in it. ``default`` is for the docs and the
    forms of what need not be given.
    """

    kind: Kind
    summary: str = ""
    needed: bool = True
    choices: tuple[str, ...] = ()
    default: object = None
    secrets: bool = False


def fits(given: Kind, wanted: Kind) -> bool:
    """Whether a value of one kind may stand where another is wanted.

    Nothing (what a skipped step gives) and *any* fit everywhere: what they are is seen when the
    run is under way.
    """
    if Kind.ANY in (given, wanted) or given is Kind.NOTHING or given is wanted:
        return True
    if wanted is Kind.OBJECT:
        return given in _MAPPINGS
    if wanted in _TEXTS:
        return given in _TEXTS
    return wanted in _LISTS and given in _LISTS


def kind_of(value: object) -> Kind:
    """The kind of plain data; ANY for what no kind describes."""
    if value is None:
        return Kind.NOTHING
    if isinstance(value, bool):
        return Kind.BOOLEAN
    if isinstance(value, int):
        return Kind.INTEGER
    if isinstance(value, str):
        return Kind.TEXT if "\n" in value else Kind.STRING
    if isinstance(value, Mapping):
        return Kind.OBJECT
    if isinstance(value, Sequence):
        return Kind.LIST
    return Kind.ANY


def problem_with(value: object, wanted: Field) -> str | None:
    """What keeps plain data from being of that kind, as the end of a sentence; None if nothing."""
    kind = wanted.kind
    if kind is Kind.ANY or (value is None and not wanted.needed):
        return None
    if kind is Kind.SECRET:
        return None if isinstance(value, str) else "must be a text"
    if kind in PARTS:
        return _parts_problem(value, kind)
    if value is None or not fits(kind_of(value), kind):
        return f"must be {WORDS[kind]}"
    if kind is Kind.STRING and "\n" in str(value):
        return "must be one line of text"
    if kind in (Kind.CHOICE, Kind.CHOICES) and wanted.choices:
        chosen = value if isinstance(value, list | tuple) else [value]
        wrong = [one for one in chosen if one not in wanted.choices]
        if wrong:
            return f"{str(wrong[0])[:40]!r} is none of {', '.join(wanted.choices)}"
    return None


def _parts_problem(value: object, kind: Kind) -> str | None:
    """None where a mapping has all the parts that its kind is known by."""
    if not isinstance(value, Mapping):
        return f"must be {WORDS[kind]}"
    lacking = [name for name in PARTS[kind] if name not in value]
    return f"lacks {lacking[0]!r}" if lacking else None


#: How people read of each kind.
WORDS: Mapping[Kind, str] = {
    Kind.STRING: "one line of text",
    Kind.TEXT: "a text",
    Kind.INTEGER: "a whole number",
    Kind.BOOLEAN: "true or false",
    Kind.CHOICE: "one of its choices",
    Kind.CHOICES: "a list of its choices",
    Kind.LIST: "a list",
    Kind.SECRET: "a secret text",
    Kind.OBJECT: "a mapping",
    Kind.PROJECT: "a generated project",
    Kind.DESTINATION: "a destination",
    Kind.REPOSITORY: "a repository",
    Kind.NOTHING: "nothing",
    Kind.ANY: "anything",
}
