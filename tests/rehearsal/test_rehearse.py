"""A dry run says what the real run then does, and does none of it."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.git_objects import blob_id, root_tree_id
from bot.core.identity import Repository, Thread
from bot.errors import NotSupported, Transient, UserError
from bot.forges.local import YOU, LocalForge, People
from bot.forges.memory import Call
from bot.forges.port import Owner
from bot.hooks import add_hook
from bot.rehearsal.rehearse import rehearse
from bot.trials import Rehearsal, Tried
from tests.forges.test_recording import READS, contents
from tests.spine import GENERATE, NEW, Bot, Lists

#: What a rehearsed and a real run cannot have in common.
PLAN = "/plan library name=orders"


def rehearsed(bot: Bot, text: str, *, author: str = "olga", **changes: object) -> Rehearsal:
    """What would come of a comment in the shop."""
    tried = Tried(
        text=text, actor=bot.person(author), forge="github", repository=bot.shop.full_name
    )
    return rehearse(bot.services, replace(tried, **changes))  # type: ignore[arg-type]


def kinds(rehearsal: Rehearsal) -> list[tuple[str, str]]:
    """The effects: what, and in which repository."""
    return [(effect.kind, effect.where.partition("#")[0]) for effect in rehearsal.effects]


def written(calls: Sequence[Call]) -> list[tuple[str, str]]:
    """The same of what a forge in memory was really told to do."""
    return [(call.method, _where(call)) for call in calls if call.method not in READS]


def _where(call: Call) -> str:
    first = call.args[0]
    if isinstance(first, Owner):
        return f"{first.login}/{call.args[1]}"
    assert isinstance(first, Thread | Repository)
    return (first.repository if isinstance(first, Thread) else first).full_name


@pytest.mark.parametrize(
    "text",
    [
        GENERATE,
        NEW,
        f"{GENERATE} path=packages/orders draft=no",
        "@firstcommit help",
        "@firstcommit templates",
        "/generate nothing name=x",
        "/generate library",
        "/generate library name=orders into=else/where",
        "/generate library name=orders name=twice",
    ],
)
def test_what_is_rehearsed_is_what_is_then_done_in_the_same_order(bot: Bot, text: str) -> None:
    rehearsal = rehearsed(bot, text)
    before = len(bot.forge.calls)
    bot.post(text, author="olga")
    bot.drain()
    assert kinds(rehearsal) == written(bot.forge.calls[before:])
    assert [effect.number for effect in rehearsal.effects] == list(
        range(1, len(rehearsal.effects) + 1)
    )


def test_a_rehearsal_changes_neither_forge_nor_store_nor_queue(bot: Bot) -> None:
    bot.do(GENERATE, author="ann")
    before = (rows(bot), replace_lists(bot.queue))
    calls = len(bot.forge.calls)
    for text in (NEW, PLAN, "/generate nothing name=x", "/cancel", "/retry", "no command"):
        rehearsed(bot, text)
    assert (rows(bot), replace_lists(bot.queue)) == before
    assert {call.method for call in bot.forge.calls[calls:]} <= READS
    assert bot.repository("acme/orders") is None


def rows(bot: Bot) -> list[str]:
    """Everything in the database."""
    with sqlite3.connect(bot.services.settings.data_dir / "store.db") as connection:
        return list(connection.iterdump())


def replace_lists(queue: Lists) -> Lists:
    """The queue as it is now."""
    return replace(
        queue,
        deliveries=list(queue.deliveries),
        runs=list(queue.runs),
        reports=list(queue.reports),
    )


def test_the_database_of_a_rehearsal_is_gone_afterwards(
    bot: Bot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    rehearsed(bot, NEW)
    assert list(place.iterdir()) == []


def test_the_local_forge_is_the_same_afterwards(bot: Bot, tmp_path: Path) -> None:
    forge = LocalForge(tmp_path / "forge")
    People(forge).ensure_repository("acme/shop")
    before = contents(tmp_path / "forge")
    bot.change(forges={"local": forge})
    for repository, suppose in (("acme/shop", False), ("demo/none", True)):
        tried = Tried(text=NEW, actor=YOU, forge="local", repository=repository, suppose=suppose)
        found = rehearse(bot.services, tried)
        assert found.carried_out
        assert ("create_repository", "acme/orders") in kinds(found)
    assert contents(tmp_path / "forge") == before


def test_a_new_repository_has_the_tree_that_it_will_have(bot: Bot) -> None:
    rehearsal = rehearsed(bot, NEW)
    assert rehearsal.run is not None
    commit = rehearsal.run.step("commit").outputs
    assert commit is not None
    tree = str(commit["tree"])
    told = next(e.summary for e in rehearsal.effects if e.kind == "replace_first_commit")
    assert told == f"commit 7 files to acme/orders on main, tree {tree[:12]}"
    bot.do(NEW, author="olga")
    files = dict(bot.files("acme/orders"))
    # The memory of a project says which run has made it.
    memory = files[".firstcommit/project.yml"].replace(
        bot.run.id.encode(), rehearsal.run.id.encode()
    )
    assert [file.size for file in rehearsal.files] == [len(files[f.path]) for f in rehearsal.files]
    modes = {file.path: file.mode for file in rehearsal.files}
    files[".firstcommit/project.yml"] = memory
    assert tree == root_tree_id(
        (path, 0o100000 | modes[path], blob_id(content)) for path, content in files.items()
    )


def test_the_files_are_told_with_their_sizes(bot: Bot) -> None:
    rehearsal = rehearsed(bot, GENERATE)
    assert {file.path: file.size for file in rehearsal.files}["scripts/check"] == 20


def test_what_would_wait_for_approval_is_told_and_not_waited_for(bot: Bot) -> None:
    rehearsal = rehearsed(bot, PLAN)
    ((step, digest),) = rehearsal.waits
    assert (step, len(digest)) == ("gate", 64)
    assert rehearsal.carried_out
    assert ("open_change", "acme/shop") in kinds(rehearsal)


@pytest.mark.parametrize(
    ("text", "author", "reason"),
    [
        ("/generate nothing name=x", "olga", "unknown_pack"),
        (GENERATE, "rita", "no_write"),
        (NEW, "ann", "may_not_create"),
        ("/generate library name=orders\n/generate library name=more", "olga", "two_commands"),
        ("/generate 'library", "olga", "unclosed_quote"),
        ("/generate -- something fine", "olga", "needs_model"),
        (GENERATE, "dependabot[bot]", "silent_bot"),
        ("Good morning", "olga", "no_command"),
    ],
)
def test_what_would_be_refused_says_why(bot: Bot, text: str, author: str, reason: str) -> None:
    rehearsal = rehearsed(bot, text, author=author)
    assert (rehearsal.carried_out, rehearsal.reason) == (False, reason)
    assert rehearsal.message
    assert rehearsal.run is None
    assert not set(kinds(rehearsal)) - {("add_comment", "acme/shop")}


def test_a_step_that_would_fail_says_why(bot: Bot) -> None:
    bot.commit("src/orders/__init__.py/inside", b"in the way")
    rehearsal = rehearsed(bot, GENERATE)
    assert (rehearsal.carried_out, rehearsal.reason) == (False, "path_in_the_way")
    assert rehearsal.message
    assert ("open_change", "acme/shop") not in kinds(rehearsal)


def test_a_suspended_organisation_is_met_with_silence(bot: Bot) -> None:
    bot.do(GENERATE, author="ann")
    bot.forge.people.suspend("77")
    bot.store.organisations.suspend("github", "77", suspended=True)
    assert rehearsed(bot, GENERATE).reason == "silent_suspended"


def test_a_forge_that_does_not_answer_leaves_the_end_open(bot: Bot) -> None:
    for _ in range(3):
        bot.fail("entries", Transient("The forge is busy.", retry_after_s=30))
    rehearsal = rehearsed(bot, GENERATE)
    assert (rehearsal.carried_out, rehearsal.reason) == (False, "waits")
    assert "The forge is busy." in rehearsal.message


def test_a_repository_that_nobody_has_is_refused_unless_it_is_supposed(bot: Bot) -> None:
    with pytest.raises(UserError, check=lambda error: error.reason == "unknown_repository"):
        rehearsed(bot, GENERATE, repository="acme/none")
    assert rehearsed(bot, GENERATE, repository="acme/none", suppose=True).carried_out
    with pytest.raises(UserError, check=lambda error: error.reason == "unknown_repository"):
        rehearsed(bot, GENERATE, repository="acme/none", suppose=True, author="ann")


def test_a_forge_that_is_not_configured_is_refused(bot: Bot) -> None:
    with pytest.raises(NotSupported):
        rehearsed(bot, GENERATE, forge="gitlab")


def test_no_hook_hears_of_what_is_rehearsed(bot: Bot) -> None:
    hook, _ = add_hook(
        bot.services, url="https://hooks.example/", kinds=[], created_by="github:ada"
    )
    assert rehearsed(bot, GENERATE).carried_out
    assert not bot.store.hook_deliveries.listed(hook.id)
    bot.do(GENERATE)
    assert bot.store.hook_deliveries.listed(hook.id)
