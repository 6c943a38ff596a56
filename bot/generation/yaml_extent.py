"""How large and how deep a YAML text is, with all that its aliases repeat.

Whoever composes it, merges it or walks over it may meet each piece as often as it is repeated: a
few lines can stand for more than any machine holds, or for something that never ends. So this is
looked at before anything else is done with a text of a stranger.
"""

from __future__ import annotations

from dataclasses import dataclass

import yaml

# libyaml's own composer recurses in C, and a hostile depth would end the process.
MAX_DEPTH = 100
MAX_REPEATED = 100_000

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class UnfitYaml(Exception):
    """Not to be read: at which line, if that is known, and why."""

    def __init__(self, line: int | None, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


@dataclass(kw_only=True)
class _Piece:
    """A value: how many it comes to with those inside it, and how many levels."""

    anchor: str | None
    values: int = 1
    levels: int = 1


def refuse_unfit(text: str) -> None:
    """Look at a text by its events: tags need no meaning here, and nothing is constructed.

    Raises:
        UnfitYaml: For what is no YAML, is nested too deeply, or repeats too much.
    """
    extent = _Extent()
    try:
        for event in yaml.parse(text, LOADER):
            extent.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark is not None else None
        raise UnfitYaml(line, f"is not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise UnfitYaml(None, "is not YAML: it has a character that is not allowed") from error


class _Extent:
    """Follows the events of a text."""

    def __init__(self) -> None:
        self._open: list[_Piece] = []
        self._known: dict[str, _Piece] = {}
        self._repeated = 0

    def take(self, event: yaml.Event) -> None:
        """The next event; raises `UnfitYaml`."""
        line = event.start_mark.line + 1 if event.start_mark else None
        if isinstance(event, yaml.DocumentStartEvent):
            self._known = {}
        elif isinstance(event, yaml.AliasEvent):
            self._put(self._repeat(str(event.anchor), line), line)
        elif isinstance(event, yaml.ScalarEvent):
            self._close(_Piece(anchor=event.anchor), line)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._open.append(_Piece(anchor=event.anchor))
            self._refuse_depth(0, line)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close(self._open.pop(), line)

    def _repeat(self, anchor: str, line: int | None) -> _Piece:
        if any(piece.anchor == anchor for piece in self._open):
            raise UnfitYaml(line, "is not YAML that we read: an alias stands in what it repeats")
        piece = self._known.get(anchor)
        if piece is None:
            raise UnfitYaml(line, f"is not YAML: there is no anchor {anchor!r}")
        self._repeated += piece.values
        if self._repeated > MAX_REPEATED:
            raise UnfitYaml(line, "is not YAML that we read: its aliases repeat too much")
        return piece

    def _close(self, piece: _Piece, line: int | None) -> None:
        if piece.anchor is not None:
            self._known[piece.anchor] = piece
        self._put(piece, line)

    def _put(self, piece: _Piece, line: int | None) -> None:
        """Into what is open around it."""
        self._refuse_depth(piece.levels, line)
        if self._open:
            around = self._open[-1]
            around.values += piece.values
            around.levels = max(around.levels, piece.levels + 1)

    def _refuse_depth(self, levels: int, line: int | None) -> None:
        # A text, and what has none in it, is on the level of what it stands in.
        if len(self._open) + levels - (levels > 0) > MAX_DEPTH:
            raise UnfitYaml(line, "is not YAML that we read: it is nested too deeply")
