"""``architecture``: from requirements to a plan of stories and files, before any is written."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Literal

from pydantic import Field

from bot.core.model_calls import TaskLimits
from bot.errors import BotError
from bot.roles.checking import path_problems, set_problems, text_problems
from bot.roles.role import Accepted, Answer, Role, Setting, refuse

#: A step can be done for so many items; a plan of more is none that anybody would read.
MOST_FILES = 100
MOST_STORIES = 20
_NAME = re.compile(r"(?=.{2,63}$)[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST_LINE = 300
_LONGEST_TITLE = 120
_LONGEST_TEXT = 4_000

Kind = Literal["code", "test", "document"]


class Story(Answer):
    """Something that somebody can do once it is there."""

    title: str
    body: str = Field(default="", description="Markdown: why, and how one sees that it works")


class PlannedFile(Answer):
    """A file that is to be written."""

    path: str = Field(description="relative, with forward slashes")
    kind: Kind
    purpose: str = Field(description="what it is for, in a sentence or two")
    interface: str = Field(
        default="",
        description="what others may use of it, exactly: signatures, what they give and raise",
    )
    needs: list[str] = Field(
        default_factory=list, description="paths of the files whose interface it uses"
    )
    replaces: bool = Field(default=False, description="whether it takes the place of a pack's file")
    executable: bool = False


class PackAnswer(Answer):
    """The answer to one question of the pack, written as text."""

    question: str
    answer: str


class Design(Answer):
    """A whole plan."""

    name: str = Field(description="the project: small letters, digits and single hyphens")
    summary: str = Field(description="what it is, in one line")
    pack: str = Field(default="", description="the template pack to start from; empty for none")
    answers: list[PackAnswer] = Field(
        default_factory=list, description="answers to the pack's questions, but for the name"
    )
    leaves_out: list[str] = Field(
        default_factory=list, description="paths of the pack's files that are not wanted"
    )
    stories: list[Story]
    files: list[PlannedFile]


def _shown(setting: Setting) -> Mapping[str, object]:
    return {"most_files": MOST_FILES, "most_stories": MOST_STORIES}


def _accept(setting: Setting, design: Design) -> Accepted:
    refuse(_size_problems(design))
    answers = {one.question: one.answer for one in design.answers} | {"name": design.name}
    if not design.pack:
        answers = {}
    made, problems = _pack_paths(setting, design, answers)
    refuse([*problems, *_word_problems(setting, design), *_file_problems(setting, design, made)])
    told = design.model_dump()
    files = told["files"]
    groups = {"code": "code", "tests": "test", "documents": "document"}
    return Accepted(
        answer={
            **told,
            "answers": answers,
            "replaces": [one["path"] for one in files if one["replaces"]],
            **{group: [f for f in files if f["kind"] == kind] for group, kind in groups.items()},
        },
        text=design.summary,
    )


def _size_problems(design: Design) -> list[str]:
    problems = []
    if not design.files:
        problems.append("The plan has no files: name each file that has to be written.")
    if len(design.files) > MOST_FILES:
        problems.append(
            f"{len(design.files):,} files are planned; {MOST_FILES} are the most. Plan the "
            "smallest project that does what is asked."
        )
    if not 1 <= len(design.stories) <= MOST_STORIES:
        problems.append(f"There have to be 1 to {MOST_STORIES} stories, not {len(design.stories)}.")
    return problems


def _pack_paths(
    setting: Setting, design: Design, answers: Mapping[str, object]
) -> tuple[Collection[str], list[str]]:
    """The paths that the pack makes, and what is wrong with it or its answers."""
    if not design.pack:
        return (), ["`leaves_out` is about a pack's files."] if design.leaves_out else []
    if design.pack not in {offer.name for offer in setting.packs}:
        known = ", ".join(offer.name for offer in setting.packs) or "none"
        return (), [f"There is no pack `{design.pack[:60]}` to start from; there are: {known}."]
    try:
        return frozenset(setting.rendered(design.pack, answers)), []
    except BotError as exc:
        return (), [f"The pack {design.pack} refuses these answers: {exc.message} {exc.remedy}"]


def _word_problems(setting: Setting, design: Design) -> Iterator[str]:
    wanted = str(setting.given.get("name") or "")
    if wanted and design.name != wanted:
        yield f"The project has to be called `{wanted}`."
    elif not _NAME.fullmatch(design.name):
        yield "`name` has to be of small letters, digits and single hyphens, 2 to 63 of them."
    if not design.summary.strip() or "\n" in design.summary or len(design.summary) > _LONGEST_LINE:
        yield f"`summary` has to be one line of at most {_LONGEST_LINE} characters."
    yield from text_problems("design", *_all_texts(design))
    for at, story in enumerate(design.stories):
        title = story.title.strip()
        if not title.isprintable() or not 0 < len(title) <= _LONGEST_TITLE:
            yield f"`stories[{at}].title` has to be one line of 1 to {_LONGEST_TITLE} characters."
        if len(story.body) > _LONGEST_TEXT:
            yield f"`stories[{at}].body` has more than {_LONGEST_TEXT:,} characters."


def _all_texts(design: Design) -> Iterator[str]:
    yield design.summary
    for story in design.stories:
        yield from (story.title, story.body)
    for file in design.files:
        yield from (file.purpose, file.interface)
    yield from (one.answer for one in design.answers)


def _file_problems(setting: Setting, design: Design, made: Collection[str]) -> Iterator[str]:
    planned = [file.path for file in design.files]
    kept = set(made) - set(design.leaves_out)
    for path in design.leaves_out:
        if path not in made or path.startswith(".firstcommit/"):
            yield f"`leaves_out` names {path[:120]!a}, which is no file of the pack's to leave out."
    for at, file in enumerate(design.files):
        yield from _problems_of(setting, file, f"files[{at}]", kept, {*planned, *kept})
    fit = [path for path in planned if not path_problems(setting, path)]
    yield from set_problems([*fit, *sorted(kept - set(fit))])
    for kind, words in (("code", "code"), ("test", "tests")):
        if not any(file.kind == kind for file in design.files):
            yield f"The plan has no file of the kind `{kind}`: a project needs {words}."


def _problems_of(
    setting: Setting, file: PlannedFile, place: str, kept: Collection[str], known: Collection[str]
) -> Iterator[str]:
    yield from path_problems(setting, file.path)
    if not file.purpose.strip() or len(file.purpose) > _LONGEST_TEXT:
        yield f"`{place}.purpose` is empty, or longer than {_LONGEST_TEXT:,} characters."
    if len(file.interface) > _LONGEST_TEXT:
        yield f"`{place}.interface` has more than {_LONGEST_TEXT:,} characters."
    for need in file.needs:
        if need not in known or need == file.path:
            yield f"`{place}.needs` names {need[:120]!a}, which is no other file of the project."
    if file.replaces and file.path not in kept:
        yield f"`{place}` says that it replaces a file of the pack, and there is none at its path."
    if not file.replaces and file.path in kept:
        yield (
            f"{file.path} is a file of the pack; say `replaces: true` if it has to be written "
            "anew, or choose another path."
        )


ARCHITECTURE = Role(
    name="architecture",
    answer=Design,
    accept=_accept,
    shown=_shown,
    limits=TaskLimits(calls=4, output_tokens=16_000, time_s=420.0),
)
