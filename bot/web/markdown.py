"""Markdown of comments as HTML that is safe to show, whoever wrote it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

import nh3
from markdown_it import MarkdownIt

MAX_LENGTH = 20_000
MAX_OPENINGS = 6_000
MAX_CELLS = 50_000
TOO_MUCH = "Shown as it was written: it is too long or too intricate for Markdown."

# Our own comments fold details, which Markdown writes as HTML. So HTML passes through here,
# and everything that comes out is cleaned by what is allowed below.
_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

_TAGS = frozenset(
    """a b blockquote br code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i kbd li ol p pre s
    span strong sub summary sup table tbody td th thead tr ul""".split()  # noqa: SIM905 - forty lines otherwise
)
_ATTRIBUTES = {"a": {"href", "title"}, "details": {"open"}, "ol": {"start"}, "li": {"class"}}
# The marks of our own comments. Fonts draw them in many ways, or not at all; a page has its own.
_SIGNS = {
    "✅": ("completed", "✓"),
    "❌": ("failed", "✗"),
    "🔵": ("running", "●"),
    "⏸️": ("waiting", "○"),
    "⚠️": ("warning", "!"),
    "⚪": ("queued", "○"),
    "⏹️": ("cancelled", "■"),
}
_TAG_OR_SIGN = re.compile(r'<(?:[^>"]|"[^"]*")*>|' + "|".join(_SIGNS))
_CODE = re.compile(r"`([^`\n]+)`")
_TASK = re.compile(r"<li>(\s*(?:<p>)?)\[([ xX])\] ")


@dataclass(frozen=True)
class Html:
    """Text that is HTML already and clean; templates show it as it is."""

    text: str

    def __html__(self) -> str:
        return self.text


def is_bearable(text: str, *, most: int | None) -> bool:
    """Whether a text can be rendered in a fraction of a second, by what is known to take long.

    Args:
        most: How many characters it may have; None where its author is trusted with length.
    """
    if most is not None and len(text) > most:
        return False
    # The parser looks for the end of each link again and again, and fills each row of a table
    # up to the width of its head: a few kilobytes of either can take seconds.
    lines = text.split("\n")
    cells = len(lines) * max(line.count("|") for line in lines)
    return text.count("[") + text.count("!") <= MAX_OPENINGS and cells <= MAX_CELLS


def as_written(text: str, why: str = TOO_MUCH) -> Html:
    """A text as it was written, beneath a sentence that says why."""
    return Html(f'<p class="muted small">{escape(why)}</p><pre class="plain">{escape(text)}</pre>')


def rendered(text: str) -> Html:
    """Markdown as clean HTML: no script, no style, no picture, no form, no id."""
    html = _TASK.sub(_task, _MARKDOWN.render(text))
    clean = nh3.clean(
        html,
        tags=set(_TAGS),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return Html(_TAG_OR_SIGN.sub(_sign, clean))


def inline(text: str) -> Html:
    """A sentence whose parts between backticks are code, as in everything we say."""
    return Html(_CODE.sub(r"<code>\1</code>", escape(text)))


def _sign(found: re.Match[str]) -> str:
    if found[0] not in _SIGNS:
        return found[0]
    state, character = _SIGNS[found[0]]
    return f'<span class="sign {state}" role="img" aria-label="{state}">{character}</span>'


def _task(found: re.Match[str]) -> str:
    state = "todo" if found[2] == " " else "done"
    return f'<li class="{state}">{found[1]}'
