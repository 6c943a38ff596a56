"""What is wrong with files as they stand: paths, syntax, workflow files, secrets.

Nothing is run and nothing is installed. A language without a parser here is let pass.
"""

from __future__ import annotations

import ast
import json
import re
import tomllib
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import yaml

from bot.core.paths import check_mode, check_path, check_paths
from bot.core.secrets_scan import scan_text
from bot.errors import UserError
from bot.generation.files import GeneratedFile
from bot.generation.yaml_extent import LOADER, UnfitYaml, refuse_unfit

MAX_MESSAGE = 300

_WORKFLOW = re.compile(r"(?:^|.*/)\.github/workflows/[^/]+\.ya?ml")
_WORKFLOW_KEYS = ("on", "jobs")
# Programs that read these take comments and trailing commas, which JSON has not.
_LOOSE_JSON = re.compile(
    r"(?:^|.*/)(?:[tj]sconfig[^/]*\.json|\.(?:vscode|devcontainer)/[^/]+\.json|"
    r"devcontainer\.json|renovate\.json5?|\.eslintrc\.json)"
)

# The parser of Python 3.11 goes through the text again for each field of an f-string: with as many
# as fit into a file that takes minutes, during which nobody could stop it.
_F_STRING = re.compile(r"""(?<![A-Za-z0-9_])(?:[rR]?[fF]|[fF][rR])["']""")
_MOST_FIELD_COST = 2_000_000_000
# Python's reader of TOML copies a key as often as it has parts.
_MOST_KEY_PARTS = 32
_LONG_KEY = re.compile(
    r"""(?:^|[\[{,])[ \t]*(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*)"""
    rf"{{{_MOST_KEY_PARTS}}}",
    re.MULTILINE,
)


class FindingKind(StrEnum):
    """What a finding is about."""

    PATH = "path"
    SYNTAX = "syntax"
    WORKFLOW = "workflow"
    SECRET = "secret"  # noqa: S105 - a kind of finding
    LICENCE = "licence"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something wrong in a file; ``line`` counts from 1 and is None where there is none."""

    path: str
    line: int | None
    kind: FindingKind
    message: str


class _Fault(Exception):
    """A parser's complaint: a line, if it has one, and a message."""

    def __init__(self, line: int | None, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


def check_files(files: Iterable[GeneratedFile]) -> tuple[Finding, ...]:
    """Everything wrong with a project's files, in the order of the paths."""
    files = sorted(files, key=lambda file: file.path)
    findings = list(_paths(files))
    for file in files:
        if file.text is not None:
            findings += _syntax(file.path, file.text)
            findings += (
                Finding(
                    path=secret.path,
                    line=secret.line,
                    kind=FindingKind.SECRET,
                    message=f"looks like a secret: {secret.kind}",
                )
                for secret in scan_text(file.path, file.text)
            )
    return tuple(findings)


def _paths(files: list[GeneratedFile]) -> Iterator[Finding]:
    broken = False
    for file in files:
        try:
            check_path(file.path)
            check_mode(file.path, file.mode)
        except UserError as error:
            broken = True
            yield _path_finding(file.path, error)
    if not broken:
        try:
            check_paths(file.path for file in files)
        except UserError as error:
            yield _path_finding("", error)


def _path_finding(path: str, error: UserError) -> Finding:
    return Finding(path=path, line=None, kind=FindingKind.PATH, message=error.message)


def _syntax(path: str, text: str) -> Iterator[Finding]:
    kind = FindingKind.SYNTAX
    try:
        for suffix, parse in _PARSERS.items():
            if path.endswith(suffix) and not _LOOSE_JSON.fullmatch(path):
                parse(text)
        if _WORKFLOW.fullmatch(path):
            kind = FindingKind.WORKFLOW
            _check_workflow(text)
    except _Fault as fault:
        message = fault.message[:MAX_MESSAGE]
        yield Finding(path=path, line=fault.line, kind=kind, message=message)


def _parse_python(text: str) -> None:
    if _F_STRING.search(text) and text.count("{") * len(text) > _MOST_FIELD_COST:
        raise _Fault(None, "is not Python that we read: it has too many replacement fields")
    try:
        with warnings.catch_warnings():
            # A doubtful escape in somebody's string is theirs to see, not a line in our log.
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as error:
        raise _Fault(error.lineno, f"is not Python: {error.msg}") from error
    except (RecursionError, MemoryError) as error:
        raise _Fault(None, "is not Python: it is nested too deeply") from error
    except ValueError as error:
        raise _Fault(None, f"is not Python: {error}") from error


def _parse_json(text: str) -> None:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        raise _Fault(error.lineno, f"is not JSON: {error.msg}") from error
    except RecursionError as error:
        raise _Fault(None, "is not JSON: it is nested too deeply") from error
    except ValueError as error:
        raise _Fault(None, f"is not JSON: {error}") from error


def toml_of(text: str) -> dict[str, Any]:
    """What a TOML text says.

    Raises:
        ValueError: For what is none, and for keys of so many parts that reading them takes hours.
    """
    if _LONG_KEY.search(text):
        raise ValueError(f"a key has more than {_MOST_KEY_PARTS} parts")
    return tomllib.loads(text)


def _parse_toml(text: str) -> None:
    try:
        toml_of(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise _Fault(int(line[1]) if line else None, f"is not TOML: {error}") from error
    except RecursionError as error:
        raise _Fault(None, "is not TOML: it is nested too deeply") from error
    except ValueError as error:
        raise _Fault(None, f"is not TOML: {error}") from error


def _parse_yaml(text: str) -> None:
    try:
        refuse_unfit(text)
    except UnfitYaml as error:
        raise _Fault(error.line, error.message) from error


def _check_workflow(text: str) -> None:
    try:
        node = yaml.compose(text, LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark is not None else None
        raise _Fault(line, f"is not YAML: {error.problem}") from error
    values = _entries(node)
    for key in _WORKFLOW_KEYS:
        if key not in values:
            raise _Fault(1, f"is no workflow: {key!r} is missing")
    jobs = _entries(values["jobs"])
    if not jobs:
        raise _Fault(_line(values["jobs"]), "is no workflow: 'jobs' has to name at least one")
    for name, job in jobs.items():
        if not {"runs-on", "uses"} & _entries(job).keys():
            raise _Fault(_line(job), f"is no workflow: the job {name[:60]!r} has no 'runs-on'")


def _entries(node: yaml.Node | None) -> dict[str, yaml.Node]:
    """The entries of a mapping whose keys are plain; empty for anything else."""
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}


def _line(node: yaml.Node) -> int | None:
    return node.start_mark.line + 1 if node.start_mark else None


_PARSERS: dict[str, Callable[[str], None]] = {
    ".py": _parse_python,
    ".pyi": _parse_python,
    ".json": _parse_json,
    ".ipynb": _parse_json,
    ".webmanifest": _parse_json,
    ".toml": _parse_toml,
    ".yaml": _parse_yaml,
    ".yml": _parse_yaml,
}
