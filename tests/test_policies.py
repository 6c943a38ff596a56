"""Which policy is in force: whose files are read, from where, and what holds while one is wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.destination import Destination
from bot.core.identity import Permission, Repository
from bot.core.policy import Approval, ApproveRule, ModelRule, Policy, RunLimits, Verify
from bot.core.policy_keys import KEYS
from bot.errors import ConfigurationError, Transient, UserError
from bot.policies import FileInForce, InForce, for_run, in_force, in_force_for
from bot.policy_files import parse, read_operators_file
from tests.parts import ROOT
from tests.spine import Bot

PATH = ".github/firstcommit.yml"


@pytest.fixture
def organisation(bot: Bot) -> Repository:
    """Acme's own repository, without a policy."""
    return bot.forge.people.add_repository("acme/.github", private=False)


def say(bot: Bot, *lines: str, where: Repository | None = None, branch: str = "main") -> str:
    """Commit a policy."""
    text = "\n".join(["version: 1", *lines, ""])
    return bot.commit(PATH, text.encode(), where=where, branch=branch)


def found(bot: Bot) -> InForce:
    return in_force(bot.services, bot.shop)


def faults(file: FileInForce) -> Sequence[str]:
    return [str(problem) for problem in file.problems]


def test_with_no_file_the_defaults_are_in_force(bot: Bot) -> None:
    assert found(bot).policy == Policy()
    assert found(bot).problems == ()


def test_the_repositorys_file_tightens(bot: Bot) -> None:
    say(bot, "approval: always", "permissions: {generate: maintain}")
    assert found(bot).policy == Policy(
        approval=Approval.ALWAYS, permissions={"generate": Permission.MAINTAIN}
    )


def test_only_the_default_branch_counts(bot: Bot) -> None:
    say(bot, "approval: always", branch="proposal")
    assert found(bot).policy == Policy()


def test_the_organisations_file_holds_for_its_repositories(
    bot: Bot, organisation: Repository
) -> None:
    say(bot, "create: {teams: [platform]}", "approval: model", where=organisation)
    assert found(bot).policy == Policy(create_teams=("platform",), approval=Approval.MODEL)
    assert found(bot).rules.source("approval") == "acme/.github"


def test_a_repository_tightens_what_its_organisation_says(
    bot: Bot, organisation: Repository
) -> None:
    say(bot, "approval: model", "permissions: {approve: maintain}", where=organisation)
    say(bot, "approval: always")
    policy = found(bot).policy
    assert policy == Policy(approval=Approval.ALWAYS, approve=ApproveRule(role=Permission.MAINTAIN))
    assert found(bot).rules.source("approval") == "acme/shop"


def test_another_organisations_file_does_not_hold_here(bot: Bot) -> None:
    other = bot.forge.people.add_repository("pia/.github")
    say(bot, "approval: always", where=other)
    assert found(bot).policy == Policy()


def test_a_repository_that_was_given_away_rules_its_old_owner_no_more(bot: Bot) -> None:
    moved = bot.forge.people.add_repository("pia/settings")
    say(bot, "approval: always", where=moved)
    # Forges lead from the old name to the new one.
    places = bot.forge._world.places
    places["acme/.github"] = places["pia/settings"]
    assert found(bot).policy == Policy()


def test_a_login_that_changed_hands_brings_nobody_elses_policy(
    bot: Bot, organisation: Repository
) -> None:
    say(bot, "create: {teams: [platform]}", where=organisation)
    before = replace(bot.shop, owner_id="4711")
    assert in_force(bot.services, before).policy == Policy()


def test_a_persons_own_file_holds_for_their_repositories(bot: Bot) -> None:
    notes = bot.forge.people.add_repository("pia/notes")
    say(bot, "approval: always", where=bot.forge.people.add_repository("pia/.github"))
    assert in_force(bot.services, notes).policy == Policy(approval=Approval.ALWAYS)


def test_the_organisations_repository_is_ruled_by_its_own_file_as_the_organisations(
    bot: Bot, organisation: Repository
) -> None:
    say(bot, "create: {teams: [platform]}", where=organisation)
    inside = in_force(bot.services, organisation)
    assert inside.policy == Policy(create_teams=("platform",))
    assert inside.problems == ()
    assert len(inside.files) == 1


