"""The parser of the command line, as those see it who add commands to it."""

from __future__ import annotations

import argparse
from collections.abc import Callable

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
