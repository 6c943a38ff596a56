"""``licence_header``: put one line, as a comment, at the top of every Python file."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.kinds import Field, Kind
from bot.generation.files import GeneratedFile
from bot.steps.spec import StepContext, StepType
from bot.steps.values import mapping, project, text
from bot.steps.verify import load_files
from bot.store.port import NewFile


def _run(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
    stored, snapshot = project(context, given)
    line = f"# {text(given, 'line')}\n"
    files = load_files(context, stored.id, snapshot)
    changed = {file.path: _with(line, file) for file in files if _wants(line, file)}
    context.log(f"{len(changed)} files get the line {line.strip()!r}")
    # Saving the same files twice is one snapshot, so a killed worker's successor does no harm.
    number = context.services.store.projects.save_files(
        stored.id,
        [
            NewFile(
                path=file.path,
                content=changed.get(file.path, file.content),
                mode=file.mode,
                origin=file.origin,
            )
            for file in files
        ],
        run_id=context.run.id,
        number=context.number,
    )
    size = sum(len(changed.get(file.path, file.content)) for file in files)
    return {
        "project": {**mapping(given, "project"), "snapshot": number, "size": size},
        "changed": len(changed),
    }


def _wants(line: str, file: GeneratedFile) -> bool:
    return file.path.endswith(".py") and file.size > 0 and line.encode() not in file.content


def _with(line: str, file: GeneratedFile) -> bytes:
    if not file.content.startswith(b"#!"):
        return line.encode() + file.content
    first, _, rest = file.content.partition(b"\n")
    return first + b"\n" + line.encode() + rest


LICENCE_HEADER = StepType(
    name="licence_header",
    summary="Put the licence's line on top",
    description="Puts one line, as a comment, at the top of every Python file of a project that "
    "lacks it. Empty files stay empty.",
    takes={
        "project": Field(kind=Kind.PROJECT, summary="whose files get the line"),
        "line": Field(kind=Kind.STRING, summary="the line, without its #"),
    },
    gives={
        "project": Field(kind=Kind.PROJECT, summary="the project with the line in its files"),
        "changed": Field(kind=Kind.INTEGER, summary="how many files got it"),
    },
    run=_run,
)
