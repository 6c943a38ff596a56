"""One change for an account that installs us, however often and by whomever it is told."""

from __future__ import annotations

import json
from functools import partial

import pytest

from bot.core.git_values import Change
from bot.core.identity import Repository
from bot.core.policy import Policy
from bot.doctor import examine
from bot.errors import NotSupported, Transient, UserError
from bot.forges.port import Finding
from bot.jobs.intake import take_in
from bot.onboarding.standing import BRANCH
from tests.forms.github_forms import faults
from tests.jobs.test_intake import together
from tests.spine import Bot, Killed

POLICY = ".github/firstcommit.yml"
FORM = ".github/ISSUE_TEMPLATE/library.yml"


def told(bot: Bot, action: str = "created", *, event: str = "installation") -> str:
    """Have GitHub tell that acme's installation changed; the row of the delivery."""
    account = bot.forge.owner("acme", bot.person("ann"))
    assert account is not None
    body = {
        "action": action,
        "installation": {
            "id": 77,
            "account": {
                "id": int(account.account_id),
                "login": account.login,
                "type": "Organization",
            },
        },
        "repositories_removed": [],
    }
    return bot.deliver(event, json.dumps(body).encode())


def installed(bot: Bot, action: str = "created", *, event: str = "installation") -> str:
    """The same, taken in; what is noted of it."""
    delivery = told(bot, action, event=event)
    bot.drain()
    found = bot.store.deliveries.get(delivery)
    assert found is not None
    return found.note


def changes(bot: Bot, where: Repository | None = None) -> list[Change]:
    return list(bot.forge.people.changes(where or bot.shop))


def shared(bot: Bot) -> Repository:
    return bot.forge.people.add_repository("acme/.github", private=False)


class TestInstalling:
    def test_opens_one_change_on_the_only_repository(self, bot: Bot):
        assert installed(bot) == "installation created: it is in force; onboarding: open"
        (change,) = changes(bot)
        assert (change.branch, change.base, change.is_draft) == (BRANCH, "main", False)
        files = bot.files("acme/shop", BRANCH)
        assert files[POLICY].startswith(b"# What firstcommit may do here")
        assert faults(files[FORM].decode()) == []
        assert files["README.md"] == bot.files("acme/shop")["README.md"]

    def test_prefers_the_repository_for_all(self, bot: Bot):
        home = shared(bot)
        installed(bot)
        assert changes(bot) == []
        assert len(changes(bot, home)) == 1

    def test_opens_none_where_there_is_no_one_place(self, bot: Bot):
        bot.forge.people.add_repository("acme/site")
        assert installed(bot).endswith("onboarding: no home")
        assert changes(bot) == []

    def test_a_repository_for_all_out_of_reach_is_no_place(self, bot: Bot):
        bot.forge.people.withhold(shared(bot))
        installed(bot)
        assert len(changes(bot)) == 1

    def test_a_place_that_comes_later_is_used_then(self, bot: Bot):
        bot.forge.people.add_repository("acme/site")
        installed(bot)
        home = shared(bot)
        installed(bot, "added", event="installation_repositories")
        assert len(changes(bot, home)) == 1

    def test_leaves_what_is_there_as_it_is(self, bot: Bot):
        bot.commit(POLICY, b"version: 1\n")
        installed(bot)
        assert bot.files("acme/shop", BRANCH)[POLICY] == b"version: 1\n"
        assert FORM in bot.files("acme/shop", BRANCH)

    def test_opens_none_where_everything_is_there(self, bot: Bot):
        bot.commit(POLICY, b"version: 1\n")
        bot.commit(FORM, b"name: mine\n")
        assert installed(bot).endswith("onboarding: done")
        assert changes(bot) == []

    def test_offers_only_packs_that_policy_allows(self, bot: Bot):
        bot.change(policy=Policy(packs=("other-*",)))
        installed(bot)
        assert FORM not in bot.files("acme/shop", BRANCH)
        assert b"[other-*]" in bot.files("acme/shop", BRANCH)[POLICY]

    def test_can_be_switched_off(self, bot: Bot):
        bot.change(settings=bot.services.settings.replace(onboarding=False))
        assert installed(bot).endswith("onboarding: off")
        assert changes(bot) == []

    def test_says_what_it_is(self, bot: Bot):
        installed(bot)
        (call,) = bot.forge.calls_of("open_change")
        body = str(call.kwargs["body"])
        assert POLICY in body
        assert FORM in body
        assert "`/generate library name=my-project`" in body

    def test_is_not_done_for_a_suspended_grant(self, bot: Bot):
        bot.forge.people.suspend("77")
        installed(bot)
        assert changes(bot) == []


