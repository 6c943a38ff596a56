"""``revision``: a project is amended as somebody wishes who has seen it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field

from bot.core.model_calls import TaskLimits
from bot.roles.checking import ended, file_problems, set_problems, text_problems
from bot.roles.role import Accepted, Answer, Role, SeenFile, Setting, WrittenFile, refuse
from bot.roles.writing import texts

MOST_FILES = 30
_MOST_SHOWN = 200_000
_LONGEST_SUMMARY = 1_000


class AmendedFile(Answer):
    """A file as it is to be from now on."""

    path: str
    content: str = Field(description="all of the file, not only what changes")


class Revision(Answer):
    """What is otherwise now."""

    summary: str = Field(description="what was amended, in a sentence or two")
    files: list[AmendedFile]


def _shown(setting: Setting) -> Mapping[str, object]:
    told = setting.task
    paths = sorted(setting.files, key=lambda path: (path not in told, _rank(setting, path), path))
    seen = texts(setting, paths, _MOST_SHOWN)
    return {
        "sources": seen,
        "unseen": sorted(set(setting.files) - {file.path for file in seen}),
        "most": MOST_FILES,
    }


def _rank(setting: Setting, path: str) -> int:
    """What somebody has written comes first, in case there is not room for all."""
    return int(setting.files[path].is_of_pack)


def _accept(setting: Setting, revision: Revision) -> Accepted:
    problems = []
    if not revision.summary.strip() or len(revision.summary) > _LONGEST_SUMMARY:
        problems.append(f"`summary` is empty, or longer than {_LONGEST_SUMMARY:,} characters.")
    if not 0 < len(revision.files) <= MOST_FILES:
        problems.append(f"There have to be 1 to {MOST_FILES} files, not {len(revision.files):,}.")
    refuse([*problems, *text_problems("summary", revision.summary)])
    files = [
        WrittenFile(path=one.path, content=ended(one.content), executable=False)
        for one in revision.files
    ]
    for file in files:
        problems += file_problems(setting, file)
    paths = [file.path for file in files]
    if not problems:
        problems += set_problems(paths) or set_problems({*setting.files, *paths})
    refuse(problems or _idle_problems(setting.files, files))
    return Accepted(
        answer={"summary": revision.summary, "paths": paths},
        text=revision.summary,
        files=tuple(files),
    )


def _idle_problems(before: Mapping[str, SeenFile], files: Sequence[WrittenFile]) -> list[str]:
    idle = [
        one.path for one in files if (seen := before.get(one.path)) and seen.text == one.content
    ]
    if len(idle) == len(files):
        return ["These files are as they were: nothing was amended."]
    return []


REVISION = Role(
    name="revision",
    answer=Revision,
    accept=_accept,
    shown=_shown,
    limits=TaskLimits(calls=5, output_tokens=16_000, time_s=420.0),
)
