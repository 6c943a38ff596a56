"""Where silence is right, where a reaction is enough, and where strangers are answered less."""

from __future__ import annotations

import json

import pytest

from bot.core.git_values import Reaction
from bot.errors import UserError
from tests.spine import GENERATE, Bot, Posted


def test_a_bot_is_not_answered(bot: Bot) -> None:
    assert_nothing(bot, bot.post(GENERATE, author="dependabot[bot]"))


def test_we_do_not_answer_ourselves(bot: Bot) -> None:
    assert_nothing(bot, bot.post("@firstcommit help", author=bot.forge.me()), ours=1)


@pytest.mark.parametrize(
    "text",
    [
        "What do you think?",
        "/unknown thing",
        "/status",
        "/help",
        "@firstcommits help",
        "see https://forge.example/generate",
    ],
)
def test_what_is_not_addressed_to_us_is_not_answered(bot: Bot, text: str) -> None:
    assert_nothing(bot, bot.post(text))


@pytest.mark.parametrize(
    "text", ["/approve", "/cancel", "/retry", "/reject\n/revise", '/approve "that is']
)
def test_bare_words_of_other_bots_are_theirs_in_a_thread_without_a_run_of_ours(
    bot: Bot, text: str
) -> None:
    assert_nothing(bot, bot.post(text))


def test_the_same_words_are_ours_where_a_run_is(bot: Bot) -> None:
    bot.post(GENERATE)
    bot.post("/approve")
    assert bot.reason == "missing_digest"


def test_a_suspended_installation_is_met_with_silence_and_its_runs_stop(bot: Bot) -> None:
    bot.post(GENERATE)
    installation(bot, "suspend")
    assert bot.run.failure is not None
    assert bot.run.failure.reason == "installation_suspended"
    bot.drain()
    bot.post("@firstcommit help")
    assert not bot.answers
    assert not bot.forge.calls_of("commit_on_new_branch")


def test_an_installation_put_back_in_force_is_served_and_its_run_can_be_retried(bot: Bot) -> None:
    bot.post(GENERATE)
    installation(bot, "suspend")
    installation(bot, "unsuspend")
    bot.do("/retry")
    assert "proposed in" in bot.living


def test_an_app_that_was_removed_is_silent_until_it_is_installed_again(bot: Bot) -> None:
    bot.post("@firstcommit help")
    installation(bot, "deleted")
    bot.post("@firstcommit help")
    assert len(bot.answers) == 1
    installation(bot, "created")
    bot.post("@firstcommit help")
    assert len(bot.answers) == 2


@pytest.mark.parametrize("action", ["suspend", "deleted"])
def test_an_event_that_is_long_over_stops_nothing(bot: Bot, action: str) -> None:
    """Sent again under a new delivery id, or late: what holds is what the forge says now."""
    bot.post(GENERATE)
    tell(bot, action)
    bot.drain()
    assert "proposed in" in bot.living
    bot.post("@firstcommit help")
    assert bot.answer.startswith("### What I can do")


@pytest.mark.parametrize("gone", ["suspend", "deleted"])
@pytest.mark.parametrize("action", ["unsuspend", "created", "new_permissions_accepted"])
def test_an_event_that_is_long_over_puts_nothing_back_in_force(
    bot: Bot, gone: str, action: str
) -> None:
    bot.post("@firstcommit help")
    installation(bot, gone)
    tell(bot, action)
    bot.post("@firstcommit help")
    assert len(bot.answers) == 1
    known = bot.store.organisations.find("github", bot.shop.owner_id)
    assert known is not None
    assert (known.suspended, known.removed_at is not None) == (gone == "suspend", gone != "suspend")


def test_a_grant_of_which_the_forge_cannot_be_asked_is_asked_for_later(bot: Bot) -> None:
    bot.post(GENERATE)
    bot.fail("grant")
    installation(bot, "suspend")
    assert bot.run.failure is None
    bot.later(10)
    assert bot.run.failure is not None
    assert bot.run.failure.reason == "installation_suspended"


