"""What the references in a piece of a workflow name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

from bot.core.expressions import Path
from bot.core.references import parse


def steps_named(value: object) -> frozenset[str]:
    """The ids of the steps whose outputs are named anywhere in plain data."""
    return frozenset(
        str(path.parts[0].name) for path in paths(value) if path.root == "steps" and path.parts
    )


def names_item(value: object) -> bool:
    """Whether something in plain data is about the item that a step is done for."""
    return any(path.root in ("item", "index") for path in paths(value))


def paths(value: object) -> Iterator[Path]:
    """Every path in plain data.

    Raises:
        UserError: ``bad_reference`` where a text is none.
    """
    if isinstance(value, str):
        expression = parse(value)
        if expression is not None:
            yield from _paths_in(expression)
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from paths(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from paths(part)


def _paths_in(node: object) -> Iterator[Path]:
    if isinstance(node, Path):
        yield node
    elif isinstance(node, tuple):
        for part in node:
            yield from _paths_in(part)
    elif is_dataclass(node):
        for field in fields(node):
            yield from _paths_in(getattr(node, field.name))
