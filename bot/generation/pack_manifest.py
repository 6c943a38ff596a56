"""``pack.yaml``: what may stand in it, checked key by key."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.core.located import Problem, nearest
from bot.generation.coercion import coerce
from bot.generation.manifest_parts import PackRefused, Part
from bot.generation.pack_format import Check, Expression, FileRule, Question, QuestionType
from bot.generation.sandbox import BUILT_IN_NAMES
from bot.located_yaml import read_yaml

_BOT_KEYS = "into path branch draft visibility workflow budget to step existing"

BOT_KEYS = frozenset(_BOT_KEYS.split())
"""Keys of a command that are the bot's own and can be no question's name."""

_PACK_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_VERSION = re.compile(r"[0-9]{1,6}\.[0-9]{1,6}\.[0-9]{1,6}(?:-[0-9a-z.-]{1,40})?")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_TOP_KEYS = (
    *("name", "version", "summary", "tags", "questions", "computed", "files"),
    *("skip_on_update", "checks", "toolchain", "limits"),
)
_NEEDED = ("name", "version", "summary", "questions")
_QUESTION_KEYS = (
    *("type", "help", "default", "choices", "pattern", "validator", "when"),
    *("required", "secret"),
)
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
        UserError: with reason ``bad_pack`` and all that is wrong, by line and column.
    """
    manifest, problems = examine_manifest(content, source=source, folder_name=folder_name)
    if problems:
        raise PackRefused(problems)
    return manifest


def examine_manifest(
    content: bytes, *, source: str, folder_name: str
) -> tuple[Manifest, tuple[Problem, ...]]:
    """As `read_manifest`, with what is wrong beside it; the manifest is whole only without.

    Raises:
        UserError: ``bad_pack`` for what is no YAML that we read.
    """
    root = Part(data=read_yaml(content, reason="bad_pack", source=source), source=source)
    top = root.table(*_TOP_KEYS)
    for key in _NEEDED:
        if key not in root.entries():
            root.wrong(f"{key!r} is missing")
    questions = _questions(top.get("questions"))
    manifest = Manifest(
        name=_pack_name(top.get("name"), folder_name),
        version=_matching(top.get("version"), _VERSION, "three numbers, such as 1.2.0"),
        summary=_summary(top.get("summary")),
        tags=_texts(top, "tags"),
        questions=questions,
        computed=_computed(top.get("computed"), {question.name for question in questions}),
        rules=tuple(_rule(part) for part in _items(top, "files")),
        skip_on_update=_texts(top, "skip_on_update"),
        checks=_checks(_items(top, "checks")),
        toolchain=_toolchain(top.get("toolchain")),
        limits=_limits(top.get("limits")),
    )
    return manifest, tuple(dict.fromkeys(root.problems))


def expression(part: Part) -> Expression:
    """A template that may also be written as a bare true or false."""
    value = part.data.value
    if isinstance(value, bool):
        value = "{{ true }}" if value else "{{ false }}"
    if not isinstance(value, str):
        part.wrong('has to be a template in quotes, such as "{{ container }}"')
        value = ""
    return Expression(text=value, line=part.data.line, column=part.data.column, place=part.place)


def _pack_name(part: Part | None, folder_name: str) -> str:
    name = _matching(part, _PACK_NAME, "small letters, digits and single hyphens")
    if part is not None and name and name != folder_name:
        part.wrong(f"the pack is called {name!r}, but its folder {folder_name!r}")
    return name


def _summary(part: Part | None) -> str:
    text = part.text() if part else ""
    if part is not None and "\n" in text.strip():
        part.wrong("has to be one line")
    return text


def _questions(part: Part | None) -> tuple[Question, ...]:
    if part is None:
        return ()
    entries = part.entries()
    questions = tuple(
        _question(name, entry.at(f"question {name[:60]}"), part) for name, entry in entries.items()
    )
    named = next((question for question in questions if question.name == "name"), None)
    if named is None or named.type is not QuestionType.STRING or named.when or named.secret:
        at = entries["name"].at("question name") if named else part
        at.wrong("every pack has to ask for 'name', a string, always")
    return questions


def _question(name: str, part: Part, whole: Part) -> Question:
    key = whole.key(name, part.place)
    _check_name(name, key, taken=BOT_KEYS)
    table = part.table(*_QUESTION_KEYS)
    if "type" not in table and isinstance(part.data.value, dict):
        part.wrong("has no type")
    told = len(part.problems)
    kind = _type(table.get("type"))
    # Of what type a question was meant to be, nobody knows then.
    is_slip = len(part.problems) > told
    choices = table["choices"].texts() if "choices" in table else ()
    if kind in _CHOOSING and "choices" not in table:
        part.wrong(f"has no choices; the type {kind} needs them, as in choices: [a, b]")
    elif kind not in _CHOOSING and "choices" in table and not is_slip:
        part.wrong("choices belong to the types choice and choices, and only there")
    elif kind in _CHOOSING and not choices:
        table["choices"].wrong("there has to be something to choose")
    has_default = "default" in table
    # A choice of nothing is no choice: it has to be allowed in so many words.
    usually = kind is QuestionType.CHOICE or not has_default
    required = table["required"].boolean() if "required" in table else usually
    question = Question(
        name=name,
        type=kind,
        line=key.data.line,
        column=key.data.column,
        help=table["help"].text() if "help" in table else "",
        default=_default(table["default"]) if has_default else None,
        choices=choices,
        pattern=_pattern(table["pattern"]) if "pattern" in table else "",
        validator=expression(table["validator"]) if "validator" in table else None,
        when=expression(table["when"]) if "when" in table else None,
        required=required and kind is not QuestionType.BOOLEAN,
        secret=kind is QuestionType.SECRET or ("secret" in table and table["secret"].boolean()),
    )
    is_unsure = is_slip or (kind in _CHOOSING and not all(choices or ("",)))
    if "default" in table and not is_unsure:
        _check_default(question, table["default"])
    return question