class TestOnce:
    def test_a_redelivery_opens_no_second_one(self, bot: Bot):
        installed(bot)
        installed(bot, "added", event="installation_repositories")
        assert installed(bot).endswith("onboarding is known")
        assert len(changes(bot)) == 1

    def test_an_account_that_comes_back_is_left_in_peace(self, bot: Bot):
        installed(bot)
        bot.forge.people.close_change(bot.shop, changes(bot)[0].number)
        bot.forge.people.uninstall("77")
        installed(bot, "deleted")
        bot.forge.people.install("77")
        installed(bot)
        assert len(changes(bot)) == 1

    @pytest.mark.parametrize("after", [False, True])
    @pytest.mark.parametrize(
        "method", ["repository", "entries", "commit_on_new_branch", "open_change"]
    )
    def test_a_worker_that_is_killed_doubles_and_loses_nothing(
        self, bot: Bot, method: str, after: bool
    ):
        told(bot)
        bot.kill_at(method, after=after)
        with pytest.raises(Killed):
            bot.take_in()
        for _ in range(4):
            bot.later(31)
        assert len(changes(bot)) == 1
        assert len(bot.forge.calls_of("commit_on_new_branch")) <= 2

    def test_another_that_is_at_it_is_waited_for(self, bot: Bot):
        told(bot)
        bot.kill_at("open_change")
        with pytest.raises(Killed):
            bot.take_in()
        assert "being_opened" in installed(bot, "added", event="installation_repositories")
        assert changes(bot) == []
        for _ in range(4):
            bot.later(31)
        assert len(changes(bot)) == 1

    def test_a_forge_that_is_away_is_asked_again(self, bot: Bot):
        bot.fail("commit_on_new_branch")
        installed(bot)
        for _ in range(4):
            bot.later(31)
        assert len(changes(bot)) == 1

    def test_a_pace_that_is_used_up_is_waited_for(self, bot: Bot):
        bot.fail("open_change", Transient("Wait.", reason="pace", retry_after_s=5))
        installed(bot)
        bot.later(6)
        assert len(changes(bot)) == 1

    def test_a_forge_that_knows_no_grants_is_let_be(self, bot: Bot):
        bot.fail("granted", NotSupported("There are none here.", reason="not_supported"))
        assert installed(bot).endswith("onboarding: not_supported")
        bot.fail("granted", NotSupported("There are none here.", reason="not_supported"))
        bot.post("@firstcommit doctor")
        assert "**onboarding:** There are none here." in bot.answers[-1]

    def test_what_was_refused_is_tried_when_more_is_granted(self, bot: Bot):
        bot.fail("open_change", UserError("Not granted.", reason="no_access"))
        assert installed(bot).endswith("onboarding: no_access")
        assert changes(bot) == []
        installed(bot, "new_permissions_accepted")
        assert len(changes(bot)) == 1
        assert len(bot.forge.calls_of("commit_on_new_branch")) == 1

    def test_a_branch_of_somebody_else_is_let_be(self, bot: Bot):
        bot.commit("mine.txt", b"mine\n", branch=BRANCH)
        assert installed(bot).endswith("onboarding: taken")
        assert bot.forge.calls_of("open_change", "commit_on_new_branch") == []


