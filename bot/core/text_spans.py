"""Stretches of a paragraph that are not its author's plain words.

Code spans, links, comments and tags, found in one pass from left to right
(https://spec.commonmark.org/0.31.2/#inlines).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Set
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.core.text_leaves import LONGEST_TAG, TAG
from bot.core.text_links import link_end

_MARK = re.compile(r"[`<\[\]\\]")
_TICKS = re.compile(r"`+")
_AUTOLINK = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]{1,31}+:[^\x00-\x20\x7f<>]*+>")
_DECLARATION = re.compile(r"<![A-Za-z]")

_CODE = {"code", "kbd", "pre", "samp", "tt"}
_QUOTES = {"blockquote", "q"}
_UNSHOWN = {"script", "style", "template", "textarea", "title"}
_NOT_PLAIN = {"a", *_CODE, *_QUOTES, *_UNSHOWN}


class Span(NamedTuple):
    """From offset ``start`` up to ``end``."""

    start: int
    end: int


@dataclass(kw_only=True)
class Spans:
    """What was found so far.

    Nothing before offset ``shut_until`` needs to be read: a comment of HTML reaches there.
    """

    hidden: list[Span] = field(default_factory=list)
    comments: list[Span] = field(default_factory=list)
    shut_until: int = 0
    _waiting: dict[str, list[int]] = field(default_factory=dict)

    def add_comment(self, start: int, end: int) -> None:
        self.hidden.append(Span(start, end))
        self.comments.append(Span(start, end))

    def add_tag(self, tag: re.Match[str]) -> None:
        """Notes a tag; what lies in an element counts only if both of its tags are there.

        People write ``Vec<a>`` without backticks: a tag that nobody closes is no element.
        """
        self.hidden.append(Span(*tag.span()))
        name = (tag[2] or tag[3]).lower()
        if name not in _NOT_PLAIN:
            return
        waiting = self._waiting.setdefault(name, [])
        if not tag[1]:
            waiting.append(tag.end())
        elif waiting:
            self.hidden.append(Span(waiting.pop(), tag.start()))


def scan_paragraph(text: str, start: int, end: int, labels: Set[str], found: Spans) -> None:
    """Adds to ``found`` what lies in the paragraph between two offsets.

    Args:
        labels: Those that the text defines for its links.
    """
    scan = _ParagraphScan(text, start, end, labels, found)
    at = start
    while mark := _MARK.search(text, at, end):
        at = scan.after(mark[0], mark.start())


def scan_html(text: str, start: int, end: int, found: Spans) -> None:
    """The same for an HTML block, in which Markdown means nothing.

    A comment that begins here goes on to its end wherever that is, as in a browser.
    """
    at = start
    while (at := text.find("<", at, end)) >= 0:
        if text.startswith("<!--", at):
            closer = text.find("-->", at + 2)
            found.shut_until = len(text) if closer < 0 else closer + 3
            found.add_comment(at, found.shut_until)
            at = min(found.shut_until, end)
        elif tag := TAG.match(text, at, min(end, at + LONGEST_TAG)):
            found.add_tag(tag)
            at = tag.end()
        else:
            at += 1


class _ParagraphScan:
    def __init__(self, text: str, start: int, end: int, labels: Set[str], found: Spans) -> None:
        self.text = text
        self.end = end
        self.labels = labels
        self.found = found
        self.start = start
        self._ticks: dict[int, list[int]] | None = None
        self._openers: list[int] = []
        # Links do not nest: openers before this offset can only begin an image.
        self._no_link_before = start
        # Looking twice for a mark that does not come would make the scan quadratic.
        self._absent: set[str] = set()

    def after(self, mark: str, at: int) -> int:
        """Reads what ``mark`` begins at offset ``at``, and tells where to go on."""
        match mark:
            case "\\":
                return at + 2
            case "`":
                return self._code(at)
            case "<":
                return self._angle(at)
            case "[":
                self._openers.append(at)
                return at + 1
            case _:
                return self._link(at)

    def _code(self, at: int) -> int:
        ticks = _TICKS.match(self.text, at, self.end)
        after = ticks.end() if ticks else at + 1
        closers = self._runs_of_ticks().get(after - at, [])
        index = bisect_left(closers, after)
        if index == len(closers):
            return after
        end = closers[index] + after - at
        self.found.hidden.append(Span(at, end))
        return end

    def _runs_of_ticks(self) -> dict[int, list[int]]:
        """The offsets of all runs of backticks, by length."""
        if self._ticks is None:
            self._ticks = {}
            for run in _TICKS.finditer(self.text, self.start, self.end):
                self._ticks.setdefault(run.end() - run.start(), []).append(run.start())
        return self._ticks

    def _angle(self, at: int) -> int:
        if tag := TAG.match(self.text, at, min(self.end, at + LONGEST_TAG)):
            self.found.add_tag(tag)
            return tag.end()
        if self.text.startswith("<!--", at, self.end):
            end = self._find_end(at, 2, "-->")
            if end is not None:
                self.found.add_comment(at, end)
        else:
            end = self._end_of_other(at)
            if end is not None:
                self.found.hidden.append(Span(at, end))
        return at + 1 if end is None else end

    def _end_of_other(self, at: int) -> int | None:
        if link := _AUTOLINK.match(self.text, at, self.end):
            return link.end()
        if self.text.startswith("<?", at, self.end):
            return self._find_end(at, 2, "?>")
        if self.text.startswith("<![CDATA[", at, self.end):
            return self._find_end(at, 9, "]]>")
        if _DECLARATION.match(self.text, at, self.end):
            return self._find_end(at, 3, ">")
        return None

    def _find_end(self, at: int, opener_width: int, closer: str) -> int | None:
        if closer in self._absent:
            return None
        index = self.text.find(closer, at + opener_width, self.end)
        if index < 0:
            self._absent.add(closer)
            return None
        return index + len(closer)

    def _link(self, at: int) -> int:
        if not self._openers:
            return at + 1
        opener = self._openers.pop()
        image = opener > self.start and self.text[opener - 1] == "!"
        if opener < self._no_link_before and not image:
            return at + 1
        end = link_end(self.text, opener, at, self.end, self.labels)
        if end is None:
            return at + 1
        self.found.hidden.append(Span(opener, end))
        if not image:
            self._no_link_before = opener
        return end
