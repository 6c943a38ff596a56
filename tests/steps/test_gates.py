"""What policy demands before anything is published, whatever a workflow's file says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.core.destination import Destination, destination_to_dict
from bot.core.identity import Permission, Repository
from bot.core.policy import Approval, Policy, Verify
from bot.core.runs import Run
from bot.store.port import NewFile, Projects
from tests.commands.test_cancel import during
from tests.spine import GENERATE, Bot

POLICY = ".github/firstcommit.yml"
BAD_DATA = f"{GENERATE} data='{{not json'"
CALLS = ("create_repository", "replace_first_commit", "commit_on_new_branch", "open_change")

BARE = """
name: bare
inputs:
  pack: {type: string}
  answers: {type: object, default: {}}
  into: {type: destination, default: "."}
steps:
  - {id: files, uses: file_generation,
     with: {pack: "${{ inputs.pack }}", answers: "${{ inputs.answers }}"}}
  - {id: commit, uses: commit,
     with: {project: "${{ steps.files.project }}", into: "${{ inputs.into }}"}}
  - {id: change, uses: open_change,
     with: {into: "${{ inputs.into }}", branch: "${{ steps.commit.branch }}"}}
"""
ELSEWHERE = """
name: elsewhere
inputs:
  pack: {type: string}
  answers: {type: object, default: {}}
  into: {type: destination, default: "."}
  other: {type: destination}
steps:
  - {id: files, uses: file_generation,
     with: {pack: "${{ inputs.pack }}", answers: "${{ inputs.answers }}"}}
  - {id: gate, uses: approval,
     with: {project: "${{ steps.files.project }}", into: "${{ inputs.into }}"}}
  - {id: commit, uses: commit,
     with: {project: "${{ steps.files.project }}", into: "${{ inputs.other }}"}}
"""
BESIDE = """
name: beside
inputs:
  pack: {type: string}
  answers: {type: object, default: {}}
  into: {type: destination, default: "."}
steps:
  - {id: files, uses: file_generation,
     with: {pack: "${{ inputs.pack }}", answers: "${{ inputs.answers }}"}}
  - {id: gate, uses: approval,
     with: {project: "${{ steps.files.project }}", into: "${{ inputs.into }}"}}
  - {id: commit, uses: commit, needs: [files],
     with: {project: "${{ steps.files.project }}", into: "${{ inputs.into }}"}}
