"""``.firstcommit/project.yml``: what a generated project remembers of how it was made.

An update reads it: the pack and version (and whence it came, if it does not ship), the answers
(without secrets), the run, and the hash of each file as it was made, which tells an edited file
from an untouched one. The file is written by hand and not by a YAML library: the same answers
give the same bytes, and thousands of lines cost nothing. Its values are JSON, which YAML reads.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import dropwhile, takewhile

from bot.generation.files import GeneratedFile
from bot.generation.pack_format import PackSource

MEMORY_PATH = ".firstcommit/project.yml"
#: The origin of files that an agent wrote.
AGENT = "agent"
_OF_FILES = ("left_out", "agents", "files")

_HEAD = """\
# How this project was made, so that it can be brought up to date. Written by a program:
# keep it beside the files, and leave it as it is.
"""


def memory_file(
    *,
    pack: str,
    version: str,
    answers: Mapping[str, object],
    run: str | None,
    files: Iterable[GeneratedFile],
    origin: str,
    source: PackSource | None = None,
) -> GeneratedFile:
    """The file that remembers these files.

    Args:
        answers: Complete, and without secrets.
        run: The run's id; None where files are made without one.
        source: Where the pack came from, if it does not ship.
    """
    lines = [f"pack: {_quoted(pack)}", f"version: {_quoted(version)}"]
    if source is not None:
        lines += [f"source: {_quoted(source.shown)}"]
        lines += [f"commit: {_quoted(source.commit)}"] if source.commit else []
    if run is not None:
        lines.append(f"run: {_quoted(run)}")
    lines.append("answers:")
    lines += [f"  {name}: {_quoted(value)}" for name, value in answers.items()]
    lines += _hashes(files)
    content = (_HEAD + "\n".join(lines) + "\n").encode()
    return GeneratedFile(path=MEMORY_PATH, content=content, origin=origin)


def amended_memory(
    before: GeneratedFile | None,
    *,
    name: str,
    run: str | None,
    files: Iterable[GeneratedFile],
    left_out: Iterable[str] = (),
) -> GeneratedFile:
    """The file that remembers these files, some of which no pack has made.

    What it said of the pack stays. The paths of what agents wrote are told apart, so that an
    update never takes these files for the pack's; so are those of the pack's that were left out.

    Args:
        before: What remembered the project until now; None for one that no pack began.
        name: What the project is called, where no pack has asked for that.
    """
    kept = list(files)
    lines = _about_pack(before) if before is not None else [f"name: {_quoted(name)}"]
    if before is None and run is not None:
        lines.append(f"run: {_quoted(run)}")
    gone = sorted({*left_out, *_left_out_before(before)} - {file.path for file in kept})
    lines += _listed("left_out", gone)
    lines += _listed("agents", sorted(file.path for file in kept if file.origin == AGENT))
    lines += _hashes(kept)
    origin = before.origin if before is not None else AGENT
    content = (_HEAD + "\n".join(lines) + "\n").encode()
    return GeneratedFile(path=MEMORY_PATH, content=content, origin=origin)


def _about_pack(before: GeneratedFile) -> list[str]:
    """The lines up to those that tell of files: each value is JSON, and so on its own line."""
    lines = before.content.decode().removeprefix(_HEAD).splitlines()
    return list(takewhile(lambda line: line.partition(":")[0] not in _OF_FILES, lines))


def _left_out_before(before: GeneratedFile | None) -> list[str]:
    lines = before.content.decode().splitlines() if before is not None else []
    behind = list(dropwhile(lambda line: line != "left_out:", lines))[1:]
    return [
        json.loads(line[4:]) for line in takewhile(lambda line: line.startswith("  - "), behind)
    ]


def _listed(name: str, paths: list[str]) -> list[str]:
    return [f"{name}:", *(f"  - {_quoted(path)}" for path in paths)] if paths else []


def _hashes(files: Iterable[GeneratedFile]) -> list[str]:
    ordered = sorted(files, key=lambda file: file.path)
    return ["files:", *(f'  {_quoted(file.path)}: "{file.content_hash}"' for file in ordered)]


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
