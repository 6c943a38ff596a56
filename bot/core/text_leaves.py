"""What a Markdown text is made of below its quotes and lists: paragraphs, code, HTML.

The rules are CommonMark's (https://spec.commonmark.org/0.31.2/#leaf-blocks).
"""

from __future__ import annotations

import re

from bot.core.text_lines import Cursor

CODE_INDENT = 4
"""So many columns of blank make a line code, unless it goes on with a paragraph."""

# Possessive quantifiers throughout: a pattern that cannot go back cannot explode.
_ATTRIBUTE = r"""\s++[A-Za-z_:][\w.:-]*+(?:\s*+=\s*+(?:[^\s"'=<>`]++|'[^']*+'|"[^"]*+"))?+"""
TAG = re.compile(rf"<(?:(/)([A-Za-z][\w-]*+)|([A-Za-z][\w-]*+)(?:{_ATTRIBUTE})*+)\s*+/?>")
LONGEST_TAG = 1_000
"""Longer tags are text: it bounds what a text full of half tags can cost."""

_CODE_FENCE = re.compile(r"(?:(`{3,})([^`]*+)|(~{3,})(.*+))\Z")
_HEADING = re.compile(r"#{1,6}(?:[ \t]|\Z)")
_THEMATIC_BREAK = re.compile(r"(?:(?:\*[ \t]*+){3,}+|(?:-[ \t]*+){3,}+|(?:_[ \t]*+){3,}+)\Z")
_UNDERLINE = re.compile(r"(?:=++|-++)[ \t]*+\Z")

_VERBATIM = (
    (
        re.compile(r"<(?:script|pre|style|textarea)(?:[ \t>]|\Z)", re.I),
        re.compile(r"</(?:script|pre|style|textarea)>", re.I),
    ),
    (re.compile(r"<!(?=--)"), re.compile(r"-->")),
    (re.compile(r"<\?"), re.compile(r"\?>")),
    (re.compile(r"<![A-Za-z]"), re.compile(r">")),
    (re.compile(r"<!\[CDATA\["), re.compile(r"\]\]>")),
)
_BLOCK_TAG = re.compile(
    r"</?+(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup"
    r"|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset"
    r"|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|menuitem|nav|noframes|ol"
    r"|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr"
    r"|track|ul)(?:[ \t]|/?>|\Z)",
    re.I,
)


class Leaf:
    """A run of lines of one kind; grows while it is read.

    ``first`` and ``last`` are line numbers, ``start`` and ``end`` offsets in the text.
    ``open`` says whether the next line may belong to it.
    """

    def __init__(self, at: Cursor, start: int, *, quoted: bool) -> None:
        self.first = self.last = at.line.number
        self.start = start
        self.end = at.end
        self.quoted = quoted
        self.open = True

    def read(self, at: Cursor) -> bool:
        """Takes the rest of a line in if it surely belongs here; False if it may not."""
        return False

    def take(self, at: Cursor) -> None:
        """Makes the line a part of this, whatever it says."""
        self.last, self.end = at.line.number, at.end


class Paragraph(Leaf):
    """Lines of text, to which the inline rules apply.

    Many things may end one, so that who reads the line decides whether it goes on.
    """


class Heading(Leaf):
    """A heading, a thematic break, or the line under a heading: over at once."""


class IndentedCode(Leaf):
    """Lines that are indented by four columns or more, and blank ones between."""

    def read(self, at: Cursor) -> bool:
        indent, first = at.peek()
        if indent < CODE_INDENT and first < at.end:
            return False
        self.take(at)
        return True


class Fence(Leaf):
    """A fenced code block; ``content`` holds its lines without the fences."""

    def __init__(self, at: Cursor, start: int, *, quoted: bool, mark: str, info: str) -> None:
        super().__init__(at, start, quoted=quoted)
        self.mark = mark
        self.info = info
        self.content: list[str] = []
        self._indent = at.peek()[0]

    def read(self, at: Cursor) -> bool:
        self.take(at)
        indent, first = at.peek()
        ending = at.text[first : at.end].rstrip(" \t")
        long_enough = indent < CODE_INDENT and len(ending) >= len(self.mark)
        if long_enough and ending == self.mark[0] * len(ending):
            self.open = False
        else:
            at.skip_blank(self._indent)
            self.content.append(at.rest())
        return True


class Html(Leaf):
    """An HTML block up to the next blank line; its text is shown as it stands."""

    def read(self, at: Cursor) -> bool:
        if at.peek()[1] == at.end:
            self.open = False
        else:
            self.take(at)
        return True


class Verbatim(Leaf):
    """Lines up to a mark that hold nothing to read: comments, ``<pre>``, scripts."""

    def __init__(
        self, at: Cursor, start: int, *, quoted: bool, closer: re.Pattern[str], opener_end: int
    ) -> None:
        super().__init__(at, start, quoted=quoted)
        self._closer = closer
        self.open = closer.search(at.text, opener_end, at.end) is None

    def read(self, at: Cursor) -> bool:
        self.take(at)
        self.open = self._closer.search(at.text, at.pos, at.end) is None
        return True


def start_leaf(
    at: Cursor, first: int, *, quoted: bool, in_paragraph: bool, lazy: bool
) -> Leaf | None:
    """The leaf that begins at offset ``first``, except paragraphs and indented code.

    Args:
        in_paragraph: The line before is a paragraph's, so that this could go on with it.
        lazy: The same, but across the end of a quote or list item.
    """
    if is_rule(at, first, in_paragraph=in_paragraph) or _HEADING.match(at.text, first, at.end):
        return Heading(at, first, quoted=quoted)
    if fence := _CODE_FENCE.match(at.text, first, at.end):
        info = (fence[2] or fence[4] or "").strip()
        return Fence(at, first, quoted=quoted, mark=fence[1] or fence[3], info=info)
    if at.text.startswith("<", first):
        return _html(at, first, quoted=quoted, after_text=in_paragraph or lazy)
    return None


def is_rule(at: Cursor, first: int, *, in_paragraph: bool) -> bool:
    """Whether a thematic break, or in a paragraph the underline of a heading, stands there."""
    if _THEMATIC_BREAK.match(at.text, first, at.end):
        return True
    return in_paragraph and _UNDERLINE.match(at.text, first, at.end) is not None


def _html(at: Cursor, first: int, *, quoted: bool, after_text: bool) -> Leaf | None:
    for opener, closer in _VERBATIM:
        if found := opener.match(at.text, first, at.end):
            return Verbatim(at, first, quoted=quoted, closer=closer, opener_end=found.end())
    if _BLOCK_TAG.match(at.text, first, at.end):
        return Html(at, first, quoted=quoted)
    tag = None if after_text else TAG.match(at.text, first, min(at.end, first + LONGEST_TAG))
    if tag and not at.text[tag.end() : at.end].strip(" \t"):
        return Html(at, first, quoted=quoted)
    return None
