"""``.firstcommit/project.yml``: what a generated project remembers of how it was made.

An update reads it: the pack and version (and whence it came, if it does not ship), the answers
(without secrets), the run, and the hash of each file as it was made, which tells an edited file
from an untouched one. The file is written by hand and not by a YAML library: the same answers
give the same bytes, and thousands of lines cost nothing. Its values are JSON, which YAML reads.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from bot.generation.files import GeneratedFile
from bot.generation.pack_format import PackSource

MEMORY_PATH = ".firstcommit/project.yml"

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
    lines.append("files:")
    lines += [
        f'  {_quoted(file.path)}: "{file.content_hash}"'
        for file in sorted(files, key=lambda file: file.path)
    ]
    content = (_HEAD + "\n".join(lines) + "\n").encode()
    return GeneratedFile(path=MEMORY_PATH, content=content, origin=origin)


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
