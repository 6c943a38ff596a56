"""Plans and approvals, case by case: carried out as they were shown, or refused with the reason."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot.core.identity import Permission, Repository
from bot.core.policy import Approval, ApproveRule, Policy
from bot.core.runs import RunStatus
from bot.errors import Transient, UserError
from bot.store.port import NewFile, NewPlan, Plan, Plans
from tests.spine import GENERATE, Bot, Killed

PLAN = "/plan library name=orders"
PLAN_NEW = f"{PLAN} into=acme/orders"
_LINE = re.compile(r"^/approve ([0-9a-f]{12})$", re.MULTILINE)


def planned(bot: Bot, text: str = PLAN, *, author: str = "ann") -> str:
    """Have a plan made; the digits of its digest that the comment shows."""
    bot.do(text, author=author)
    return shown(bot)


def shown(bot: Bot) -> str:
    """The digits in the line that the newest living comment wants to have written."""
    living = [said.body for said in bot.comments if "firstcommit:run:" in said.body]
    found = _LINE.search(living[-1])
    assert found is not None, living[-1]
    return found[1]


def plan(bot: Bot) -> Plan:
    return bot.store.plans.of_run(bot.run.id)[-1]


def approve(bot: Bot, digest: str, *, author: str = "ann") -> None:
    bot.do(f"/approve {digest}", author=author)


def nothing_was_published(bot: Bot) -> bool:
    calls = ("create_repository", "replace_first_commit", "commit_on_new_branch", "open_change")
    return not any(bot.forge.calls_of(call) for call in calls)


def test_a_plan_waits_and_publishes_nothing(bot: Bot) -> None:
    digest = planned(bot)
    assert bot.run.status == "waiting"
    assert bot.run.step("gate").status == "waiting"
    assert plan(bot).digest.startswith(digest)
    assert nothing_was_published(bot)


def test_a_waiting_plan_needs_no_worker(bot: Bot) -> None:
    planned(bot)
    bot.later(3600)
    assert bot.run.step("gate").attempts == 1
    assert not bot.store.runs.due(queued_for_s=0)


def test_an_approved_plan_is_published_as_it_was_shown(bot: Bot) -> None:
    digest = planned(bot)
    approve(bot, digest)
    assert bot.run.status == "completed"
    assert bot.run.step("gate").outputs == {
        "digest": plan(bot).digest,
        "approved_by": "ann",
        "at": bot.clock.now.isoformat(),
    }
    (change,) = bot.forge.people.changes(bot.shop)
    files = bot.store.projects.files(str(bot.run.project_id))
    published = bot.files("acme/shop", change.branch)
    contents = bot.store.projects.contents({file.content_hash for file in files})
    assert published == {file.path: contents[file.content_hash] for file in files}


def test_a_new_repository_is_made_only_once_it_is_approved(bot: Bot) -> None:
    digest = planned(bot, PLAN_NEW, author="olga")
    assert bot.repository("acme/orders") is None
    approve(bot, digest, author="olga")
    assert "README.md" in bot.files("acme/orders")


def test_an_approved_project_is_completed_whatever_becomes_of_its_publication(bot: Bot) -> None:
    digest = planned(bot)
    bot.fail("commit_on_new_branch", UserError("The forge says no.", reason="no_access"))
    approve(bot, digest)
    assert bot.run.status == "failed"
    project = bot.store.projects.get(str(bot.run.project_id))
    assert project is not None
    assert project.status == "completed"


def test_a_publication_that_failed_goes_on_under_the_same_approval(bot: Bot) -> None:
    digest = planned(bot)
    bot.fail("commit_on_new_branch", UserError("The forge says no.", reason="no_access"))
    approve(bot, digest)
    bot.do("/retry")
    assert bot.run.status == "completed"
    assert len(bot.store.plans.of_run(bot.run.id)) == 1


def test_six_digits_are_enough_in_any_case_of_letters(bot: Bot) -> None:
    digest = planned(bot)
    approve(bot, digest[:6].upper())
    assert bot.run.status == "completed"


def test_somebody_else_may_approve(bot: Bot) -> None:
    approve(bot, planned(bot), author="mia")
    assert bot.run.status == "completed"
    assert "by mia" in bot.living


def test_without_plan_a_run_knows_of_no_gate(bot: Bot) -> None:
    bot.do("/generate library name=orders")
    assert bot.run.step("gate").status == "skipped"
    assert "approve" not in bot.living


def test_the_input_of_the_workflow_does_the_same(bot: Bot) -> None:
    planned(bot, "/generate library name=orders plan=yes")
    assert nothing_was_published(bot)


class TestDigests:
    """What is not the digest of the plan that waits."""

    def test_five_digits_are_too_few(self, bot: Bot) -> None:
        digest = planned(bot)
        approve(bot, digest[:5])
        assert bot.reason == "digest_too_short"
        assert bot.run.status == "waiting"

    def test_words_are_no_digest(self, bot: Bot) -> None:
        planned(bot)
        approve(bot, "orders")
        assert bot.reason == "bad_digest"
        assert nothing_was_published(bot)

    def test_a_foreign_digest_is_refused(self, bot: Bot) -> None:
        planned(bot)
        approve(bot, "0123456789ab")
        assert bot.reason == "wrong_digest"
        assert nothing_was_published(bot)

    def test_the_digest_of_another_thread_is_foreign(self, bot: Bot) -> None:
        digest = planned(bot)
        first, bot.thread = bot.thread, bot.open("Bills", author="ann")
        planned(bot, "/plan library name=bills")
        approve(bot, digest)
        assert bot.reason == "wrong_digest"
        bot.thread = first
        approve(bot, digest)
        assert [run.status for run in bot.runs] == ["completed", "waiting"]

    def test_no_digest_is_told_the_line_to_write(self, bot: Bot) -> None:
        digest = planned(bot)
        bot.post("/approve")
        assert bot.reason == "missing_digest"
        assert f"`/approve {digest}`" in bot.answer

    def test_where_no_plan_was_made_there_is_none_to_approve(self, bot: Bot) -> None:
        bot.post("/approve 3f9a1c2b4d5e")
        assert bot.reason == "no_plan"

    def test_a_bare_word_without_any_run_is_somebody_elses(self, bot: Bot) -> None:
        bot.post("/approve")
        assert not bot.answers

    def test_the_same_digest_again_is_told_kindly_and_publishes_nothing_more(
        self, bot: Bot
    ) -> None:
        digest = planned(bot)
        approve(bot, digest)
        approve(bot, digest, author="mia")
        assert f"The plan `{digest}` was approved already, by ann at " in bot.answers[-1]
        assert len(bot.forge.people.changes(bot.shop)) == 1

    def test_a_newer_plan_takes_the_place_of_an_older(self, bot: Bot) -> None:
        older = planned(bot)
        newer = planned(bot, "/plan library name=bills")
        approve(bot, older)
        assert bot.reason == "plan_superseded"
        assert f"`{newer}`" in bot.answers[-1]
        assert [run.status for run in bot.runs] == ["failed", "waiting"]
        assert bot.runs[0].failure is not None
        assert bot.runs[0].failure.reason == "lapsed"
        assert "newer plan" in bot.runs[0].failure.message

    def test_after_seven_days_a_plan_has_lapsed(self, bot: Bot) -> None:
        digest = planned(bot)
        bot.later(7 * 24 * 3600 + 1)
        assert bot.run.status == "failed"
        assert bot.run.failure is not None
        assert bot.run.failure.reason == "lapsed"
        approve(bot, digest)
        assert bot.reason == "plan_lapsed"
        assert nothing_was_published(bot)

    def test_a_plan_that_lapsed_a_moment_ago_is_not_published(self, bot: Bot) -> None:
        digest = planned(bot)
        bot.clock.now = plan(bot).lapses_at
        bot.post(f"/approve {digest}")
        assert bot.reason == "plan_lapsed"
        bot.drain()
        assert nothing_was_published(bot)


class TestRights:
    """Who may approve."""

    def test_by_default_write_is_needed(self, bot: Bot) -> None:
        approve(bot, planned(bot), author="rita")
        assert bot.reason == "no_right"
        assert nothing_was_published(bot)

    def test_a_role_that_policy_names(self, bot: Bot) -> None:
        bot.change(policy=Policy(approve=ApproveRule(role=Permission.MAINTAIN)))
        digest = planned(bot)
        approve(bot, digest)
        assert bot.reason == "no_right"
        approve(bot, digest, author="mia")
        assert bot.run.status == "completed"

    def test_a_team_that_policy_names(self, bot: Bot) -> None:
        rule = ApproveRule(role=Permission.ADMIN, teams=("platform",))
        bot.change(policy=Policy(approve=rule))
        bot.forge.people.add_to_team("acme", "platform", bot.person("tom"))
        digest = planned(bot)
        approve(bot, digest, author="mia")
        assert bot.reason == "no_right"
        assert "acme/platform" in bot.answers[-1]
        approve(bot, digest, author="tom")
        assert bot.run.status == "completed"

    def test_ones_own_request_where_policy_wants_somebody_else(self, bot: Bot) -> None:
        bot.change(policy=Policy(approve=ApproveRule(own=False)))
        digest = planned(bot)
        approve(bot, digest)
        assert bot.reason == "own_request"
        assert nothing_was_published(bot)
        approve(bot, digest, author="mia")
        assert bot.run.status == "completed"


class TestElsewhere:
    """A destination's rule is about rights at the destination, wherever the thread is."""

    def test_rights_in_ones_own_thread_do_not_approve_elsewhere(self, bot: Bot) -> None:
        rule(bot, bot.shop, "approval: always", "permissions: {approve: {role: admin}}")
        notes = bot.forge.people.add_repository("pia/notes")
        bot.forge.permissions["pia/notes", "pia"] = Permission.ADMIN
        bot.forge.permissions["acme/shop", "pia"] = Permission.WRITE
        bot.forge.permissions["pia/notes", "olga"] = Permission.WRITE
        bot.thread = bot.open("Mine", author="pia", where=notes)
        digest = planned(bot, f"{GENERATE} into=acme/shop --existing", author="pia")
        assert "has admin access to acme/shop" in bot.living
        approve(bot, digest, author="pia")
        assert bot.reason == "no_right"
        assert nothing_was_published(bot)
        approve(bot, digest, author="olga")
        assert bot.run.status == "completed"

    def test_a_team_of_that_name_elsewhere_does_not_approve(self, bot: Bot) -> None:
        site = foreign_site(bot)
        rule(bot, site, "approval: always")
        theirs = bot.forge.people.add_repository("globex/.github")
        asked = "permissions: {approve: {role: admin, teams: [platform], own: false}}"
        rule(bot, theirs, asked)
        ours = bot.forge.people.add_repository("acme/.github")
        rule(bot, ours, "permissions: {approve: {role: admin, teams: [platform]}}")
        rita = bot.person("rita")
        bot.forge.people.add_to_team("acme", "platform", rita)
        digest = planned(bot, f"{GENERATE} into=globex/site --existing")
        assert "globex/platform, other than ann" in bot.living
        approve(bot, digest, author="rita")
        assert bot.reason == "no_right"
        approve(bot, digest)
        assert bot.reason == "own_request"
        assert nothing_was_published(bot)
        bot.forge.people.add_to_team("globex", "platform", rita)
        approve(bot, digest, author="rita")
        assert bot.run.status == "completed"

    def test_rights_at_the_destination_alone_do_not_meet_the_threads_rule(self, bot: Bot) -> None:
        foreign_site(bot)
        bot.forge.permissions["globex/site", "rita"] = Permission.ADMIN
        digest = planned(bot, f"{PLAN} into=globex/site --existing")
        approve(bot, digest, author="rita")
        assert bot.reason == "no_right"
        assert nothing_was_published(bot)

    def test_a_new_repository_is_its_accounts_to_approve(self, bot: Bot) -> None:
        notes = bot.forge.people.add_repository("pia/notes")
        bot.forge.permissions["pia/notes", "pia"] = Permission.ADMIN
        bot.forge.permissions["pia/notes", "olga"] = Permission.WRITE
        bot.thread = bot.open("Mine", author="pia", where=notes)
        digest = planned(bot, PLAN_NEW, author="olga")
        approve(bot, digest, author="pia")
        assert bot.reason == "no_right"
        assert "owns acme" in bot.answers[-1]
        assert bot.repository("acme/orders") is None
        approve(bot, digest, author="olga")
        assert bot.run.status == "completed"

    def test_under_the_threads_own_account_the_threads_rule_holds(self, bot: Bot) -> None:
        approve(bot, planned(bot, PLAN_NEW, author="olga"), author="ann")
        assert bot.run.status == "completed"

    def test_a_team_of_the_account_may_approve_a_new_repository(self, bot: Bot) -> None:
        ours = bot.forge.people.add_repository("acme/.github")
        rule(bot, ours, "permissions: {approve: {role: admin, teams: [platform]}}")
        bot.forge.people.add_to_team("acme", "platform", bot.person("tom"))
        approve(bot, planned(bot, PLAN_NEW, author="olga"), author="tom")
        assert bot.run.status == "completed"

    def test_a_changed_rule_of_the_destination_is_a_changed_policy(self, bot: Bot) -> None:
        site = foreign_site(bot)
        bot.forge.permissions["globex/site", "mia"] = Permission.ADMIN
        digest = planned(bot, f"{PLAN} into=globex/site --existing")
        rule(bot, site, "permissions: {approve: {role: admin}}")
        approve(bot, digest, author="mia")
        assert bot.reason == "plan_changed"
        assert "the policy has changed: `permissions`" in bot.answers[-1]