def test_what_holds_for_repositories_still_to_be_made_is_the_organisations(
    bot: Bot, organisation: Repository
) -> None:
    say(bot, "verify: require", where=organisation)
    say(bot, "approval: always")
    assert in_force_for(bot.services, "github", "acme").policy == Policy(verify=Verify.REQUIRE)


def test_a_value_that_loosens_is_one_problem_and_leaves_nothing_of_the_file(
    bot: Bot, organisation: Repository
) -> None:
    say(bot, "permissions: {generate: maintain}", where=organisation)
    version = say(bot, "verify: require", "permissions: {generate: write}")
    (file,) = found(bot).problems
    assert (file.repository.full_name, file.path, file.version) == ("acme/shop", PATH, version)
    assert faults(file) == [
        "3:25: permissions.generate: `write` would loosen what acme/.github says: `maintain`"
    ]
    assert found(bot).policy == Policy(permissions={"generate": Permission.MAINTAIN})


def test_the_last_good_version_stays_in_force_while_a_newer_one_is_wrong(bot: Bot) -> None:
    good = say(bot, "approval: always")
    assert not found(bot).problems
    say(bot, "approval: sometimes")
    (file,) = found(bot).problems
    assert file.kept == good
    assert faults(file) == ["2:11: approval: 'sometimes' is none of never, model, always"]
    assert found(bot).policy == Policy(approval=Approval.ALWAYS)


def test_a_mended_file_is_in_force_again(bot: Bot) -> None:
    say(bot, "approval: always")
    found(bot)
    say(bot, "approval: sometimes")
    found(bot)
    say(bot, "approval: model")
    assert found(bot).policy == Policy(approval=Approval.MODEL)
    assert found(bot).problems == ()


def test_a_file_that_was_removed_is_in_force_no_more(bot: Bot) -> None:
    say(bot, "approval: always")
    assert found(bot).policy.approval is Approval.ALWAYS
    objects = bot.forge._world.place(bot.shop).objects
    removed = objects.commit([], "Remove\n", bot.clock(), None)
    objects.branches["main"] = removed.id
    assert found(bot).policy == Policy()


def test_an_organisation_that_tightens_leaves_no_looser_file_in_force(
    bot: Bot, organisation: Repository
) -> None:
    say(bot, "permissions: {generate: maintain, status: maintain}")
    assert not found(bot).problems
    say(bot, "permissions: {generate: admin}", where=organisation)
    (file,) = found(bot).problems
    assert file.repository.full_name == "acme/shop"
    assert found(bot).policy.permissions == {
        "generate": Permission.ADMIN,
        "status": Permission.MAINTAIN,
    }


@pytest.mark.parametrize("place", ["shop", ".github"])
@pytest.mark.parametrize(
    "text", [b"version: 1\napproval: [", b"\xff\xfe", b"version: 1\n" + b"#" * 70_000]
)
def test_what_cannot_be_read_as_yaml_is_a_problem(bot: Bot, place: str, text: bytes) -> None:
    where = bot.repository(f"acme/{place}") or bot.forge.people.add_repository(f"acme/{place}")
    bot.commit(PATH, text, where=where)
    (file,) = found(bot).problems
    assert file.repository.full_name == f"acme/{place}"
    assert found(bot).policy == Policy()


def test_aliases_are_refused(bot: Bot) -> None:
    bot.commit(PATH, b"version: 1\ncreate: {teams: &all []}\npacks: {allow: *all}\n")
    (file,) = found(bot).problems
    assert faults(file)[0].startswith("2:")


@pytest.mark.parametrize("method", ["repository", "head", "read_file"])
@pytest.mark.parametrize(
    "error",
    [Transient("The forge is busy."), UserError("The app may not.", reason="no_access")],
    ids=["busy", "refused"],
)
def test_a_file_that_cannot_be_read_is_not_taken_for_none(
    bot: Bot, organisation: Repository, method: str, error: Exception
) -> None:
    say(bot, "approval: always", where=organisation)
    bot.fail(method, error)
    with pytest.raises(Transient):
        found(bot)
    assert found(bot).policy == Policy(approval=Approval.ALWAYS)