class TestDoctor:
    def test_somebody_who_may_write_gets_it(self, bot: Bot):
        bot.post("@firstcommit doctor")
        (change,) = changes(bot)
        assert f"opened just now on acme/shop: {change.url}" in bot.answers[-1]
        bot.post("@firstcommit doctor")
        assert "**onboarding:** open on acme/shop" in bot.answers[-1]
        assert len(changes(bot)) == 1
        assert installed(bot).endswith("onboarding is known")

    @pytest.mark.parametrize("who", ["rita", "tom"])
    def test_somebody_who_may_only_read_is_told_who_can(self, bot: Bot, who: str):
        bot.post("@firstcommit doctor", author=who)
        assert "Somebody with write access there gets it" in bot.answers[-1]
        assert changes(bot) == []

    def test_who_may_not_see_the_repository_for_all_learns_nothing_of_it(self, bot: Bot):
        bot.post("@firstcommit doctor", author="rita")
        without = bot.answers[-1]
        bot.forge.people.add_repository("acme/.github", private=True)
        bot.post("@firstcommit doctor", author="rita")
        assert "acme/.github, or to the only repository" in bot.answers[-1]
        assert without != bot.answers[-1]
        assert changes(bot) == []

    def test_rights_are_asked_where_it_goes(self, bot: Bot):
        home = shared(bot)
        bot.post("@firstcommit doctor")
        assert changes(bot, home) == []
        assert "no change was opened on acme/.github yet" in bot.answers[-1]
        bot.post("@firstcommit doctor", author=bot.forge.people.add_person("oz", owner_of=["acme"]))
        assert len(changes(bot, home)) == 1

    def test_no_place_is_told_with_the_way_out(self, bot: Bot):
        bot.forge.people.add_repository("acme/site")
        bot.post("@firstcommit doctor")
        assert "Have an owner add acme/.github" in bot.answers[-1]
        assert "firstcommit packs form" in bot.answers[-1]

    def test_one_that_was_closed_is_not_opened_behind_its_peoples_backs(self, bot: Bot):
        installed(bot)
        bot.forge.people.close_change(bot.shop, changes(bot)[0].number)
        bot.post("@firstcommit doctor")
        assert "was closed. Reopen it there" in bot.answers[-1]
        assert len(changes(bot)) == 1

    def test_one_that_is_gone_is_opened_again(self, bot: Bot):
        installed(bot)
        bot.forge.people.close_change(bot.shop, changes(bot)[0].number)
        bot.forge.people.delete_branch(bot.shop, BRANCH)
        bot.post("@firstcommit doctor")
        assert "opened just now" in bot.answers[-1]
        assert len(changes(bot)) == 2

    def test_one_that_was_merged_is_done_also_when_packs_are_added(self, bot: Bot):
        installed(bot)
        bot.commit(POLICY, b"version: 1\n")
        bot.forge.people.close_change(bot.shop, changes(bot)[0].number)
        bot.forge.people.delete_branch(bot.shop, BRANCH)
        bot.post("@firstcommit doctor")
        assert "done: acme/shop has what it would add" in bot.answers[-1]

    def test_a_refusal_is_told_with_what_to_grant(self, bot: Bot):
        bot.fail("commit_on_new_branch", UserError("Not granted.", reason="no_access"))
        bot.post("@firstcommit doctor")
        assert "it could not be opened: Not granted." in bot.answers[-1]
        assert "contents: write" in bot.answers[-1]

    def test_a_branch_in_the_way_is_told(self, bot: Bot):
        bot.commit("mine.txt", b"mine\n", branch=BRANCH)
        bot.open_change(BRANCH, author="mia")
        bot.post("@firstcommit doctor")
        assert "that is not ours. Rename or delete it" in bot.answers[-1]

    def test_it_may_be_switched_off(self, bot: Bot):
        bot.change(settings=bot.services.settings.replace(onboarding=False))
        bot.post("@firstcommit doctor")
        assert "FIRSTCOMMIT_ONBOARDING" in bot.answers[-1]

    @pytest.mark.parametrize("after", [False, True])
    @pytest.mark.parametrize("method", ["commit_on_new_branch", "open_change", "add_comment"])
    def test_a_worker_that_is_killed_doubles_nothing(self, bot: Bot, method: str, after: bool):
        bot.write("@firstcommit doctor")
        bot.kill_at(method, after=after)
        with pytest.raises(Killed):
            bot.take_in()
        for _ in range(4):
            bot.later(31)
        assert len(changes(bot)) == 1
        assert len(bot.answers) == 1


class TestServersDoctor:
    """What `firstcommit doctor` tells whoever runs the server."""

    def told(self, bot: Bot) -> Finding | None:
        findings = {one.name: one for one in examine(bot.services, {})}
        return findings.get("onboarding: acme")

    def test_an_account_without_a_place_is_told_of(self, bot: Bot):
        bot.forge.people.add_repository("acme/site")
        installed(bot)
        told = self.told(bot)
        assert told is not None
        assert told.ok
        assert "no change was opened" in told.detail
        assert changes(bot) == []

    def test_one_that_has_gone_is_not(self, bot: Bot):
        installed(bot)
        bot.forge.people.uninstall("77")
        installed(bot, "deleted")
        assert self.told(bot) is None

    def test_a_forge_that_is_away_is_a_finding(self, bot: Bot):
        installed(bot)
        bot.fail("repository")
        told = self.told(bot)
        assert told is not None
        assert not told.ok


def test_what_is_known_of_an_account_goes_with_it(bot: Bot):
    installed(bot)
    bot.forge.people.uninstall("77")
    installed(bot, "deleted")
    (known,) = [one for one in bot.store.organisations.all() if one.login == "acme"]
    owner = f"account:github:{known.account_id}"
    assert bot.store.ledger.find(owner, "onboarding") is not None
    bot.store.organisations.erase_removed(removed_for_days=0)
    assert bot.store.ledger.find(owner, "onboarding") is None


def test_five_deliveries_at_once_open_one(bot: Bot):
    deliveries = [told(bot) for _ in range(5)]
    together([partial(take_in, bot.services, delivery) for delivery in deliveries])
    for _ in range(4):
        bot.later(31)
    assert len(changes(bot)) == 1
    assert len(bot.forge.calls_of("open_change")) == 1