TWO_GATES = """
name: twice
inputs:
  pack: {type: string}
  answers: {type: object, default: {}}
  into: {type: destination, default: "."}
steps:
  - {id: files, uses: file_generation,
     with: {pack: "${{ inputs.pack }}", answers: "${{ inputs.answers }}"}}
  - {id: first, uses: approval,
     with: {project: "${{ steps.files.project }}", into: "${{ inputs.into }}"}}
  - {id: second, uses: approval,
     with: {project: "${{ steps.files.project }}", into: "${{ inputs.into }}"}}
  - {id: commit, uses: commit,
     with: {project: "${{ steps.files.project }}", into: "${{ inputs.into }}"}}
"""


def test_the_same_is_not_approved_twice(bot: Bot) -> None:
    home = bot.forge.people.add_repository("acme/.github")
    bot.commit(".github/firstcommit/workflows/twice.yaml", TWO_GATES.encode(), where=home)
    digest = planned(bot, f"{GENERATE} workflow=twice")
    approve(bot, digest)
    assert bot.run.status == "completed", bot.run.failure
    assert bot.run.step("second").outputs == bot.run.step("first").outputs


class TestChanges:
    """What is not as it was shown is not published."""

    def test_a_changed_policy(self, bot: Bot) -> None:
        digest = planned(bot)
        bot.change(policy=Policy(draft=False))
        approve(bot, digest)
        assert bot.reason == "plan_changed"
        assert "the policy has changed: `defaults`" in bot.answers[-1]
        assert bot.run.status == "failed"
        assert nothing_was_published(bot)

    def test_a_changed_file_of_the_destination(self, bot: Bot) -> None:
        digest = planned(bot)
        bot.commit("README.md", b"# another shop\n")
        approve(bot, digest)
        assert bot.reason == "plan_changed"
        assert "changed in the meantime: `README.md`" in bot.answers[-1]
        assert nothing_was_published(bot)

    def test_a_file_that_came_to_where_one_would_be_written(self, bot: Bot) -> None:
        digest = planned(bot)
        bot.commit("scripts/check", b"true\n")
        approve(bot, digest)
        assert "changed in the meantime: `scripts/check`" in bot.answers[-1]
        assert nothing_was_published(bot)

    def test_workflow_files_that_were_shown_as_left_out(self, bot: Bot) -> None:
        bot.forge.workflows_allowed = False
        digest = planned(bot)
        bot.forge.workflows_allowed = True
        approve(bot, digest)
        assert "may write workflow files" in bot.answers[-1]
        assert nothing_was_published(bot)

    def test_other_files_of_the_destination_do_not_matter(self, bot: Bot) -> None:
        digest = planned(bot)
        bot.commit("docs/shop.md", b"# Shop\n")
        approve(bot, digest)
        assert bot.run.status == "completed"

    def test_a_changed_file_of_the_project(self, bot: Bot) -> None:
        digest = planned(bot)
        edit(bot, "README.md", b"# mine\n")
        bot.queue.runs.clear()
        approve(bot, digest)
        assert bot.reason == "plan_changed"
        assert "the project's files are others: `README.md`" in bot.answers[-1]
        assert nothing_was_published(bot)

    def test_a_lost_right_of_the_requester_and_its_return(self, bot: Bot) -> None:
        digest = planned(bot)
        bot.forge.permissions["acme/shop", "ann"] = Permission.READ
        approve(bot, digest, author="mia")
        assert bot.reason == "right_lost"
        assert "ann, who asked for it" in bot.answers[-1]
        assert bot.run.status == "waiting"
        bot.forge.permissions["acme/shop", "ann"] = Permission.WRITE
        approve(bot, digest, author="mia")
        assert bot.run.status == "completed"

    def test_what_changes_right_after_the_approval(self, bot: Bot) -> None:
        digest = planned(bot)
        bot.post(f"/approve {digest}")
        bot.commit("README.md", b"# another shop\n")
        bot.drain()
        assert bot.run.failure is not None
        assert bot.run.failure.reason == "plan_changed"
        assert nothing_was_published(bot)

    def test_a_right_that_is_lost_right_after_the_approval(self, bot: Bot) -> None:
        digest = planned(bot)
        bot.post(f"/approve {digest}", author="mia")
        bot.forge.permissions["acme/shop", "ann"] = Permission.READ
        bot.drain()
        assert bot.run.failure is not None
        assert bot.run.failure.reason == "plan_changed"
        assert nothing_was_published(bot)

    def test_a_forge_that_does_not_answer_is_no_change(self, bot: Bot) -> None:
        digest = planned(bot)
        bot.fail("entries", Transient("The forge is away."))
        bot.post(f"/approve {digest}")
        assert not bot.answers
        bot.later(60)
        assert bot.run.status == "completed"

    def test_after_a_change_retry_makes_a_plan_that_can_be_approved(self, bot: Bot) -> None:
        digest = planned(bot)
        bot.commit("README.md", b"# another shop\n")
        approve(bot, digest)
        bot.do("/retry")
        assert shown(bot) != digest
        approve(bot, shown(bot))
        assert bot.run.status == "completed"


