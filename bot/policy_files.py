"""Policy files as text: where they lie, and what one says."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from bot.core.located import Problem
from bot.core.policy_merging import Rules, begin
from bot.core.policy_reading import PolicyFile, examine
from bot.errors import ConfigurationError, UserError
from bot.located_yaml import read_yaml

#: Whose the rules are that hold for the whole server.
OPERATOR = "the operator"

_PLACED = re.compile(r"(?:([0-9]+):)?(?:([0-9]+):)? ?(.*)", re.DOTALL)
_PATH = {"gitlab": ".gitlab/firstcommit.yml"}


def policy_path(forge: str) -> str:
    """Where a repository keeps its policy."""
    return _PATH.get(forge, ".github/firstcommit.yml")


def parse(text: str | bytes, *, source: str) -> tuple[PolicyFile, tuple[Problem, ...]]:
    """What a file sets, and all that is wrong with it; never raises.

    Args:
        source: Whose file it is, in words.
    """
    try:
        data = read_yaml(text, reason="bad_policy")
    except UserError as exc:
        return PolicyFile(source=source), (_unread(exc.message),)
    return examine(data, source=source)


def _unread(message: str) -> Problem:
    """The problem with a file that is no YAML of ours: ``line:column: words``, or words alone."""
    found = _PLACED.fullmatch(message)
    line, column, words = found.groups() if found else (None, None, message)
    return Problem(
        line=int(line) if line else None,
        column=int(column) if column else None,
        place="",
        message=words,
    )


def read_operators_file(path: Path | None) -> Rules:
    """What holds for the whole server; the defaults where no file is named.

    Raises:
        ConfigurationError: Where the file cannot be read, or something in it is wrong.
    """
    if path is None:
        return Rules()
    try:
        text = path.read_bytes()
    except OSError as exc:
        raise ConfigurationError(
            f"FIRSTCOMMIT_POLICY_FILE names {path}, which cannot be read: {exc.strerror}.",
            reason="bad_policy",
            remedy="Let it name a file as docs/policy.md describes it, or unset it.",
        ) from exc
    file, problems = parse(text, source=OPERATOR)
    if problems:
        named = [str(replace(problem, source=str(path))) for problem in problems]
        raise ConfigurationError(
            f"The file of FIRSTCOMMIT_POLICY_FILE is wrong: {'; '.join(named)}",
            reason="bad_policy",
            remedy="docs/policy.md has every key.",
        )
    return begin(file)
