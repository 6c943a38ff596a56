"""What is in force with no file, which packs lists of patterns name, and policy as plain data."""

from __future__ import annotations

import json

from bot.core.identity import Permission
from bot.core.policy import (
    Approval,
    ApproveRule,
    ModelRule,
    PlacedRule,
    Policy,
    RunLimits,
    Strangers,
    Verify,
    WorkflowFiles,
    policy_from_data,
    policy_to_data,
)

EVERYTHING = Policy(
    into="acme/all",
    draft=False,
    private=False,
    permissions={"generate": Permission.MAINTAIN, "plan": Permission.TRIAGE},
    approve=ApproveRule(role=Permission.ADMIN, teams=("core", "platform"), own=False),
    create_teams=("platform",),
    approval=Approval.ALWAYS,
    verify=Verify.REQUIRE,
    workflow_files=WorkflowFiles.NEVER,
    models=ModelRule(
        allow=False,
        run_usd=1.0,
        run_tokens=500_000,
        person_day_usd=5.0,
        repository_day_usd=10.0,
        day_usd=20.0,
    ),
    strangers=Strangers.DATA,
    fix_unasked=True,
    packs=("acme/*", "python-*"),
    also_packs=(("*-service",),),
    also_approve=(
        PlacedRule(
            forge="github",
            owner="globex",
            repository="globex/site",
            rule=ApproveRule(role=Permission.ADMIN, teams=("core",), own=False),
        ),
    ),
    stranger_answers_per_hour=1,
    runs=RunLimits(thread=2, repository=3, organisation=5),
)


def test_with_no_file_writers_generate_and_approve_and_owners_create() -> None:
    policy = Policy()
    assert policy.generate is Permission.WRITE
    assert policy.approve == ApproveRule(role=Permission.WRITE, teams=(), own=True)
    assert policy.create_teams == ()
    assert (policy.approval, policy.verify) == (Approval.NEVER, Verify.REPORT)
    assert policy.workflow_files is WorkflowFiles.PACKS
    assert policy.strangers is Strangers.OMIT
    assert (policy.into, policy.draft, policy.private) == (".", True, True)
    assert policy.models == ModelRule(allow=True)
    assert policy.allows_pack("anything") and policy.allows_pack("acme/anything")


def test_a_verb_that_policy_does_not_name_needs_the_commands_own_right() -> None:
    policy = Policy(permissions={"plan": Permission.TRIAGE})
    assert policy.needs("plan") is Permission.TRIAGE
    assert policy.needs("status") is Permission.READ


def test_a_plan_needs_what_generate_needs() -> None:
    policy = Policy(permissions={"generate": Permission.MAINTAIN})
    assert policy.needs("plan") is Permission.MAINTAIN


def test_patterns_name_packs_by_their_letters() -> None:
    policy = Policy(packs=("python-*", "acme/*"))
    assert policy.allows_pack("python-package")
    assert policy.allows_pack("acme/service")
    assert not policy.allows_pack("node-library")
    assert not policy.allows_pack("Python-package")


def test_every_list_of_packs_has_to_name_a_pack() -> None:
    policy = Policy(packs=("python-*",), also_packs=(("*-package",),))
    assert policy.allows_pack("python-package")
    assert not policy.allows_pack("python-service")
    assert not policy.allows_pack("node-package")


def test_plain_data_gives_the_policy_back() -> None:
    for policy in (Policy(), EVERYTHING):
        data = json.loads(json.dumps(policy_to_data(policy)))
        assert policy_from_data(data) == policy


def test_equal_rules_are_equal_data_whatever_order_they_were_written_in() -> None:
    one = Policy(packs=("b", "a"), permissions={"plan": Permission.READ, "fix": Permission.ADMIN})
    other = Policy(packs=("a", "b"), permissions={"fix": Permission.ADMIN, "plan": Permission.READ})
    assert json.dumps(policy_to_data(one)) == json.dumps(policy_to_data(other))


def test_no_data_is_what_is_in_force_with_no_file() -> None:
    assert policy_from_data({}) == Policy()
