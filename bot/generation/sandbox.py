"""The Jinja2 environment that packs are rendered in.

Its sandbox is one fence of several and no boundary by itself: templates see plain data only,
what they make goes through the path gate and the limits, and a pack that is not ours is
rendered in a process of its own.
"""

from __future__ import annotations

import json
import keyword
import sys
from collections.abc import Mapping
from types import CodeType
from typing import Any, Literal, Protocol

from jinja2 import DictLoader, StrictUndefined
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment

DOT = "dot"
"""The name under which templates find a dot. See :mod:`bot.generation.pack_reading`."""

MAX_REPEATED = 100_000
MAX_EXPONENT = 64


class Code(Protocol):
    """Where compiled templates of one pack are kept."""

    def get(self, key: str) -> CodeType | None:
        """The code under a key, or None."""

    def put(self, key: str, code: CodeType) -> None:
        """Keep code under a key."""


class PackEnvironment(SandboxedEnvironment):
    """Strict: an unknown name is an error, nothing is stripped, nothing is left to chance."""

    intercepted_binops = frozenset(["*", "**"])

    def __init__(
        self,
        texts: Mapping[str, str],
        *,
        newline: Literal["\n", "\r\n"] = "\n",
        code: Code | None = None,
    ) -> None:
        """Args:
        texts: Every template by its name; they may include one another.
        newline: What ends a line in their output: Jinja2 knows only one a template.
        code: What has been compiled from these texts before, and what will be.
        """
        super().__init__(
            loader=DictLoader(texts),
            undefined=StrictUndefined,
            keep_trailing_newline=True,
            newline_sequence=newline,
            autoescape=False,
            auto_reload=False,
            cache_size=-1,
        )
        # What gives another result each time has no place where the same answers give the same
        # bytes.
        del self.filters["random"], self.globals["lipsum"]
        self.filters["quoted"] = quoted
        self.tests["importable"] = is_importable
        self.globals[DOT] = "."
        self._code = code

    def compile(
        self,
        source: Any,
        name: str | None = None,
        filename: str | None = None,
        raw: bool = False,
        defer_init: bool = False,
    ) -> Any:
        """The code of a template, compiled only where that has not been done before."""
        if raw:
            return super().compile(source, name, filename, raw=True, defer_init=defer_init)
        if self._code is None or not isinstance(source, str):
            return super().compile(source, name, filename, defer_init=defer_init)
        key = self._key(source, name)
        code = self._code.get(key)
        if code is None:
            code = super().compile(source, name, filename)
            self._code.put(key, code)
        return code

    def is_kept(self, source: str) -> bool:
        """Whether a text without a name has been compiled before."""
        return self._code is not None and self._code.get(self._key(source, None)) is not None

    def _key(self, source: str, name: str | None) -> str:
        # What has a name is told by that: all texts of the pack are part of its digest.
        return f"{self.newline_sequence!r} {f'named {name}' if name else f'text {source}'}"

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Multiplies and raises to a power, unless that alone would fill the memory."""
        if operator == "*":
            for thing, count in ((left, right), (right, left)):
                if hasattr(thing, "__len__") and len(thing) * count > MAX_REPEATED:
                    raise SecurityError(
                        f"repeated to more than {MAX_REPEATED:,} characters or items"
                    )
        elif abs(right) > MAX_EXPONENT:
            raise SecurityError(f"raised to a power above {MAX_EXPONENT}")
        return super().call_binop(context, operator, left, right)


def quoted(value: object) -> str:
    """A text in double quotes, as JSON, YAML, TOML, Python and JavaScript all read it."""
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def is_importable(name: str) -> bool:
    """Whether Python can import a module of this name and finds it, not one of its own."""
    return (
        name.isidentifier() and not keyword.iskeyword(name) and name not in sys.stdlib_module_names
    )


BUILT_IN_NAMES = frozenset(PackEnvironment({}).globals)
"""What no question, computed value or item may be called."""
