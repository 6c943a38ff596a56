"""The living comment in each of its states, and each answer, against the files in ``replies``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.errors import Transient, UserError
from bot.living import living_text
from bot.report import progress
from tests.report.golden import check_reply
from tests.spine import GENERATE, NEW, Bot, replies

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
