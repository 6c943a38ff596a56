"""``generate``: into new repositories, and as changes on repositories that exist."""

from __future__ import annotations

from bot.core.git_values import EXECUTABLE
from bot.core.policy import Policy
from tests.spine import GENERATE, NEW, Bot

FILES = {
    ".firstcommit/project.yml",
    ".github/workflows/ci.yml",
    "README.md",
    "assets/logo.png",
    "data.json",
    "scripts/check",
    "src/orders/__init__.py",
}
#: Forges look for CI files at a repository's root only.
NESTED = FILES - {".github/workflows/ci.yml"}


def test_a_new_repository_holds_exactly_the_project_in_one_root_commit(bot: Bot) -> None:
    bot.do(NEW, author="olga")
    repository = bot.repository("acme/orders")
    assert repository is not None
    head = bot.forge.head(repository, "main")
    assert head is not None
    assert head.parents == ()
    assert head.message.startswith("Add orders from library@1.0.0\n")
    assert set(bot.files("acme/orders")) == FILES
    entries = bot.forge.entries(repository, head, ["scripts/check"])
    assert entries["scripts/check"].mode == EXECUTABLE
    assert bot.forge.people.branches(repository).keys() == {"main"}


def test_a_new_repository_is_private_and_described_without_our_mark(bot: Bot) -> None:
    bot.do(f"{NEW} description='Keeps orders.'", author="olga")
    repository = bot.repository("acme/orders")
    assert repository is not None
    assert repository.private
    assert repository.description == "Keeps orders."


def test_a_new_repository_can_be_public(bot: Bot) -> None:
    bot.do(f"{NEW} visibility=public", author="olga")
    repository = bot.repository("acme/orders")
    assert repository is not None
    assert not repository.private


def test_internal_repositories_are_refused(bot: Bot) -> None:
    bot.post(f"{NEW} visibility=internal", author="olga")
    assert bot.reason == "not_supported"


def test_branch_and_draft_do_not_fit_a_new_repository(bot: Bot) -> None:
    bot.post(f"{NEW} branch=work", author="olga")
    bot.post(f"{NEW} draft=no", author="olga")
    assert all("`key_not_fitting`" in answer for answer in bot.answers)
    assert len(bot.answers) == 2


def test_a_folder_of_a_new_repository(bot: Bot) -> None:
    bot.do(f"{NEW} path=packages/orders", author="olga")
    assert "is ready in" in bot.living
    assert set(bot.files("acme/orders")) == {f"packages/orders/{path}" for path in NESTED}


def test_a_change_is_a_draft_on_a_branch_of_its_own_with_one_commit(bot: Bot) -> None:
    run = bot.do(GENERATE)
    (change,) = bot.forge.people.changes(bot.shop)
    assert change.branch == f"firstcommit/{run.short_id}"
    assert change.is_draft
    base = bot.forge.head(bot.shop, "main")
    head = bot.forge.head(bot.shop, change.branch)
    assert base is not None
    assert head is not None
    assert head.parents == (base.id,)
    title, text = bot.forge.people.change_texts(bot.shop, change.number)
    assert title == "Add orders from library@1.0.0"
    assert "**Replaces 1 file:** `README.md`" in text
    assert bot.thread.url in text


def test_a_change_on_a_branch_of_ones_own_name_ready_at_once(bot: Bot) -> None:
    bot.do(f"{GENERATE} branch=work/orders draft=no")
    (change,) = bot.forge.people.changes(bot.shop)
    assert change.branch == "work/orders"
    assert not change.is_draft


def test_a_change_into_a_folder_leaves_the_rest_alone(bot: Bot) -> None:
    bot.do(f"{GENERATE} path=packages/orders/")
    (change,) = bot.forge.people.changes(bot.shop)
    files = bot.files("acme/shop", change.branch)
    assert set(files) == {"README.md"} | {f"packages/orders/{path}" for path in NESTED}
    assert files["README.md"] == b"# shop\n"
    assert (
        "`packages/orders/.firstcommit/project.yml`"
        in bot.forge.people.change_texts(bot.shop, change.number)[1]
    )


def test_a_project_that_is_there_already_is_named(bot: Bot) -> None:
    bot.do(NEW, author="olga")
    bot.do(f"{NEW} --existing", author="olga")
    assert bot.reason == "project_exists"
    assert "The project orders, made from library 1.0.0," in bot.answer


def test_another_folder_of_the_same_repository_is_free(bot: Bot) -> None:
    bot.do(NEW, author="olga")
    bot.do("/generate library name=bills into=acme/orders --existing path=bills", author="olga")
    repository = bot.repository("acme/orders")
    assert repository is not None
    assert len(bot.forge.people.changes(repository)) == 1


