"""What somebody else made, or may not do, is never taken for our own or done in their name."""

from __future__ import annotations

import pytest

from bot.core.git_values import FileToWrite, message_with_trailer
from bot.core.identity import Permission, Repository
from bot.core.runs import RunStatus
from bot.errors import Transient, UserError
from tests.spine import GENERATE, NEW, Bot, Killed


def die_in(bot: Bot, method: str) -> None:
    """Have the worker killed just before it asks the forge for that."""
    bot.kill_at(method)
    with pytest.raises(Killed):
        bot.drain()


def push(bot: Bot, full_name: str, branch: str, files: list[FileToWrite], message: str) -> None:
    """Somebody puts a commit of their own on a branch, by force."""
    repository = bot.repository(full_name)
    assert repository is not None
    # People push with git, which the forge in memory does not speak.
    objects = bot.forge._world.place(repository).objects
    base = None if branch == "main" else objects.head("main")
    objects.branches[branch] = objects.commit(files, message, bot.clock(), base).id


THESIS = [FileToWrite(path="thesis.tex", content=b"ten years of work")]


@pytest.mark.parametrize("how", ["killed", "put off"])
def test_a_first_push_of_somebody_else_is_not_overwritten(bot: Bot, how: str) -> None:
    bot.post(NEW, author="olga")
    if how == "killed":
        die_in(bot, "replace_first_commit")
    else:
        bot.fail("replace_first_commit", Transient("busy", reason="pace", retry_after_s=30))
        bot.drain()
    push(bot, "acme/orders", "main", THESIS, "My own first commit\n")
    bot.later(40)
    bot.later(60)
    assert bot.files("acme/orders") == {"thesis.tex": b"ten years of work"}
    assert bot.run.status is RunStatus.FAILED
    assert "`repository_moved`" in bot.living


def test_a_branch_with_our_trailer_by_somebody_else_is_not_proposed(bot: Bot) -> None:
    bot.post(GENERATE)
    run = bot.run
    die_in(bot, "commit_on_new_branch")
    stored = bot.store.projects.files(str(run.project_id))
    contents = bot.store.projects.contents({file.content_hash for file in stored})
    files = [
        FileToWrite(path=file.path, content=contents[file.content_hash], mode=file.mode)
        for file in stored
    ]
    evil = FileToWrite(path="evil.sh", content=b"rm -rf /")
    message = message_with_trailer("Add orders", "", run.id)
    push(bot, "acme/shop", f"firstcommit/{run.short_id}", [*files, evil], message)
    bot.later(40)
    bot.later(60)
    assert not bot.forge.people.changes(bot.shop)
    assert bot.run.status is RunStatus.FAILED
    assert "`branch_exists`" in bot.living


def test_a_repository_with_our_run_in_its_description_is_not_filled(bot: Bot) -> None:
    bot.post(NEW, author="olga")
    die_in(bot, "create_repository")
    description = f"A project is being generated here: firstcommit run {bot.run.id}"
    bot.forge.people.add_repository("acme/orders", description=description)
    before = bot.files("acme/orders")
    bot.later(40)
    bot.later(60)
    assert bot.files("acme/orders") == before
    assert "`repository_exists`" in bot.living


def test_a_branch_moved_after_the_commit_is_not_proposed(bot: Bot) -> None:
    bot.fail("open_change", UserError("no", reason="no_access"))
    bot.do(GENERATE)
    push(bot, "acme/shop", f"firstcommit/{bot.run.short_id}", THESIS, "Mine\n")
    bot.do("/retry")
    assert not bot.forge.people.changes(bot.shop)
    assert "`branch_moved`" in bot.living


def test_somebody_elses_run_is_not_retried_with_rights_that_one_lacks(bot: Bot) -> None:
    secret = bot.forge.people.add_repository("acme/secret")
    bot.forge.people.add_person("olga", {"acme/secret": Permission.ADMIN})
    bot.post("/generate library name=orders into=acme/secret --existing", author="olga")
    bot.do("/cancel", author="olga")
    bot.do("/retry", author="ann")
    assert bot.run.status is RunStatus.CANCELLED
    assert "`no_destination`" in bot.answers[-1]
    assert not bot.forge.people.changes(secret)
    bot.do("/retry", author="olga")
    assert len(bot.forge.people.changes(secret)) == 1


def test_who_lost_the_threads_rights_meanwhile_publishes_nothing(bot: Bot) -> None:
    other = bot.forge.people.add_repository("acme/other")
    bot.forge.people.add_person("ann", {"acme/other": Permission.WRITE})
    bot.post("/generate library name=orders into=acme/other --existing", author="ann")
    bot.forge.people.add_person("ann", {"acme/shop": Permission.NONE})
    bot.drain()
    assert not bot.forge.people.changes(other)
    assert "`no_write`" in bot.living


def test_what_the_forge_refuses_us_there_is_told_to_nobody_who_may_not_see_it(bot: Bot) -> None:
    asked = "/generate library name=orders into=acme/secret --existing"
    bot.post(asked)
    bot.forge.people.add_repository("acme/secret")
    found = bot.forge.repository

    def refused(full_name: str) -> Repository | None:
        if full_name == "acme/secret":
            raise UserError("The grant is suspended.", reason="suspended")
        return found(full_name)

    bot.forge.repository = refused  # type: ignore[method-assign]
    bot.post(asked)
    absent, hidden = bot.answers
    assert hidden == absent
    assert "`no_destination`" in hidden
