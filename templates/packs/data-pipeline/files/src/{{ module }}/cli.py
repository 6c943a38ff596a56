"""The command line. Messages go to standard error; the exit code tells a scheduler what came."""

import argparse
import logging
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path

from . import __version__
from .errors import InputError, RejectedError
from .pipeline import process, run
from .reading import STDIN

PROGRAM = "{{ name }}"

_log = logging.getLogger(__name__)


class ExitCode(IntEnum):
    """What a scheduler is told. argparse itself ends with 2 if a command line makes no sense."""

    DONE = 0
    UNUSABLE = 1
    REJECTED = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format=f"{PROGRAM}: %(message)s", force=True)
    try:
        if options.command == "check":
            return _check(options.sources)
        changed = run(options.sources, options.output, allow_rejected=options.allow_rejected)
    except (InputError, OSError) as error:
        _log.error("%s", error)
        return ExitCode.UNUSABLE
    except RejectedError as error:
        _log.error("%s; nothing was written", error)
        return ExitCode.REJECTED
    _log.info("changed: %s", ", ".join(changed) or "nothing")
    return ExitCode.DONE


def _check(sources: Sequence[str]) -> ExitCode:
    result = process(sources)
    _log.info("%d rows are good, %d are not", result.accepted, len(result.rejected))
    return ExitCode.REJECTED if result.rejected else ExitCode.DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=PROGRAM, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    check = commands.add_parser("check", help="check input and write nothing", allow_abbrev=False)
    running = commands.add_parser("run", help="process input and write files", allow_abbrev=False)
    for command in (check, running):
        command.add_argument(
            "sources", metavar="FILE", nargs="+", help=f"CSV files; {STDIN} is standard input"
        )
    running.add_argument("--output", metavar="FOLDER", type=Path, required=True)
    running.add_argument(
        "--allow-rejected",
        metavar="N",
        type=int,
        default=0,
        help="how many bad rows may be left out",
    )
    return parser
