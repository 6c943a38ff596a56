"""Rights are the forge's, for the thread and for the destination, and nothing is given away."""

from __future__ import annotations

import pytest

from bot.core.identity import Permission
from bot.errors import Transient
from tests.spine import GENERATE, NEW, Bot


@pytest.mark.parametrize("person", ["ann", "mia", "ada", "olga"])
def test_whoever_may_write_can_have_a_change(bot: Bot, person: str) -> None:
    bot.do(GENERATE, author=person)
    assert len(bot.forge.people.changes(bot.shop)) == 1


@pytest.mark.parametrize("person", ["tom", "rita"])
def test_whoever_may_not_write_cannot(bot: Bot, person: str) -> None:
    bot.post(GENERATE, author=person)
    assert bot.reason == "no_write"


def test_an_owner_can_have_a_repository_made(bot: Bot) -> None:
    bot.do(NEW, author="olga")
    assert "README.md" in bot.files("acme/orders")


@pytest.mark.parametrize("person", ["ann", "mia", "ada"])
def test_members_and_writers_cannot(bot: Bot, person: str) -> None:
    bot.post(NEW, author=person)
    bot.drain()
    assert bot.reason == "may_not_create"
    assert bot.repository("acme/orders") is None


def test_one_may_have_repositories_made_under_ones_own_account(bot: Bot) -> None:
    bot.do(f"{GENERATE} into=pia/orders", author="pia")
    assert "README.md" in bot.files("pia/orders")


def test_nobody_else_may(bot: Bot) -> None:
    bot.post(f"{GENERATE} into=pia/orders", author="olga")
    assert bot.reason == "may_not_create"


def test_where_the_forge_does_not_let_us_make_repositories_the_answer_says_so(bot: Bot) -> None:
    bot.forge.people.add_account(
        "pia", is_person=True, obstacle="An app cannot make repositories in a person's account."
    )
    bot.post(f"{GENERATE} into=pia/orders", author="pia")
    assert bot.reason == "cannot_create"
    assert "person's account" in bot.answer


def test_a_repository_that_exists_is_refused(bot: Bot) -> None:
    bot.post(f"{GENERATE} into=acme/shop", author="olga")
    assert bot.reason == "repository_exists"
    assert "`--existing`" in bot.answer


def test_with_existing_it_gets_a_change(bot: Bot) -> None:
    site = bot.forge.people.add_repository("acme/site")
    bot.forge.permissions["acme/site", "ann"] = Permission.WRITE
    bot.do(f"{GENERATE} into=acme/site --existing")
    assert len(bot.forge.people.changes(site)) == 1


def test_existing_needs_write_there_too(bot: Bot) -> None:
    bot.forge.people.add_repository("acme/site", private=False)
    bot.post(f"{GENERATE} into=acme/site --existing")
    assert bot.reason == "no_write"


@pytest.mark.parametrize("existing", ["", " --existing"])
def test_what_one_may_not_see_is_answered_like_what_does_not_exist(bot: Bot, existing: str) -> None:
    bot.forge.people.add_repository("acme/secret")
    bot.post(f"{GENERATE} into=acme/secret{existing}")
    bot.post(f"{GENERATE} into=acme/absent{existing}")
    there, absent = bot.answers
    assert there.replace("secret", "absent") == absent


def test_an_account_that_does_not_exist_is_answered_like_one_that_one_does_not_own(
    bot: Bot,
) -> None:
    bot.post(f"{GENERATE} into=nobody/orders")
    bot.post(f"{GENERATE} into=acme/orders")
    absent, there = bot.answers
    assert absent.replace("nobody", "acme") == there


def test_rights_are_asked_again_before_anything_is_published(bot: Bot) -> None:
    bot.post(GENERATE)
    bot.forge.permissions["acme/shop", "ann"] = Permission.READ
    bot.drain()
    assert bot.run.failure is not None
    assert bot.run.failure.reason == "no_write"
    assert not bot.forge.calls_of("commit_on_new_branch")


def test_an_owner_who_is_none_any_more_gets_no_repository(bot: Bot) -> None:
    bot.post(NEW, author="olga")
    bot.forge.people.add_person("olga", member_of=["acme"])
    bot.drain()
    assert bot.run.failure is not None
    assert bot.run.failure.reason == "may_not_create"
    assert bot.repository("acme/orders") is None


def test_a_forge_that_does_not_answer_about_rights_grants_and_refuses_nothing(bot: Bot) -> None:
    bot.fail("permission", Transient("The forge is busy."))
    bot.post(GENERATE)
    assert not bot.comments
    bot.later(10)
    assert "proposed in" in bot.living
