"""Words of one line, quoted the way a shell quotes them.

Phones write other characters than keyboards do, so these are understood too: typographic
quotation marks, a long dash where ``--`` was typed, and spaces that do not break.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SPACE = re.compile(r"\s*+")
_PLAIN = re.compile(r"""[^\s"'\\=“”„‟‘’‚‛]++""")
_PLAIN_IN_QUOTES = re.compile(r"""[^"'\\“”„‟‘’‚‛]++""")
_DASHES = "—–"
_DOUBLES = '"“”„‟'
_APOSTROPHES = "'‘’‛"
_CLOSERS = {
    '"': '"',
    "'": "'",
    **dict.fromkeys("“”„‟", '"“”‟'),
    **dict.fromkeys("‘’‚‛", _APOSTROPHES),
}


class Unreadable(ValueError):
    """A line that cannot be split into words; ``at`` is the offset of the culprit."""

    def __init__(self, reason: str, message: str, at: int) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.at = at


@dataclass(frozen=True, kw_only=True)
class Word:
    """One word without its quotes.

    ``equals`` is the offset in ``value`` of the first ``=`` if nothing up to it was quoted.
    ``literal`` says that the word begins with a quote or a backslash, so that dashes at its
    beginning mean nothing.
    """

    value: str
    at: int
    equals: int | None
    literal: bool


def split_words(line: str, start: int = 0) -> tuple[tuple[Word, ...], str | None]:
    """The words of ``line`` from ``start`` on, and the text after a ``--`` that stands alone.

    The text is as written, trimmed; None if there is no such ``--``.

    Raises:
        Unreadable: A quote is not closed, or the line ends in a backslash.
    """
    words: list[Word] = []
    at = _after_space(line, start)
    while at < len(line):
        reader = _WordReader(line, at)
        word = reader.read()
        if word.value == "--" and not word.literal:
            return tuple(words), line[reader.at :].strip()
        words.append(word)
        at = _after_space(line, reader.at)
    return tuple(words), None


def _after_space(line: str, at: int) -> int:
    match = _SPACE.match(line, at)
    return match.end() if match else at


class _WordReader:
    """Reads the one word that begins at ``at``, and leaves ``at`` behind it."""

    def __init__(self, line: str, at: int) -> None:
        self.line = line
        self.start = self.at = at
        self.parts: list[str] = []
        self.length = 0
        self.equals: int | None = None
        self.quoted = False

    def read(self) -> Word:
        literal = self.line[self.at] in "\"'\\" or self._opens_quote(self.line[self.at])
        if self.line[self.at] in _DASHES:
            self._take("--", 1)
        while self.at < len(self.line) and not self.line[self.at].isspace():
            self._step(self.line[self.at])
        value = "".join(self.parts)
        return Word(value=value, at=self.start, equals=self.equals, literal=literal)

    def _step(self, char: str) -> None:
        if char == "\\":
            self._take_escaped()
        elif self._opens_quote(char):
            self._take_quoted(char)
        elif plain := _PLAIN.match(self.line, self.at):
            self._take(plain[0], len(plain[0]))
        else:
            if char == "=" and self.equals is None and not self.quoted:
                self.equals = self.length
            self._take(char, 1)

    def _opens_quote(self, char: str) -> bool:
        """A typographic mark inside a word is an apostrophe (``it’s``), not a quote."""
        if char in "\"'":
            return True
        if char not in _CLOSERS:
            return False
        at_value = self.equals is not None and self.length == self.equals + 1
        return self.at == self.start or (at_value and self.line[self.at - 1] == "=")

    def _take(self, value: str, width: int) -> None:
        self.parts.append(value)
        self.length += len(value)
        self.at += width

    def _take_escaped(self) -> None:
        if self.at + 1 == len(self.line):
            raise Unreadable(
                "trailing_backslash",
                "The line ends in a backslash, but a command is one line.",
                self.at,
            )
        self.quoted = True
        self._take(self.line[self.at + 1], 2)

    def _take_quoted(self, opener: str) -> None:
        opened_at = self.at
        self.quoted = True
        self.at += 1
        while self.at < len(self.line):
            if plain := _PLAIN_IN_QUOTES.match(self.line, self.at):
                self._take(plain[0], len(plain[0]))
            elif self._closes(opener):
                self.at += 1
                return
            else:
                width = 2 if self._escapes(opener) else 1
                self._take(self.line[self.at + width - 1], width)
        raise Unreadable(
            "unclosed_quote",
            f"The quotation mark {opener} is never closed. "
            "An apostrophe is written \\' or inside double quotes.",
            opened_at,
        )

    def _escapes(self, opener: str) -> bool:
        here, following = self.line[self.at], self.line[self.at + 1 : self.at + 2]
        return here == "\\" and opener in _DOUBLES and following in {"\\", *_DOUBLES}

    def _closes(self, opener: str) -> bool:
        char = self.line[self.at]
        if char not in _CLOSERS[opener]:
            return False
        # Between ‘ and ’ an apostrophe may stand; the closing one ends its word.
        soft = opener != "'" and char in _APOSTROPHES
        return not soft or self.line[self.at + 1 : self.at + 2].strip() == ""
