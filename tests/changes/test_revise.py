"""``/revise`` on a change of ours is one more commit on its branch, over what people have done."""

from __future__ import annotations

import pytest

from bot.core.git_values import EXECUTABLE
from bot.core.identity import Permission
from bot.core.policy import Approval, ModelRule, Policy
from bot.core.runs import RunStatus
from bot.errors import Transient
from bot.services import NoModels
from tests.changes.conftest import Proposed
from tests.spine import Killed

REVISE = "/revise -- say in the README what it is for"
README = "README.md"


@pytest.fixture
def told(proposed: Proposed) -> Proposed:
    proposed.answers("revision", (README, "# orders\n\nFor shops.\n"), words="The README says it.")
    return proposed


def test_a_revision_is_one_more_commit_on_the_branch(told: Proposed) -> None:
    before = told.head
    run = told.do(REVISE)
    assert run.failure is None
    made = told.bot.forge.head(told.bot.shop, told.branch)
    assert made is not None and made.parents == (before,)
    assert made.message.startswith("Revise orders\n\nAsked for by ann.")
    assert told.files[README] == b"# orders\n\nFor shops.\n"
    assert len(told.bot.forge.people.changes(told.bot.shop)) == 1
    living = told.living(run)
    assert "orders is amended" in living
    assert "The README says it." in living


def test_what_people_have_committed_is_seen_and_kept(told: Proposed) -> None:
    told.bot.commit("src/orders/__init__.py", b"# by hand\n", branch=told.branch)
    told.bot.commit("src/orders/more.py", b"MORE = 1\n", branch=told.branch)
    told.do(REVISE)
    (prompt,) = told.prompts
    assert "# by hand" in prompt and "MORE = 1" in prompt
    assert told.files["src/orders/__init__.py"] == b"# by hand\n"
    assert told.files["src/orders/more.py"] == b"MORE = 1\n"
    assert told.files[README] == b"# orders\n\nFor shops.\n"


def test_a_second_revision_goes_on_from_the_first(told: Proposed) -> None:
    told.do(REVISE)
    told.answers("revision", ("NOTES.md", "# Notes\n"))
    run = told.do("/revise -- add notes")
    assert run.failure is None
    assert "For shops." in told.prompts[-1]
    assert set(told.files) >= {README, "NOTES.md"}


def test_a_branch_that_was_moved_meanwhile_is_left_as_it_is(told: Proposed) -> None:
    def move(_: object) -> object:
        told.bot.commit("CHANGES.md", b"Mine.\n", branch=told.branch)
        return {"summary": "It is.", "files": [{"path": README, "content": "# x\n"}]}

    told.says["revision"] = move
    run = told.do(REVISE)
    assert run.failure is not None and run.failure.reason == "branch_moved"
    assert told.files["CHANGES.md"] == b"Mine.\n"
    assert told.files[README] != b"# x\n"
    assert "Write the command again" in told.living(run)


def test_one_commit_is_made_where_a_worker_is_killed_after_it(told: Proposed) -> None:
    before = told.head
    told.bot.kill_at("commit_on_branch", after=True)
    told.bot.post(REVISE)
    with pytest.raises(Killed):
        told.bot.drain()
    told.bot.later(60)
    assert told.bot.run.status is RunStatus.COMPLETED
    made = told.bot.forge.head(told.bot.shop, told.branch)
    assert made is not None and made.parents == (before,)


def test_one_commit_is_made_where_its_answer_is_lost(told: Proposed) -> None:
    before = told.head
    told.bot.fail("commit_on_branch", Transient("lost"), after=True)
    told.bot.post(REVISE)
    told.bot.drain()
    told.bot.later(60)
    assert told.bot.run.failure is None
    made = told.bot.forge.head(told.bot.shop, told.branch)
    assert made is not None and made.parents == (before,)


def test_rights_are_asked_again_before_it_is_pushed(told: Proposed) -> None:
    before = told.head

    def demote(_: object) -> object:
        told.bot.forge.people.add_person("ann", {"acme/shop": Permission.READ})
        return {"summary": "It is.", "files": [{"path": README, "content": "# x\n"}]}

    told.says["revision"] = demote
    run = told.do(REVISE)
    assert run.failure is not None and run.failure.reason == "no_write"
    assert told.head == before


@pytest.mark.parametrize(
    ("author", "text", "reason"),
    [
        ("rita", REVISE, "no_write"),
        ("ann", "/revise more=yes -- x", "unknown_key"),
    ],
)
def test_what_is_not_done_is_told_with_its_reason(
    told: Proposed, author: str, text: str, reason: str
) -> None:
    told.bot.post(text, author=author)
    assert told.bot.reason == reason
    assert not told.prompts


def test_without_an_argument_it_is_somebody_elses(told: Proposed) -> None:
    told.bot.post("/revise")
    assert not told.bot.comments
    told.do(REVISE)
    told.bot.post("/revise")
    assert told.bot.reason == "missing_text"


def test_the_same_revision_again_is_found_to_change_nothing(told: Proposed) -> None:
    told.do(REVISE)
    after = told.head
    run = told.do(REVISE)
    assert run.failure is not None and run.failure.reason == "model_loop"
    assert told.head == after


def test_a_closed_change_is_not_amended(told: Proposed) -> None:
    told.bot.forge.people.close_change(told.bot.shop, told.number)
    told.bot.post(REVISE)
    assert told.bot.reason == "change_closed"


