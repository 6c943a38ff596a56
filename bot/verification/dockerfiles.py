"""Container files: their instructions, and the order in which they may stand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

# https://docs.docker.com/reference/dockerfile/
_INSTRUCTIONS = frozenset(
    """ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL
    STOPSIGNAL USER VOLUME WORKDIR""".split()  # noqa: SIM905
)
_EXEC_FORM = frozenset({"CMD", "ENTRYPOINT", "RUN", "SHELL", "VOLUME"})
_ESCAPE = re.compile(r"#\s*escape\s*=\s*([\\`])\s*$", re.IGNORECASE)
_DIRECTIVE = re.compile(r"#\s*(?:syntax|escape|check)\s*=", re.IGNORECASE)
_FROM = re.compile(r"(?:--platform=\S+\s+)?(?P<image>\S+)(?:\s+AS\s+(?P<name>\S+))?", re.IGNORECASE)
_STAGE_NAME = re.compile(r"[a-z][a-z0-9-_.]*", re.IGNORECASE)
_HEREDOC = re.compile(r"<<-?\s*([\"']?)([A-Za-z_][A-Za-z0-9_]*)\1")
_FROM_STAGE = re.compile(r"--from=(\S+)")
Fault = tuple[int, str]


def dockerfile_faults(text: str) -> Iterator[Fault]:
    """Line and message of everything that is wrong with a container file."""
    stages: list[str] = []
    seen_from = False
    for number, statement in _statements(text):
        word, _, rest = statement.partition(" ")
        instruction, rest = word.upper(), rest.strip()
        if instruction not in _INSTRUCTIONS:
            yield number, f"{word[:40]!r} is no instruction"
            continue
        if not seen_from and instruction not in ("FROM", "ARG"):
            yield number, f"{instruction} stands before the first FROM"
            # Said once: all that follows has the same cause.
            seen_from = True
        if not rest:
            yield number, f"{instruction} has no arguments"
        elif instruction == "FROM":
            seen_from = True
            yield from _from(number, rest, stages)
        elif instruction in _EXEC_FORM and rest.startswith("["):
            yield from _exec_form(number, instruction, rest)
        elif instruction in ("COPY", "ADD"):
            yield from _copy(number, instruction, rest, stages)
    if not seen_from:
        yield 1, "there is no FROM"


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Each instruction on one line, with the number of its first: continued lines joined, comments
    and the bodies of here-documents left out."""
    lines = text.splitlines()
    escape, place = _escape(lines), 0
    while place < len(lines):
        first = place
        parts: list[str] = []
        while place < len(lines):
            line = lines[place].strip()
            place += 1
            if not line or line.startswith("#"):
                if parts:
                    continue
                break
            goes_on = line.endswith(escape)
            parts.append(line.removesuffix(escape).strip())
            if not goes_on:
                break
        statement = " ".join(part for part in parts if part).replace("\t", " ")
        if statement:
            for _, end in _HEREDOC.findall(statement):
                while place < len(lines) and lines[place].strip() != end:
                    place += 1
                place += 1
            yield first + 1, statement


def _escape(lines: list[str]) -> str:
    for line in lines:
        if not _DIRECTIVE.match(line):
            break
        if match := _ESCAPE.match(line):
            return match[1]
    return "\\"


def _from(number: int, rest: str, stages: list[str]) -> Iterator[Fault]:
    match = _FROM.fullmatch(rest)
    if match is None:
        yield number, "FROM is IMAGE, or IMAGE AS NAME"
        return
    name = match["name"]
    if name is not None and not _STAGE_NAME.fullmatch(name):
        yield number, f"{name[:40]!r} cannot be the name of a stage"
    if name is not None and name.lower() in stages:
        yield number, f"two stages are called {name[:40]!r}"
    stages.append((name or "").lower())


def _exec_form(number: int, instruction: str, rest: str) -> Iterator[Fault]:
    try:
        words = json.loads(rest)
    except (ValueError, RecursionError):
        # Then it is what a shell reads, which is rarely what was meant.
        yield number, f"{instruction} begins with a bracket, and is no list of texts in quotes"
        return
    if not all(isinstance(word, str) for word in words):
        yield number, f"{instruction} takes a list of texts"


def _copy(number: int, instruction: str, rest: str, stages: list[str]) -> Iterator[Fault]:
    words = [word for word in rest.split() if not word.startswith("--")]
    if len(words) < 2 and not rest.lstrip().startswith("[") and "<<" not in rest:
        yield number, f"{instruction} needs what is copied, and whereto"
    for stage in _FROM_STAGE.findall(rest):
        if stage.isdigit() and int(stage) >= len(stages):
            yield number, f"there is no stage {stage} before this line"
