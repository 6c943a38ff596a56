"""YAML that people write for us, read strictly: every fault names its file and line.

At most 64 KiB, no aliases, no key twice, no unknown key, no guessing between types.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import yaml

from bot.errors import UserError

MAX_BYTES = 64 * 1024
MAX_DEPTH = 20

_TAG = "tag:yaml.org,2002:"
_WORDS = {"str": "text", "int": "a whole number", "bool": "true or false"}
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")


@dataclass(frozen=True, kw_only=True)
class YamlPart:
    """A piece of a YAML file that knows where it stands; ``source`` is the file's name."""

    node: yaml.Node
    source: str
    reason: str

    @property
    def line(self) -> int:
        """The line on which the piece begins, from 1."""
        return int(self.node.start_mark.line) + 1

    def fault(self, message: str) -> UserError:
        """The error that says what is wrong with this piece."""
        return _fault(self.source, self.line, message, self.reason)

    def table(self, known: Iterable[str]) -> Mapping[str, YamlPart]:
        """The entries of a mapping whose keys are given; another key is refused."""
        known = tuple(known)
        entries = self.entries()
        for key, part in entries.items():
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(known)}"
                raise part.fault(f"{key!r} is not known here{hint}")
        return entries

    def entries(self) -> Mapping[str, YamlPart]:
        """The entries of a mapping with any keys, in the order in which they are written."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.fault("has to be a mapping (key: value)")
        entries: dict[str, YamlPart] = {}
        for key_node, value_node in self.node.value:
            key = self._part(key_node).text()
            if key in entries:
                raise self._part(key_node).fault(f"{key!r} is there twice")
            entries[key] = self._part(value_node)
        return entries

    def items(self) -> tuple[YamlPart, ...]:
        """The items of a list."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.fault("has to be a list")
        return tuple(self._part(node) for node in self.node.value)

    def text(self) -> str:
        """A scalar that YAML takes for text: a number or a bare yes wants quotes."""
        return self._scalar("str")

    def texts(self) -> tuple[str, ...]:
        """A list of texts."""
        return tuple(item.text() for item in self.items())

    def boolean(self) -> bool:
        """true or false."""
        return self._scalar("bool").lower() in ("true", "yes", "on")

    def integer(self) -> int:
        """A whole number, written in decimal digits."""
        written = self._scalar("int")
        if not _INTEGER.fullmatch(written):
            raise self.fault("has to be a whole number in decimal digits")
        return int(written)

    def plain(self) -> object:
        """Text, a number, true or false, null, or a list of those."""
        if isinstance(self.node, yaml.SequenceNode):
            return [item.plain() for item in self.items()]
        readers: Mapping[str, Callable[[], object]] = {
            "str": self.text,
            "int": self.integer,
            "bool": self.boolean,
            "null": lambda: None,
        }
        reader = readers.get(self.node.tag.removeprefix(_TAG))
        if reader is None:
            raise self.fault("has to be text (in quotes), a whole number, true, false or a list")
        return reader()

    def _scalar(self, kind: str) -> str:
        if not isinstance(self.node, yaml.ScalarNode) or self.node.tag != _TAG + kind:
            shown = f"{self.node.value!r} " if isinstance(self.node, yaml.ScalarNode) else ""
            quotes = " in quotes" if shown and kind == "str" else ""
            raise self.fault(f"{shown}has to be {_WORDS[kind]}{quotes}")
        return str(self.node.value)

    def _part(self, node: yaml.Node) -> YamlPart:
        return YamlPart(node=node, source=self.source, reason=self.reason)


def read_yaml(content: bytes, *, source: str, reason: str) -> YamlPart:
    """The root of a YAML file.

    Args:
        source: The file's name in error messages.
        reason: The reason that errors carry, such as ``bad_pack``.

    Raises:
        UserError: with that reason, for whatever is wrong.
    """
    if len(content) > MAX_BYTES:
        raise _fault(source, 1, f"is larger than {MAX_BYTES // 1024} KiB", reason)
    try:
        text = content.decode("utf-8")
        _refuse_aliases_and_depth(text, source, reason)
        node = yaml.compose(text, yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise _fault(source, 1, "is not UTF-8", reason) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark is not None else 1
        raise _fault(source, line, f"is not YAML: {error.problem}", reason) from error
    except yaml.YAMLError as error:
        raise _fault(
            source, 1, "is not YAML: it has a character that is not allowed", reason
        ) from error
    if node is None:
        raise _fault(source, 1, "is empty", reason)
    return YamlPart(node=node, source=source, reason=reason)


def _refuse_aliases_and_depth(text: str, source: str, reason: str) -> None:
    # By events and not by nodes: composing nodes recurses, and depth is what is checked here.
    depth = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise _fault(source, line, "YAML aliases are not allowed", reason)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise _fault(source, line, "is nested too deeply", reason)


def _fault(source: str, line: int, message: str, reason: str) -> UserError:
    return UserError(f"{source}, line {line}: {message}.", reason=reason)
