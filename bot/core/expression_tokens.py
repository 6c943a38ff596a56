"""The words of an expression, each with the character at which it begins."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.core.expressions import Mistake

END = "}}"
_TOKEN = re.compile(
    r"""
    (?P<text>   '(?:[^']|'')*' | "(?:[^"]|"")*" )
    | (?P<number> -?[0-9]+ (?:\.[0-9]+)? (?![A-Za-z0-9_]) )
    | (?P<name>   [A-Za-z_][A-Za-z0-9_-]* )
    | (?P<sign>   \}\} | == | != | <= | >= | [<>()\[\],.] )
    """,
    re.VERBOSE,
)
_SPACE = re.compile(r"\s*")
#: What other languages write, and what is written here.
_ELSEWHERE = {"&&": "and", "||": "or", "??": "default", "!": "not", "=": "=="}
_MOST_DIGITS = 18
_MOST_TOKENS = 500


@dataclass(frozen=True, kw_only=True)
class Token:
    """A word or sign. ``kind`` is *text*, *number*, *name* or *sign*."""

    kind: str
    value: str
    position: int

    @property
    def end(self) -> int:
        """The character behind it."""
        return self.position + len(self.value)


def tokens(text: str, start: int) -> list[Token]:
    """The words from a character on, up to and with the ``}}`` that ends them.

    Raises:
        Mistake: Where a character begins no word, a text is not closed, or the end is missing.
    """
    found: list[Token] = []
    position = start
    while not found or found[-1].value != END or found[-1].kind != "sign":
        position = _behind_space(text, position)
        token = _token(text, position, start)
        if len(found) >= _MOST_TOKENS:
            raise Mistake(f"this reference has more than {_MOST_TOKENS} words", position)
        found.append(token)
        position = token.end
    return found


def _behind_space(text: str, position: int) -> int:
    space = _SPACE.match(text, position)
    return space.end() if space else position


def _token(text: str, position: int, start: int) -> Token:
    if position >= len(text):
        raise Mistake("'${{' is not closed by '}}'", start - len("${{"))
    match = _TOKEN.match(text, position)
    if match is None:
        raise _unreadable(text, position)
    kind = str(match.lastgroup)
    if kind == "number" and len(match[0]) > _MOST_DIGITS:
        raise Mistake(f"a number has at most {_MOST_DIGITS} digits", position)
    return Token(kind=kind, value=match[0], position=position)


def _unreadable(text: str, position: int) -> Mistake:
    if text[position] in "'\"":
        return Mistake("this text is not closed by the quote that it begins with", position)
    for sign, here in _ELSEWHERE.items():
        if text.startswith(sign, position):
            return Mistake(f"{sign!r} is written {here!r} here", position)
    if text[position].isdigit():
        return Mistake("a name does not begin with a digit", position)
    return Mistake(f"{text[position]!r} means nothing here", position)
