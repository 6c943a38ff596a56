"""Nothing that a person writes breaks out of where it is quoted, and no comment is too long."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.replies import LONGEST, cell, code, fence, fit, plain, pointed, words

SPACE = "\u200b"
#: Texts of the signs that Markdown and forges act on, mostly.
texts = st.text(
    st.sampled_from("`~*_[]()<>!#@&|\\-+=.1:/ \nabA;'\"")
    | st.characters(codec="utf-8", exclude_characters="\x00")
)
NASTY = (
    "</details>",
    "<img src=x onerror=alert(1)>",
    "<!-- hidden",
    "@everyone",
    "acme/shop#1",
    "[link](https://evil.example)",
    "![image](https://evil.example/x.png)",
    "**bold** __bold__ *it* _it_ ~~gone~~",
    "`code` ``more``",
    "```\nfence",
    "~~~",
    "# heading",
    "1. list",
    "- list",
    "> quote",
    "a\n===",
    "| a | b |\n|---|---|",
    "&lt;b&gt; &#64;all",
    "\\`x\\`",
    "https://evil.example",
)


def inline(markdown: str) -> list[Token]:
    """The inline parts of a text that has to be exactly one paragraph."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown)
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    children = tokens[1].children
    assert children is not None
    return children


@given(texts)
@example("a`b")
@example("``")
def test_code_is_one_code_span_that_holds_the_value(text: str) -> None:
    (span,) = inline(code(text))
    assert span.type == "code_inline"
    assert span.content.split() == text.split()


@given(texts)
@example("```\n~~~\n````")
def test_a_fence_is_one_block_that_holds_the_value(text: str) -> None:
    shown = "\n".join(text.splitlines())
    (block,) = MarkdownIt("commonmark").parse(fence(shown))
    assert block.type == "fence"
    assert block.content.rstrip("\n") == shown.rstrip("\n")


@given(texts)
@pytest.mark.parametrize("place", ["{}", "so {} it", "### {}", "- {}", "**Why:** {}"])
def test_plain_is_text_and_nothing_else(place: str, text: str) -> None:
    shown = plain(text)
    assert "\n" not in shown
    found = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(place.format(shown))
    empty = MarkdownIt("commonmark").parse(place.format("x"))
    if " ".join(text.split()):
        assert [token.type for token in found] == [token.type for token in empty]
    for token in found:
        for child in token.children or []:
            assert child.type in ("text", "strong_open", "strong_close")


@pytest.mark.parametrize("nasty", NASTY)
def test_what_is_nasty_is_shown_as_it_was_written(nasty: str) -> None:
    shown = "".join(child.content for child in inline(f"x {plain(nasty)}"))
    assert shown.replace(SPACE, "") == "x " + " ".join(nasty.split())


@given(texts)
def test_a_message_has_no_markup_but_code(text: str) -> None:
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(words(text)):
        assert token.type.removesuffix("_open").removesuffix("_close") in (
            "paragraph",
            "inline",
            "bullet_list",
            "list_item",
            "code_block",
        )
        for child in token.children or []:
            assert child.type in ("text", "softbreak", "hardbreak", "code_inline")


def test_a_message_keeps_its_code_and_its_list() -> None:
    message = "It knows:\n- `@name help` for @name\n- <b>"
    assert words(message) == f"It knows:\n- `@name help` for @{SPACE}name\n- \\<b>"


@pytest.mark.parametrize("text", ["@ann", "hello @ann", "#5", "acme/shop#5"])
def test_nobody_is_called_by_what_is_quoted(text: str) -> None:
    assert SPACE in plain(text)
    assert SPACE in words(text)


def test_a_bar_does_not_end_the_cell_that_it_is_quoted_in() -> None:
    table = f"| a | b |\n|---|---|\n| {cell(code('x|y'))} | {plain('p|q')} |\n"
    html = MarkdownIt("commonmark").enable("table").render(table)
    assert "<td><code>x|y</code></td>" in html
    assert "<td>p|q</td>" in html


@given(st.text(st.characters(exclude_characters="\n"), max_size=400), st.integers(1, 400))
def test_a_mark_points_at_its_column(source: str, column: int) -> None:
    if not source or column > len(source) or "\r" in source or source.splitlines() != [source]:
        return
    line, mark = pointed(source, column).split("\n")
    assert line[len(mark) - 1] == source[column - 1]
    assert len(line) < 200


@pytest.mark.parametrize(
    "text",
    [
        "word " * 30_000,
        "x" * 100_000,
        "```text\n" + "line\n" * 30_000 + "```\n",
        "<details><summary>All</summary>\n\n````\n" + "```\n" * 30_000 + "````\n\n</details>\n",
    ],
)
def test_a_long_text_is_cut_with_everything_closed(text: str) -> None:
    cut = fit(text, LONGEST)
    assert len(cut) <= LONGEST
    assert cut.count("<details>") == cut.count("</details>")
    last = MarkdownIt("commonmark").parse(cut)[-2]
    assert last.content == "*Cut here: this comment would have been too long.*"


def test_a_text_that_fits_is_left_alone() -> None:
    assert fit("# Short\n", LONGEST) == "# Short\n"
