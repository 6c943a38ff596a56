"""Links of a Markdown text: where one ends, and the definitions that links refer to.

The rules are CommonMark's (https://spec.commonmark.org/0.31.2/#links), except that an
address may hold round brackets at most three deep.
"""

from __future__ import annotations

import re
from collections.abc import Set

_LONGEST_LABEL = 999

_PLAIN = r"[^\s()\\\x00-\x1f\x7f]++|\\\S?+"
_IN_ROUND = rf"\((?:{_PLAIN}|\((?:{_PLAIN}|\((?:{_PLAIN})*+\))*+\))*+\)"
_ADDRESS = rf"(?:<(?:[^<>\\\r\n]|\\[^\r\n])*+>|(?!<)(?:{_PLAIN}|{_IN_ROUND})++)"
_TITLE = r"""(?:"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|\((?:[^()\\]|\\.)*+\))"""
_TARGET = re.compile(rf"\(\s*+(?:{_ADDRESS})?+(?:\s++{_TITLE})?+\s*+\)", re.S)
_LABEL = rf"\[((?:[^\[\]\\]|\\.){{1,{_LONGEST_LABEL}}}+)\]"
_REFERENCE = re.compile(_LABEL, re.S)
_LINE_END = r"[ \t]*+(?:\r\n|\r|\n|\Z)"
_DEFINITION = re.compile(
    rf"[ \t]*+{_LABEL}:\s*+{_ADDRESS}(?:\s++{_TITLE}{_LINE_END}|{_LINE_END})", re.S
)


def read_definitions(text: str, start: int, end: int) -> tuple[frozenset[str], int]:
    """The labels that a paragraph defines at its beginning, and where its own text starts."""
    labels = set()
    while found := _DEFINITION.match(text, start, end):
        label = _normal(found[1])
        # `[^1]:` is a footnote, whose text is shown.
        if not label or label.startswith("^"):
            break
        labels.add(label)
        start = found.end()
    return frozenset(labels), start


def link_end(text: str, opener: int, closer: int, end: int, labels: Set[str]) -> int | None:
    """Where the link ends whose text lies between two brackets; None if it is no link.

    Args:
        opener: The offset of ``[``.
        closer: The offset of ``]``.
        end: The end of the paragraph.
        labels: What the text defines, as `read_definitions` gives it.
    """
    after = closer + 1
    if target := _TARGET.match(text, after, end):
        return target.end()
    if not labels:
        return None
    if reference := _REFERENCE.match(text, after, end):
        return reference.end() if _normal(reference[1]) in labels else None
    if closer - opener > _LONGEST_LABEL or text.rfind("[", opener + 1, closer) >= 0:
        return None
    if _normal(text[opener + 1 : closer]) not in labels:
        return None
    return after + 2 if text.startswith("[]", after, end) else after


def _normal(label: str) -> str:
    return " ".join(label.split()).casefold()
