"""Markdown of others keeps its formatting, and calls nobody."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.core.foreign_markdown import harmless

SPACE = "\u200b"
#: As forges look for mentions: in the text that is shown, outside of code and links.
MENTION = re.compile(r"(?<![A-Za-z0-9])@[A-Za-z0-9]")
GITHUB = MarkdownIt("commonmark").enable("table").enable("strikethrough")


@pytest.mark.parametrize(
    "text",
    [
        "Plain words, with **bold**, *italics* and ~~gone~~.",
        "- [ ] one\n- [x] two\n  - three",
        "# A heading\n\n> a quote\n\n1. first",
        "| a | b |\n|---|---|\n| `c` | d |",
        "See [the page](https://example.com/a?b=c&d=e#f) and #12.",
        "Write to me@example.com, or use `@decorator` and `<tag>`.",
        "``a ` @b`` and a path like src/main.py or /",
        "```python\n@cache\ndef f(x: List<int>) -> str: ...\n/usr/bin/env\n```\nAfter.",
        "~~~\n@a\n```\n@b\n~~~",
        "a < b & c > d && e",
        "",
        "\n\n",
    ],
)
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello @team", f"Hello @{SPACE}team"),
        ("(@acme/platform)", f"(@{SPACE}acme/platform)"),
        ("/approve 3f9a1c", f"{SPACE}/approve 3f9a1c"),
        ("  /approve", f"  {SPACE}/approve"),
        ("text\n/close\ntext", f"text\n{SPACE}/close\ntext"),
        ("@firstcommit generate x", f"@{SPACE}firstcommit generate x"),
        ("<!-- firstcommit:run:1 -->", f"<{SPACE}!-- firstcommit:run:1 -->"),
        ("<details>a</details>", f"<{SPACE}details>a<{SPACE}/details>"),
        ("&#64;team &commat;team", f"&{SPACE}#64;team &{SPACE}commat;team"),
        ("https://example.com/@scope/x", "https://example.com/%40scope/x"),
        ("[a](https://x)@team", "[a](https://x)%40team"),
        ("a\r\nb\rc", "a\nb\nc"),
    ],
)
def test_what_calls_somebody_loses_its_power(text: str, expected: str) -> None:
    assert harmless(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "`a\n@team` @team",
        "- `a\n- @team ` b",
        r"\`@team`",
        "`` ` @team `",
        "| a | b |\n|---|---|\n| `a | @team` |",
        "``` a`b\n@team\n",
        "- a\n  ```\n@team",
        "- ```\n  a\n  ```\n@team\n```\n@team\n",
        "> ```\n@team\n> ```",
        "  ```\n@team\n  ```\n@team",
        "```\ncode\n  ```\n@team",
        "`a`@team `b`",
        "@&#116;eam &#64;&#116;eam",
        "*a*@team _@team_ **@team**",
        "<b>`</b>@team`",
        "[x](`)@team`",
        '[x](a "`")@team`',
        r"\@team a\@team",
        "a@b.c/@team https://@team",
        "é@team",
        "`" + "x" * 6000 + "` @team",
    ],
)
def test_no_way_of_writing_a_mention_gets_through(text: str) -> None:
    assert not mentions(harmless(text))


PIECES = st.sampled_from(
    [
        *("@team", "`", "``", "```", "~~~", "\n", "\n\n", "- ", "> ", "  ", "    ", "|", "\\"),
        *("<!--", "-->", "&#64;", "team", "1. ", "# ", "*", "https://a.b/", "[x](", ")", " "),
        *("<", "a", "\t"),
    ]
)


@settings(max_examples=1500, deadline=None)
@given(st.lists(PIECES, max_size=24).map("".join))
def test_no_text_calls_anybody(text: str) -> None:
    made = harmless(text)
    assert not mentions(made)
    assert not any(token.type in ("html_block", "html_inline") for token in tokens(made))


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=24).map("".join))
def test_nothing_but_invisible_spaces_and_a_closing_fence_is_added(text: str) -> None:
    made = harmless(text).replace(SPACE, "").replace("%40", "@")
    assert made.rstrip("`~ \n").startswith(text.rstrip("`~ \n"))
    assert harmless(harmless(text)) == harmless(text)


@pytest.mark.parametrize(
    "text",
    ["```\n@a", "~~~~ sh\na\n~~~", "  ```\na", "a\n\n````md\n```\nb\n```", "- a\n  ```\n  b"],
)
def test_an_open_fence_is_closed(text: str) -> None:
    after = tokens(harmless(text) + "\n\nOur words.")
    assert any(token.type == "text" and token.content == "Our words." for token in after)


def mentions(text: str) -> list[str]:
    shown = [token.content for token in tokens(text) if token.type == "text"]
    return [found for words in shown for found in MENTION.findall(words)]


def tokens(text: str) -> list[Token]:
    """All tokens, those inside of others too; neighbouring texts are one, as people see them."""
    flat: list[Token] = []
    for token in GITHUB.parse(text):
        flat += token.children or [token]
    return flat


def test_an_image_is_a_link_until_somebody_wants_it() -> None:
    assert harmless("![a](https://e.example/?q=1)") == "!\u200b[a](https://e.example/?q=1)"
