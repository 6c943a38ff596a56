"""Files as they stand: paths, syntax, secrets, what their readers expect of them, licences.

Nothing is run. Python is read by the version that this program runs on, which may be older or newer
than the project's: what that one does not know yet is told as wrong.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from xml.parsers import expat

import yaml

from bot.generation.files import GeneratedFile
from bot.generation.parsing import MAX_MESSAGE, Finding, FindingKind, check_files
from bot.verification.dockerfiles import dockerfile_faults
from bot.verification.github_files import action_faults, dependabot_faults, workflow_faults
from bot.verification.gitlab_files import gitlab_faults
from bot.verification.licences import licence_faults
from bot.verification.yaml_nodes import Wrong, compose

__all__ = ["Finding", "FindingKind", "examine"]

_YAML_READERS: tuple[tuple[re.Pattern[str], Callable[[yaml.Node], Iterable[Wrong]]], ...] = (
    (re.compile(r"(?:.*/)?\.github/workflows/[^/]+\.ya?ml"), workflow_faults),
    (re.compile(r"(?:(?:.*/)?\.github/actions/.*/)?action\.ya?ml"), action_faults),
    (re.compile(r"\.github/dependabot\.ya?ml"), dependabot_faults),
    (re.compile(r"\.gitlab-ci\.ya?ml"), gitlab_faults),
)
_DOCKERFILE = re.compile(
    r"(?:.*/)?(?:(?:Dockerfile|Containerfile)(?:\.[\w.-]+)?|[\w.-]+\.Dockerfile)"
)
_NOT_DOCKERFILE = re.compile(r".*\.(?:dockerignore|md)")
_XML = re.compile(r".*\.(?:xml|svg|xsd|xsl|csproj|props|plist)")
_MOST_PER_FILE = 20
_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def examine(files: Iterable[GeneratedFile]) -> tuple[Finding, ...]:
    """Everything wrong with a project's files, in the order of the paths."""
    files = sorted(files, key=lambda file: file.path)
    found = [_with_version(finding) for finding in check_files(files)]
    broken = {finding.path for finding in found if finding.kind is not FindingKind.SECRET}
    for file in files:
        if file.text is not None and file.path not in broken:
            found += islice(_shape(file.path, file.text), _MOST_PER_FILE)
    found += (
        _finding(path, line, FindingKind.LICENCE, message)
        for path, line, message in licence_faults(files)
    )
    return tuple(sorted(found, key=lambda finding: (finding.path, finding.line or 0)))


def _with_version(finding: Finding) -> Finding:
    """What is no Python to us may be some to a newer one."""
    if finding.kind is FindingKind.SYNTAX and finding.path.endswith((".py", ".pyi")):
        return replace(
            finding, message=finding.message.replace("is not Python:", f"is not Python {_PYTHON}:")
        )
    return finding


def _shape(path: str, text: str) -> Iterator[Finding]:
    for pattern, faults in _YAML_READERS:
        if pattern.fullmatch(path):
            for wrong in _read(text, faults):
                yield _finding(path, wrong.line, FindingKind.WORKFLOW, wrong.message)
    if _DOCKERFILE.fullmatch(path) and not _NOT_DOCKERFILE.fullmatch(path):
        for line, message in dockerfile_faults(text):
            yield _finding(path, line, FindingKind.SYNTAX, message)
    if _XML.fullmatch(path):
        yield from _markup(path, text)


def _read(text: str, faults: Callable[[yaml.Node], Iterable[Wrong]]) -> Iterator[Wrong]:
    try:
        root = compose(text)
    except Wrong as wrong:
        yield wrong
        return
    yield from faults(root) if root is not None else ()


def _markup(path: str, text: str) -> Iterator[Finding]:
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        # An entity can stand for gigabytes; nothing that a project needs has one.
        raise _Refused

    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(text.encode(), True)
    except _Refused:
        yield _finding(
            path, parser.CurrentLineNumber, FindingKind.SYNTAX, "declares entities of its own"
        )
    except expat.ExpatError as error:
        message = f"is not XML: {expat.ErrorString(error.code)}"
        yield _finding(path, error.lineno, FindingKind.SYNTAX, message)


class _Refused(Exception):
    """Something that is not read any further."""


def _finding(path: str, line: int | None, kind: FindingKind, message: str) -> Finding:
    return Finding(path=path, line=line, kind=kind, message=message[:MAX_MESSAGE])
