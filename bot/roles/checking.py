"""What every file has to hold to that an agent plans or writes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from bot.core.ci_files import acts_by_itself
from bot.core.paths import PathGate, check_path
from bot.core.policy import WorkflowFiles
from bot.core.secrets_scan import scan_text
from bot.errors import UserError
from bot.generation.files import GeneratedFile
from bot.generation.parsing import FindingKind, check_files
from bot.roles.role import Setting, WrittenFile

#: Of one file, in characters.
LONGEST_FILE = 100_000
#: What only this program writes.
OURS = ".firstcommit/"
_MARKDOWN = (".md", ".markdown", ".mdx")
#: An image of somewhere else is fetched as soon as anybody looks, with what its address says.
_FAR_IMAGE = re.compile(
    r"!\[[^\]]*\]\(\s*<?(?:https?:)?//|<img\s[^>]*src\s*=\s*[\"']?\s*(?:https?:)?//"
    r"|!\[[^\]]*\]\[(?=[\s\S]*^[ ]{0,3}\[[^\]]+\]:\s*<?(?:https?:)?//)",
    re.IGNORECASE | re.MULTILINE,
)


def path_problems(setting: Setting, path: str) -> list[str]:
    """What keeps an agent from writing at a path."""
    try:
        check_path(path)
    except UserError as exc:
        return [exc.message]
    if path.startswith(OURS):
        return [f"{path} is kept by the program itself; leave {OURS} alone."]
    if acts_by_itself(path) and setting.workflow_files is not WorkflowFiles.ALWAYS:
        return [
            f"{path} is a CI file, or one that tools act on by themselves, and policy lets those "
            "come from template packs only."
        ]
    return []


def set_problems(paths: Iterable[str]) -> list[str]:
    """What keeps paths from lying in one project, each fit by itself."""
    gate, problems = PathGate(), []
    for path in paths:
        try:
            gate.check(path)
        except UserError as exc:
            problems.append(exc.message)
    return problems


def file_problems(setting: Setting, file: WrittenFile) -> list[str]:
    """What is wrong with a file that an agent wrote: place, size, secrets, syntax."""
    problems = path_problems(setting, file.path)
    if problems:
        return problems
    if not file.content.strip():
        return [f"{file.path} is empty."]
    if "\0" in file.content:
        return [f"{file.path} holds a NUL character, and so is no text."]
    if len(file.content) > LONGEST_FILE:
        return [f"{file.path} has {len(file.content):,} characters; {LONGEST_FILE:,} are the most."]
    return [*_secrets(file), *_far_images(file), *_faults(file)]


def text_problems(place: str, *texts: str) -> list[str]:
    """What keeps words of an agent from being kept and shown: something in them is a secret."""
    found = scan_text(f"{place}.txt", "\n".join(texts))
    return [f"`{place}` holds what looks like a {one.kind}; do not repeat it." for one in found]


def _secrets(file: WrittenFile) -> list[str]:
    return [
        f"{file.path}:{found.line} holds what looks like a {found.kind}; read it from the "
        "environment, or write a placeholder such as <your-key>."
        for found in scan_text(file.path, file.content)
    ]


def _far_images(file: WrittenFile) -> list[str]:
    if not file.path.casefold().endswith(_MARKDOWN) or not _FAR_IMAGE.search(file.content):
        return []
    return [
        f"{file.path} shows an image from somewhere else: whoever reads it would tell that place. "
        "Show files of the project, or none."
    ]


def _faults(file: WrittenFile) -> list[str]:
    try:
        content = file.content.encode()
    except UnicodeEncodeError:
        return [f"{file.path} holds characters that cannot be written in UTF-8."]
    found = check_files([GeneratedFile(path=file.path, content=content, origin="agent")])
    return [
        f"{one.path}{f':{one.line}' if one.line else ''}: {one.message}"
        for one in found
        if one.kind is not FindingKind.SECRET
    ]


def ended(content: str) -> str:
    """A text that ends in one line break."""
    return content.rstrip("\n") + "\n"


def planned(setting: Setting) -> Mapping[str, Mapping[str, object]]:
    """The files of the plan by path."""
    files = setting.part("design").get("files")
    return {str(one["path"]): one for one in files} if isinstance(files, list | tuple) else {}
