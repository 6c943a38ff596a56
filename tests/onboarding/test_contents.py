"""The policy file of the onboarding change: it sets nothing, and shows what is in force."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot.core.identity import Permission
from bot.core.policy import ApproveRule, ModelRule, Policy
from bot.core.policy_merging import begin
from bot.onboarding.contents import policy_text
from bot.policy_files import parse

STRICT = Policy(
    into="acme/orders",
    draft=False,
    permissions={"generate": Permission.MAINTAIN},
    approve=ApproveRule(role=Permission.ADMIN, teams=("on", "platform"), own=False),
    create_teams=("platform",),
    models=ModelRule(allow=False, run_usd=1.5, run_tokens=500_000),
    packs=("acme/*", "python-*"),
)


def uncommented(text: str) -> str:
    """The file as somebody leaves it who takes every rule up."""
    return re.sub(r"^#(?=[a-z])", "", text, flags=re.MULTILINE)


@pytest.mark.parametrize("policy", [Policy(), STRICT])
def test_as_it_comes_it_sets_nothing(policy):
    file, problems = parse(policy_text(policy, name="firstcommit"), source="acme")
    assert problems == ()
    assert file.values == {}


@pytest.mark.parametrize("policy", [Policy(), STRICT])
def test_without_its_marks_it_says_what_is_in_force(policy):
    file, problems = parse(uncommented(policy_text(policy, name="firstcommit")), source="acme")
    assert problems == ()
    rules = begin(file)
    found = replace(rules.policy, permissions=policy.permissions)
    assert found == policy
    assert rules.policy.generate == policy.generate


def test_each_key_of_a_policy_is_explained():
    text = policy_text(Policy(), name="firstcommit")
    keys = re.findall(r"^#([a-z_]+):", text, flags=re.MULTILINE)
    for key in keys:
        assert re.search(rf"^# .+\n(# .+\n)*#{key}:", text, flags=re.MULTILINE)
    assert keys == [
        *("defaults", "permissions", "create", "approval", "verify", "workflow_files"),
        *("models", "strangers", "fix", "packs", "runs"),
    ]


def test_the_line_length_is_that_of_people():
    assert max(map(len, policy_text(Policy(), name="firstcommit").splitlines())) <= 110