"""


def own(bot: Bot, name: str, text: str) -> str:
    """Give acme a workflow of its own; the command that runs it."""
    home = bot.repository("acme/.github") or bot.forge.people.add_repository("acme/.github")
    bot.commit(f".github/firstcommit/workflows/{name}.yaml", text.encode(), where=home)
    return f"{GENERATE} workflow={name}"


def published(bot: Bot) -> Sequence[str]:
    return [call for call in CALLS if bot.forge.calls_of(call)]


def reason(bot: Bot) -> str:
    assert bot.run.failure is not None, bot.run
    return bot.run.failure.reason


def approve(bot: Bot) -> None:
    plans = bot.store.plans.of_run(bot.run.id)
    bot.do(f"/approve {plans[-1].digest}", author="mia")


class TestApproval:
    """``approval``: never, model, always."""

    def test_a_workflow_without_a_gate_gets_one(self, bot: Bot) -> None:
        bot.change(policy=Policy(approval=Approval.ALWAYS))
        bot.do(own(bot, "bare", BARE))
        assert bot.run.status == "waiting"
        assert not published(bot)
        approve(bot)
        assert bot.run.status == "completed"
        assert published(bot) == ["commit_on_new_branch", "open_change"]

    def test_a_run_from_before_the_policy_is_refused(self, bot: Bot) -> None:
        bot.post(own(bot, "bare", BARE))
        bot.commit(POLICY, b"version: 1\napproval: always\n")
        bot.drain()
        assert reason(bot) == "approval_missing"
        assert not published(bot)

    def test_policy_that_comes_between_two_steps_stops_the_second(self, bot: Bot) -> None:
        bot.post(GENERATE)
        file = b"version: 1\napproval: always\n"
        during(bot, "commit_on_new_branch", lambda: bot.commit(POLICY, file))
        bot.drain()
        assert reason(bot) == "approval_missing"
        assert published(bot) == ["commit_on_new_branch"]

    def test_policy_that_changes_after_the_approval_stops_the_next_step(self, bot: Bot) -> None:
        bot.do("/plan library name=orders")
        file = b"version: 1\nverify: require\n"
        during(bot, "commit_on_new_branch", lambda: bot.commit(POLICY, file))
        approve(bot)
        assert reason(bot) == "plan_changed"
        assert "the policy has changed: `verify`" in bot.living
        assert "`/retry step=gate` makes a new plan" in bot.living
        assert published(bot) == ["commit_on_new_branch"]

    def test_what_changes_at_the_destination_after_the_commit_stops_nothing(self, bot: Bot) -> None:
        bot.do("/plan library name=orders")
        during(bot, "commit_on_new_branch", lambda: bot.commit("README.md", b"# other\n"))
        approve(bot)
        assert bot.run.status == "completed"

    def test_an_approval_is_for_the_place_that_was_shown(self, bot: Bot) -> None:
        site = bot.forge.people.add_repository("acme/site")
        bot.forge.permissions["acme/site", "ann"] = Permission.WRITE
        bot.forge.permissions["acme/site", "mia"] = Permission.WRITE
        bot.do(f"{own(bot, 'elsewhere', ELSEWHERE)} other=acme/site --existing")
        approve(bot)
        assert reason(bot) == "plan_changed"
        assert "this step would publish somewhere else" in bot.living
        assert not bot.forge.people.changes(site)
        assert not published(bot)

    def test_a_gate_beside_the_publishing_step_is_none(self, bot: Bot) -> None:
        bot.do(own(bot, "beside", BESIDE))
        assert reason(bot) == "approval_missing"
        assert not published(bot)

    def test_of_packs_nobody_approves_what_policy_wants_of_models(self, bot: Bot) -> None:
        bot.change(policy=Policy(approval=Approval.MODEL))
        bot.do(GENERATE)
        assert bot.run.status == "completed"

    def test_a_models_file_is_not_published_without_approval(self, bot: Bot) -> None:
        bot.change(policy=Policy(approval=Approval.MODEL))
        projects = ByModel(bot.store.projects)
        bot.change(store=replace(bot.store, projects=projects))
        bot.do(GENERATE)
        assert reason(bot) == "approval_missing"
        assert not published(bot)

    def test_a_models_file_is_published_once_it_is_approved(self, bot: Bot) -> None:
        bot.change(policy=Policy(approval=Approval.MODEL))
        bot.change(store=replace(bot.store, projects=ByModel(bot.store.projects)))
        bot.do("/plan library name=orders")
        approve(bot)
        assert bot.run.status == "completed"

    def test_a_wish_for_a_plan_holds_for_workflows_that_know_of_none(self, bot: Bot) -> None:
        command = own(bot, "bare", BARE)
        bot.do(command.replace("/generate", "/plan"))
        assert bot.run.status == "waiting"
        assert not published(bot)
        approve(bot)
        assert bot.run.status == "completed"


class TestVerification:
    """``verify``: report, require."""

    def test_findings_are_reported_where_policy_says_no_more(self, bot: Bot) -> None:
        bot.do(BAD_DATA)
        assert bot.run.status == "completed"

    def test_findings_stop_everything_that_publishes_where_it_is_required(self, bot: Bot) -> None:
        bot.change(policy=Policy(verify=Verify.REQUIRE))
        bot.do(BAD_DATA)
        assert reason(bot) == "not_verified"
        assert not published(bot)
        assert "**Findings of the verification:**" in bot.living

    def test_no_repository_is_made_of_them_either(self, bot: Bot) -> None:
        bot.change(policy=Policy(verify=Verify.REQUIRE))
        bot.do(f"{BAD_DATA} into=acme/orders", author="olga")
        assert reason(bot) == "not_verified"
        assert bot.repository("acme/orders") is None

    def test_what_passes_is_published(self, bot: Bot) -> None:
        bot.change(policy=Policy(verify=Verify.REQUIRE))
        bot.do(GENERATE)
        assert bot.run.status == "completed"

    def test_a_workflow_that_does_not_verify_gets_the_step(self, bot: Bot) -> None:
        bot.change(policy=Policy(verify=Verify.REQUIRE))
        bot.do(own(bot, "bare", BARE))
        assert bot.run.status == "completed"
        assert "Verify them — every file parses" in bot.living

    def test_a_run_from_before_the_policy_is_refused(self, bot: Bot) -> None:
        bot.post(own(bot, "bare", BARE))
        bot.commit(POLICY, b"version: 1\nverify: require\n")
        bot.drain()
        assert reason(bot) == "not_verified"
        assert not published(bot)

    def test_both_can_be_asked_for(self, bot: Bot) -> None:
        bot.change(policy=Policy(verify=Verify.REQUIRE, approval=Approval.ALWAYS))
        bot.do(own(bot, "bare", BARE))
        approve(bot)
        assert bot.run.status == "completed"


class ByModel:
    """Projects whose files all come from a model."""

    def __init__(self, projects: Projects) -> None:
        self._projects = projects

    def __getattr__(self, name: str) -> object:
        return getattr(self._projects, name)

    def save_files(self, id: str, files: Sequence[NewFile], *, run_id: str, number: int) -> int:
        made = [replace(file, origin="agent") for file in files]
        return self._projects.save_files(id, made, run_id=run_id, number=number)


@pytest.mark.parametrize("approval", [Approval.NEVER, Approval.MODEL])
def test_without_any_demand_nothing_is_in_the_way(bot: Bot, approval: Approval) -> None:
    bot.change(policy=Policy(approval=approval))
    bot.do(own(bot, "bare", BARE))
    assert bot.run.status == "completed"


SITE = """
name: site
inputs:
  pack: {type: string}
  answers: {type: object, default: {}}
  where: {type: object}
