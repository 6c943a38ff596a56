"""The model that ships with the program: its answers are computed from what it is asked.

It serves tests and the demonstration. Everything between a question and its answer is as with any
other model; only the wire ends here, in this process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class ToolUse:
    """Instead of an answer: a tool that the model wants used first."""

    name: str
    arguments: Mapping[str, object] = field(default_factory=dict)


def respond(prompt: str, instructions: str, schema: Mapping[str, object], purpose: str) -> object:
    """The answer to a question: what fits the schema, or a `ToolUse`.

    Args:
        prompt: All that the model was told but its instructions, what tools gave and what was
            wrong with earlier answers among it, in order.
    """
    return _smallest(schema)


def _smallest(schema: Mapping[str, object]) -> object:
    """The least that fits the kind of a schema."""
    kind, properties = schema.get("type"), schema.get("properties")
    if "enum" in schema and isinstance(schema["enum"], list):
        return schema["enum"][0]
    if kind == "object" or isinstance(properties, Mapping):
        known = properties if isinstance(properties, Mapping) else {}
        return {name: _smallest(each) for name, each in known.items() if isinstance(each, Mapping)}
    return {"array": [], "integer": 0, "number": 0, "boolean": False}.get(str(kind), "text")
