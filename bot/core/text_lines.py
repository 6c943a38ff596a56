"""Lines of a text, and a cursor in one that counts columns as Markdown does."""

from __future__ import annotations

import re
from typing import NamedTuple

# Other characters that Unicode calls line breaks do not begin a line for any forge.
_BREAK = re.compile(r"\r\n|\r|\n")
_BLANK = re.compile(r"[ \t]*+")
_TAB_STOP = 4


class Line(NamedTuple):
    """Where a line lies in its text, without its line break.

    A named tuple, since hostile texts have 65,000 of them and it is made in half the time.
    """

    number: int
    """Counted from 1."""
    start: int
    end: int


def split_lines(text: str) -> tuple[Line, ...]:
    """All lines of ``text``; at least one, and an empty last one after a final line break."""
    lines = []
    start = 0
    for number, found in enumerate(_BREAK.finditer(text), start=1):
        lines.append(Line(number, start, found.start()))
        start = found.end()
    lines.append(Line(len(lines) + 1, start, len(text)))
    return tuple(lines)


class Cursor:
    """A place in one line. Tabs reach to the next multiple of four columns."""

    __slots__ = ("column", "end", "line", "pos", "text")

    def __init__(self, text: str, line: Line) -> None:
        self.text = text
        self.line = line
        self.pos = line.start
        self.end = line.end
        self.column = 0

    def peek(self) -> tuple[int, int]:
        """The columns of blank ahead, and the offset of what follows them."""
        found = _BLANK.match(self.text, self.pos, self.end)
        first = found.end() if found else self.pos
        blank = self.text[self.pos : first]
        if "\t" not in blank:
            return first - self.pos, first
        lead = self.column % _TAB_STOP
        return len((" " * lead + blank).expandtabs(_TAB_STOP)) - lead, first

    def skip_blank(self, columns: int) -> None:
        """Goes over at most so many columns of blank; a tab may be left half gone over."""
        goal = self.column + columns
        while self.column < goal and self.pos < self.end:
            if self.text[self.pos] == " ":
                self.column += 1
            elif self.text[self.pos] == "\t":
                stop = self.column + _TAB_STOP - self.column % _TAB_STOP
                self.column = min(stop, goal)
                if stop > goal:
                    return
            else:
                return
            self.pos += 1

    def jump(self, pos: int, columns: int) -> None:
        """Goes on to ``pos``, which lies so many columns further."""
        self.pos = pos
        self.column += columns

    def rest(self) -> str:
        """What is left of the line."""
        return self.text[self.pos : self.end]
