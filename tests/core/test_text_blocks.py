"""Which lines of a text are its author's own plain words."""

from __future__ import annotations

import pytest

from bot.core.text_blocks import FencedBlock, open_text


def plain(text: str) -> list[str]:
    return [line.text for line in open_text(text).lines]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", []),
        ("a", ["a"]),
        ("a\nb\n\nc", ["a", "b", "c"]),
        ("a\r\nb\rc\n", ["a", "b", "c"]),
        ("# heading\na", ["a"]),
        ("#hashtag", ["#hashtag"]),
        ("a\n===\nb\n---\nc", ["a", "b", "c"]),
        ("* * *\na", ["a"]),
        ("- - -\na", ["a"]),
        ("_ _ _\na\n***", ["a"]),
        ("--\na", ["--", "a"]),
    ],
)
def test_paragraphs_and_headings(text: str, wanted: list[str]) -> None:
    assert plain(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("- a\n  b\nc", ["  b", "c"]),
        ("- a\n\n  b\n\nc", ["  b", "c"]),
        ("-\n  b", ["  b"]),
        ("-\n\n    b", []),
        ("-\n\n  b", ["  b"]),
        ("-     a\n  b", ["  b"]),
        ("-\ta\n\n    b", ["    b"]),
        ("-\t a\n\n\t  b", ["\t  b"]),
        ("- a\n\n\tb", ["\tb"]),
        (" -\t\ta\n\n\t\tb", []),
        ("1) a\n   b", ["   b"]),
        ("a\n2. b", ["a", "2. b"]),
        ("a\n1. b\nc", ["a", "c"]),
        ("a\n-\nb", ["a", "b"]),
        ("a\n*\nb", ["a", "*", "b"]),
        ("1234567890. a", ["1234567890. a"]),
        ("-a\n+b", ["-a", "+b"]),
        ("- a\n  - b\n    c\nd", ["    c", "d"]),
        ("- " * 40 + "a", []),
        ("> " * 40 + "a", []),
    ],
)
def test_lists(text: str, wanted: list[str]) -> None:
    assert plain(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("> a\nb\n\nc", ["c"]),
        (">a\n>\nb", ["b"]),
        (">\ta\n\nb", ["b"]),
        ("> - a\nb\n\nc", ["c"]),
        ("> a\n- b\n  c", ["  c"]),
        ("> a\n***\nb", ["b"]),
        ("> a\n```\nb\n```\nc", ["c"]),
        (">     code\nb", ["b"]),
        ("- a\n  > b\n\n  c", ["  c"]),
        ("- > a\n  >\n  b", ["  b"]),
        ("> a\n    > b\nc", []),
        ("    > a\n\n   > b", []),
        ("> <div>\na", ["a"]),
        ("> <!--\na", ["a"]),
        (">>> a\n>>>\n>>> b\n\nc", ["c"]),
        (">>>\na\n\n>>>  \nb", ["b"]),
        ("- a\n  >>>\nb\n>>>\nc", ["b", "c"]),
        (">>>\na\nb >>>\nc\n>>>", []),
    ],
)
def test_quotes(text: str, wanted: list[str]) -> None:
    assert plain(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a\n    b", ["a", "    b"]),
        ("    a\n\n\n    b\nc", ["c"]),
        ("   ```\na\n    ```\n   ```\nb", ["b"]),
        ("```\na\n~~~\n``` x\n`````  \nb", ["b"]),
        ("- ```\n  a\n\n  b\nc", ["c"]),
        ("`a\n\nb`", ["`a", "b`"]),
        ("x `a\nb` c\nd", ["x `a", "d"]),
        ("x \\``a\nb` c", ["x \\``a"]),
        ("x `` a\nb ` c\nd", ["x `` a", "b ` c", "d"]),
        ("`a` `b\nc`\nd `e\nf`", ["d `e"]),
        ("`[`\na](b)", ["a](b)"]),
    ],
)
def test_code(text: str, wanted: list[str]) -> None:
    assert plain(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("x [a\nb](c)\nd", ["x [a", "d"]),
        ("x [a\nb](<c d> 'e')", ["x [a"]),
        ('x [a](b "c\nd")', ['x [a](b "c']),
        ("x [a](b (c\nd))", ["x [a](b (c"]),
        ("x [a](b((c)d)\\)\n)", ["x [a](b((c)d)\\)"]),
        ("x [a](\nb\nc", ["x [a](", "b", "c"]),
        ("x [a](b c\nd)", ["x [a](b c", "d)"]),
        ("x \\[a\nb](c)", ["x \\[a", "b](c)"]),
        ("x ]\na", ["x ]", "a"]),
        # Links do not nest: the outer one is none, except around an image.
        ("x [a [b](c)\nd](e)", ["x [a [b](c)", "d](e)"]),
        ("x [a ![b](c)\nd](e)", ["x [a ![b](c)"]),
        ("x ![a [b](c)\nd](e)", ["x ![a [b](c)"]),
        ("x [a\nb][R  s]\n\n[r S]: u", ["x [a"]),
        ("x [a\nb][s]\n\n[r]: u", ["x [a", "b][s]"]),
        ("x [a\nb][]\nc\n\n[a b]: u", ["x [a", "c"]),
        ("x [a\nb]\n\n[a b]: u", ["x [a"]),
        ("x [[a]\nb]\n\n[r]: u", ["x [[a]", "b]"]),
        ("x [" + "a " * 600 + "\nb]\n\n[r]: u", ["x [" + "a " * 600, "b]"]),
        ("[r]: u 'v'\n[s]:\n<u>\n\"v\nw\"\na", ["a"]),
        ("[r]: u v\na", ["[r]: u v", "a"]),
        ("[r]: u 'v' w\na", ["[r]: u 'v' w", "a"]),
        ("[^1]: a\nb", ["[^1]: a", "b"]),
        ("[ ]: a\nb", ["[ ]: a", "b"]),
        ("> [r]: u\n\nx [a\nb][r]", ["x [a", "b][r]"]),
        ("x <http:a`b>\nc`", ["x <http:a`b>", "c`"]),
    ],
)
def test_links(text: str, wanted: list[str]) -> None:
    assert plain(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("<!-- a -->\nb", ["b"]),
        ("<!-->\nb", ["b"]),
        ("<?php\n\na\n?>\nb", ["b"]),
        ("<!DOCTYPE\na>\nb", ["b"]),
        ("<![CDATA[\n\na\n]]>\nb", ["b"]),
        ("<script>\n\na</script>\nb", ["b"]),
        ("<PRE class=x>a\n\nb", []),
        ("x <? a\nb ?>\nc", ["x <? a", "c"]),
        ("x <!A\nb >\nc", ["x <!A", "c"]),
        ("x <![CDATA[\nb ]]>\nc", ["x <![CDATA[", "c"]),
        ("x <!-- a\n<!-- b", ["x <!-- a"]),
        ("x <!-- a <!-- b\nc", ["x <!-- a <!-- b", "c"]),
        ("x <!--> a\n-->", ["x <!--> a", "-->"]),
        ("x <i\nb='c'\n/>\nd", ["x <i", "d"]),
        ("x < y\nz", ["x < y", "z"]),
        ("x </i\n>\na", ["x </i", "a"]),
        ("x <i b='" + "c" * 2000 + "\nd'>", ["x <i b='" + "c" * 2000, "d'>"]),
        ("x\n<i>\na", ["x", "a"]),
        ("<i> x\na", ["a"]),
        ("<div>\n`a\nb`\n\nc", ["`a", "b`", "c"]),
        ("<i>\na\n< b\n\nc", ["a", "< b", "c"]),
        ("<div>\n<i\na>\nb", ["b"]),
        ("<div>\n<!-- a\n-->b\nc", ["c"]),
        ("<div>\n<!-- a\n\n<div>\n<code>\n\n`x -->\ny`\n</code>", ["y`"]),
        ("<div>\n<!-- a", []),
        ("x <code>a <code>\nb</code>\nc</code>\nd", ["x <code>a <code>", "d"]),
        ("x <code>a\n\n> </code>\n\nb", ["x <code>a", "b"]),
    ],
)
def test_html(text: str, wanted: list[str]) -> None:
    assert plain(text) == wanted


def test_comments_are_not_shown_and_columns_stay() -> None:
    [first, last] = open_text("a <!-- b --> c <!---->d <!-- e\nf --> g\nh").lines
    assert first.text == "a <!-- b --> c <!---->d <!-- e"
    assert first.shown == "a            c        d       "
    assert (last.number, last.shown) == (3, "h")


def test_a_fence_belongs_to_what_stands_right_above_it() -> None:
    opened = open_text("a\n\n  ~~~ x y \n   b\n c\n~~~\n\nd\n> ```\n")
    assert opened.fence_below(1) == FencedBlock(info="x y", content=" b\nc")
    assert opened.fence_below(2) == opened.fence_below(1)
    assert opened.fence_below(3) is None
    assert opened.fence_below(8) is None
