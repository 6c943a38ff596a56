"""What holds for every text: no failure, no missed command, time in proportion to length."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.core.grammar import CommandLine, SyntaxProblem, find_commands
from bot.core.mentions import CommandFilter
from bot.core.shell_words import split_words
from bot.core.verbs import BARE_VERBS, LATER_VERBS, SHARED_VERBS, VERBS, nearest

# A busy machine may be slow; that is no failure.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

ANY_TEXT = st.text(st.characters(codec=None))
PIECES = st.sampled_from(
    [
        *("/generate", "/Plan x", "@firstcommit", "@FIRSTCOMMIT help", "/firstcommit status x"),
        *("\n", "\r\n", "\r", "\n\n", " ", "\t", "    ", "\u00a0", "\u200b", "\ufeff", "\u2028"),
        *("```", "```prompt\n", "~~~", "`", "``", "> ", ">>>\n", "- ", "1. ", "# ", "---", "==="),
        *("<!--", "-->", "<pre>", "</pre>", "<code>", "</code>", "<div>", "<a b='", "'>", "<?"),
        *("[", "]", "](x)", "[r]", "[r]: /u", "![", "\\", "<![CDATA[", "]]>", "<x:y>"),
        *("'", '"', "“", "”", "’", "name=", "--", "--key", "—", "a.b=c", "=", "\x00", "\ud800"),
    ]
)
TEXTS = st.one_of(ANY_TEXT, st.lists(st.one_of(PIECES, ANY_TEXT), max_size=30).map("".join))


@patient
@given(TEXTS)
def test_any_text_can_be_read(text: str) -> None:
    for found in find_commands(text):
        assert isinstance(found, CommandLine | SyntaxProblem)
        found.source.encode()
        assert found.source == found.source.rstrip()
        assert 1 <= found.column <= len(found.source)
        assert found.line_number <= 1 + text.count("\n") + text.count("\r")
        if isinstance(found, CommandLine):
            assert found.source[found.column - 1] in "/@"
            assert found.verb in VERBS


@patient
@given(TEXTS)
@example("/generate")
@example("@firstcommit")
@example("/firstcommit help")
def test_the_filter_misses_no_command(text: str) -> None:
    may_hold_command = CommandFilter("firstcommit")
    plain = json.dumps({"comment": {"body": text}}, ensure_ascii=False)
    ascii_only = json.dumps({"comment": {"body": text}})
    spellings = [
        plain,
        ascii_only,
        plain.replace("/", "\\/"),
        ascii_only.replace("/", "\\u002f").replace("@", "\\u0040"),
        ascii_only.replace("/", "\\u002F"),
    ]
    if find_commands(text):
        for body in spellings:
            assert may_hold_command(body.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("verb", BARE_VERBS)
def test_the_filter_knows_every_bare_verb(verb: str) -> None:
    assert CommandFilter("robot")(f'{{"body": "/{verb.title()} x"}}'.encode())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"body": "thanks, generate it please"}',
        b'{"url": "https://api.github.com/repos/acme/orders/issues/1"}',
        b'{"body": "/firstcommit help"}',
        b'{"body": "see \\u002fstatus and \\u0040you"}',
        b'{"body": "@rob"}',
    ],
)
def test_the_filter_lets_other_bodies_go(body: bytes) -> None:
    assert not CommandFilter("robot")(body)


@pytest.mark.parametrize("body", [b"/ROBOT help", b"@Robot", b"\\/robot", b"\\u0040robot"])
def test_the_filter_takes_the_name_in_any_letters(body: bytes) -> None:
    assert CommandFilter("roBot")(body)


@patient
@given(st.lists(st.text(min_size=1, max_size=20), max_size=8))
def test_quoted_words_come_back_as_they_were(words: list[str]) -> None:
    line = " ".join("'" + word.replace("'", "'\\''") + "'" for word in words)
    read, text = split_words(line)
    assert [word.value for word in read] == words
    assert text is None


HOSTILE = {
    "backticks": "`",
    "single backticks": "` a ",
    "backticks of all lengths": "` `` ``` ```` ````` ",
    "comments that begin": "a <!-- ",
    "blocks that begin comments": "<div>\n<!--\n\n",
    "quotes": ">",
    "quoted lines": "> a\n",
    "lists": "- ",
    "lists with lines": "- a\n  ",
    "opening brackets": "[",
    "closing brackets": "]",
    "links that begin": '[a](b "',
    "addresses in brackets": "[](((",
    "images of links": "![[a](b)",
    "references": "[a][",
    "definitions": '[a]: b "\n',
    "tags that begin": "<a b='\"<a b=\"'",
    "elements that begin": "<code>\n\n",
    "instructions that begin": "a <?",
    "autolinks that begin": "<ab:c",
    "rules that are none": "* * _ ",
    "tabs": "\t",
    "line breaks": "\r",
    "blanks before breaks": " \n",
    "fences": "```\n",
    "quote fences": ">>>\n\n",
    "escapes": "\\",
    "problems": "/plan 'a\n",
    "commands": "/plan a=b c --d e\n",
}


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("before", ["", "> " + "- " * 40 + "a\n"], ids=["alone", "nested"])
def test_time_grows_with_length_and_not_with_its_square(unit: str, before: str) -> None:
    small = _cost(before, unit, 2_000)
    large = _cost(before, unit, 32_000)
    # Sixteen times the text: linear is 16, quadratic 256. What is too quick to measure is fine.
    assert large < 80 * max(small, 0.0005)


@pytest.mark.parametrize("unit", ["a ", "a=“b” ", "“", "'a' ", "\\a", "’a", "<!-- -->", "a"])
@pytest.mark.parametrize("before", ["/plan ", "/plan '", "/plan “", "@firstcommit "])
def test_a_long_line_is_read_in_time_too(before: str, unit: str) -> None:
    small = _cost(before, unit, 2_000)
    large = _cost(before, unit, 32_000)
    assert large < 80 * max(small, 0.0005)


def _cost(before: str, unit: str, length: int) -> float:
    text = before + unit * (length // len(unit)) + "\n\n/plan"
    costs = []
    for _ in range(2):
        start = time.process_time()
        find_commands(text)
        costs.append(time.process_time() - start)
    return min(costs)


def test_the_sets_of_verbs_fit_together() -> None:
    assert len(set(VERBS)) == len(VERBS) == 18
    assert set(BARE_VERBS) < set(VERBS)
    assert set(BARE_VERBS) > SHARED_VERBS
    assert set(VERBS) > LATER_VERBS
    assert not SHARED_VERBS & {"generate", "plan"}


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("genrate", "generate"),
        ("GENERATE", "generate"),
        ("geenrate", "generate"),
        ("aproove", "approve"),
        ("hlep", "help"),
        ("stat", "status"),
        ("gen", "generate"),
        ("templates!", "templates"),
        ("revies", "revise"),
        ("thanks", None),
        ("ge", None),
        ("", None),
        ("x" * 60_000, None),
    ],
)
def test_the_nearest_verb(word: str, wanted: str | None) -> None:
    assert nearest(word, VERBS) == wanted


def test_nothing_is_near_where_there_is_nothing() -> None:
    assert nearest("help", ()) is None
