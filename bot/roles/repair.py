"""``repair``: files are mended from what checks and reviewers said of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from pydantic import Field

from bot.core.model_calls import TaskLimits
from bot.roles.checking import ended, file_problems, set_problems, text_problems
from bot.roles.names import BLOCKING
from bot.roles.review import written_by_agents
from bot.roles.role import Accepted, Answer, Role, Setting, WrittenFile, refuse
from bot.roles.writing import outline, texts

MOST_FILES = 20
_MOST_SHOWN = 200_000
_LONGEST_CAUSE = 2_000


class MendedFile(Answer):
    """A file as it is to be from now on."""

    path: str
    content: str = Field(description="all of the file, not only what changes")


class Repair(Answer):
    """What was wrong, and the files that are otherwise now."""

    cause: str = Field(description="why it failed, in a sentence or two")
    files: list[MendedFile]


def _shown(setting: Setting) -> Mapping[str, object]:
    said = failed_checks(setting)
    told = str(said) + str(setting.listed("findings")) + str(setting.listed("review"))
    may_write = setting.files.values() if _is_of_change(setting) else written_by_agents(setting)
    own = [file.path for file in may_write]
    # What is named in what went wrong comes first, in case there is not room for all.
    paths = sorted(own, key=lambda path: path not in told)
    return {
        "design": outline(setting),
        "checks": said,
        "findings": setting.listed("findings"),
        "review": [one for one in setting.listed("review") if one.get("severity") == BLOCKING],
        "sources": texts(setting, paths, _MOST_SHOWN),
        "pack_paths": sorted(set(setting.files) - set(own)),
        "is_of_change": _is_of_change(setting),
        "most": MOST_FILES,
    }


def _is_of_change(setting: Setting) -> bool:
    """Whether it is a change of ours that people see and work on: all of it may be mended."""
    return setting.given.get("of_change") is True


def failed_checks(setting: Setting) -> list[Mapping[str, object]]:
    """The checks that have failed, with what they printed."""
    wanted = ("name", "command", "exit_code", "output")
    return [
        {key: check.get(key) for key in wanted}
        for check in setting.listed("checks")
        if check.get("result") in ("failed", "stopped")
    ]


def _accept(setting: Setting, repair: Repair) -> Accepted:
    problems = []
    if not repair.cause.strip() or len(repair.cause) > _LONGEST_CAUSE:
        problems.append(f"`cause` is empty, or longer than {_LONGEST_CAUSE:,} characters.")
    if not repair.files:
        problems.append("No file was mended: give each file that has to change, whole.")
    if len(repair.files) > MOST_FILES:
        problems.append(f"{len(repair.files):,} files were changed; {MOST_FILES} are the most.")
    refuse([*problems, *text_problems("cause", repair.cause)])
    files = [_written(setting, one) for one in repair.files]
    for file in files:
        problems += file_problems(setting, file) or _place_problems(setting, file)
    problems += set_problems(file.path for file in files) if not problems else []
    refuse(problems or _loop_problems(setting, files))
    answer = {"cause": repair.cause, "paths": [file.path for file in files]}
    return Accepted(answer=answer, text=repair.cause, files=tuple(files))


def _written(setting: Setting, file: MendedFile) -> WrittenFile:
    planned = setting.part("design").get("files") or ()
    is_executable = any(one["path"] == file.path and one.get("executable") for one in planned)
    return WrittenFile(path=file.path, content=ended(file.content), executable=is_executable)


def _place_problems(setting: Setting, file: WrittenFile) -> list[str]:
    before = setting.files.get(file.path)
    if before is None or _is_of_change(setting):
        return []
    if before.is_of_pack:
        return [f"{file.path} is a file of the template pack, which stays as it is."]
    if before.origin == "person":
        return [f"{file.path} was written by a person, and stays as it is."]
    return []


def _loop_problems(setting: Setting, files: list[WrittenFile]) -> list[str]:
    """A repair has to lead somewhere new."""
    now = {path: _hash(file.text or "") for path, file in setting.files.items()}
    then = now | {file.path: _hash(file.content) for file in files}
    if then == now:
        return ["These files are as they were: nothing was mended."]
    own = {path: value for path, value in then.items() if not _is_kept(setting, path)}
    if own in [dict(state) for state in setting.earlier]:
        return ["The project has been exactly so before, and that failed: find another way."]
    return []


def _is_kept(setting: Setting, path: str) -> bool:
    file = setting.files.get(path)
    return file is not None and file.is_of_pack


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


REPAIR = Role(
    name="repair",
    answer=Repair,
    accept=_accept,
    shown=_shown,
    limits=TaskLimits(calls=4, output_tokens=16_000, time_s=420.0),
)