def test_a_change_that_is_closed_meanwhile_is_not_pushed_to(told: Proposed) -> None:
    before = told.head

    def close(_: object) -> object:
        told.bot.forge.people.close_change(told.bot.shop, told.number)
        return {"summary": "It is.", "files": [{"path": README, "content": "# x\n"}]}

    told.says["revision"] = close
    run = told.do(REVISE)
    assert run.failure is not None and run.failure.reason == "not_ours"
    assert told.head == before


def test_the_change_of_a_person_is_not_amended_whatever_its_branch_is_called(
    told: Proposed,
) -> None:
    told.bot.commit("x.txt", b"x\n", branch="firstcommit/12345678")
    told.bot.open_change("firstcommit/12345678", author="tom")
    told.enter(told.bot.forge.people.changes(told.bot.shop)[0].number)
    told.bot.post(REVISE)
    assert told.bot.reason == "not_ours"


def test_in_the_issue_it_is_said_where_the_change_is(told: Proposed) -> None:
    told.bot.thread = told.issue
    told.bot.post(REVISE)
    assert told.bot.reason == "nothing_to_revise"
    assert f"#\u200b{told.number}" in told.bot.answer or f"#{told.number}" in told.bot.answer


def test_ci_files_of_a_model_are_refused(told: Proposed) -> None:
    told.answers("revision", (".github/workflows/x.yml", "on: push\n"))
    run = told.do(REVISE)
    assert run.failure is not None and run.failure.reason == "model_loop"
    assert not any(path.endswith("x.yml") for path in told.files)


PLAN = "/plan library name=ui path=packages/ui"


@pytest.fixture
def planned(proposed: Proposed) -> Proposed:
    proposed.bot.thread = proposed.bot.open("A second one")
    proposed.bot.do(PLAN)
    proposed.answers("revision", (README, "# ui\n\nFor shops.\n"), words="The README says it.")
    return proposed


def digest(living: str) -> str:
    (line,) = [line for line in living.splitlines() if line.startswith("/approve ")]
    return line


def test_a_plan_that_waits_is_planned_anew_with_amended_files(planned: Proposed) -> None:
    first = planned.bot.run
    older = digest(planned.living(first))
    run = planned.do(REVISE)
    newer = digest(planned.living(run))
    assert newer != older
    assert "a newer plan of this thread" in planned.living(planned.bot.runs[-2])
    assert planned.bot.runs[-2].failure is not None
    planned.bot.post(older)
    assert planned.bot.reason == "plan_superseded"
    planned.bot.post(newer)
    planned.bot.drain()
    assert planned.bot.run.failure is None
    change = planned.bot.forge.people.changes(planned.bot.shop)[0]
    files = planned.bot.files("acme/shop", change.branch)
    assert files["packages/ui/README.md"] == b"# ui\n\nFor shops.\n"
    assert "packages/ui/src/ui/__init__.py" in files


def test_the_change_of_a_revised_plan_can_be_revised(planned: Proposed) -> None:
    planned.bot.post(digest(planned.living(planned.do(REVISE))))
    planned.bot.drain()
    change = planned.bot.forge.people.changes(planned.bot.shop)[0]
    planned.enter(change.number)
    planned.answers("revision", ("NOTES.md", "# Notes\n"))
    assert planned.do("/revise -- add notes").failure is None
    assert "packages/ui/NOTES.md" in planned.bot.files("acme/shop", change.branch)


def test_an_amendment_waits_for_approval_where_policy_says_so(told: Proposed) -> None:
    told.bot.change(policy=Policy(approval=Approval.MODEL))
    before = told.head
    run = told.do(REVISE)
    assert run.status is RunStatus.WAITING and told.head == before
    living = told.living(run)
    assert f"one more commit on `{told.branch}`" in living
    told.bot.post(digest(living))
    told.bot.drain()
    assert told.bot.run.failure is None
    assert told.files[README] == b"# orders\n\nFor shops.\n"


def test_nobody_is_asked_a_model_where_policy_allows_none(told: Proposed) -> None:
    told.bot.change(policy=Policy(models=ModelRule(allow=False)))
    told.bot.post(REVISE)
    assert told.bot.reason == "models_not_allowed"


def test_where_no_model_is_configured_that_is_said(told: Proposed) -> None:
    told.bot.change(models=NoModels())
    told.bot.post(REVISE)
    assert told.bot.reason == "no_model"


def test_a_script_stays_one_and_what_people_deleted_stays_deleted(told: Proposed) -> None:
    objects = told.bot.forge._world.place(told.bot.shop).objects
    gone = {**objects.files[told.head]}
    del gone["data.json"]
    objects.files[told.head] = gone
    told.answers("revision", ("scripts/check", "#!/bin/sh\nexit 0\n"))
    assert told.do("/revise -- check nothing").failure is None
    assert "data.json" not in told.files
    assert objects.files[told.head]["scripts/check"].mode == EXECUTABLE


def test_files_outside_of_the_projects_folder_are_not_its_own(proposed: Proposed) -> None:
    bot = proposed.bot
    bot.thread = bot.open("A second one")
    bot.do("/generate library name=ui path=packages/ui")
    change = bot.forge.people.changes(bot.shop)[0]
    proposed.enter(change.number)
    bot.commit("other/secret.txt", b"Not for models.\n", branch=change.branch)
    proposed.answers("revision", (README, "# ui\n"))
    assert proposed.do(REVISE).failure is None
    files = bot.files("acme/shop", change.branch)
    assert files["packages/ui/README.md"] == b"# ui\n"
    assert files["other/secret.txt"] == b"Not for models.\n"
    assert "Not for models." not in proposed.prompts[0]
