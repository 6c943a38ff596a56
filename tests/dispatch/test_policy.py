"""What policy files do to commands, as people in a thread see it."""

from __future__ import annotations

import pytest

from bot.commands import COMMANDS
from bot.core.git_values import Reaction
from bot.core.identity import Permission, Repository
from bot.core.policy import Approval, own_right, policy_from_data
from bot.errors import Transient
from tests.report.golden import check_reply
from tests.spine import GENERATE, NEW, Bot

PATH = ".github/firstcommit.yml"


@pytest.fixture
def organisation(bot: Bot) -> Repository:
    """Acme's own repository, which everybody sees."""
    return bot.forge.people.add_repository("acme/.github", private=False)


def say(bot: Bot, *lines: str, where: Repository | None = None) -> str:
    """Commit a policy."""
    text = "\n".join(["version: 1", *lines, ""])
    return bot.commit(PATH, text.encode(), where=where)


def test_the_rights_of_commands_are_those_that_policy_starts_from() -> None:
    for spec in COMMANDS:
        assert own_right(spec.verb) is spec.permission, spec.verb


def test_a_command_needs_what_policy_says(bot: Bot) -> None:
    say(bot, "permissions: {generate: maintain}")
    bot.post(GENERATE, author="ann")
    assert bot.reason == "no_maintain"
    assert not bot.runs
    bot.post(GENERATE, author="mia")
    assert len(bot.runs) == 1


def test_any_command_can_be_given_a_permission(bot: Bot, organisation: Repository) -> None:
    say(bot, "permissions: {templates: admin}", where=organisation)
    bot.post("@firstcommit templates", author="ann")
    assert bot.reason == "no_admin"


def test_less_than_write_still_opens_no_change(bot: Bot, organisation: Repository) -> None:
    say(bot, "permissions: {generate: read}", where=organisation)
    bot.post(GENERATE, author="rita")
    assert bot.reason == "no_write"
    assert not bot.runs


def test_packs_that_policy_does_not_name_are_refused(bot: Bot) -> None:
    say(bot, "packs: {allow: ['python-*']}")
    bot.post(GENERATE)
    assert bot.reason == "pack_not_allowed"


def test_a_thread_has_no_more_unfinished_runs_than_policy_says(bot: Bot) -> None:
    say(bot, "runs: {thread: 1}")
    bot.post(GENERATE)
    bot.post(GENERATE)
    assert bot.reason == "too_many_runs"
    assert len(bot.runs) == 1


def test_a_destinations_own_policy_holds_too(bot: Bot) -> None:
    site = bot.forge.people.add_repository("acme/site")
    bot.forge.permissions["acme/site", "ann"] = Permission.WRITE
    say(bot, "packs: {allow: ['python-*']}", where=site)
    bot.post(f"{GENERATE} into=acme/site --existing")
    assert bot.reason == "pack_not_allowed"
    assert "acme/site" in bot.answer


def test_a_destinations_own_rights_are_asked_there(bot: Bot) -> None:
    say(bot, "permissions: {generate: maintain}")
    notes = bot.forge.people.add_repository("ann/notes")
    bot.forge.permissions["ann/notes", "ann"] = Permission.ADMIN
    bot.thread = bot.open("Mine", author="ann", where=notes)
    for verb in ("generate", "plan"):
        bot.post(f"/{verb} library name=orders into=acme/shop --existing", author="ann")
        assert bot.reason == "no_maintain"
        assert "maintain access to acme/shop" in bot.answers[-1]
    assert not bot.runs
    bot.forge.permissions["acme/shop", "ann"] = Permission.MAINTAIN
    bot.post(f"{GENERATE} into=acme/shop --existing", author="ann")
    assert len(bot.runs) == 1


def test_a_destination_can_ask_more_of_whoever_retries(bot: Bot) -> None:
    site = bot.forge.people.add_repository("acme/site")
    bot.forge.permissions["acme/site", "ann"] = Permission.WRITE
    bot.post(f"{GENERATE} into=acme/site --existing")
    bot.do("/cancel")
    say(bot, "permissions: {retry: maintain}", where=site)
    bot.post("/retry")
    assert bot.reason == "no_maintain"
    assert bot.run.status == "cancelled"


def test_defaults_are_the_threads(bot: Bot) -> None:
    say(bot, "defaults: {into: acme/orders, visibility: public}")
    bot.post(GENERATE, author="olga")
    into = bot.run.inputs["into"]
    assert isinstance(into, dict)
    assert (into["repository"], into["new"], into["visibility"]) == ("acme/orders", True, "public")


def test_a_run_keeps_what_held_for_it(bot: Bot) -> None:
    say(bot, "approval: always")
    bot.post(GENERATE)
    assert policy_from_data(bot.run.policy).approval is Approval.ALWAYS


def test_workflow_files_that_policy_does_not_want_are_left_out_and_listed(bot: Bot) -> None:
    say(bot, "workflow_files: never")
    bot.do(GENERATE)
    (change,) = bot.forge.people.changes(bot.shop)
    assert "README.md" in bot.files("acme/shop", change.branch)
    assert ".github/workflows/ci.yml" not in bot.files("acme/shop", change.branch)
    assert "`.github/workflows/ci.yml`" in bot.living


def test_a_team_that_the_organisation_names_can_have_repositories_made(
    bot: Bot, organisation: Repository
) -> None:
    bot.forge.people.add_to_team("acme", "platform", bot.person("mia"))
    bot.post(NEW, author="mia")
    assert bot.reason == "may_not_create"
    say(bot, "create: {teams: [platform]}", where=organisation)
    bot.post(NEW, author="mia")
    assert len(bot.runs) == 1