class TestRejection:
    """A plan can be ended, and made anew."""

    def test_a_rejected_plan_ends_its_run_with_the_reason(self, bot: Bot) -> None:
        planned(bot)
        bot.do("/reject -- it belongs into `acme/site`.", author="mia")
        assert bot.run.status == "failed"
        assert bot.run.failure is not None
        assert bot.run.failure.reason == "rejected"
        assert "mia rejected the plan" in bot.run.failure.message
        assert "it belongs into `acme/site`." in bot.living
        assert nothing_was_published(bot)

    def test_its_project_has_failed_with_that_reason(self, bot: Bot) -> None:
        planned(bot)
        project = bot.store.projects.get(str(bot.run.project_id))
        assert project is not None
        assert project.status == "generating"
        bot.do("/reject")
        project = bot.store.projects.get(str(bot.run.project_id))
        assert project is not None
        assert project.status == "failed"

    def test_a_rejected_plan_cannot_be_approved_any_more(self, bot: Bot) -> None:
        digest = planned(bot)
        bot.do("/reject")
        approve(bot, digest)
        assert bot.reason == "plan_rejected"
        assert nothing_was_published(bot)

    def test_a_retry_makes_a_new_plan_with_a_digest_of_its_own(self, bot: Bot) -> None:
        digest = planned(bot)
        bot.do("/reject")
        bot.do("/retry")
        assert bot.run.status == "waiting"
        assert shown(bot) != digest
        approve(bot, digest)
        assert bot.reason == "plan_superseded"
        approve(bot, shown(bot))
        assert bot.run.status == "completed"

    def test_who_may_not_write_rejects_ones_own_only(self, bot: Bot) -> None:
        planned(bot)
        bot.do("/reject", author="rita")
        assert bot.reason == "no_right"
        assert bot.run.status == "waiting"
        bot.forge.permissions["acme/shop", "ann"] = Permission.READ
        bot.do("/reject", author="ann")
        assert bot.run.status == "failed"

    def test_without_a_plan_there_is_nothing_to_reject(self, bot: Bot) -> None:
        bot.do("/generate library name=orders")
        bot.post("/reject")
        assert bot.reason == "no_plan"

    def test_after_an_approval_there_is_nothing_to_reject(self, bot: Bot) -> None:
        approve(bot, planned(bot))
        bot.post("/reject")
        assert bot.reason == "no_plan"
        assert "approved" in bot.answers[-1]

    def test_who_approves_again_is_told_what_became_of_the_run(self, bot: Bot) -> None:
        digest = planned(bot)
        approve(bot, digest)
        approve(bot, digest)
        assert "has published it; its comment tells how." in bot.answers[-1]
        assert "publishes it once" not in bot.answers[-1]

    def test_who_approves_again_what_failed_is_told_to_retry(self, bot: Bot) -> None:
        digest = planned(bot)
        bot.fail("open_change", UserError("No.", reason="no_access"))
        approve(bot, digest)
        assert bot.run.status == "failed"
        approve(bot, digest)
        assert (
            "has failed since; its comment tells how. `/retry` takes it up again."
            in (bot.answers[-1])
        )

    def test_a_cancelled_run_takes_its_plan_with_it(self, bot: Bot) -> None:
        digest = planned(bot)
        bot.do("/cancel")
        approve(bot, digest)
        assert bot.reason == "plan_lapsed"
        assert "Nothing had been published by then" in bot.living


