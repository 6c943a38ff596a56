"""By policy, what fails on our own commits is mended unasked: once for each, three in a row."""

from __future__ import annotations

import pytest

from bot.core.identity import Permission
from bot.core.policy import Policy
from bot.core.runs import Run
from tests.changes.conftest import Proposed
from tests.changes.deliveries import check_ended

CODE = "src/orders/__init__.py"


@pytest.fixture
def failing(proposed: Proposed) -> Proposed:
    proposed.bot.change(policy=Policy(fix_unasked=True))
    proposed.answers("repair", (CODE, "RIGHT = 1\n"))
    proposed.fails("tests", "assert 1 == 2")
    return proposed


def told(failing: Proposed, kind: str = "check_run", **changes: str) -> str:
    """Have the forge tell of an ended check, and give what came of it."""
    commit = changes.pop("commit", failing.head)
    body = check_ended(
        failing.bot.shop,
        kind,
        branch=changes.pop("branch", failing.branch),
        commit=commit,
        **changes,
    )
    delivery = failing.bot.deliver(kind, body)
    failing.bot.take_in()
    found = failing.bot.store.deliveries.get(delivery)
    assert found is not None
    return found.note or ""


def fixes(failing: Proposed) -> list[Run]:
    return [run for run in failing.bot.runs if run.workflow["name"] == "fix"]


@pytest.mark.parametrize("kind", ["check_run", "check_suite", "workflow_run"])
def test_a_failed_check_is_mended_in_the_name_of_who_asked(failing: Proposed, kind: str) -> None:
    assert told(failing, kind).startswith("run ")
    failing.bot.drain()
    (run,) = fixes(failing)
    assert run.failure is None
    assert run.requester.login == "ann"
    assert failing.files[CODE] == b"RIGHT = 1\n"
    assert "is amended" in failing.living(run)


def test_however_many_checks_fail_on_a_commit_it_is_one_run(failing: Proposed) -> None:
    commit = failing.head
    told(failing)
    assert told(failing, "workflow_run").startswith("known already")
    failing.bot.drain()
    assert told(failing, commit=commit) == "not mended: the change has gone on"
    assert len(fixes(failing)) == 1


def test_it_ends_after_three_in_a_row(failing: Proposed) -> None:
    for attempt in range(5):
        failing.answers("repair", (CODE, f"TRY = {attempt}\n"))
        told(failing)
        failing.bot.drain()
        failing.fails("tests", "assert 1 == 2")
    assert len(fixes(failing)) == 3
    assert told(failing).startswith("known already: silent_too_many_rounds")
    assert not failing.bot.answers


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"conclusion": "success"}, "a check has not failed"),
        ({"conclusion": "cancelled"}, "a check has not failed"),
        ({"app": "firstcommit"}, "a check of our own"),
        ({"branch": "main"}, "a check of nothing that is ours"),
        ({"branch": ""}, "nothing listens to this"),
        ({"action": "created"}, "nothing listens to this"),
        ({"commit": "1" * 40}, "not mended: the change has gone on"),
    ],
)
def test_what_is_none_of_ours_to_mend_is_let_be(
    failing: Proposed, changes: dict[str, str], note: str
) -> None:
    assert told(failing, **changes) == note
    assert not fixes(failing)


def test_without_the_policy_nothing_happens(failing: Proposed) -> None:
    failing.bot.change(policy=Policy())
    assert told(failing) == "nobody asked to have it mended"
    assert not fixes(failing)


def test_the_commit_of_a_person_is_left_to_them(failing: Proposed) -> None:
    failing.bot.commit("x.py", b"X = \n", branch=failing.branch)
    failing.fails("tests", "SyntaxError")
    assert told(failing) == "not mended: a person has committed since"
    assert not fixes(failing)


def test_the_rights_of_who_asked_are_asked_anew(failing: Proposed) -> None:
    failing.bot.forge.people.add_person("ann", {"acme/shop": Permission.READ})
    assert told(failing) == "not mended: no_write"
    assert not failing.bot.comments
    assert not fixes(failing)


def test_a_closed_change_is_left_alone(failing: Proposed) -> None:
    failing.bot.forge.people.close_change(failing.bot.shop, failing.number)
    assert told(failing) == "not mended: change_closed"