def test_members_outside_of_the_team_cannot(bot: Bot, organisation: Repository) -> None:
    say(bot, "create: {teams: [platform]}", where=organisation)
    bot.post(NEW, author="mia")
    assert bot.reason == "may_not_create"


def test_a_repository_can_leave_making_repositories_to_owners(
    bot: Bot, organisation: Repository
) -> None:
    bot.forge.people.add_to_team("acme", "platform", bot.person("mia"))
    say(bot, "create: {teams: [platform]}", where=organisation)
    say(bot, "create: {teams: []}")
    bot.post(NEW, author="mia")
    assert bot.reason == "may_not_create"


def test_the_say_over_another_account_is_that_accounts(bot: Bot, organisation: Repository) -> None:
    bot.forge.people.add_account("globex", installation="90")
    bot.forge.people.add_person("mia", member_of=["globex"])
    bot.forge.people.add_to_team("globex", "platform", bot.person("mia"))
    say(bot, "create: {teams: [platform]}", where=organisation)
    bot.post(f"{GENERATE} into=globex/orders", author="mia")
    assert bot.reason == "may_not_create"
    theirs = bot.forge.people.add_repository("globex/.github")
    say(bot, "create: {teams: [platform]}", where=theirs)
    bot.post(f"{GENERATE} into=globex/orders", author="mia")
    assert len(bot.runs) == 1


def test_a_team_is_lost_before_anything_is_published(bot: Bot, organisation: Repository) -> None:
    bot.forge.people.add_to_team("acme", "platform", bot.person("mia"))
    say(bot, "create: {teams: [platform]}", where=organisation)
    bot.post(NEW, author="mia")
    say(bot, where=organisation)
    bot.drain()
    assert bot.run.failure is not None
    assert bot.run.failure.reason == "may_not_create"
    assert bot.repository("acme/orders") is None


def test_a_wrong_file_is_told_once_and_the_command_goes_on(bot: Bot) -> None:
    say(bot, "approval: sometimes", "verfy: require")
    bot.post("@firstcommit templates")
    problem, templates = bot.answers
    check_reply("policy-problem", problem)
    assert "library" in templates
    bot.post("@firstcommit templates")
    assert len(bot.answers) == 3


def test_what_stays_in_force_is_named(bot: Bot) -> None:
    say(bot, "approval: always")
    bot.post("@firstcommit templates")
    say(bot, "approval: sometimes")
    bot.post("@firstcommit templates")
    check_reply("policy-problem-kept", bot.answers[1])


def test_the_same_mistake_is_not_told_after_each_push_but_after_it_was_mended(bot: Bot) -> None:
    say(bot, "approval: sometimes")
    bot.post("@firstcommit templates")
    bot.commit("README.md", b"# Shop\n")
    bot.post("@firstcommit templates")
    assert sum("`policy_problem`" in answer for answer in bot.answers) == 1
    say(bot, "approval: always")
    bot.post("@firstcommit templates")
    say(bot, "approval: sometimes")
    bot.post("@firstcommit templates")
    assert sum("`policy_problem`" in answer for answer in bot.answers) == 2


def test_another_mistake_is_told(bot: Bot) -> None:
    say(bot, "approval: sometimes")
    bot.post("@firstcommit templates")
    say(bot, "approval: often")
    bot.post("@firstcommit templates")
    assert sum("`policy_problem`" in answer for answer in bot.answers) == 2


def test_it_is_told_in_one_thread_only(bot: Bot) -> None:
    say(bot, "approval: sometimes")
    bot.post("@firstcommit templates")
    bot.thread = bot.open("Another", author="ann")
    bot.post("@firstcommit templates")
    assert len(bot.answers) == 1


def test_a_private_repositorys_file_is_not_quoted_elsewhere(bot: Bot) -> None:
    private = bot.forge.people.add_repository("acme/.github")
    say(bot, "create: {teams: [acme/black-projects]}", where=private)
    bot.post("@firstcommit templates")
    problem = bot.answers[0]
    assert "black-projects" not in problem
    check_reply("policy-problem-private", problem)


def test_a_private_file_without_its_version_is_told_what_it_lacks(bot: Bot) -> None:
    private = bot.forge.people.add_repository("acme/.github")
    bot.commit(".github/firstcommit.yml", b"approval: always\n", where=private)
    bot.post("@firstcommit templates")
    assert "line 1, `version`: the file has to begin with `version: 1`" in bot.answers[0]


def test_a_file_that_is_no_yaml_is_told_with_its_line(bot: Bot) -> None:
    bot.commit(PATH, b"version: 1\napproval: [\n")
    bot.post("@firstcommit templates")
    assert "- line 3: not YAML" in bot.answers[0]


def test_a_file_that_is_too_large_is_told(bot: Bot) -> None:
    bot.commit(PATH, b"version: 1\n" + b"#" * 70_000)
    bot.post("@firstcommit templates")
    assert "65536 are the most" in bot.answers[0]


def test_nothing_is_told_to_those_who_are_not_answered(bot: Bot) -> None:
    say(bot, "approval: sometimes")
    bot.post("@firstcommit templates", author="dependabot[bot]")
    assert not bot.comments


def test_a_file_that_cannot_be_read_now_is_read_later(bot: Bot) -> None:
    say(bot, "permissions: {generate: admin}")
    bot.fail("read_file", Transient("The forge is busy."))
    posted = bot.post(GENERATE)
    assert not bot.comments
    assert Reaction.CONFUSED not in bot.reactions(posted)
    bot.later(10)
    assert bot.reason == "no_admin"