steps:
  - {id: files, uses: file_generation,
     with: {pack: "${{ inputs.pack }}", answers: "${{ inputs.answers }}"}}
  - {id: commit, uses: commit, for_each: "${{ inputs.where.places }}",
     with: {project: "${{ steps.files.project }}", into: "${{ item }}"}}
"""
BOTH = """
name: both
inputs:
  pack: {type: string}
  answers: {type: object, default: {}}
  into: {type: destination, default: "."}
  other: {type: destination}
steps:
  - {id: files, uses: file_generation,
     with: {pack: "${{ inputs.pack }}", answers: "${{ inputs.answers }}"}}
  - {id: commit, uses: commit, for_each: ["${{ inputs.into }}", "${{ inputs.other }}"],
     with: {project: "${{ steps.files.project }}", into: "${{ item }}"}}
"""
STEAL = """
name: steal
inputs:
  into: {type: destination, default: "."}
  theirs: {type: object}
steps:
  - {id: commit, uses: commit,
     with: {project: "${{ inputs.theirs.project }}", into: "${{ inputs.into }}"}}
"""


class TestDestinations:
    """Nothing is published to a place that the command did not resolve."""

    @pytest.mark.parametrize("mia", [Permission.NONE, Permission.WRITE])
    def test_data_that_looks_like_one_is_none_for_anybody(self, bot: Bot, mia: Permission) -> None:
        site = bot.forge.people.add_repository("acme/site")
        bot.forge.permissions["acme/site", "ann"] = Permission.WRITE
        bot.forge.permissions["acme/site", "mia"] = mia
        bot.do(in_object(bot, site))
        assert reason(bot) == "foreign_destination"
        assert "`type: destination`" in bot.living
        bot.do("/retry", author="mia")
        assert reason(bot) == "foreign_destination"
        assert not published(bot)

    def test_each_of_several_destinations_is_one(self, bot: Bot) -> None:
        bot.forge.people.add_repository("acme/site")
        bot.forge.permissions["acme/site", "ann"] = Permission.WRITE
        bot.do(f"{own(bot, 'both', BOTH)} other=acme/site --existing")
        assert bot.run.status == "completed"
        assert len(bot.forge.calls_of("commit_on_new_branch")) == 2


class TestProjects:
    """Nobody publishes, by its id, what was generated elsewhere."""

    def test_a_project_of_another_thread_is_as_if_it_were_not_there(self, bot: Bot) -> None:
        notes = bot.forge.people.add_repository("pia/notes")
        bot.forge.permissions["pia/notes", "pia"] = Permission.ADMIN
        here, bot.thread = bot.thread, bot.open("private", author="pia", where=notes)
        theirs = bot.do("/plan library name=topsecret", author="pia")
        bot.thread = here
        own(bot, "steal", STEAL)
        bot.do(f"/generate workflow=steal theirs='{project_of(theirs)}'")
        assert reason(bot) == "bad_input"
        assert not published(bot)
        assert theirs.project_id
        untouched = bot.store.projects.get(theirs.project_id)
        assert untouched is not None
        assert untouched.completed_at is None

    def test_one_of_this_thread_can_be_published(self, bot: Bot) -> None:
        before = bot.do(GENERATE)
        own(bot, "steal", STEAL)
        again = bot.do(f"/generate workflow=steal theirs='{project_of(before)}' path=again")
        assert again.id != before.id
        assert again.status == "completed"


def in_object(bot: Bot, site: Repository) -> str:
    """The command of a workflow whose steps are given an item that a thread's JSON brings."""
    where = json.dumps({"places": [looks_like(site)]})
    return f"{own(bot, 'site', SITE)} where='{where}'"


def looks_like(site: Repository) -> dict[str, object]:
    """A destination as a run keeps it, made up by somebody."""
    into = Destination(
        forge="github",
        repository=site.full_name,
        id=site.id,
        new=False,
        existing=True,
        visibility="private",
        path="../x/.git",
        branch="sneaky",
        base="main",
        draft=False,
    )
    return destination_to_dict(into)


def project_of(run: Run) -> str:
    """The project that a run has made, as a workflow's step gives it."""
    outputs = run.step("files").outputs
    assert outputs is not None
    project = outputs["project"]
    assert isinstance(project, dict)
    # An apostrophe would end the word that it stands in.
    return json.dumps({"project": {**project, "summary": "files"}})


class TestPacks:
    """``packs: {allow: …}``."""

    def test_a_pack_that_a_workflow_names_itself_needs_to_be_allowed(self, bot: Bot) -> None:
        bot.change(policy=Policy(packs=("acme/*",)))
        literal = BARE.replace('"${{ inputs.pack }}"', "library").replace(
            "  pack: {type: string}\n", ""
        )
        own(bot, "literal", literal.replace("name: bare", "name: literal"))
        bot.do("/generate workflow=literal")
        assert reason(bot) == "pack_not_allowed"
        assert not published(bot)
