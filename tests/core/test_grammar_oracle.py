"""What counts as plain text is what a full Markdown reader shows as plain text."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.core.grammar import CommandLine, find_commands

_MARKDOWN = MarkdownIt("commonmark")
_COMMAND = re.compile(r"/plan n(\d+)(?=\s|$)")

# Not four blanks after a quote: there the reader does not keep to the specification.
_BEGINNINGS = (
    *("", "", " ", "   ", "> ", ">", "- ", "  ", "1. ", "2) "),
    *("* > ", "> > ", "- - ", "> - ", "-", ">     "),
)
_PIECES = (
    "COMMAND",
    "COMMAND tail",
    "COMMAND `",
    "COMMAND ](x)",
    "a",
    "a `",
    "`` b",
    "```",
    "````",
    "~~~",
    "``` prompt",
    "# a",
    "---",
    "===",
    "***",
    "[",
    "a [b",
    "![",
    "](c)",
    "] d",
    "][r]",
    '"title"',
    "\\",
    "\\`",
    "<",
    "<!--",
    "<!-- a",
    "-->",
    "b -->",
    "<b title='",
    "' >",
    "<?php",
    "?>",
    "<!X",
    "<pre>",
    "<div>",
    "",
)
_LINES = st.tuples(st.sampled_from(_BEGINNINGS), st.sampled_from(_PIECES))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(_LINES, max_size=12))
def test_the_same_lines_are_open_as_a_markdown_reader_shows(
    lines: list[tuple[str, str]],
) -> None:
    text = "\n".join(
        beginning + piece.replace("COMMAND", f"/plan n{number}")
        for number, (beginning, piece) in enumerate(lines)
    )
    # Readers differ in what may follow a definition, so it stands alone.
    text += "\n\n[r]: /x"
    ours = {
        int(found.positional[0][1:])
        for found in find_commands(text)
        if isinstance(found, CommandLine)
    }
    assert ours == _shown(text)


def _shown(text: str) -> set[int]:
    """The numbers of the commands that stand at the beginning of a line that is plain text."""
    begins_line = {int(found[1]) for found in re.finditer(r"(?m)^[ \t]*/plan n(\d+)", text)}
    shown: set[int] = set()
    quotes = 0
    for token in _MARKDOWN.parse(text):
        quotes += {"blockquote_open": 1, "blockquote_close": -1}.get(token.type, 0)
        if quotes:
            continue
        if token.type == "inline":
            shown |= _in_paragraph(token.children or [])
        elif token.type == "html_block":
            shown |= _in_html(token.content)
    return shown & begins_line


def _in_paragraph(children: list[Token]) -> set[int]:
    shown: set[int] = set()
    links = 0
    begins = True
    for child in children:
        links += {"link_open": 1, "link_close": -1}.get(child.type, 0)
        found = _COMMAND.match(child.content) if child.type == "text" else None
        if begins and not links and found:
            shown.add(int(found[1]))
        begins = child.type in {"softbreak", "hardbreak"} or (
            begins and child.type in {"link_open", "link_close"}
        )
    return shown


def _in_html(content: str) -> set[int]:
    if re.match(r"\s*<(!|\?|pre)", content):
        return set()
    visible = re.sub(r"(?s)<!--.*?(-->|\Z)", "", content)
    visible = re.sub(r"<[a-z][^>]*>", "", visible)
    return {int(found[1]) for found in re.finditer(r"(?m)^[ \t]*/plan n(\d+)", visible)}
