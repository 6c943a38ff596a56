"""The types of values that workflows pass around, for inputs and for what steps take and give."""

from __future__ import annotations

from collections.abc import Mapping
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
    SECRET = "secret"  # noqa: S105 - the name of a kind, not a password
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


@dataclass(frozen=True, kw_only=True)
class SecretName:
    """The name of an organisation's secret, where a text will stand.

    Only the step that uses it asks for the secret itself, which is in no record.
    """

    name: str

    def __str__(self) -> str:
        return f"secrets.{self.name}"


@dataclass(frozen=True, kw_only=True)
class SecretText:
    """A text with names of secrets in it: ``Bearer `` and then a token, say."""

    parts: tuple[str | SecretName, ...]

    def __str__(self) -> str:
        return "".join(str(part) for part in self.parts)


#: Kinds between which nothing has to be converted: each is text when it is looked at.
_TEXTS = frozenset({Kind.STRING, Kind.TEXT, Kind.CHOICE})
_LISTS = frozenset({Kind.LIST, Kind.CHOICES})
_MAPPINGS = frozenset({Kind.OBJECT, *PARTS})
#: By which type of Python a kind of plain data is told. True is an int, and so stands first.
_KINDS: tuple[tuple[type, Kind], ...] = (
    (bool, Kind.BOOLEAN),
    (int, Kind.INTEGER),
    (Mapping, Kind.OBJECT),
    (list, Kind.LIST),
    (tuple, Kind.LIST),
)


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
    if isinstance(value, str):
        return Kind.TEXT if "\n" in value else Kind.STRING
    return next((kind for type_, kind in _KINDS if isinstance(value, type_)), Kind.ANY)


def problem_with(value: object, wanted: Field) -> str | None:
    """What keeps plain data from being of that kind, as the end of a sentence; None if nothing.

    The name of a secret counts as the text that it stands for, where the field may hold one.
    """
    if isinstance(value, SecretName | SecretText):
        return None if wanted.secrets else "may not hold a secret of the organisation"
    if wanted.kind is Kind.ANY or (value is None and not wanted.needed):
        return None
    if not _is_of(value, wanted.kind):
        return f"must be {WORDS[wanted.kind]}"
    if wanted.kind is Kind.STRING and "\n" in str(value):
        return "must be one line of text"
    return _parts_problem(value, wanted.kind) or _choice_problem(value, wanted)


def _is_of(value: object, wanted: Kind) -> bool:
    """Whether plain data is of a kind, apart from its parts and choices."""
    given = kind_of(value)
    if wanted in PARTS:
        return given is Kind.OBJECT
    if wanted is Kind.SECRET:
        return given in _TEXTS
    return given not in (Kind.ANY, Kind.NOTHING) and fits(given, wanted)


def _parts_problem(value: object, kind: Kind) -> str | None:
    """None where a mapping has all the parts that its kind is known by."""
    lacking = [name for name in PARTS.get(kind, ()) if name not in _mapping(value)]
    return f"lacks {lacking[0]!r}" if lacking else None


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _choice_problem(value: object, wanted: Field) -> str | None:
    """None where everything that was chosen is among the choices, if there are any."""
    if wanted.kind not in (Kind.CHOICE, Kind.CHOICES) or not wanted.choices:
        return None
    chosen = value if isinstance(value, list | tuple) else [value]
    wrong = [one for one in chosen if one not in wanted.choices]
    return f"{str(wrong[0])[:40]!r} is none of {', '.join(wanted.choices)}" if wrong else None


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