def test_a_project_file_of_somebody_else_breaks_no_answer(bot: Bot) -> None:
    bot.commit(".firstcommit/project.yml", b"pack: ['`@everybody`']\n")
    bot.post(GENERATE)
    assert bot.reason == "project_exists"
    assert "A generated project lies at" in bot.answer


def test_a_project_file_that_stands_for_more_than_memory_holds_is_not_unfolded(bot: Bot) -> None:
    doubling = "".join(f"x{n}: &x{n} {{<<: [*x{n - 1}, *x{n - 1}]}}\n" for n in range(1, 40))
    bot.commit(".firstcommit/project.yml", f"x0: &x0 {{a: 1}}\n{doubling}".encode())
    bot.post(GENERATE)
    assert bot.reason == "project_exists"
    assert "A generated project lies at" in bot.answer


def test_files_that_are_there_with_the_same_bytes_are_left_alone(bot: Bot) -> None:
    bot.commit("data.json", b"{}\n")
    bot.do(GENERATE)
    assert "6 files, read back and identical; 1 other there already" in bot.living


def test_files_with_other_bytes_are_replaced_and_listed(bot: Bot) -> None:
    bot.commit("data.json", b"[]\n")
    bot.do(GENERATE)
    assert "**Replaces 2 files:** `README.md`, `data.json`" in bot.living


def test_the_same_bytes_under_another_mode_are_replaced(bot: Bot) -> None:
    bot.commit("scripts/check", b"#!/bin/sh\nexec true\n")
    run = bot.do(GENERATE)
    assert "`scripts/check`" in bot.living
    head = bot.forge.head(bot.shop, f"firstcommit/{run.short_id}")
    assert head is not None
    assert bot.forge.entries(bot.shop, head, ["scripts/check"])["scripts/check"].mode == EXECUTABLE


def test_workflow_files_are_left_out_where_the_app_may_not_write_them(bot: Bot) -> None:
    bot.forge.workflows_allowed = False
    bot.do(GENERATE)
    (change,) = bot.forge.people.changes(bot.shop)
    assert ".github/workflows/ci.yml" not in bot.files("acme/shop", change.branch)
    assert "**Left out,**" in bot.living
    assert "**Left out,**" in bot.forge.people.change_texts(bot.shop, change.number)[1]


def test_workflow_files_are_left_out_of_new_repositories_too(bot: Bot) -> None:
    bot.forge.workflows_allowed = False
    bot.do(NEW, author="olga")
    assert set(bot.files("acme/orders")) == FILES - {".github/workflows/ci.yml"}
    assert "`.github/workflows/ci.yml`" in bot.living


def test_a_repository_without_a_commit_is_refused(bot: Bot) -> None:
    bot.forge._world.place(bot.shop).objects.branches.clear()
    bot.post(GENERATE)
    assert bot.reason == "repository_empty"


def test_where_somebody_has_committed_the_same_meanwhile_there_is_nothing_to_change(
    bot: Bot,
) -> None:
    bot.post(GENERATE)
    bot.fail("entries")
    bot.drain()
    files = bot.store.projects.files(str(bot.run.project_id))
    contents = bot.store.projects.contents({file.content_hash for file in files})
    for file in files:
        bot.commit(file.path, contents[file.content_hash], mode=file.mode)
    bot.later(10)
    assert bot.run.failure is not None
    assert bot.run.failure.reason == "nothing_to_change"
    assert bot.forge.people.branches(bot.shop).keys() == {"main"}


def test_a_pack_that_policy_does_not_allow_is_refused(bot: Bot) -> None:
    bot.change(policy=Policy(packs=("python-*",)))
    bot.post(GENERATE)
    assert bot.reason == "pack_not_allowed"


def test_the_store_knows_the_project_its_files_and_its_export(bot: Bot) -> None:
    run = bot.do(GENERATE)
    project = bot.store.projects.get(str(run.project_id))
    assert project is not None
    assert (project.name, project.status, project.total_files) == ("orders", "completed", 7)
    (export,) = bot.store.exports.of_project(project.id)
    (change,) = bot.forge.people.changes(bot.shop)
    assert (export.status, export.repository_url) == ("completed", change.url)


def test_a_check_stands_beside_the_commit(bot: Bot) -> None:
    bot.do(GENERATE)
    (change,) = bot.forge.people.changes(bot.shop)
    head = bot.forge.head(bot.shop, change.branch)
    assert head is not None
    (check,) = bot.forge.people.checks(bot.shop, head.id)
    assert check.state == "passed"
