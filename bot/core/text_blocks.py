"""The lines of a Markdown text that its author says himself.

Not those of code, quotes, comments, links, and what is not shown: nothing in there is said to
anybody, so nobody may be taken at its word. "As the forge shows it" is the rule that decides.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.text_leaves import Fence, Html, Paragraph
from bot.core.text_lines import Line, split_lines
from bot.core.text_links import read_definitions
from bot.core.text_spans import Span, Spans, scan_html, scan_paragraph
from bot.core.text_structure import read_leaves


@dataclass(frozen=True, kw_only=True)
class OpenLine:
    """A line whose beginning is plain text.

    ``shown`` is ``text`` with spaces in the place of HTML comments, so that columns agree.
    """

    number: int
    """Counted from 1."""
    text: str
    shown: str


@dataclass(frozen=True, kw_only=True)
class FencedBlock:
    """A fenced code block that is not quoted; ``info`` is what stands behind its fence."""

    info: str
    content: str


@dataclass(frozen=True, kw_only=True)
class OpenText:
    """What a text says outside code, quotes, comments and links."""

    lines: tuple[OpenLine, ...]
    _below: Mapping[int, FencedBlock]

    def fence_below(self, number: int) -> FencedBlock | None:
        """The fenced block that is the next thing below a line, blank lines aside."""
        return self._below.get(number)


def open_text(text: str) -> OpenText:
    """Reads ``text`` as Markdown; never raises, and takes time in proportion to its length."""
    lines = split_lines(text)
    leaves, fences = _readable(text, lines)
    spans = _scan(text, leaves)
    hidden, comments = _Cover(spans.hidden), _Cover(spans.comments)
    opened = [
        OpenLine(number=line.number, text=_written(text, line), shown=comments.blank(text, line))
        for leaf in leaves
        for line in lines[leaf.first - 1 : leaf.last]
        if (first := _first(text, line)) >= leaf.start and not hidden.covers(first)
    ]
    return OpenText(lines=tuple(opened), _below=_below(text, lines, fences))


def _readable(
    text: str, lines: tuple[Line, ...]
) -> tuple[list[Paragraph | Html], dict[int, Fence]]:
    """What is not quoted: the leaves of plain text, and the fences by their first line."""
    plain: list[Paragraph | Html] = []
    fences: dict[int, Fence] = {}
    for leaf in read_leaves(text, lines):
        if leaf.quoted:
            continue
        if isinstance(leaf, Fence):
            fences[leaf.first] = leaf
        elif isinstance(leaf, Paragraph | Html):
            plain.append(leaf)
    return plain, fences


def _scan(text: str, leaves: list[Paragraph | Html]) -> Spans:
    # A link may stand before the definition that it refers to.
    labels: set[str] = set()
    for leaf in leaves:
        if isinstance(leaf, Paragraph):
            defined, leaf.start = read_definitions(text, leaf.start, leaf.end)
            labels |= defined
    spans = Spans()
    for leaf in leaves:
        start = max(leaf.start, spans.shut_until)
        if isinstance(leaf, Paragraph):
            scan_paragraph(text, start, leaf.end, labels, spans)
        else:
            scan_html(text, start, leaf.end, spans)
    return spans


def _below(
    text: str, lines: tuple[Line, ...], fences: Mapping[int, Fence]
) -> dict[int, FencedBlock]:
    below: dict[int, FencedBlock] = {}
    following: FencedBlock | None = None
    for line in reversed(lines if fences else ()):
        if following is not None:
            below[line.number] = following
        if fence := fences.get(line.number):
            following = FencedBlock(info=fence.info, content="\n".join(fence.content))
        elif _first(text, line) < line.end:
            following = None
    return below


def _written(text: str, line: Line) -> str:
    return text[line.start : line.end]


def _first(text: str, line: Line) -> int:
    """The offset of the first character that is no blank; the line's end if there is none."""
    return line.end - len(_written(text, line).lstrip(" \t"))


class _Cover:
    """The offsets that a number of spans cover together."""

    def __init__(self, spans: list[Span]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(spans):
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(end, self._ends[-1])
            else:
                self._starts.append(start)
                self._ends.append(end)

    def covers(self, offset: int) -> bool:
        index = bisect_right(self._starts, offset) - 1
        return index >= 0 and offset < self._ends[index]

    def blank(self, text: str, line: Line) -> str:
        """The line with spaces in the place of what is covered."""
        parts: list[str] = []
        at = line.start
        index = bisect_right(self._ends, at)
        while index < len(self._starts) and self._starts[index] < line.end:
            start, end = max(self._starts[index], at), min(self._ends[index], line.end)
            parts += (text[at:start], " " * (end - start))
            at = end
            index += 1
        return "".join(parts) + text[at : line.end]
