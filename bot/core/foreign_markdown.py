"""Markdown that is not our own words, made fit to stand in a comment or an issue of ours.

Its formatting holds. What forges and bots act on loses its power by an invisible space: mentions,
HTML (and with it hidden marks), entities that spell either, and commands at the beginning of a
line; images become links. Code stays as it is wherever it surely is code, so that it can be
copied; where a forge might read the text in another way, it is taken for words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_INVISIBLE_SPACE = "\u200b"
#: A longer line may be cut somewhere in its middle: nothing in it is surely code.
_LONGEST_LINE = 5_000

_LINE_END = re.compile(r"\r\n?|\n")
_FENCE = re.compile(r"( {0,3})(`{3,}(?=[^`]*\Z)|~{3,})")
_CLOSER = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*")
_TICKS = re.compile(r"`+")
_URL = re.compile(r"https?://\S+")
_MENTION = re.compile(r"(?<![A-Za-z0-9])@(?=\w)")
#: An image is fetched as soon as anybody looks; a link waits for somebody who wants it.
_IMAGE = re.compile(r"!(?=\[)")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_COMMAND = re.compile(r"(\s*)/(?=\w)")


def harmless(markdown: str) -> str:
    """The text without the power to call anybody or anything; an open fence is closed."""
    return "\n".join(_lines(_LINE_END.split(markdown)))


def _lines(lines: Sequence[str]) -> Iterator[str]:
    sure = all(len(line) <= _LONGEST_LINE for line in lines)
    clean, fence, indent = sure, "", ""
    for line in lines:
        if fence:
            yield line if sure else _words(line)
            closer = _CLOSER.fullmatch(line)
            fence = "" if closer and closer[1].startswith(fence) else fence
            clean = sure
        elif opener := _FENCE.match(line):
            indent, fence = opener[1], opener[2]
            # Inside of a list item it ends with the item, which only a whole parser can tell.
            sure = sure and not indent
            yield _words(line)
        else:
            spans = _code_spans(line)
            # A run of backticks that is open on one line may be closed on the next.
            clean = sure if not line.strip() else clean and spans is not None
            yield _around(line, spans or ()) if clean else _words(line)
    if fence:
        yield indent + fence


def _code_spans(line: str) -> list[tuple[int, int]] | None:
    """Where the code in a line begins and ends; None where that can be read in two ways."""
    runs = list(_TICKS.finditer(line))
    spans: list[tuple[int, int]] = []
    while runs:
        opener = runs.pop(0)
        while runs and len(runs[0][0]) != len(opener[0]):
            runs.pop(0)
        if not runs:
            return None
        start, end = opener.start(), runs.pop(0).end()
        # A backtick may be escaped or belong to a link's address, and a bar ends a table's cell,
        # whatever stands around it.
        before = line[:start]
        if before.endswith("\\") or "](" in before or "|" in line[start:end]:
            return None
        spans.append((start, end))
    return spans


def _around(line: str, spans: Sequence[tuple[int, int]]) -> str:
    """The line with everything but the spans taken for words."""
    parts, at = [], 0
    for start, end in spans:
        parts += [_words(line[at:start], begins=at == 0), line[start:end]]
        at = end
    return "".join((*parts, _words(line[at:], begins=at == 0)))


def _words(text: str, *, begins: bool = True) -> str:
    """Words that call nobody; ``begins``: they stand at the beginning of their line."""
    # In an address, another way of writing it leads to the same page.
    text = _URL.sub(lambda found: found[0].replace("@", "%40"), text)
    for pattern in (_MENTION, _IMAGE, _TAG, _ENTITY):
        text = pattern.sub(lambda found: found[0] + _INVISIBLE_SPACE, text)
    if begins and (command := _COMMAND.match(text)):
        text = f"{command[1]}{_INVISIBLE_SPACE}{text[command.end(1) :]}"
    return text
