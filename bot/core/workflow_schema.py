"""The format of workflow files as a JSON Schema, so that editors complete and check it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.core.kinds import INPUT_KINDS, PARTS, WORDS, Field, Kind
from bot.core.workflow import Fields, RetryRule
from bot.core.workflow_inputs import MOST_CHOICES, MOST_HELP, MOST_INPUTS
from bot.core.workflow_links import MOST_OUTPUTS
from bot.core.workflow_reading import MOST_SUMMARY
from bot.core.workflow_sheet import ID, ID_WORDS
from bot.core.workflow_steps import MOST_ITEMS, MOST_REASONS, MOST_RETRIES, MOST_STEPS, REASON

Schema = dict[str, object]

#: The same for all versions: editors are told to load the file that `workflows schema` wrote.
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ID: Schema = {"type": "string", "pattern": f"^{ID.pattern}$", "description": ID_WORDS}
_REFERENCE: Schema = {"type": "string", "pattern": r"\$\{\{", "description": "A reference."}
_DURATION: Schema = {
    "anyOf": [
        {"type": "number", "minimum": 0},
        {"type": "string", "pattern": "^[0-9]{1,9}[smh]$"},
    ],
    "description": "A number of seconds, or a text such as 90s, 5m or 2h.",
}
_TYPES: Mapping[Kind, str] = {
    Kind.STRING: "string",
    Kind.TEXT: "string",
    Kind.CHOICE: "string",
    Kind.INTEGER: "integer",
    Kind.BOOLEAN: "boolean",
    Kind.LIST: "array",
    Kind.OBJECT: "object",
    Kind.NOTHING: "null",
}


def schema(step_types: Mapping[str, Fields]) -> Schema:
    """A JSON Schema (2020-12) of workflow files with these step types.

    It holds for the shape of a file; whether references lead somewhere, only the loader knows.
    """
    return {
        "$schema": DIALECT,
        "title": "Workflow",
        "description": "What a run asks for, the steps that it goes through, and what it gives.",
        **_table(
            {
                "name": _ID,
                "summary": _text("What it is for, in one line.", MOST_SUMMARY),
                "inputs": _named(_input(), MOST_INPUTS, "What a run asks for, by name."),
                "steps": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": MOST_STEPS,
                    "items": {"$ref": "#/$defs/step"},
                    "description": "What is done. A step without needs needs the one before it.",
                },
                "outputs": _named({}, MOST_OUTPUTS, "What a run gives, by name."),
                "timeout": _DURATION,
            },
            needed=("name", "steps"),
        ),
        "$defs": {"step": _step(step_types)},
    }


def _input() -> Schema:
    kinds = [_constant(kind, WORDS[kind]) for kind in INPUT_KINDS]
    described = {
        "type": {"oneOf": kinds, "description": "What kind of value it is."},
        "help": _text("What the person who is asked reads.", MOST_HELP),
        "choices": {
            "type": "array",
            "items": {"type": "string"},
            "minItems": 1,
            "maxItems": MOST_CHOICES,
            "uniqueItems": True,
            "description": "For the types choice and choices: what can be chosen.",
        },
        "default": {"description": "What it is where nobody gives it; null for nothing."},
    }
    choosing = {"properties": {"type": {"enum": [str(Kind.CHOICE), str(Kind.CHOICES)]}}}
    return {
        **_table(described, needed=("type",)),
        "if": choosing,
        "then": {"required": ["choices"]},
        "else": {"properties": {"choices": False}},
    }


def _step(step_types: Mapping[str, Fields]) -> Schema:
    uses = [_constant(name, fields.summary) for name, fields in step_types.items()]
    described: Schema = {
        "id": _ID,
        "uses": {"oneOf": uses, "description": "The step's type."},
        "with": {"type": "object", "description": "What it is given, by name."},
        "needs": {
            "type": "array",
            "items": _ID,
            "uniqueItems": True,
            "description": "The steps above that come first. Without it: the one before.",
        },
        "if": {
            "anyOf": [{"type": "boolean"}, _REFERENCE],
            "description": "Where this does not hold, the step is skipped and gives nulls.",
        },
        "for_each": {
            "anyOf": [{"type": "array", "maxItems": MOST_ITEMS}, _REFERENCE],
            "description": "A list: the step is done for each ${{ item }}, and gives lists.",
        },
        "retry": _retry(),
        "timeout": _DURATION,
        "outputs": _named({}, MOST_OUTPUTS, "More outputs, made of ${{ result.NAME }}."),
    }
    return {
        **_table(described, needed=("id", "uses")),
        "allOf": [_of_type(name, fields) for name, fields in step_types.items()],
    }


def _retry() -> Schema:
    described: Schema = {
        "count": {
            "type": "integer",
            "minimum": 0,
            "maximum": MOST_RETRIES,
            "description": "How many more tries there are after the first.",
        },
        "backoff": _DURATION,
        "on": {
            "type": "array",
            "maxItems": MOST_REASONS,
            "items": {
                "anyOf": [
                    {"enum": ["transient", "failed", "timeout"]},
                    {"type": "string", "pattern": f"^{REASON.pattern}$"},
                ]
            },
            "description": "After what: transient, failed, timeout or a reason code. "
            "Without it: transient.",
        },
    }
    words = f"Tries by itself. The first wait is of {RetryRule.backoff_s:g} s."
    return {**_table(described, needed=("count",)), "description": words}


def _of_type(name: str, fields: Fields) -> Schema:
    """What ``with`` must be where ``uses`` names this type."""
    needed = [field_name for field_name, field in fields.takes.items() if field.needed]
    described = {field_name: _field(field) for field_name, field in fields.takes.items()}
    return {
        "if": {"properties": {"uses": {"const": name}}, "required": ["uses"]},
        "then": {
            "properties": {"with": _table(described, needed=needed)},
            **({"required": ["with"]} if needed else {}),
        },
    }


def _field(field: Field) -> Schema:
    """A value of the field's kind, or a reference to one."""
    words = ". ".join(part for part in (field.summary, f"Kind: {field.kind}") if part)
    default = {} if field.default is None else {"default": field.default}
    if field.kind is Kind.ANY:
        return {"description": words, **default}
    is_named = field.kind in (Kind.SECRET, Kind.DESTINATION)
    shapes = [_REFERENCE] if is_named else [_value(field), _REFERENCE]
    nothing: list[Schema] = [] if field.needed else [{"type": "null"}]
    return {"anyOf": [*shapes, *nothing], "description": words, **default}


def _value(field: Field) -> Schema:
    if field.kind in PARTS:
        parts = {name: _field(Field(kind=kind)) for name, kind in PARTS[field.kind].items()}
        return _table(parts, needed=tuple(parts))
    if field.kind is Kind.CHOICE and field.choices:
        return {"enum": list(field.choices)}
    if field.kind is Kind.CHOICES:
        return {"type": "array", "items": _field(Field(kind=Kind.CHOICE, choices=field.choices))}
    return {"type": _TYPES[field.kind]}


def _table(properties: Mapping[str, object], *, needed: Sequence[str]) -> Schema:
    """A mapping in which only these names may stand."""
    return {
        "type": "object",
        "properties": dict(properties),
        "additionalProperties": False,
        **({"required": list(needed)} if needed else {}),
    }


def _named(value: Schema, most: int, words: str) -> Schema:
    """A mapping of names that the file chooses itself."""
    return {
        "type": "object",
        "propertyNames": _ID,
        "maxProperties": most,
        "additionalProperties": value,
        "description": words,
    }


def _text(words: str, most: int) -> Schema:
    return {"type": "string", "maxLength": most, "description": words}


def _constant(name: str, words: str) -> Schema:
    return {"const": str(name), "description": words} if words else {"const": str(name)}
