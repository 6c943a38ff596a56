"""Comments about projects whose names and files were chosen to do harm, or are just very many."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.errors import Transient, UserError
from tests.spine import Bot

PACK = """
name: loose
version: 1.0.0
summary: "A pack | that <b>asks</b> @everyone for `anything`"
questions:
  name: {type: string, required: true}
  description: {type: string, default: ""}
  paths: {type: list, default: [a.txt]}
limits: {files: 5000}
files: [{path: "{{ item }}", each: "{{ paths }}", as: item}]
"""
HOSTILE = "</details> @everyone `x` **b** [l](https://evil.example) | #1 <img src=x>"


@pytest.fixture
def loose(tmp_path: Path, spine_database: Path) -> Iterator[Bot]:
    """The bed with a pack that takes any name and any paths."""
    files = tmp_path / "packs" / "loose" / "files"
    files.mkdir(parents=True)
    (files / "{{ item }}").write_text("x\n")
    (files.parent / "pack.yaml").write_text(PACK)
    made = Bot(tmp_path, spine_database, packs=tmp_path / "packs")
    yield made
    made.store.database.close()


def test_a_hostile_name_is_only_words(loose: Bot) -> None:
    loose.post(f"/generate loose name='{HOSTILE}' description='{HOSTILE}'")
    assert_tame(loose.living)
    loose.drain()
    assert loose.run.status == "completed", loose.run.failure
    assert_tame(loose.living)
    (change,) = loose.forge.people.changes(loose.shop)
    assert_tame(loose.forge.people.change_texts(loose.shop, change.number)[1])
    loose.post("@firstcommit status")
    assert_tame(loose.answers[-1])


@pytest.mark.parametrize(
    "text",
    [
        f"/generate '{HOSTILE}' name=x",
        f"/generate loose name=x '{HOSTILE}=1'",
        f"/generate loose name=x into='{HOSTILE}'",
        f"/generate loose name=x into='acme/{HOSTILE}'",
        f"/generate loose name=x branch='{HOSTILE}'",
        f"/generate loose name=x path='{HOSTILE}'",
        f"/generate loose name=x visibility='{HOSTILE}'",
        f"/generate loose name=x draft='{HOSTILE}'",
        f"/generate loose paths='{HOSTILE}'",
        f"@firstcommit help '{HOSTILE}'",
        f"@firstcommit {HOSTILE}",
        f"/cancel '{HOSTILE}'",
        f"@firstcommit status '--{HOSTILE}'",
        f'/generate "{HOSTILE}',
        f"/generate loose name='{HOSTILE}'\n/generate loose name='{HOSTILE}'",
        "@firstcommit templates",
        "@firstcommit templates loose",
        "/generate -- anything loose",
    ],
)
def test_what_is_quoted_in_an_answer_is_only_words(loose: Bot, text: str) -> None:
    loose.post(text)
    for answer in loose.answers:
        assert_tame(answer)
    for run in loose.runs:
        assert run.id in loose.comments[0].body


def test_hostile_messages_of_a_forge_are_only_words(loose: Bot) -> None:
    loose.fail("commit_on_new_branch", Transient(HOSTILE, retry_after_s=60))
    loose.fail("commit_on_new_branch", UserError(HOSTILE, remedy=HOSTILE))
    loose.do("/generate loose name=orders")
    assert loose.run.status == "waiting"
    assert_tame(loose.living)
    loose.later(60)
    assert loose.run.status == "failed"
    assert_tame(loose.living)


def test_hostile_paths_stay_in_their_fence(loose: Bot) -> None:
    paths = ["a`b```", "@everyone", "```", "$(b)", "x&lt;"]
    loose.commit("```", b"theirs\n")
    loose.do(f"/generate loose name=orders paths='{','.join(paths)}'")
    assert loose.run.status == "completed", loose.run.failure
    assert_tame(loose.living)
    assert_tame(loose.forge.people.change_texts(loose.shop, 2)[1])


def test_a_branch_is_quoted_for_the_shell(loose: Bot) -> None:
    loose.do("/generate loose name=orders branch='a;echo|$(b)&`c`'")
    assert "git clone --branch 'a;echo|$(b)&`c`' https://" in loose.living
    assert_tame(loose.living)


@pytest.mark.parametrize("count", [60, 199])
def test_a_project_of_many_long_paths_fits_into_a_comment(loose: Bot, count: int) -> None:
    paths = [f"{'d' * 200}{number:05}/{'e' * 200}/{'f' * 200}.txt" for number in range(count)]
    loose.do("/generate loose name=orders paths='" + ",".join(paths) + "'")
    assert loose.run.status == "completed", loose.run.failure
    (comment,) = loose.comments
    assert len(comment.body) <= 60_000
    assert_tame(loose.living)
    assert "asked for by ann" in loose.living


def test_a_long_command_gets_a_short_answer(loose: Bot) -> None:
    loose.post(f"/generate {'x' * 50_000} name=orders")
    loose.post(f"@firstcommit {'x' * 50_000}")
    loose.post(f"/generate loose {'x' * 50_000}=1")
    loose.post(f"/generate loose name=x into={'x' * 50_000}")
    assert len(loose.answers) == 4
    for answer in loose.answers:
        assert len(answer) < 1_500


def assert_tame(markdown: str) -> None:
    """Nothing is open, nobody is called, and there is no HTML and no link but ours."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = parser.parse(markdown)
    html = [token.content.strip() for token in tokens if token.type == "html_block"]
    assert all(block.startswith("<details><summary>") or block == "</details>" for block in html), (
        html
    )
    assert sum("<details>" in block for block in html) == html.count("</details>")
    for child in children(tokens):
        assert child.type != "html_inline", child.content
        assert child.type != "image"
        if child.type == "link_open":
            assert str(child.attrs["href"]).startswith("https://forge.example/")
        if child.type == "text":
            assert "@everyone" not in child.content
            assert " #1" not in child.content


def children(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield from token.children or []