def test_a_file_is_read_once_for_each_commit(bot: Bot) -> None:
    say(bot, "approval: always")
    found(bot)
    before = len(bot.forge.calls_of("read_file"))
    assert found(bot).policy == Policy(approval=Approval.ALWAYS)
    assert len(bot.forge.calls_of("read_file")) == before


def test_an_organisation_stays_within_the_operators_models(
    bot: Bot, organisation: Repository
) -> None:
    bot.change(policy=Policy(models=ModelRule(run_usd=1.0)))
    say(bot, "models: {run_usd: 5}", "approval: always", where=organisation)
    (file,) = found(bot).problems
    assert faults(file) == [
        "2:19: models.run_usd: `5.0` would loosen what the operator says: `1.0`"
    ]


def test_an_operator_who_says_what_is_the_default_has_said_it(bot: Bot) -> None:
    bot.change(policy_keys=frozenset({"strangers"}))
    say(bot, "strangers: data")
    (file,) = found(bot).problems
    assert "what the operator says: `omit`" in faults(file)[0]


def test_a_run_is_held_to_what_its_destination_allows_too(bot: Bot) -> None:
    site = bot.forge.people.add_repository("acme/site")
    say(bot, "approval: always", "packs: {allow: ['python-*']}", where=site)
    say(bot, "verify: require")
    policy = for_run(bot.services, bot.shop, [destination(site)])
    assert (policy.approval, policy.verify) == (Approval.ALWAYS, Verify.REQUIRE)
    assert not policy.allows_pack("library")
    assert for_run(bot.services, bot.shop, [destination(bot.shop)]) == found(bot).policy


def test_a_run_without_a_thread_is_held_to_the_operators_and_the_destinations(bot: Bot) -> None:
    say(bot, "approval: always")
    bot.change(policy=Policy(verify=Verify.REQUIRE))
    policy = for_run(bot.services, None, [destination(bot.shop)])
    assert (policy.approval, policy.verify) == (Approval.ALWAYS, Verify.REQUIRE)
    assert [placed.repository for placed in policy.also_approve] == ["acme/shop"]
    assert for_run(bot.services, None, []) == Policy(verify=Verify.REQUIRE)


def destination(repository: Repository) -> Destination:
    return Destination(
        forge="github",
        repository=repository.full_name,
        id=repository.id,
        new=False,
        existing=True,
        visibility="private",
        path="",
        branch="firstcommit/1",
        base="main",
        draft=True,
    )


def test_the_operators_file_holds_for_the_whole_server(tmp_path: Path) -> None:
    path = tmp_path / "policy.yml"
    path.write_text("version: 1\napproval: model\nmodels: {day_usd: 20}\n")
    rules = read_operators_file(path)
    assert rules.policy == Policy(approval=Approval.MODEL, models=ModelRule(day_usd=20.0))
    assert rules.set_by == {"approval": "the operator", "models.day_usd": "the operator"}


def test_the_operator_may_raise_the_number_of_runs(tmp_path: Path) -> None:
    path = tmp_path / "policy.yml"
    path.write_text("version: 1\nruns: {thread: 10, organisation: 50}\n")
    assert read_operators_file(path).policy.runs == RunLimits(thread=10, organisation=50)


def test_without_an_operators_file_the_defaults_hold() -> None:
    assert read_operators_file(None).policy == Policy()


@pytest.mark.parametrize("text", [None, "approval: model\n", "version: 1\napprovals: x\n"])
def test_a_wrong_operators_file_keeps_the_program_from_starting(
    tmp_path: Path, text: str | None
) -> None:
    path = tmp_path / "policy.yml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigurationError) as failure:
        read_operators_file(path)
    assert str(path) in failure.value.message
    assert failure.value.reason == "bad_policy"


def test_the_documentation_has_every_key_and_its_examples_are_good() -> None:
    page = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
    known = {at.name for at in KEYS if not at.name.startswith("permissions.")}
    known |= {f"permissions.approve.{part}" for part in ("role", "teams", "own")}
    assert [name for name in sorted(known) if f"`{name}`" not in page] == []
    examples = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert len(examples) == 4
    for example in examples:
        assert parse(example, source="docs/policy.md")[1] == ()
