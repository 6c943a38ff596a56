"""Files on top of each other: who may set what, and what a repository may only tighten."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import pytest

from bot.core.identity import Permission
from bot.core.policy import (
    Approval,
    ApproveRule,
    ModelRule,
    Policy,
    RunLimits,
    Strangers,
    Verify,
    WorkflowFiles,
)
from bot.core.policy_keys import KEYS, PLACED, Setting, covers, key, stricter
from bot.core.policy_merging import Rules, begin, extend, tighten
from bot.core.policy_reading import PolicyFile

#: For each key that grants: what is in force, something stricter, something looser.
STEPS: Mapping[str, tuple[object, object, object]] = {
    "permissions.generate": (Permission.WRITE, Permission.MAINTAIN, Permission.READ),
    "permissions.status": (Permission.TRIAGE, Permission.ADMIN, Permission.READ),
    "permissions.approve.role": (Permission.MAINTAIN, Permission.ADMIN, Permission.WRITE),
    "permissions.approve.teams": (("core", "ops"), ("ops",), ("core", "ops", "all")),
    "permissions.approve.own": (True, False, True),
    "create.teams": (("platform",), (), ("platform", "interns")),
    "approval": (Approval.MODEL, Approval.ALWAYS, Approval.NEVER),
    "workflow_files": (WorkflowFiles.PACKS, WorkflowFiles.NEVER, WorkflowFiles.ALWAYS),
    "models.allow": (True, False, True),
    "models.run_usd": (1.0, 0.5, 2.0),
    "models.run_tokens": (500, 100, 501),
    "models.day_usd": (20.0, 0.0, 21.0),
    "runs.thread": (2, 1, 3),
    "runs.repository": (3, 1, 4),
    "runs.organisation": (5, 4, 6),
    "packs.allow": (("python-*", "acme/*"), ("python-package",), ("*",)),
}
LOOSENING = [name for name in STEPS if STEPS[name][0] != STEPS[name][2]]


def file(source: str = "acme/shop", **values: object) -> PolicyFile:
    """A file that sets keys, with ``__`` for their dots, on line 4."""
    keys = {name.replace("__", "."): value for name, value in values.items()}
    return PolicyFile(source=source, values=keys, places=dict.fromkeys(keys, (4, 11)))


def setting(name: str, value: object, source: str = "acme/.github") -> PolicyFile:
    return PolicyFile(source=source, values={name: value}, places={name: (4, 11)})


def in_force(name: str) -> Rules:
    """Rules in which the organisation has set one key."""
    return extend(Rules(), setting(name, STEPS[name][0])).rules


@pytest.mark.parametrize("name", STEPS)
def test_a_repository_may_tighten_what_grants(name: str) -> None:
    merged = tighten(in_force(name), setting(name, STEPS[name][1], "acme/shop"))
    assert merged.problems == ()
    assert key(name).get(merged.rules.policy) == STEPS[name][1]
    assert merged.rules.source(name) == "acme/shop"


@pytest.mark.parametrize("name", STEPS)
def test_a_repository_may_say_what_is_in_force_already(name: str) -> None:
    assert tighten(in_force(name), setting(name, STEPS[name][0], "acme/shop")).problems == ()


@pytest.mark.parametrize("name", LOOSENING)
def test_a_repository_may_not_loosen_what_grants(name: str) -> None:
    merged = tighten(in_force(name), setting(name, STEPS[name][2], "acme/shop"))
    (problem,) = merged.problems
    assert (problem.line, problem.column, problem.place) == (4, 11, name)
    assert "would loosen what acme/.github says" in problem.message
    assert key(name).get(merged.rules.policy) == STEPS[name][0]
    assert merged.rules.source(name) == "acme/.github"


def test_the_problem_names_what_is_in_force_and_who_set_it() -> None:
    base = extend(Rules(), file("acme/.github", approval=Approval.ALWAYS)).rules
    (problem,) = tighten(base, file(approval=Approval.NEVER)).problems
    assert str(problem) == ("4:11: approval: `never` would loosen what acme/.github says: `always`")


def test_what_nobody_has_set_is_called_the_defaults() -> None:
    (problem,) = tighten(Rules(), file(create__teams=("platform",))).problems
    assert str(problem) == (
        "4:11: create.teams: `[platform]` would loosen what the defaults say: `[]`"
    )


def test_what_a_plan_needs_is_said_by_whoever_says_what_generate_needs() -> None:
    base = extend(Rules(), file("acme/.github", permissions__generate=Permission.ADMIN)).rules
    (problem,) = tighten(base, file(permissions__plan=Permission.WRITE)).problems
    assert "would loosen what acme/.github says: `admin`" in problem.message


def test_what_tightens_holds_beside_what_may_not_be() -> None:
    merged = tighten(Rules(), file(approval=Approval.ALWAYS, create__teams=("all",)))
    assert merged.rules.policy == Policy(approval=Approval.ALWAYS)
    assert [problem.place for problem in merged.problems] == ["create.teams"]


def test_an_organisation_sets_freely_what_the_operator_has_set() -> None:
    operator = file(
        "the operator",
        permissions__generate=Permission.ADMIN,
        approval=Approval.ALWAYS,
        create__teams=(),
        workflow_files=WorkflowFiles.NEVER,
        permissions__approve__own=False,
    )
    organisation = file(
        "acme/.github",
        permissions__generate=Permission.WRITE,
        approval=Approval.NEVER,
        create__teams=("platform",),
        workflow_files=WorkflowFiles.ALWAYS,
        permissions__approve__own=True,
    )
    merged = extend(begin(operator), organisation)
    assert merged.problems == ()
    assert merged.rules.policy == Policy(
        permissions={"generate": Permission.WRITE},
        create_teams=("platform",),
        workflow_files=WorkflowFiles.ALWAYS,
    )


def test_an_organisation_stays_within_the_operators_models_and_packs() -> None:
    operator = file(
        "the operator", models__run_usd=1.0, models__allow=False, packs__allow=("python-*",)
    )
    base = begin(operator)
    organisation = file(
        "acme/.github", models__run_usd=2.0, models__allow=True, packs__allow=("python-*", "go")
    )
    merged = extend(base, organisation)
    assert [problem.place for problem in merged.problems] == [
        "models.run_usd",
        "models.allow",
        "packs.allow",
    ]
    assert "`2.0` would loosen what the operator says: `1.0`" in merged.problems[0].message
    assert merged.rules == base


def test_only_the_operator_has_more_runs_at_a_time_than_the_defaults() -> None:
    more = file("acme/.github", runs__organisation=40)
    (problem,) = extend(Rules(), more).problems
    assert "`40` would loosen what the defaults say: `8`" in problem.message
    raised = begin(file("the operator", runs__organisation=50))
    assert raised.policy.runs == RunLimits(organisation=50)
    assert extend(raised, more).rules.policy.runs == RunLimits(organisation=40)


def test_of_two_limits_the_lower_one_holds() -> None:
    one = Policy(runs=RunLimits(thread=2, repository=9, organisation=9))
    other = Policy(runs=RunLimits(thread=5, repository=4, organisation=9))
    assert stricter(one, other).runs == RunLimits(thread=2, repository=4, organisation=9)


def test_an_organisation_sets_the_first_limit_where_the_operator_has_none() -> None:
    merged = extend(Rules(), file("acme/.github", models__day_usd=100.0))
    assert merged.problems == ()
    assert merged.rules.policy.models == ModelRule(day_usd=100.0)


@pytest.mark.parametrize(
    ("name", "strict", "loose"),
    [
        ("verify", Verify.REQUIRE, Verify.REPORT),
        ("strangers", Strangers.OMIT, Strangers.DATA),
        ("fix.unasked", False, True),
    ],
)
def test_what_grants_nothing_is_the_repositorys_until_somebody_above_it_says(
    name: str, strict: object, loose: object
) -> None:
    assert tighten(Rules(), setting(name, loose, "acme/shop")).problems == ()
    assert tighten(Rules(), setting(name, strict, "acme/shop")).problems == ()
    said = extend(Rules(), setting(name, strict)).rules
    assert len(tighten(said, setting(name, loose, "acme/shop")).problems) == 1
    allowed = extend(Rules(), setting(name, loose)).rules
    assert tighten(allowed, setting(name, strict, "acme/shop")).problems == ()


def test_defaults_are_always_the_repositorys() -> None:
    base = extend(Rules(), file("acme/.github", defaults__draft=True)).rules
    merged = tighten(base, file(defaults__draft=False, defaults__visibility=False))
    assert merged.problems == ()
    assert merged.rules.policy == Policy(draft=False, private=False)


def test_teams_are_the_same_in_any_case_of_letters() -> None:
    base = extend(Rules(), file("acme/.github", create__teams=("Platform",))).rules
    assert tighten(base, file(create__teams=("platform",))).problems == ()


@pytest.mark.parametrize(
    ("wide", "narrow", "does"),
    [
        (["*"], ["python-*", "acme/*"], True),
        (["python-*"], ["python-*"], True),
        (["python-*"], ["python-package"], True),
        (["py*"], ["python-*-service"], True),
        (["python-*"], ["py*"], False),
        (["python-*"], ["*"], False),
        (["*-service"], ["flask-*"], False),
        ([], ["python"], False),
        ([], [], True),
    ],
)
def test_a_list_of_patterns_covers_another(wide: list[str], narrow: list[str], does: bool) -> None:
    assert covers(wide, narrow) is does


def test_the_stricter_of_two_allows_what_both_allow() -> None:
    one = Policy(
        permissions={"generate": Permission.MAINTAIN},
        approve=ApproveRule(role=Permission.WRITE, teams=("core", "ops"), own=False),
        create_teams=("core",),
        models=ModelRule(run_usd=1.0),
        packs=("python-*", "acme/*"),
    )
    other = Policy(
        permissions={"plan": Permission.ADMIN},
        approve=ApproveRule(role=Permission.MAINTAIN, teams=("ops", "all"), own=True),
        approval=Approval.ALWAYS,
        verify=Verify.REQUIRE,
        workflow_files=WorkflowFiles.NEVER,
        models=ModelRule(allow=False, run_usd=2.0, day_usd=3.0),
        packs=("*-package",),
    )
    for both in (stricter(one, other), stricter(other, one)):
        assert both.permissions == {
            **dict.fromkeys(("generate", "revise", "fix"), Permission.MAINTAIN),
            "plan": Permission.ADMIN,
        }
        assert (both.approval, both.verify) == (Approval.ALWAYS, Verify.REQUIRE)
        assert both.workflow_files is WorkflowFiles.NEVER
        assert both.models == ModelRule(allow=False, run_usd=1.0, day_usd=3.0)
        assert both.allows_pack("python-package")
        assert not both.allows_pack("python-service")
        assert not both.allows_pack("node-package")


def test_who_approves_and_makes_repositories_is_never_merged_with_what_holds_elsewhere() -> None:
    one = Policy(approve=ApproveRule(teams=("core", "ops")), create_teams=("core",))
    other = Policy(approve=ApproveRule(role=Permission.ADMIN, teams=("ops",), own=False))
    for first, second in ((one, other), (other, one)):
        both = stricter(first, second)
        assert (both.approve, both.create_teams) == (first.approve, first.create_teams)


def test_the_stricter_of_a_policy_and_itself_is_that_policy() -> None:
    policy = Policy(approval=Approval.MODEL, packs=("a", "b*"), draft=False)
    assert stricter(policy, policy) == policy
    assert stricter(policy, Policy()) == policy


def test_no_key_is_looser_than_the_stricter_of_two() -> None:
    values = list(STEPS.items())
    kept = {"packs.allow", *PLACED}
    limiting = [at for at in KEYS if at.setting is not Setting.FREE and at.name not in kept]
    for (one_name, one_values), (other_name, other_values) in product(values, values):
        one = key(one_name).put(Policy(), one_values[1])
        other = key(other_name).put(Policy(), other_values[2])
        both = stricter(one, other)
        for at in limiting:
            assert not at.is_looser(at.get(both), at.get(one)), (one_name, other_name, at.name)
            assert not at.is_looser(at.get(both), at.get(other)), (one_name, other_name, at.name)
