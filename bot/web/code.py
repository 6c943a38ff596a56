"""A file's bytes as lines to look at: always escaped text, whatever the file holds."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_for_filename
from pygments.util import ClassNotFound

from bot.web.markdown import Html

MAX_SHOWN_BYTES = 512 * 1024
MAX_COLOURED_BYTES = 128 * 1024
_PROBED_BYTES = 8_000

_FORMATTER = HtmlFormatter(nowrap=True)


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What is shown of a file: its lines, or in a word why there are none.

    ``state`` is ``text``, ``empty``, ``binary`` or ``too large``.
    """

    state: str
    lines: tuple[Html, ...] = ()


def listing(path: str, content: bytes) -> Listing:
    """The lines of a file of which at most ``MAX_SHOWN_BYTES`` + 1 were read."""
    if len(content) > MAX_SHOWN_BYTES:
        return Listing(state="too large")
    if not content:
        return Listing(state="empty")
    text = _text(content)
    if text is None:
        return Listing(state="binary")
    return Listing(state="text", lines=tuple(_lines(path, text)))


def _text(content: bytes) -> str | None:
    if b"\0" in content[:_PROBED_BYTES]:
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _lines(path: str, text: str) -> list[Html]:
    # Only these end a line for git and editors; str.splitlines knows more.
    text = text.replace("\r\n", "\n").removesuffix("\n")
    if len(text) > MAX_COLOURED_BYTES:
        return [Html(escape(line)) for line in text.split("\n")]
    try:
        lexer = get_lexer_for_filename(path, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return [Html(escape(line)) for line in text.split("\n")]
    # The formatter closes and opens its spans at each end of a line.
    return [
        Html(line) for line in highlight(text, lexer, _FORMATTER).removesuffix("\n").split("\n")
    ]
