"""Whether a command would be allowed, and why: the words people read, and that nothing is done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.budgets import Whose, meter
from bot.core.identity import Permission, Repository
from bot.core.policy import ModelRule, Policy
from bot.errors import UserError
from bot.explain import Explanation, Question, explain
from bot.workflows import load_workflow
from tests.budgets.spending import ANSWERED, Priced, planned
from tests.spine import GENERATE, NEW, Bot

PATH = ".github/firstcommit.yml"


@pytest.fixture
def organisation(bot: Bot) -> Repository:
    """Acme's own repository."""
    return bot.forge.people.add_repository("acme/.github", private=False)


def say(bot: Bot, *lines: str, where: Repository | None = None) -> str:
    """Commit a policy."""
    return bot.commit(PATH, "\n".join(["version: 1", *lines, ""]).encode(), where=where)


def ask(bot: Bot, text: str, *, author: str = "ann", thread: int = 0) -> Explanation:
    bot.person(author)
    question = Question(
        login=f"@{author}", text=text, forge="github", repository="acme/shop", thread=thread
    )
    return explain(bot.services, question)


def told(found: Explanation) -> str:
    return "\n".join(f"{line.about}: {line.text}" for line in found.lines)


def test_what_is_allowed_is_explained_line_by_line(bot: Bot, organisation: Repository) -> None:
    org = say(
        bot,
        "approval: always",
        "permissions: {approve: {role: maintain, teams: [platform], own: false}}",
        where=organisation,
    )
    own = say(bot, "verify: require", "packs: {allow: [library]}")
    found = ask(bot, GENERATE)
    assert found.allowed
    steps = ", ".join(step.id for step in load_workflow("generate").steps)
    branch = told(found).partition("from ")[2].partition(" ")[0]
    assert told(found).replace(branch, "BRANCH") == "\n".join(
        [
            "person: @ann on github",
            "command: generate with library, name=orders",
            "policy: the operator: sets nothing",
            f"policy: acme/.github: {PATH} at {org[:12]} sets approval, "
            "permissions.approve.role, permissions.approve.teams, permissions.approve.own",
            f"policy: acme/shop: {PATH} at {own[:12]} sets verify, packs.allow",
            "permission: write on acme/shop, as github says; generate needs write "
            "(the defaults): enough",
            "packs: [library] (acme/shop); library is allowed",
            f"workflow: generate (shipped): {steps}",
            "destination: a change on acme/shop, from BRANCH to main; they may write there",
            "approval: always (acme/.github), by whoever has maintain on acme/shop, or is in "
            "acme/platform; nobody approves their own request",
            "verify: require (acme/shop)",
            "CI files: packs (the defaults)",
            "models: allowed without limit (the defaults)",
            "limits: 0 of 3 runs of the thread are under way",
        ]
    )


def test_an_organisation_without_a_policy_is_named(bot: Bot) -> None:
    found = ask(bot, GENERATE)
    assert "policy: acme/.github: there is no such repository to be seen" in told(found)
    assert f"policy: acme/shop: no {PATH}" in told(found)


def test_a_refusal_of_several_lines_is_told_in_one(bot: Bot) -> None:
    found = ask(bot, "/generate library name=Orders!")
    assert found.reason == "bad_answer"
    assert "`name`" in found.why
    assert "\n" not in found.why


def test_a_new_repository_is_told_with_the_right_to_it(bot: Bot) -> None:
    found = ask(bot, NEW, author="olga")
    assert found.allowed
    assert "destination: acme/orders, a new private repository; they may have it made" in told(
        found
    )


def test_what_is_refused_says_why_as_the_answer_would(bot: Bot) -> None:
    found = ask(bot, NEW)
    assert not found.allowed
    bot.post(NEW)
    assert bot.reason == found.reason == "may_not_create"
    assert found.why in bot.answer


@pytest.mark.parametrize(
    ("text", "author"),
    [
        (GENERATE, "ann"),
        (GENERATE, "rita"),
        (GENERATE, "eve"),
        ("/generate nothing name=x", "ann"),
        ("/generate library", "ann"),
        (f"{GENERATE} into=acme/absent --existing", "ann"),
        ("@firstcommit templates", "rita"),
        ("@firstcommit statsu", "ann"),
        ("@firstcommit cancel", "ann"),
        ("@firstcommit help\n@firstcommit status", "ann"),
        ("/generate -- a small tool", "ann"),
        ("@firstcommit campaign", "ann"),
    ],
)
def test_the_verdict_is_what_would_happen(bot: Bot, text: str, author: str) -> None:
    found = ask(bot, text, author=author)
    bot.post(text, author=author)
    if found.allowed:
        assert bot.runs or "Reason:" not in bot.answer
    else:
        assert bot.reason == found.reason
        assert not bot.runs