class TestOnce:
    """Answers that got lost, and two people at once."""

    @pytest.mark.parametrize("after", [False, True])
    @pytest.mark.parametrize("word", ["approve", "reject"])
    def test_an_answer_that_is_owed_still_tells_of_the_decision(
        self, bot: Bot, word: str, after: bool
    ) -> None:
        digest = planned(bot)
        bot.fail("add_comment", after=after)
        bot.do(f"/approve {digest}" if word == "approve" else "/reject")
        bot.later(60)
        assert bot.run.status == ("completed" if word == "approve" else "failed")
        assert len(bot.answers) == 1
        assert "publishes exactly" in bot.answer or "is rejected" in bot.answer

    def test_of_two_opposite_answers_the_first_holds(self, bot: Bot) -> None:
        digest = planned(bot)
        bot.write("/reject", author="mia")
        bot.write(f"/approve {digest}")
        bot.drain()
        assert bot.run.status == "failed"
        assert nothing_was_published(bot)

    def test_approved_twice_at_once_it_is_published_once(self, bot: Bot) -> None:
        digest = planned(bot)
        bot.write(f"/approve {digest}")
        bot.write(f"/approve {digest}", author="mia")
        bot.drain()
        assert bot.run.status == "completed"
        assert len(bot.forge.people.changes(bot.shop)) == 1
        assert len(bot.answers) == 2

    def test_a_worker_that_is_killed_while_it_plans_makes_one_plan(self, bot: Bot) -> None:
        bot.post(PLAN)
        plans = bot.store.plans
        bot.change(store=replace(bot.store, plans=Dying(plans)))
        with pytest.raises(Killed):
            bot.drain()
        bot.change(store=replace(bot.store, plans=plans))
        bot.later(60)
        assert len(bot.store.plans.of_run(bot.run.id)) == 1
        approve(bot, shown(bot))
        assert bot.run.status == "completed"


