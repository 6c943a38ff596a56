"""What stands between ``${{`` and ``}}``, as values: the nodes of a parsed expression.

Every node knows the character at which it begins, counted from 0 in the whole text, so that an
error can point there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


class Mistake(Exception):
    """Something wrong with an expression: what, as a clause, and at which character (from 0)."""

    def __init__(self, problem: str, position: int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.position = position


@dataclass(frozen=True, kw_only=True)
class Literal:
    """A text, a number, ``true``, ``false`` or ``null``."""

    value: str | int | float | bool | None
    position: int


@dataclass(frozen=True, kw_only=True)
class ListOf:
    """``[a, b]``."""

    items: tuple[Expression, ...]
    position: int


@dataclass(frozen=True, kw_only=True)
class Part:
    """One link of a path: a name, or the number of an item."""

    name: str | int
    position: int

    def __str__(self) -> str:
        if isinstance(self.name, int):
            return f"[{self.name}]"
        return f".{self.name}"


@dataclass(frozen=True, kw_only=True)
class Path:
    """``root.part[0].part``: a value that is named."""

    root: str
    parts: tuple[Part, ...]
    position: int

    def shown(self, links: int | None = None) -> str:
        """The path as it is written, up to so many of its links."""
        return self.root + "".join(str(part) for part in self.parts[:links])


@dataclass(frozen=True, kw_only=True)
class Not:
    """``not``, so many times."""

    operand: Expression
    times: int
    position: int


@dataclass(frozen=True, kw_only=True)
class Compare:
    """Two values and one of ``== != < <= > >= in``, or ``not in``. ``position`` is the word's."""

    operator: str
    left: Expression
    right: Expression
    position: int


@dataclass(frozen=True, kw_only=True)
class Logic:
    """Two or more operands of ``and``, or of ``or``."""

    operator: str
    operands: tuple[Expression, ...]
    position: int


@dataclass(frozen=True, kw_only=True)
class Default:
    """``a default b``: the first that is neither null nor absent, else the last."""

    choices: tuple[Expression, ...]
    position: int


@dataclass(frozen=True, kw_only=True)
class Mixed:
    """A text with references inside it, in order."""

    parts: tuple[str | Expression, ...]
    position: int = 0


Expression: TypeAlias = Literal | ListOf | Path | Not | Compare | Logic | Default | Mixed
