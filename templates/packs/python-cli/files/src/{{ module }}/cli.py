"""The command line: what can be typed, and what a shell gets back.

Results go to standard output and everything else to standard error, so that the one can be piped
while the other is read.
"""

import argparse
import io
import json
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from enum import IntEnum
from pathlib import Path
from typing import BinaryIO

from . import __version__
from .counting import Counts, count

PROGRAM = "{{ name }}"
DESCRIPTION = """
{#- argparse fills in a text that has %(prog) in it, and shows any other as it stands. #}
{% set told = description.replace('%', '%%') if '%(prog)' in description else description -%}
{% for line in (told | wordwrap(48)).splitlines() -%}
{{ (line | quoted)[1:-1] }}
{% endfor -%}
"""
STDIN = "-"

_log = logging.getLogger(__name__)


class ExitCode(IntEnum):
    """What a shell is told. argparse itself ends with 2 if a command line makes no sense."""

    DONE = 0
    FAILED = 1
    INTERRUPTED = 130
    """As shells say it of a program that Ctrl-C has ended: 128 and the number of the signal."""
    READER_GONE = 141
    """The same for a pipe whose other end was closed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Args:
        arguments: The words after the program's name; those of this process if not given.
    """
    try:
        options = _parser().parse_args(arguments)
        _set_up(verbose=options.verbose)
        code = _count(options.files, as_json=options.json)
        # What is still in the buffer may meet a closed pipe, which is to be noticed here.
        sys.stdout.flush()
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # Python flushes once more at its end, and would complain of the same pipe again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.READER_GONE
    return code


def _parser() -> argparse.ArgumentParser:
    # A shortened option that works today would break when another one begins alike.
    parser = argparse.ArgumentParser(prog=PROGRAM, description=DESCRIPTION, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="say on standard error what is being done"
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    counting = commands.add_parser(
        "count",
        help="count lines, words and bytes",
        description="Count the lines, words and bytes of files.",
        allow_abbrev=False,
    )
    counting.add_argument(
        "files", metavar="FILE", nargs="*", default=[STDIN], help="- or none is standard input"
    )
    counting.add_argument("--json", action="store_true", help="write one JSON object a line")
    return parser


def _set_up(*, verbose: bool) -> None:
    level = logging.DEBUG if verbose else logging.WARNING
    logging.basicConfig(level=level, format=f"{PROGRAM}: %(message)s", force=True)
    # Systems allow file names that are no text; they leave as they came.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="surrogateescape")


def _count(files: Sequence[str], *, as_json: bool) -> ExitCode:
    """Count each file; one that cannot be read is told, and the others are counted all the same."""
    code = ExitCode.DONE
    for name in files:
        _log.debug("reading %s", name)
        try:
            with _opened(name) as stream:
                counts = count(stream)
        except OSError as error:
            _log.error("%s: %s", name, error.strerror or error)
            code = ExitCode.FAILED
        else:
            print(_line(name, counts, as_json=as_json))
    return code


def _opened(name: str) -> AbstractContextManager[BinaryIO]:
    # The program did not open its standard input, and does not close it either.
    return nullcontext(sys.stdin.buffer) if name == STDIN else Path(name).open("rb")


def _line(name: str, counts: Counts, *, as_json: bool) -> str:
    if as_json:
        return json.dumps({"file": name, **asdict(counts)})
    return "\t".join(map(str, (counts.lines, counts.words, counts.size_bytes, name)))
