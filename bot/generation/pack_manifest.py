"""``pack.yaml``: what may stand in it, checked key by key."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.generation.coercion import coerce
from bot.generation.pack_format import Check, Expression, FileRule, Question, QuestionType
from bot.generation.sandbox import BUILT_IN_NAMES
from bot.generation.yaml_parts import YamlPart, read_yaml

_BOT_KEYS = "into path branch draft visibility workflow budget to step existing"

BOT_KEYS = frozenset(_BOT_KEYS.split())
"""Keys of a command that are the bot's own and can be no question's name."""

_PACK_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_VERSION = re.compile(r"[0-9]{1,6}\.[0-9]{1,6}\.[0-9]{1,6}(?:-[0-9a-z.-]{1,40})?")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_TOP_KEYS = (
    "name version summary tags questions computed files skip_on_update checks toolchain limits"
)
_QUESTION_KEYS = "type help default choices pattern validator when required secret"
_LIMITS = ("files", "file_bytes", "project_bytes")
_CHOOSING = (QuestionType.CHOICE, QuestionType.CHOICES)


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """All of ``pack.yaml``; the fields are those of :class:`Pack`."""

    name: str
    version: str
    summary: str
    tags: tuple[str, ...]
    questions: tuple[Question, ...]
    computed: Mapping[str, Expression]
    rules: tuple[FileRule, ...]
    skip_on_update: tuple[str, ...]
    checks: tuple[Check, ...]
    toolchain: Mapping[str, str]
    limits: Mapping[str, int]


def read_manifest(content: bytes, *, source: str, folder_name: str) -> Manifest:
    """What a ``pack.yaml`` says.

    Args:
        source: The file's name in messages.
        folder_name: The name of the folder it stands in, which the pack's name has to be.

    Raises:
        UserError: with reason ``bad_pack``, naming file and line.
    """
    root = read_yaml(content, source=source, reason="bad_pack")
    top = root.table(_TOP_KEYS.split())
    for key in ("name", "version", "summary", "questions"):
        if key not in top:
            raise root.fault(f"{key!r} is missing")
    name = _matching(top["name"], _PACK_NAME, "small letters, digits and single hyphens")
    if name != folder_name:
        raise top["name"].fault(f"the pack is called {name!r}, but its folder {folder_name!r}")
    questions = tuple(_question(key, part) for key, part in top["questions"].entries().items())
    named = next((question for question in questions if question.name == "name"), None)
    if named is None or named.type is not QuestionType.STRING or named.when or named.secret:
        raise top["questions"].fault("every pack has to ask for 'name', a string, always")
    return Manifest(
        name=name,
        version=_matching(top["version"], _VERSION, "three numbers, such as 1.2.0"),
        summary=top["summary"].text(),
        tags=top["tags"].texts() if "tags" in top else (),
        questions=questions,
        computed=_computed(top.get("computed"), {question.name for question in questions}),
        rules=tuple(_rule(part) for part in top["files"].items()) if "files" in top else (),
        skip_on_update=top["skip_on_update"].texts() if "skip_on_update" in top else (),
        checks=tuple(_check(part) for part in top["checks"].items()) if "checks" in top else (),
        toolchain=_toolchain(top.get("toolchain")),
        limits=_limits(top.get("limits")),
    )


def expression(part: YamlPart) -> Expression:
    """A template that may also be written as a bare true or false."""
    value = part.plain()
    if isinstance(value, bool):
        value = "{{ true }}" if value else "{{ false }}"
    if not isinstance(value, str):
        raise part.fault('has to be a template in quotes, such as "{{ container }}"')
    return Expression(text=value, line=part.line)


def _question(name: str, part: YamlPart) -> Question:
    _check_name(name, part, taken=BOT_KEYS)
    table = part.table(_QUESTION_KEYS.split())
    if "type" not in table:
        raise part.fault(f"the question {name!r} has no type")
    kind = _type(table["type"])
    choices = table["choices"].texts() if "choices" in table else ()
    if (kind in _CHOOSING) != bool(choices):
        raise part.fault(
            f"{name!r}: choices belong to the types choice and choices, and only there"
        )
    has_default = "default" in table
    required = table["required"].boolean() if "required" in table else not has_default
    question = Question(
        name=name,
        type=kind,
        line=part.line,
        help=table["help"].text() if "help" in table else "",
        default=_default(table["default"]) if has_default else None,
        choices=choices,
        pattern=_pattern(table["pattern"]) if "pattern" in table else "",
        validator=expression(table["validator"]) if "validator" in table else None,
        when=expression(table["when"]) if "when" in table else None,
        required=required and kind is not QuestionType.BOOLEAN,
        secret=kind is QuestionType.SECRET or ("secret" in table and table["secret"].boolean()),
    )
    if question.default is not None and not isinstance(question.default, Expression):
        try:
            coerce(question, question.default)
        except ValueError as error:
            raise table["default"].fault(f"the default of {name!r} {error}") from None
    return question


def _type(part: YamlPart) -> QuestionType:
    try:
        return QuestionType(part.text())
    except ValueError:
        raise part.fault(f"a question's type is one of {', '.join(QuestionType)}") from None


def _default(part: YamlPart) -> object:
    value = part.plain()
    if isinstance(value, str) and ("{{" in value or "{%" in value):
        return Expression(text=value, line=part.line)
    return value


def _pattern(part: YamlPart) -> str:
    pattern = part.text()
    try:
        re.compile(pattern)
    except re.error as error:
        raise part.fault(f"the pattern is no regular expression: {error}") from None
    return pattern


def _computed(part: YamlPart | None, questions: set[str]) -> Mapping[str, Expression]:
    entries = part.entries() if part else {}
    for name, value in entries.items():
        _check_name(name, value, taken=frozenset(questions))
    return {name: expression(value) for name, value in entries.items()}


def _rule(part: YamlPart) -> FileRule:
    table = part.table(("path", "when", "copy", "each", "as"))
    if "path" not in table:
        raise part.fault("a rule for files needs a path")
    if ("each" in table) != ("as" in table):
        raise part.fault("'each' and 'as' belong together")
    item_name = table["as"].text() if "as" in table else ""
    if item_name:
        _check_name(item_name, table["as"], taken=frozenset())
    return FileRule(
        path=table["path"].text(),
        line=part.line,
        when=expression(table["when"]) if "when" in table else None,
        copy=table["copy"].boolean() if "copy" in table else False,
        each=expression(table["each"]) if "each" in table else None,
        item_name=item_name,
    )


def _check(part: YamlPart) -> Check:
    table = part.table(("name", "run"))
    if set(table) != {"name", "run"} or not table["run"].items():
        raise part.fault("a check needs a name and the words of a command (run)")
    return Check(name=table["name"].text(), run=table["run"].texts())


def _toolchain(part: YamlPart | None) -> Mapping[str, str]:
    return (
        {key: value.text() for key, value in part.table(("python", "node")).items()} if part else {}
    )


def _limits(part: YamlPart | None) -> Mapping[str, int]:
    limits = part.table(_LIMITS) if part else {}
    for value in limits.values():
        if value.integer() < 1:
            raise value.fault("a limit has to be above zero")
    return {key: value.integer() for key, value in limits.items()}


def _check_name(name: str, part: YamlPart, *, taken: frozenset[str]) -> None:
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise part.fault(f"{name!r} cannot be a name: use small letters, digits and underscores")
    if name in taken or name in BUILT_IN_NAMES:
        raise part.fault(f"the name {name!r} is taken")


def _matching(part: YamlPart, pattern: re.Pattern[str], shape: str) -> str:
    value = part.text()
    if not pattern.fullmatch(value):
        raise part.fault(f"{value!r} does not fit: it has to be {shape}")
    return value