def test_permission_that_is_too_little_is_told_with_who_asks_for_more(bot: Bot) -> None:
    say(bot, "permissions: {generate: maintain}")
    found = ask(bot, GENERATE)
    assert found.reason == "no_maintain"
    assert "generate needs maintain (acme/shop): too little" in told(found)


def test_a_destinations_stricter_policy_is_named(bot: Bot) -> None:
    site = bot.forge.people.add_repository("acme/site")
    bot.forge.permissions["acme/site", "ann"] = Permission.WRITE
    say(bot, "approval: always", where=site)
    found = ask(bot, f"{GENERATE} into=acme/site --existing")
    assert found.allowed
    assert "approval: always (acme/site's own policy)" in told(found)


def test_a_file_that_is_wrong_is_named_with_what_is_in_force(bot: Bot) -> None:
    say(bot, "approval: sometimes")
    found = ask(bot, GENERATE)
    assert found.allowed
    assert "is wrong, so nothing of it is in force" in told(found)
    assert ": acme/shop: 2:11: approval: 'sometimes' is none of" in told(found)


def test_the_operators_limits_are_told(bot: Bot) -> None:
    bot.change(policy=Policy(models=ModelRule(run_usd=1.5, day_usd=20.0)))
    assert "models: allowed, run_usd 1.5 (the operator), day_usd 20.0 (the operator)" in told(
        ask(bot, GENERATE)
    )


def test_bots_get_no_answer(bot: Bot) -> None:
    found = ask(bot, GENERATE, author="dependabot[bot]")
    assert (found.allowed, found.reason) == (False, "silent_bot")


def test_a_thread_can_be_named(bot: Bot) -> None:
    bot.post(GENERATE)
    assert "limits: 1 of 3 runs" in told(ask(bot, GENERATE, thread=bot.thread.number))
    assert ask(bot, "/cancel", thread=bot.thread.number).allowed


def test_nothing_is_done(bot: Bot) -> None:
    say(bot, "approval: sometimes")
    calls = {call.method for call in bot.forge.calls}
    ask(bot, GENERATE)
    ask(bot, "/cancel", thread=bot.thread.number)
    asked = {call.method for call in bot.forge.calls} - calls
    assert asked <= {"repository", "person", "permission", "head", "read_file", "owner"}
    assert not bot.comments
    assert not bot.runs


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"login": "nobody"}, "unknown_person"),
        ({"repository": "acme/none"}, "unknown_repository"),
        ({"text": "generate library"}, "no_command"),
    ],
)
def test_what_cannot_be_asked_is_told(bot: Bot, changes: dict[str, str], reason: str) -> None:
    asked = Question(login="ann", text=GENERATE, forge="github", repository="acme/shop")
    with pytest.raises(UserError) as failure:
        explain(bot.services, replace(asked, **changes))  # type: ignore[arg-type]  # texts
    assert failure.value.reason == reason


def test_what_is_left_of_todays_budgets_is_told_to_who_may_see_it(bot: Bot) -> None:
    rule = ModelRule(day_usd=1.0, server_day_tokens=10_000)
    bot.services = replace(bot.services, policy=Policy(models=rule), models=Priced())
    bot.post(GENERATE)
    run = bot.store.runs.lease(bot.run.id, worker="w", lease_s=60)
    assert run is not None
    metered = meter(bot.services, run, "files")
    metered.settle(metered.reserve(planned()), ANSWERED)
    metered.reserve(planned("more"))
    used = "1,500 tokens and $0.0015 used up today, 2,000 tokens and $0.002 set aside"
    shown = [line.text for line in ask(bot, GENERATE).lines if line.about == "budget"]
    assert shown == [
        f"@ann: {used}",
        f"acme/shop: {used}",
        f"acme: {used}, $0.9965 left of $1.00",
        f"this server: {used}, 6,500 left of 10,000 tokens",
    ]
    question = Question(login="ann", text=GENERATE, forge="github", repository="acme/shop")
    found = explain(bot.services, question, sees={Whose.ORGANISATION})
    assert [line.text for line in found.lines if line.about == "budget"] == [shown[2]]
