"""The living comment in each of its states, and each answer, against the files in ``replies``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import Transient, UserError
from bot.living import living_text
from bot.report import progress
from tests.jobs.engine import start
from tests.report.golden import check_reply
from tests.spine import GENERATE, NEW, PERMISSIONS, Bot, replies

PLAN = "/plan library name=orders"


def test_queued(bot: Bot) -> None:
    bot.post(NEW, author="olga")
    check_reply("queued", bot.living, run=bot.run.id)


def test_running(bot: Bot) -> None:
    bot.post(GENERATE)
    original = bot.forge.open_change

    def tell(*args: object, **kwargs: object) -> object:
        progress(bot.services, bot.run.id)
        check_reply("running", bot.living, run=bot.run.id)
        return original(*args, **kwargs)  # type: ignore[arg-type]

    bot.forge.open_change = tell  # type: ignore[method-assign, assignment]
    bot.drain()
    assert bot.run.status == "completed", bot.run.failure


def test_waiting(bot: Bot) -> None:
    problem = Transient("The hour's writes for acme are used up.", reason="pace", retry_after_s=300)
    bot.fail("create_repository", problem)
    bot.do(NEW, author="olga")
    check_reply("waiting", bot.living, run=bot.run.id)


def test_planned_for_a_change(bot: Bot) -> None:
    bot.forge.workflows_allowed = False
    bot.commit("scripts/check", b"#!/bin/sh\nexec true\n")
    bot.commit("data.json", b"{}\n")
    bot.do(PLAN)
    check_reply("planned-change", bot.living, run=bot.run.id)


def test_planned_for_a_new_repository(bot: Bot) -> None:
    bot.do(f"{PLAN} into=acme/orders path=packages/orders", author="olga")
    check_reply("planned-new", bot.living, run=bot.run.id)


def test_a_plan_on_gitlab_is_answered_by_name(bot: Bot) -> None:
    bot.do(PLAN)
    repository = replace(bot.shop, forge="gitlab")
    run = replace(bot.run, thread=replace(bot.thread, repository=repository))
    text = living_text(bot.services, run)
    assert "@firstcommit approve " in text
    assert "\n/approve" not in text


def test_published_as_it_was_planned(bot: Bot) -> None:
    bot.do(PLAN)
    bot.do(f"/approve {digest(bot)}", author="mia")
    check_reply("completed-planned", bot.living, run=bot.run.id)


def test_rejected(bot: Bot) -> None:
    bot.do(PLAN)
    bot.do("/reject -- it belongs into @acme/site", author="mia")
    check_reply("failed-rejected", bot.living, run=bot.run.id)


def test_failed(bot: Bot) -> None:
    problem = UserError(
        "The app may not write to acme/shop: `contents: write` is missing.",
        reason="no_access",
        remedy="An owner of acme grants it at `https://forge.example/settings`.",
    )
    bot.fail("commit_on_new_branch", problem)
    bot.do(GENERATE)
    check_reply("failed", bot.living, run=bot.run.id)


def test_failed_after_the_commit(bot: Bot) -> None:
    bot.fail("open_change", UserError("Changes are switched off there.", reason="no_access"))
    bot.do(GENERATE)
    check_reply("failed-late", bot.living, run=bot.run.id)


def test_cancelled(bot: Bot) -> None:
    bot.fail("replace_first_commit", Transient("Busy."))
    bot.do(NEW, author="olga")
    bot.do("/cancel", author="olga")
    check_reply("cancelled", bot.living, run=bot.run.id)


def test_completed_with_a_new_repository(bot: Bot) -> None:
    bot.do(NEW, author="olga")
    check_reply("completed-new", bot.living, run=bot.run.id)


def test_completed_with_a_change(bot: Bot) -> None:
    bot.do(f"{GENERATE} path=packages/orders")
    check_reply("completed-change", bot.living, run=bot.run.id)


def test_an_archive_in_a_thread_that_has_no_pages(bot: Bot) -> None:
    check_reply("archive", archived(bot), run=bot.run.id)


def test_an_archive_in_the_private_repository_that_the_project_is_in(bot: Bot) -> None:
    with_pages(bot)
    text = archived(bot)
    check_reply("archive-private", with_short_ids(bot, text), run=bot.run.id)


def test_several_archives(bot: Bot) -> None:
    bot.do(GENERATE)
    project = dict(bot.run.step("files").outputs or {})["project"]
    given = {"project": project, "type": "${{ item }}"}
    step = {"id": "archive", "uses": "export", "for_each": ["tar", "tar"], "with": given}
    start(bot, [step])
    bot.drain()
    text = newest(bot)
    assert "Make the archive — 2 times" in text
    assert "**Archives:**" in text
    assert text.count("- `orders.tar`, ") == 2


def test_an_archive_in_a_thread_that_anybody_may_read(bot: Bot) -> None:
    with_pages(bot)
    bot.shop = bot.forge.people.add_repository("acme/open", private=False)
    for login, permission in PERMISSIONS.items():
        bot.forge.people.add_person(login, {"acme/open": permission})
    bot.thread = bot.open("Orders", author="ann")
    text = archived(bot)
    check_reply("archive-public", with_short_ids(bot, text), run=bot.run.id)


def test_no_link_once_the_repository_has_been_opened(bot: Bot) -> None:
    with_pages(bot)
    archived(bot)
    assert "signature=" in living_text(bot.services, bot.run)
    place = bot.forge._world.place(bot.shop)
    place.repository = replace(place.repository, private=False)
    assert "signature=" not in living_text(bot.services, bot.run)
    page = f"[the run's page](https://bot.example/runs/{bot.run.id})"
    assert page in living_text(bot.services, bot.run)


def test_no_link_where_the_forge_does_not_say_whether_it_is_private(bot: Bot) -> None:
    with_pages(bot)
    archived(bot)
    bot.fail("repository", Transient("The forge does not answer."))
    assert "signature=" not in living_text(bot.services, bot.run)


def test_no_link_in_the_thread_of_another_repository_than_the_projects(bot: Bot) -> None:
    with_pages(bot)
    bot.do(NEW, author="olga")
    bot.do(f"/generate workflow=export project={bot.run.short_id}", author="olga")
    assert bot.run.status == "completed", bot.run.failure
    assert "signature=" not in newest(bot)


def test_a_link_in_a_thread_of_the_repository_that_was_made_for_the_project(bot: Bot) -> None:
    with_pages(bot)
    bot.do(NEW, author="olga")
    made = bot.repository("acme/orders")
    assert made is not None
    thread = bot.open("Archive", author="olga", where=made)
    bot.do(f"/generate workflow=export project={bot.run.short_id}", author="olga")
    assert bot.run.thread is not None
    assert "signature=" in living_text(bot.services, replace(bot.run, thread=thread))


def test_a_link_is_not_given_longer_than_it_holds(bot: Bot) -> None:
    with_pages(bot)
    archived(bot)
    bot.clock.now += timedelta(minutes=15)
    assert "signature=" not in living_text(bot.services, bot.run)


def archived(bot: Bot) -> str:
    """What the comment of a run says that exports the project of one before it."""
    bot.do(GENERATE)
    # Its size does not depend on the machine's zlib.
    bot.do(f"/generate workflow=export project={bot.run.short_id} type=tar")
    assert bot.run.status == "completed", bot.run.failure
    return newest(bot)


def with_short_ids(bot: Bot, text: str) -> str:
    """Without what is made up anew in each run of the tests."""
    (maker,) = [run for run in bot.runs if run.project_id]
    exports = bot.store.exports.of_project(str(maker.project_id))
    (archive,) = [export for export in exports if export.repository_name is None]
    return text.replace(archive.id, "EXPORT").replace(bot.run.id, bot.run.short_id)


def newest(bot: Bot) -> str:
    return bot.comments[-1].body.rpartition("<!-- firstcommit:")[0].strip() + "\n"


def with_pages(bot: Bot) -> None:
    """Let comments carry links to our pages."""
    address = "https://bot.example"
    bot.change(
        settings=replace(bot.services.settings, public_url=address),
        replies=replies(public_url=address),
    )


def test_completed_with_replaced_and_left_out_files_and_findings(bot: Bot) -> None:
    bot.forge.workflows_allowed = False
    bot.commit("src/orders/__init__.py", b"old\n")
    bot.commit("scripts/check", b"#!/bin/sh\nexec true\n")
    bot.do(f"{GENERATE} data='{{not json' draft=no branch=work/orders")
    check_reply("completed-with-findings", bot.living, run=bot.run.id)
    (change,) = bot.forge.people.changes(bot.shop)
    text = bot.forge.people.change_texts(bot.shop, change.number)[1]
    check_reply("change-with-findings", text, run=bot.run.id)


def test_the_text_of_a_change(bot: Bot) -> None:
    bot.do(GENERATE)
    (change,) = bot.forge.people.changes(bot.shop)
    text = bot.forge.people.change_texts(bot.shop, change.number)[1]
    check_reply("change", text, run=bot.run.id)


def test_with_pages_of_ours_the_comment_links_to_the_run(bot: Bot) -> None:
    bot.change(replies=replies(public_url="https://bot.example"))
    bot.post(GENERATE)
    assert f"[Run {bot.run.short_id}](https://bot.example/runs/{bot.run.id})" in bot.living


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("help", "@firstcommit help"),
        ("help-generate", "@firstcommit help generate"),
        ("help-cancel", "@firstcommit help cancel"),
        ("templates", "@firstcommit templates"),
        ("templates-pack", "@firstcommit templates library"),
        ("doctor", "@firstcommit doctor"),
        ("status-empty", "@firstcommit status"),
        ("needs-model", "/generate -- a library for photos"),
        ("answers-refused", "/generate library lines=many colour=blue sise=3"),
        ("unknown-pack", "/generate libary name=orders"),
        ("exists", f"{GENERATE} into=acme/shop"),
        ("may-not-create", f"{GENERATE} into=other/orders"),
        ("syntax", '/generate library name="orders'),
        ("unknown-verb", "@firstcommit generat library"),
        ("two-commands", f"{GENERATE}\n@firstcommit help"),
        ("not-available", "@firstcommit drift library"),
        ("unknown-key", "@firstcommit status --wide"),
    ],
)
def test_answers(bot: Bot, name: str, text: str) -> None:
    bot.post(text)
    check_reply(name, bot.answer)


@pytest.mark.parametrize(
    ("name", "then"),
    [
        ("approved", lambda bot: bot.post(f"/approve {digest(bot)}")),
        (
            "approved-already",
            lambda bot: [bot.post(f"/approve {digest(bot)}", author=who) for who in ("mia", "ann")],
        ),
        ("rejected", lambda bot: bot.post("/reject")),
        (
            "plan-changed",
            lambda bot: (
                bot.commit("README.md", b"# another\n"),
                bot.post(f"/approve {digest(bot)}"),
            ),
        ),
        ("approve-wrong", lambda bot: bot.post("/approve 0123456789ab")),
        ("approve-bare", lambda bot: bot.post("/approve")),
        ("status-planned", lambda bot: bot.post("@firstcommit status")),
        (
            "retry-step",
            lambda bot: (bot.do("/reject"), bot.post("/retry step=gate")),
        ),
    ],
)
def test_answers_about_a_plan(bot: Bot, name: str, then: Callable[[Bot], object]) -> None:
    bot.do(PLAN)
    then(bot)
    check_reply(name, bot.answers[-1], run=bot.run.id)


def digest(bot: Bot) -> str:
    return bot.store.plans.of_run(bot.run.id)[-1].digest[:12]


@pytest.mark.parametrize(
    ("name", "then"),
    [
        ("status", lambda bot: bot.post("@firstcommit status")),
        ("cancel", lambda bot: bot.post("/cancel")),
        ("no-right", lambda bot: bot.post("/cancel", author="rita")),
        ("retry", lambda bot: (bot.post("@firstcommit cancel"), bot.post("/retry"))),
    ],
)
def test_answers_about_a_run(bot: Bot, name: str, then: Callable[[Bot], object]) -> None:
    bot.post(GENERATE)
    then(bot)
    check_reply(name, bot.answers[-1], run=bot.run.id)
