"""Files that agents wrote, over those of a project: through the same gate and limits."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from bot.core.git_values import EXECUTABLE, REGULAR
from bot.core.limits import ProjectLimits
from bot.core.paths import bad_path
from bot.errors import UserError
from bot.generation.files import FileSet, GeneratedFile
from bot.generation.memory import AGENT, MEMORY_PATH, amended_memory

#: How deep lists may lie in each other; a loop of loops gives two.
_DEEPEST = 4
_OURS = ".firstcommit/"


def read_files(value: object, limits: ProjectLimits) -> tuple[GeneratedFile, ...]:
    """The files of a list of mappings ``{path, content, executable?}``, and of lists in it.

    Of two with the same path the later one counts. Nulls, which skipped steps give, are nothing.

    Raises:
        UserError: ``bad_files`` for anything else; ``too_many_files``.
    """
    found: dict[str, GeneratedFile] = {}
    waiting: list[tuple[object, int]] = [(value, 0)]
    while waiting:
        entry, depth = waiting.pop(0)
        if isinstance(entry, list | tuple):
            if depth > _DEEPEST:
                raise _bad("lists lie too deeply in each other")
            limits.check_count(len(entry))
            waiting[:0] = [(part, depth + 1) for part in entry]
        elif entry is not None:
            file = _file(entry)
            found.pop(file.path, None)
            found[file.path] = file
            limits.check_count(len(found))
    return tuple(found.values())


def amend(
    before: Sequence[GeneratedFile],
    added: Sequence[GeneratedFile],
    *,
    name: str,
    run: str | None,
    limits: ProjectLimits,
    may_replace: Collection[str] = (),
    without: Collection[str] = (),
) -> FileSet:
    """A project's files with others over them, and a memory that knows of both.

    Args:
        before: The project as it is; none for one that begins with what is added.
        limits: The operator's ceilings. A project that has more than is usual may stay as large.
        may_replace: Paths of files of packs and people that may be written anew.
        without: Paths of files that are left out.

    Raises:
        UserError: ``not_planned`` for a file over a pack's or a person's, ``unknown_file`` for what
            cannot be left out, ``no_files`` where nothing would be there; ``bad_path``,
            ``too_large``, ``too_many_files``.
    """
    files = {file.path: file for file in before}
    memory = files.pop(MEMORY_PATH, None)
    for path in without:
        if files.pop(path, None) is None:
            raise UserError(
                f"{path[:120]!a} cannot be left out: the project has no such file.",
                reason="unknown_file",
            )
    for file in added:
        there = files.get(file.path)
        _refuse_unplanned(there, file, may_replace)
        # Who writes a script anew has not said that it is none any more.
        files[file.path] = file if there is None or there.mode == REGULAR else _as(there, file)
    if not files:
        raise UserError("There is no file in the project.", reason="no_files")
    kept = list(files.values())
    remembered = amended_memory(memory, name=name, run=run, files=kept, left_out=without)
    return FileSet.of([*kept, remembered], _limits(limits, before))


def _as(there: GeneratedFile, file: GeneratedFile) -> GeneratedFile:
    return replace(file, mode=there.mode)


def _refuse_unplanned(
    there: GeneratedFile | None, file: GeneratedFile, may_replace: Collection[str]
) -> None:
    if file.path.startswith(_OURS):
        raise bad_path(file.path, "is kept by the program itself")
    if there is None or there.origin == AGENT or file.path in may_replace:
        return
    owner = "the template pack" if "@" in there.origin else "a person"
    raise UserError(
        f"{file.path} is a file of {owner}, and the plan does not say that it is written anew.",
        reason="not_planned",
        remedy="The step's `replaces` names the files that may be.",
    )


def _limits(ceilings: ProjectLimits, before: Sequence[GeneratedFile]) -> ProjectLimits:
    usual = ProjectLimits()
    size = sum(file.size for file in before)
    grown = replace(
        usual,
        files=max(usual.files, len(before)),
        project_bytes=max(usual.project_bytes, size),
    )
    return ceilings.of_pack({}, grown)


def _file(entry: object) -> GeneratedFile:
    if not isinstance(entry, Mapping):
        raise _bad("an entry is no mapping")
    path, content = entry.get("path"), entry.get("content")
    if not isinstance(path, str) or not isinstance(content, str):
        raise _bad("an entry lacks a `path` or a `content` that is text")
    try:
        encoded = content.encode()
    except UnicodeEncodeError as exc:
        raise _bad(f"the content of {path[:120]!a} cannot be written in UTF-8") from exc
    mode = EXECUTABLE if entry.get("executable") is True else REGULAR
    return GeneratedFile(path=path, content=encoded, mode=mode, origin=AGENT)


def _bad(problem: str) -> UserError:
    return UserError(
        f"These are no files: {problem}.",
        reason="bad_files",
        remedy="Give a list of mappings {path, content, executable?}.",
    )