@pytest.mark.parametrize("gone", ["suspend", "deleted"])
def test_a_grant_whose_return_nobody_told_is_found_out(bot: Bot, gone: str) -> None:
    bot.post("@firstcommit help")
    installation(bot, gone)
    bot.forge.people.install("77")
    bot.post("@firstcommit help")
    assert len(bot.answers) == 2


def test_an_event_under_an_old_name_renames_nobody(bot: Bot) -> None:
    account = {"id": int(bot.shop.owner_id), "login": "acme-of-old", "type": "Organization"}
    payload = {"action": "created", "installation": {"id": 77, "account": account}}
    bot.deliver("installation", json.dumps(payload).encode())
    bot.take_in()
    known = bot.store.organisations.find("github", bot.shop.owner_id)
    assert known is not None
    assert known.login == "acme"


def test_a_reader_is_told_what_is_missing_and_nothing_is_run(bot: Bot) -> None:
    bot.post(GENERATE, author="rita")
    bot.drain()
    assert bot.reason == "no_write"
    assert "`generate` needs write access to acme/shop." in bot.answer
    assert not bot.runs


@pytest.mark.parametrize("person", ["rita", "tom"])
def test_less_than_write_is_answered_five_times_then_shrugged_at_then_ignored(
    bot: Bot, person: str
) -> None:
    posted = [bot.post("@firstcommit help", author=person) for _ in range(8)]
    assert len(bot.answers) == 5
    assert [bot.reactions(one) for one in posted[4:]] == [
        set(),
        {Reaction.CONFUSED},
        set(),
        set(),
    ]


def test_after_an_hour_a_stranger_is_answered_again(bot: Bot) -> None:
    for _ in range(8):
        bot.post("@firstcommit help", author="rita")
    bot.later(3601)
    bot.post("@firstcommit help", author="rita")
    assert len(bot.answers) == 6


def test_who_may_write_is_not_limited_to_five(bot: Bot) -> None:
    for _ in range(8):
        bot.post("@firstcommit help", author="ann")
    assert len(bot.answers) == 8


def test_a_loop_under_a_persons_name_is_broken(bot: Bot) -> None:
    for _ in range(63):
        bot.post("@firstcommit help", author="ann")
    assert len(bot.answers) == 60


def test_an_edit_is_not_run_and_gets_one_confused_reaction(bot: Bot) -> None:
    posted = bot.post("Let us see.")
    bot.edit(posted, GENERATE)
    bot.edit(posted, GENERATE + " lines=4")
    bot.drain()
    assert bot.reactions(posted) == {Reaction.CONFUSED}
    assert_nothing(bot, posted, reactions=1)


def test_an_edit_without_a_command_is_nothing(bot: Bot) -> None:
    posted = bot.post("Let us see.")
    bot.edit(posted, "Let us look.")
    assert_nothing(bot, posted)


def test_an_edit_of_words_for_another_bot_is_nothing(bot: Bot) -> None:
    posted = bot.post("/approve")
    bot.edit(posted, "/approve\n\nLooks good.")
    assert_nothing(bot, posted)


def test_an_edit_in_a_locked_thread_is_settled(bot: Bot) -> None:
    posted = bot.post("Let us see.")
    bot.fail("react", UserError("The thread is locked.", reason="no_access"))
    bot.edit(posted, GENERATE)
    newest = bot.store.deliveries.recent(limit=1)[0]
    assert newest.status == "done"


def assert_nothing(bot: Bot, posted: Posted, *, ours: int = 0, reactions: int = 0) -> None:
    bot.drain()
    assert len(bot.comments) == ours
    assert len(bot.reactions(posted)) == reactions
    assert not bot.runs


def installation(bot: Bot, action: str) -> None:
    """Let something happen to acme's installation, and the forge tell of it."""
    people = bot.forge.people
    happens = {
        "suspend": people.suspend,
        "unsuspend": people.install,
        "deleted": people.uninstall,
        "created": people.install,
    }
    happens[action]("77")
    tell(bot, action)


def tell(bot: Bot, action: str) -> None:
    """Have the forge tell what it says to have happened to acme's installation."""
    account = {"id": int(bot.shop.owner_id), "login": "acme", "type": "Organization"}
    payload = {"action": action, "installation": {"id": 77, "account": account}}
    bot.deliver("installation", json.dumps(payload).encode())
    bot.take_in()
