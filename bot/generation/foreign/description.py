"""What a child says of a pack, made into a pack that can be listed, shown and asked.

A child may have been taken over by what it read, so each value is looked at as if a stranger had
sent it. No template, condition or pattern in the result is ever evaluated in this process.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from bot.errors import StepFailed
from bot.generation.coercion import MAX_TEXT
from bot.generation.files import text_of
from bot.generation.foreign.bundle import Bundle
from bot.generation.pack_format import (
    Check,
    Expression,
    Pack,
    PackSource,
    Question,
    QuestionType,
    SourceFile,
)
from bot.generation.pack_manifest import BOT_KEYS

MAX_QUESTIONS = 200
MAX_CHOICES = 500
MAX_LINE = 2_000

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+/-]{0,99}")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")


class _Odd(ValueError):
    """What a child says cannot be."""


def described(data: object, bundle: Bundle, source: PackSource) -> Pack:
    """The pack that a child tells of.

    Raises:
        StepFailed: ``bad_pack`` where it asks for what cannot be asked, or for too much.
    """
    try:
        return _pack(_table(data), bundle, source)
    except _Odd as exc:
        raise StepFailed(f"{source.name} cannot be used here: {exc}.", reason="bad_pack") from exc


def _pack(data: Mapping[str, Any], bundle: Bundle, source: PackSource) -> Pack:
    questions = tuple(_question(_table(each)) for each in _list(data, "questions", MAX_QUESTIONS))
    names = [question.name for question in questions]
    naming = _line(data, "naming")
    if len(set(names)) != len(names) or (naming and naming not in names):
        raise _Odd("its questions have no names of their own")
    version = _line(data, "version") or source.version
    return Pack(
        name=source.name,
        version=version if _VERSION.fullmatch(version) else source.version,
        summary=_line(data, "summary"),
        tags=_lines(data, "tags", 50),
        questions=questions,
        computed=MappingProxyType({}),
        sources=_sources(bundle),
        rules=((),) * len(bundle.files),
        shared=MappingProxyType({}),
        skip_on_update=_lines(data, "skip_on_update", 200),
        checks=tuple(_check(_table(each)) for each in _list(data, "checks", 50)),
        toolchain={name: _text(path) for name, path in _table(data.get("toolchain", {})).items()},
        limits=_limits(data),
        folder=f"{source.kind}:{source.address}",
        digest=bundle.digest,
        bundle=bundle,
        source=source,
        naming=naming,
    )


def _question(data: Mapping[str, Any]) -> Question:
    name = _line(data, "name")
    if not _NAME.fullmatch(name):
        raise _Odd(f"it asks for {name[:60]!a}, which no command can name")
    if name in BOT_KEYS:
        raise _Odd(f"it asks for {name!r}, which is a key of the command itself")
    line = data.get("line")
    at = line if type(line) is int and line > 0 else 1
    when, template, has_hidden = data.get("when"), data.get("template"), data.get("has_default")
    kind = _line(data, "type")
    if kind not in list(QuestionType):
        raise _Odd(f"{name!r} is of no known type")
    default: object = _plain(data.get("default"))
    if template is not None:
        default = Expression(text=_text(template), line=at)
    return Question(
        name=name,
        type=QuestionType(kind),
        line=at,
        help=_line(data, "help"),
        default=default,
        choices=_lines(data, "choices", MAX_CHOICES),
        pattern=_line(data, "pattern"),
        when=None if when is None else Expression(text=_text(when), line=at),
        # It need not be given where there is a default that is not shown.
        required=bool(data.get("required")) and not (has_hidden and default is None),
        secret=bool(data.get("secret")) or kind == QuestionType.SECRET,
    )


def _check(data: Mapping[str, Any]) -> Check:
    return Check(name=_line(data, "name"), run=_lines(data, "run", 100))


def _limits(data: Mapping[str, Any]) -> Mapping[str, int]:
    limits = _table(data.get("limits", {}))
    if not all(type(value) is int and value > 0 for value in limits.values()):
        raise _Odd("it has a limit that is no number")
    return {str(name): int(value) for name, value in limits.items()}


def _sources(bundle: Bundle) -> tuple[SourceFile, ...]:
    return tuple(
        SourceFile(path=file.path, content=file.content, mode=file.mode, text=text_of(file.content))
        for file in bundle.files
    )


def _plain(value: object) -> object:
    """Text, a number, yes or no, nothing, or a list of texts."""
    if isinstance(value, list):
        return [_text(item) for item in value[:MAX_CHOICES]]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < 10**18:
        return value
    return _text(value)


def _table(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _Odd("it says nothing that can be read")
    return value


def _list(data: Mapping[str, Any], key: str, most: int) -> Sequence[object]:
    value = data.get(key, [])
    if not isinstance(value, list) or len(value) > most:
        raise _Odd(f"it has more than {most} {key}")
    return value


def _lines(data: Mapping[str, Any], key: str, most: int) -> tuple[str, ...]:
    return tuple(clean_line(_text(value)) for value in _list(data, key, most))


def _line(data: Mapping[str, Any], key: str) -> str:
    return clean_line(_text(data.get(key) or ""))


def is_seen(text: str) -> bool:
    """Whether it has no character that nobody sees, but for tabs and ends of lines."""
    return not _UNSEEN.search(text)


def clean_line(text: str) -> str:
    """The text in one line."""
    return " ".join(_UNSEEN.sub(" ", text).split("\n")).strip()[:MAX_LINE]


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise _Odd("it says something that is no text, or far too much of it")
    return value
