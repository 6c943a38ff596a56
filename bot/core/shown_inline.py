"""What is shown of a paragraph: its words and code, links without titles, images as a word."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Set

from bot.core.shown_html import Elements
from bot.core.text_links import link_end

_MARK = re.compile(r"[`<\[\]\\]")
_TICKS = re.compile(r"`+")
_AUTOLINK = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]{1,31}+:[^\x00-\x20\x7f<>]*+>")
#: The beginning of a link's target: its address, before a title.
_ADDRESS = re.compile(r"\(\s*+(<[^<>\n]*+>|[^\s<][^\s]*?)?(?=\s|\)\Z)")
_LONGEST_ADDRESS = 300


class Inline:
    """One paragraph, read once from left to right."""

    def __init__(
        self,
        text: str,
        start: int,
        end: int,
        elements: Elements,
        labels: Set[str],
        *,
        image: str,
    ) -> None:
        """Args:
        labels: Those that the text defines for its links.
        image: What stands for an image.
        """
        self._text, self._start, self._end = text, start, end
        self._elements, self._labels, self._image = elements, labels, image
        self._parts: list[str] = []
        #: Brackets that are open: their offset, and how many parts there were before.
        self._openers: list[tuple[int, int]] = []
        self._ticks: dict[int, list[int]] | None = None

    def read(self) -> str:
        """What is shown of it."""
        at = self._start
        while mark := _MARK.search(self._text, at, self._end):
            self._put(self._text[at : mark.start()])
            at = self._after(mark[0], mark.start())
        self._put(self._text[at : self._end])
        return "".join(self._parts)

    def _put(self, piece: str) -> None:
        if piece and not self._elements.is_hidden:
            self._parts.append(piece)

    def _after(self, mark: str, at: int) -> int:
        match mark:
            case "\\":
                self._put(self._text[at : min(at + 2, self._end)])
                return at + 2
            case "`":
                return self._code(at)
            case "<":
                return self._angle(at)
            case "[":
                self._openers.append((at, len(self._parts)))
                self._put("[")
                return at + 1
            case _:
                return self._closing(at)

    def _code(self, at: int) -> int:
        ticks = _TICKS.match(self._text, at, self._end)
        after = ticks.end() if ticks else at + 1
        closers = self._runs().get(after - at, [])
        index = bisect_left(closers, after)
        end = after if index == len(closers) else closers[index] + after - at
        self._put(self._text[at:end])
        return end

    def _runs(self) -> dict[int, list[int]]:
        if self._ticks is None:
            self._ticks = {}
            for run in _TICKS.finditer(self._text, self._start, self._end):
                self._ticks.setdefault(run.end() - run.start(), []).append(run.start())
        return self._ticks

    def _angle(self, at: int) -> int:
        if link := _AUTOLINK.match(self._text, at, self._end):
            self._put(link[0])
            return link.end()
        at, piece = self._elements.markup(at, self._end, is_block=False)
        self._put(piece)
        return at

    def _closing(self, at: int) -> int:
        if not self._openers:
            self._put("]")
            return at + 1
        opener, parts = self._openers.pop()
        end = link_end(self._text, opener, at, self._end, self._labels)
        if end is None:
            self._put("]")
            return at + 1
        if self._elements.is_hidden:
            return end
        if opener > self._start and self._text[opener - 1] == "!":
            self._drop(parts)
            if self._parts and self._parts[-1].endswith("!"):
                self._parts[-1] = self._parts[-1][:-1]
            self._put(self._image)
        elif not "".join(self._parts[parts + 1 :]).strip():
            # A link without words is seen by nobody.
            self._drop(parts)
        else:
            self._put(f"]{self._target(at + 1, end)}")
        return end

    def _drop(self, parts: int) -> None:
        del self._parts[parts:]

    def _target(self, start: int, end: int) -> str:
        """The address of a link without its title; nothing where a definition has it."""
        found = _ADDRESS.match(self._text[start:end])
        if found is None or len(found[1] or "") > _LONGEST_ADDRESS:
            return ""
        return f"({found[1] or ''})"