def test_policy_that_always_asks_makes_a_plan_of_every_generation(bot: Bot) -> None:
    bot.change(policy=Policy(approval=Approval.ALWAYS))
    digest = planned(bot, "/generate library name=orders")
    assert nothing_was_published(bot)
    approve(bot, digest)
    assert bot.run.status == "completed"


def rule(bot: Bot, where: Repository, *lines: str) -> None:
    """Commit a policy."""
    text = "\n".join(["version: 1", *lines, ""])
    bot.commit(".github/firstcommit.yml", text.encode(), where=where)


def foreign_site(bot: Bot) -> Repository:
    """A repository of another organisation, to which ann may write."""
    bot.forge.people.add_account("globex", installation="90")
    bot.forge.permissions["globex/site", "ann"] = Permission.WRITE
    return bot.forge.people.add_repository("globex/site")


def edit(bot: Bot, path: str, content: bytes) -> None:
    """Have a file of the newest run's project replaced while the run waits."""
    projects, project_id = bot.store.projects, str(bot.run.project_id)
    files = projects.files(project_id)
    contents = projects.contents({file.content_hash for file in files})
    changed = [
        NewFile(
            path=file.path,
            content=content if file.path == path else contents[file.content_hash],
            mode=file.mode,
            origin="person" if file.path == path else file.origin,
        )
        for file in files
    ]
    bot.post("/generate library name=another")
    other = bot.store.runs.lease(bot.run.id, worker="test:2", lease_s=60)
    assert other is not None
    projects.save_files(project_id, changed, run_id=other.id, number=other.lease_number)
    bot.store.runs.finish(other.id, other.lease_number, RunStatus.CANCELLED)


class Dying:
    """Plans whose worker is killed right after it has proposed one."""

    def __init__(self, plans: Plans) -> None:
        self._plans = plans

    def __getattr__(self, name: str) -> object:
        return getattr(self._plans, name)

    def propose(self, plan: NewPlan, *, number: int) -> Plan:
        self._plans.propose(plan, number=number)
        raise Killed
