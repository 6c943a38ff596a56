"""The parser of the command line, as those see it who add commands to it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from bot.settings import Settings

Run = Callable[[Settings, argparse.Namespace], int]


class Commands:
    """The commands that a parser knows. Each needs its words for the help and a function."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._parsers = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(self, name: str, run: Run, words: str) -> argparse.ArgumentParser:
        """A command; what it gives is the parser of its own arguments."""
        parser = self._parsers.add_parser(name, help=words, description=words)
        parser.set_defaults(command=run)
        return parser

    def group(self, name: str, words: str) -> Commands:
        """A noun with commands of its own: ``workflows list``, ``workflows show`` …"""
        return Commands(self._parsers.add_parser(name, help=words, description=words))

    def mention(self, name: str, words: str) -> None:
        """Only a line in the help: what it takes is added where it is asked for."""
        self._parsers.add_parser(name, help=words, description=words)


def interleaved(parser: argparse.ArgumentParser, name: str) -> None:
    """Have words that come behind an option be taken as more of the argument ``name``.

    The parser knows a list of words only where no option stands among them.
    """
    parse = parser.parse_known_args

    def parse_all(args: Any = None, namespace: Any = None) -> Any:
        found, rest = parse(args, namespace)
        words = [word for word in rest if not word.startswith("-")]
        setattr(found, name, [*getattr(found, name), *words])
        return found, [word for word in rest if word.startswith("-")]

    # Sub-commands are parsed by this method alone.
    setattr(parser, "parse_known_args", parse_all)  # noqa: B010 - a method cannot be assigned
