"""The block structure of a Markdown text: which lines form one paragraph, what is quoted.

Quotes and list items contain each other and everything else
(https://spec.commonmark.org/0.31.2/#container-blocks); each line is read once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.core.text_leaves import (
    CODE_INDENT,
    IndentedCode,
    Leaf,
    Paragraph,
    Verbatim,
    is_rule,
    start_leaf,
)
from bot.core.text_lines import Cursor, Line

_DEEPEST = 16
"""Quotes and items inside more others than this are text: it bounds what a line can cost."""

_ITEM = re.compile(r"(?:[-+*]|(\d{1,9})[.)])(?=[ \t]|\Z)", re.ASCII)
# https://docs.gitlab.com/user/markdown/#multiline-blockquote
_QUOTE_FENCE = re.compile(r"(?<![^\r\n])>>>[ \t]*+(?![^\r\n])")


@dataclass(kw_only=True, slots=True)
class _Container:
    """A quote, or a list item whose lines are indented by ``width`` columns.

    ``filled`` says whether it holds anything yet: a blank line ends an empty item.
    """

    quote: bool
    width: int = 0
    filled: bool = False

    def goes_on(self, at: Cursor) -> bool:
        """Whether the line belongs to this; if so, goes behind what marks it."""
        indent, first = at.peek()
        if self.quote:
            if indent >= CODE_INDENT or not at.text.startswith(">", first, at.end):
                return False
            at.jump(first + 1, indent + 1)
            at.skip_blank(1)
            return True
        if first == at.end:
            return self.filled
        if indent < self.width:
            return False
        at.skip_blank(self.width)
        return True


def read_leaves(text: str, lines: tuple[Line, ...]) -> tuple[Leaf, ...]:
    """Every paragraph, code block, heading and HTML block of the text, in order."""
    reader = _Reader(text, lines)
    for line in lines:
        reader.read(line)
    return tuple(reader.leaves)


class _Reader:
    def __init__(self, text: str, lines: tuple[Line, ...]) -> None:
        self.text = text
        self.leaves: list[Leaf] = []
        self._containers: list[_Container] = []
        self._leaf: Leaf | None = None
        fences = [found.start() for found in _QUOTE_FENCE.finditer(text)]
        self._last_quote_fence = max(fences, default=0)

    def read(self, line: Line) -> None:
        if line.start == line.end and self._ends_plainly():
            self._leaf = None
            return
        at = Cursor(self.text, line)
        kept = self._kept_containers(at)
        whole = kept == len(self._containers)
        if whole and self._leaf is not None and self._leaf.read(at):
            if not self._leaf.open:
                self._leaf = None
            return
        text_before = isinstance(self._leaf, Paragraph)
        entered = self._enter_containers(at, kept, in_paragraph=text_before and whole)
        if entered:
            self._read_leaf(at, in_paragraph=False, lazy=False, kept=len(self._containers))
        else:
            self._read_leaf(
                at, in_paragraph=text_before and whole, lazy=text_before and not whole, kept=kept
            )

    def _ends_plainly(self) -> bool:
        """Whether an empty line ends what there is; a short cut, since texts are full of them."""
        return not self._containers and (self._leaf is None or isinstance(self._leaf, Paragraph))

    def _kept_containers(self, at: Cursor) -> int:
        for index, container in enumerate(self._containers):
            if at.pos == at.end and not container.quote and container.filled:
                continue
            if not container.goes_on(at):
                return index
        return len(self._containers)

    def _enter_containers(self, at: Cursor, kept: int, *, in_paragraph: bool) -> bool:
        """Enters what begins on this line, leaving what the line does not belong to."""
        entered = False
        depth = kept
        while depth < _DEEPEST:
            container = self._container(at, in_paragraph=in_paragraph and not entered)
            if container is None:
                break
            if not entered:
                self._leave(kept)
            self._fill()
            self._containers.append(container)
            entered = True
            depth += 1
        return entered

    def _container(self, at: Cursor, *, in_paragraph: bool) -> _Container | None:
        indent, first = at.peek()
        if indent >= CODE_INDENT or first == at.end or self._opens_quote_fence(at):
            return None
        if self.text[first] == ">":
            at.jump(first + 1, indent + 1)
            at.skip_blank(1)
            return _Container(quote=True)
        if is_rule(at, first, in_paragraph=in_paragraph):
            return None
        return self._item(at, indent, first, in_paragraph=in_paragraph)

    def _item(
        self, at: Cursor, indent: int, first: int, *, in_paragraph: bool
    ) -> _Container | None:
        found = _ITEM.match(self.text, first, at.end)
        if found is None:
            return None
        empty = not self.text[found.end() : at.end].strip(" \t")
        if in_paragraph and (empty or found[1] not in {None, "1"}):
            return None
        marker = indent + found.end() - first
        at.jump(found.end(), marker)
        padding = at.peek()[0]
        # Five columns or more are one and then indented code.
        padding = padding if 1 <= padding <= CODE_INDENT and not empty else 1
        at.skip_blank(padding)
        return _Container(quote=False, width=marker + padding)

    def _read_leaf(self, at: Cursor, *, in_paragraph: bool, lazy: bool, kept: int) -> None:
        indent, first = at.peek()
        if first == at.end:
            self._leave(kept)
            return
        if indent >= CODE_INDENT:
            leaf = None
        elif self._opens_quote_fence(at):
            leaf = self._quote_fence(at)
        else:
            leaf = start_leaf(
                at,
                first,
                quoted=any(container.quote for container in self._containers[:kept]),
                in_paragraph=in_paragraph,
                lazy=lazy,
            )
        if leaf is None and (in_paragraph or lazy) and self._leaf is not None:
            self._leaf.take(at)
            return
        self._leave(kept)
        self._begin(leaf or self._plain(at, indent, first))

    def _plain(self, at: Cursor, indent: int, first: int) -> Leaf:
        quoted = any(container.quote for container in self._containers)
        kind = IndentedCode if indent >= CODE_INDENT else Paragraph
        return kind(at, first, quoted=quoted)

    def _begin(self, leaf: Leaf) -> None:
        self._fill()
        self.leaves.append(leaf)
        self._leaf = leaf if leaf.open else None

    def _opens_quote_fence(self, at: Cursor) -> bool:
        """Such a quote needs its closing line; without one it is three common quotes."""
        if at.pos > at.line.start or at.pos >= self._last_quote_fence:
            return False
        return _QUOTE_FENCE.match(self.text, at.pos, at.end) is not None

    def _quote_fence(self, at: Cursor) -> Leaf:
        return Verbatim(at, at.pos, quoted=True, closer=_QUOTE_FENCE, opener_end=at.end)

    def _leave(self, kept: int) -> None:
        del self._containers[kept:]
        self._leaf = None

    def _fill(self) -> None:
        if self._containers:
            self._containers[-1].filled = True
