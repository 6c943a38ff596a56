"""A pack, and what it makes, as people and programs read it on a terminal."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from bot.console.plain import printable
from bot.console.tables import aligned
from bot.core.limits import CEILINGS, ProjectLimits, shown_size
from bot.generation.answer_schema import answer_schema
from bot.generation.compiling import has_marks
from bot.generation.files import GeneratedProjectFiles
from bot.generation.pack_format import Expression, FileRule, Pack, Question, SourceFile
from bot.generation.suggested import pack_defaults

_OF_THE_PLACE = pack_defaults("local")


def as_sheet(pack: Pack, called: str) -> str:
    """A pack on one page: what it asks for, its files, its checks."""
    return "\n".join(_lines(pack, called))


def as_data(pack: Pack) -> dict[str, object]:
    """A pack as plain data, with a JSON Schema of the answers."""
    limits = CEILINGS.of_pack(pack.limits, ProjectLimits())
    return {
        "name": pack.name,
        "version": pack.version,
        "summary": pack.summary,
        "tags": list(pack.tags),
        "digest": pack.digest,
        "answers": answer_schema(pack),
        "questions": [_question_data(question) for question in pack.questions],
        "files": [
            {"path": source.path, "mode": f"{source.mode:o}", "notes": list(_notes(source, rules))}
            for source, rules in zip(pack.sources, pack.rules, strict=True)
        ],
        "skip_on_update": list(pack.skip_on_update),
        "checks": [{"name": check.name, "run": list(check.run)} for check in pack.checks],
        "toolchain": dict(pack.toolchain),
        "limits": {
            "files": limits.files,
            "file_bytes": limits.file_bytes,
            "project_bytes": limits.project_bytes,
        },
    }


def as_tree(project: GeneratedProjectFiles) -> str:
    """The files of a project with their sizes."""
    rows = [
        (shown_size(file.size), "x" if file.mode & 0o100 else "", printable(file.path))
        for file in project.files
    ]
    total = shown_size(project.files.total_size)
    return f"{aligned(rows)}\n{len(project.files)} files, {total}"


def _lines(pack: Pack, called: str) -> Iterator[str]:
    yield f"{pack.name} {pack.version}: {printable(pack.summary)}"
    yield ""
    yield "questions"
    yield aligned(
        [
            (question.name, _takes(question), _given(question), printable(question.help))
            for question in pack.questions
        ],
        indent="  ",
    )
    yield ""
    yield "files"
    yield aligned(
        [
            (printable(source.path), "; ".join(_notes(source, rules)))
            for source, rules in zip(pack.sources, pack.rules, strict=True)
        ],
        indent="  ",
    )
    if pack.checks:
        yield ""
        yield "checks"
        yield aligned(
            [(one.name, printable(" ".join(one.run))) for one in pack.checks], indent="  "
        )
    yield ""
    names = " ".join(
        f"{question.name}=…"
        for question in pack.questions
        if question.required and question.default is None and question.when is None
        if question.name not in _OF_THE_PLACE
    )
    yield f"firstcommit generate {shlex.quote(called)} {names}".rstrip()


def _takes(question: Question) -> str:
    kind = "|".join(question.choices) if question.choices else str(question.type)
    return f"some of {kind}" if question.type == "choices" else kind


def _given(question: Question) -> str:
    """Whether it has to be answered, and what holds if not."""
    default = question.default
    told: list[str] = []
    if isinstance(default, Expression):
        told.append(f"default: {default.text.strip()}")
    elif default is not None and not question.secret:
        words = ",".join(map(str, default)) if isinstance(default, list) else str(default)
        told.append(f"default: {words.lower() if isinstance(default, bool) else words}")
    elif question.name in _OF_THE_PLACE:
        told.append(f"default: {_OF_THE_PLACE[question.name]} here")
    elif question.required:
        told.append("needed")
    if question.when is not None:
        told.append(f"when {question.when.text.strip()}")
    return printable(", ".join(told))


def _question_data(question: Question) -> dict[str, object]:
    default = question.default
    return {
        "name": question.name,
        "type": str(question.type),
        "help": question.help,
        "required": question.required,
        "secret": question.secret,
        "choices": list(question.choices),
        "pattern": question.pattern,
        "default": None if isinstance(default, Expression) or question.secret else default,
        "default_template": default.text if isinstance(default, Expression) else None,
        "when": question.when.text if question.when else None,
    }


def _notes(source: SourceFile, rules: tuple[FileRule, ...]) -> Iterator[str]:
    if source.mode & 0o100:
        yield "executable"
    if source.text is None or any(rule.copy for rule in rules):
        yield "copied"
    elif not has_marks(source.text):
        yield "as it is"
    for rule in rules:
        if rule.when is not None:
            yield f"when {rule.when.text.strip()}"
        if rule.each is not None:
            yield f"for each {rule.item_name} of {rule.each.text.strip()}"
