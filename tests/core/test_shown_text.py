"""What a page shows of a text, and what only a model would have read."""

from __future__ import annotations

import pytest

from bot.core.shown_text import shown
from bot.core.unseen import without_unseen

EVIL = "EVIL"


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("Hello <!-- EVIL --> you", "Hello  you"),
        ("<!-- EVIL\n\nEVIL", ""),
        ("a\n\n[//]: # (EVIL)\n[x]: http://e 'EVIL'\n\nb", "a\n\nb"),
        ('![EVIL](http://e/x.png "EVIL") text', "(an image) text"),
        ("![a ![b](c) EVIL](d) x", "(an image) x"),
        ("![EVIL][x] y\n\n[x]: http://e/EVIL", "(an image) y"),
        ('[go](http://e "EVIL") on', "[go](http://e) on"),
        ("[](http://EVIL) on", "on"),
        (f"[go](http://e/{'EVIL' * 100})", "[go]"),
        ("<span hidden>EVIL <b>EVIL</b></span>seen", "seen"),
        ("<div style='display:none'>\n\nEVIL\n\n</div>\n\nseen", "seen"),
        ('<font color="white">EVIL</font>seen', "seen"),
        ("<p style='font-size:0'>EVIL<p>EVIL", ""),
        ("<style>EVIL</style>x <script>EVIL</script> y", "x  y"),
        ('<img src=x alt="a > EVIL">seen', "seen"),
        ("<do-EVIL> <EVIL what=now> <canvas>", "<canvas>"),
        ("<?EVIL?> <!EVIL> <![CDATA[EVIL]]>seen", "seen"),
        ("<pre>\n```\n<!-- EVIL -->\n```\n</pre>", "<pre>\n```\n\n```\n</pre>"),
        ("<div><!--\n\nEVIL\n\n```\nEVIL\n```\n--> seen", "<div> seen"),
        ("> quote <!-- EVIL\n> EVIL --> seen", "> quote  seen"),
        ("- item <!--EVIL-->", "- item"),
        ("# head <!-- EVIL --> x", "# head  x"),
        ("| a <!-- EVIL --> | b |\n|--|--|", "| a  | b |\n|--|--|"),
        ("```js EVIL\nx\n```", "```js\nx\n```"),
        ("```mermaid\nA-->B %% EVIL\n```\nz", "(a diagram)\nz"),
        (r"$\color{white}{EVIL}$ and $x^2$", "(a formula) and $x^2$"),
        ("a&#8203;b&zwj;c&#xE0041; &amp; &lt;", "abc &amp; &lt;"),
    ],
)
def test_what_no_page_shows_is_left_out(written: str, seen: str) -> None:
    assert shown(written) == seen
    assert EVIL not in shown(written)


@pytest.mark.parametrize(
    "written",
    [
        "A list:\n\n- `<!-- code -->` and Vec<T>\n- **bold** and $x$",
        "```html\n<!-- an example -->\n<img alt='it'>\n```",
        "    <!-- indented code -->",
        "a <!-- that nobody closes",
        "Put it into the <title> of the page",
        "<details><summary>More</summary>\n\nbody\n\n</details>",
        r"\<!-- shown \[as it is](http://e)",
        "See <https://example.com/a> or https://example.com/b",
    ],
)
def test_what_a_page_shows_stays(written: str) -> None:
    assert shown(written) == written.strip()


def test_characters_that_nobody_sees_are_left_out() -> None:
    tags = "".join(chr(0xE0000 + ord(letter)) for letter in "EVIL")
    selectors = "".join(chr(0xFE00 + ord(letter) % 16) for letter in "EVIL")
    high = "".join(chr(0xE0100 + ord(letter)) for letter in "EVIL")
    assert without_unseen(f"a{tags}b\u202e\u2066\u200bc{selectors}{high}\u3164") == "abc"
    assert without_unseen("\x1b[31mred\x1b[0m \x1b]0;EVIL\x07title\x08") == "red title"
    assert without_unseen("a\u2028b\tc\r\n") == "a\nb\tc\r\n"


def test_letters_of_all_scripts_and_emojis_stay() -> None:
    for text in ("👩\u200d💻", "می\u200cخواهم", "❤\ufe0f", "日本 Ünïcödé"):
        assert without_unseen(text) == text
    assert without_unseen("a\u200db") == "ab"
    assert without_unseen("👩\u200d\u200c\u200d💻") == "👩\u200d💻"


@pytest.mark.parametrize(
    "piece",
    [
        "<!--",
        "<a ",
        "[",
        "![a](",
        "`` ",
        "<a b='",
        "<div hidden>",
        "<title>",
        "&#8203;",
        "> ",
        "$\\color",
    ],
)
def test_hostile_texts_are_read_to_their_end(piece: str) -> None:
    assert isinstance(shown(piece * (20_000 // len(piece))), str)
