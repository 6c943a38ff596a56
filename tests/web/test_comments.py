"""Comments as HTML: what is too much for Markdown, and what is kept from look to look."""

from __future__ import annotations

from itertools import count

import pytest
from flask.testing import FlaskClient

from bot.web import kept_html
from bot.web.kept_html import LATER, Allowance, KeptHtml
from bot.web.markdown import TOO_MUCH, Html, is_bearable
from tests.web.world import World

WIDE = "|" + "a|" * 1_000 + "\n|" + "-|" * 1_000 + "\n" + "|\n" * 3_000
PATH = "/threads/demo/ideas/1"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 10_000, id="links that never end"),
        pytest.param("![" * 10_000, id="pictures that never end"),
        pytest.param("[a](" * 16_000, id="links in links"),
        pytest.param(WIDE, id="a table that fills itself up"),
        pytest.param("words " * 4_000, id="a long text"),
    ],
)
def test_what_would_take_seconds_is_shown_as_it_was_written(
    world: World, browser: FlaskClient, text: str
) -> None:
    world.open_thread(f"**<b>**\n\n{text}")
    shown = browser.get(PATH).text
    assert TOO_MUCH in shown
    assert "**&lt;b&gt;**" in shown


@pytest.mark.parametrize(
    "text",
    [
        "A list:\n\n" + "- [x] [a file](https://example.com/a_file.py) | and more!\n" * 300,
        "| a | b |\n|---|---|\n" + "| x | y |\n" * 1_500,
        "a" * 20_000,
        "",
    ],
)
def test_what_people_write_is_bearable(text: str) -> None:
    assert is_bearable(text, most=20_000)


def test_our_own_comments_may_be_long(world: World, browser: FlaskClient) -> None:
    thread = world.open_thread("Hello.")
    world.forge.add_comment(thread, "- `a/file.py`\n" * 4_000)
    shown = browser.get(PATH).text
    assert shown.count("<code>a/file.py</code>") == 4_000
    assert TOO_MUCH not in shown


def test_a_long_conversation_is_rendered_once(
    world: World, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = world.open_thread("Hello.")
    for number in range(300):
        world.people.say(thread, f"**Comment {number}** of this test alone.")
    first = browser.get(PATH)
    assert "<strong>Comment 299</strong>" in first.text

    def again(_text: str) -> Html:
        raise AssertionError("rendered again")

    # Time is no measure in a test; whether the work was done again is.
    monkeypatch.setattr(kept_html, "rendered", again)
    world.clock.ahead += world.clock().resolution * 3_600_000_000
    assert "<strong>Comment 0</strong>" in browser.get(PATH).text


def test_an_edited_comment_is_not_shown_as_it_was() -> None:
    page = Allowance()
    assert "old" in page.html_of("*old*", is_ours=False).text
    assert "new" in page.html_of("*new*", is_ours=False).text


def test_a_page_that_takes_too_long_shows_the_rest_as_written_until_the_next_look() -> None:
    texts = [f"*{name}*, which nobody has looked at yet" for name in ("one", "two", "three")]
    seconds = count()
    pages = [Allowance(left_s=2, clock=lambda: float(next(seconds))) for _ in range(2)]
    first, second = ([page.html_of(text, is_ours=False).text for text in texts] for page in pages)
    assert ["<em>" in text for text in first] == [True, True, False]
    assert LATER in first[2]
    assert all("<em>" in text for text in second)


def test_what_is_kept_has_a_limit() -> None:
    kept = KeptHtml(most_bytes=100)
    for name in (b"a", b"b", b"c"):
        kept.put(name, Html("x" * 40))
        kept.get(b"a")
    assert kept.get(b"b") is None
    assert kept.get(b"a") == kept.get(b"c") == Html("x" * 40)
    kept.put(b"large", Html("x" * 101))
    assert kept.get(b"large") is None