def _check_default(question: Question, part: Part) -> None:
    if question.default is None or isinstance(question.default, Expression):
        return
    try:
        coerce(question, question.default)
    except ValueError as error:
        part.wrong(f"the default {error}")


def _type(part: Part | None) -> QuestionType:
    text = part.text() if part else ""
    try:
        return QuestionType(text)
    except ValueError:
        if part is not None and text:
            hint = nearest(text, QuestionType)
            part.wrong(f"a question's type is one of {', '.join(QuestionType)}{hint}")
        return QuestionType.STRING


def _default(part: Part) -> object:
    value = part.data.value
    if isinstance(value, str) and ("{{" in value or "{%" in value):
        return expression(part)
    return part.plain()


def _pattern(part: Part) -> str:
    pattern = part.text()
    try:
        re.compile(pattern)
    except re.error as error:
        part.wrong(f"the pattern is no regular expression: {error}")
        return ""
    return pattern


def _computed(part: Part | None, questions: set[str]) -> Mapping[str, Expression]:
    found: dict[str, Expression] = {}
    if part is not None:
        for name, value in part.entries().items():
            place = f"computed {name[:60]}"
            _check_name(name, part.key(name, place), taken=frozenset(questions))
            found[name] = expression(value.at(place))
    return found


def _rule(part: Part) -> FileRule:
    path = _path_of(part)
    part = part.at(f"files {path!r}" if path else "files")
    table = part.table("path", "when", "copy", "each", "as")
    if "path" not in table and isinstance(part.data.value, dict):
        part.wrong("a rule for files needs a path")
    if ("each" in table) != ("as" in table):
        part.wrong("'each' and 'as' belong together")
    item_name = table["as"].text() if "as" in table else ""
    if item_name:
        _check_name(item_name, table["as"], taken=frozenset())
    return FileRule(
        path=table["path"].text() if "path" in table else "",
        line=part.data.line,
        column=part.data.column,
        when=expression(table["when"]) if "when" in table else None,
        copy="copy" in table and table["copy"].boolean(),
        each=expression(table["each"]) if "each" in table else None,
        item_name=item_name,
    )


def _path_of(part: Part) -> str:
    """How a rule is called in messages, before anything of it is checked."""
    value = part.data.value
    path = value.get("path") if isinstance(value, dict) else None
    return path.value[:60] if path is not None and isinstance(path.value, str) else ""


def _checks(parts: Iterable[Part]) -> tuple[Check, ...]:
    found: dict[str, Check] = {}
    for part in parts:
        check = _check(part)
        if check.name in found and check.name:
            part.wrong(f"two checks are called {check.name[:60]!r}")
        found[check.name] = check
    return tuple(found.values())


def _check(part: Part) -> Check:
    table = part.table("name", "run")
    words = table["run"].words() if "run" in table else ()
    is_whole = "name" in table and "run" in table and table["run"].data.value != []
    if isinstance(part.data.value, dict) and not is_whole:
        part.wrong("a check needs a name and the words of a command (run)")
    return Check(
        name=table["name"].text() if "name" in table else "",
        run=words,
        line=part.data.line,
        column=part.data.column,
    )


def _toolchain(part: Part | None) -> Mapping[str, str]:
    table = part.table("python", "node") if part else {}
    return {key: value.text() for key, value in table.items()}


def _limits(part: Part | None) -> Mapping[str, int]:
    table = part.table(*_LIMITS) if part else {}
    return {key: value.positive() for key, value in table.items()}


def _items(top: Mapping[str, Part], key: str) -> tuple[Part, ...]:
    return top[key].items() if key in top else ()


def _texts(top: Mapping[str, Part], key: str) -> tuple[str, ...]:
    return top[key].texts() if key in top else ()


def _check_name(name: str, part: Part, *, taken: frozenset[str]) -> None:
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        shown = repr(name[:60])
        part.wrong(f"{shown} cannot be a name: use small letters, digits and underscores")
    elif name in BOT_KEYS & taken:
        part.wrong(f"the name {name!r} is taken: it is a key of every command")
    elif name in taken or name in BUILT_IN_NAMES:
        part.wrong(f"the name {name!r} is taken")


def _matching(part: Part | None, pattern: re.Pattern[str], shape: str) -> str:
    value = part.text() if part else ""
    if part is not None and value and not pattern.fullmatch(value):
        part.wrong(f"{value[:60]!r} does not fit: it has to be {shape}")
        return ""
    return value
