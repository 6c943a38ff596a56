"""A policy file is read strictly, and each fault names its line and the nearest right word."""

from __future__ import annotations

import pytest

from bot.core.identity import Permission
from bot.core.policy import Approval, Strangers, Verify, WorkflowFiles
from bot.core.policy_keys import KEYS
from bot.core.policy_reading import PolicyFile, examine
from bot.located_yaml import read_yaml

EXAMPLE = """\
version: 1
defaults: {into: ".", draft: true, visibility: private}
permissions: {generate: write, approve: {role: maintain, teams: [platform], own: false}}
create: {teams: [platform]}
approval: never            # never | model | always
verify: report             # report | require
workflow_files: packs      # never | packs | always
models: {allow: true, run_usd: 1.00, run_tokens: 500000, person_day_usd: 5.00,
  repository_day_usd: 10.00, day_usd: 20.00}
strangers: omit            # omit | data: what people without write access wrote
fix: {unasked: false}
packs: {allow: ["python-*", "acme/*"]}
runs: {thread: 2, repository: 4, organisation: 20}
"""


def read(text: str) -> PolicyFile:
    file, problems = examine(read_yaml(text, reason="bad_policy"), source="acme/shop")
    assert problems == ()
    return file


def faults(text: str) -> list[str]:
    _, problems = examine(read_yaml(text, reason="bad_policy"), source="acme/shop")
    return [str(problem) for problem in problems]


def test_the_example_of_the_documentation_is_read_whole() -> None:
    assert read(EXAMPLE).values == {
        "defaults.into": ".",
        "defaults.draft": True,
        "defaults.visibility": True,
        "permissions.generate": Permission.WRITE,
        "permissions.approve.role": Permission.MAINTAIN,
        "permissions.approve.teams": ("platform",),
        "permissions.approve.own": False,
        "create.teams": ("platform",),
        "approval": Approval.NEVER,
        "verify": Verify.REPORT,
        "workflow_files": WorkflowFiles.PACKS,
        "models.allow": True,
        "models.run_usd": 1.0,
        "models.run_tokens": 500_000,
        "models.person_day_usd": 5.0,
        "models.repository_day_usd": 10.0,
        "models.day_usd": 20.0,
        "strangers": Strangers.OMIT,
        "fix.unasked": False,
        "packs.allow": ("python-*", "acme/*"),
        "runs.thread": 2,
        "runs.repository": 4,
        "runs.organisation": 20,
    }


def test_a_file_sets_only_what_it_names() -> None:
    assert read("version: 1\napproval: always\n").values == {"approval": Approval.ALWAYS}
    assert read("version: 1\n").values == {}


def test_each_value_knows_where_it_stands() -> None:
    file = read("version: 1\nmodels:\n  allow: false\n  run_usd: 2\n")
    assert file.places == {"models.allow": (3, 10), "models.run_usd": (4, 12)}
    assert file.source == "acme/shop"


def test_every_verb_can_be_given_a_permission() -> None:
    file = read("version: 1\npermissions: {plan: triage, status: admin, campaign: maintain}\n")
    assert file.values == {
        "permissions.plan": Permission.TRIAGE,
        "permissions.status": Permission.ADMIN,
        "permissions.campaign": Permission.MAINTAIN,
    }


def test_who_approves_can_be_a_role_alone() -> None:
    file = read("version: 1\npermissions: {approve: admin}\n")
    assert file.values == {"permissions.approve.role": Permission.ADMIN}


def test_empty_lists_name_nobody_and_nothing() -> None:
    file = read("version: 1\ncreate: {teams: []}\npacks: {allow: []}\n")
    assert file.values == {"create.teams": (), "packs.allow": ()}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("approvals: always", "2:1: 'approvals' is not known here; did you mean 'approval'?"),
        ("fix: {unaskd: true}", "2:7: fix: 'unaskd' is not known here; did you mean 'unasked'?"),
        ("fix: {x: true}", "2:7: fix: 'x' is not known here; known are unasked"),
        (
            "permissions: {generat: write}",
            "2:15: permissions: 'generat' is not known here; did you mean 'generate'?",
        ),
        (
            "permissions: {approve: {rol: write}}",
            "2:25: permissions.approve: 'rol' is not known here; did you mean 'role'?",
        ),
        (
            "permissions: {generate: writ}",
            "2:25: permissions.generate: 'writ' is none of read, triage, write, maintain, admin; "
            "did you mean 'write'?",
        ),
        (
            "permissions: {generate: none}",
            "2:25: permissions.generate: 'none' is none of read, triage, write, maintain, admin",
        ),
        (
            "approval: allways",
            "2:11: approval: 'allways' is none of never, model, always; did you mean 'always'?",
        ),
        ("approval: true", "2:11: approval: has to be one of never, model, always"),
        ("verify: [require]", "2:9: verify: has to be one of report, require"),
        ("defaults: {draft: 1}", "2:19: defaults.draft: has to be true or false"),
        (
            "defaults: {visibility: internal}",
            "2:24: defaults.visibility: 'internal' is none of private, public",
        ),
        ("defaults: {into: 7}", "2:18: defaults.into: has to be a text"),
        ("models: {run_usd: much}", "2:19: models.run_usd: has to be a number of US dollars"),
        ("models: {run_usd: true}", "2:19: models.run_usd: has to be a number of US dollars"),
        ("runs: {thread: 0}", "2:16: runs.thread: has to lie between 1 and 100"),
        ("runs: {organisation: 8.0}", "2:22: runs.organisation: has to be a whole number"),
        ("models: {run_usd: -1}", "2:19: models.run_usd: has to lie between 0 and 1000000"),
        ("models: {run_tokens: 1.5}", "2:22: models.run_tokens: has to be a whole number"),
        ("models: none", "2:9: models: has to be a mapping (key: value)"),
        (
            "packs: {allow: python}",
            "2:16: packs.allow: has to be a list: each entry a pattern of packs",
        ),
        ("packs: {allow: ['a?']}", "2:17: packs.allow: 'a?' cannot be a pattern of packs"),
        ("packs: {allow: [1]}", "2:17: packs.allow: has to be a text"),
        (
            "create: {teams: [acme/platform]}",
            "2:18: create.teams: 'acme/platform' cannot be a team's short name",
        ),
    ],
)
def test_a_fault_names_its_line_and_the_nearest_right_word(text: str, fault: str) -> None:
    assert faults(f"version: 1\n{text}\n") == [fault]


def test_a_destination_that_is_none_is_told_in_its_own_words() -> None:
    (fault,) = faults("version: 1\ndefaults: {into: 'ftp:acme/x'}\n")
    assert fault.startswith("2:18: defaults.into: `ftp` is no forge")


def test_all_faults_are_told_at_once() -> None:
    text = "version: 1\napproval: x\nverify: y\nunknown: z\n"
    assert [fault.split(":")[0] for fault in faults(text)] == ["2", "3", "4"]


@pytest.mark.parametrize("text", ["approval: always\n", "{}"])
def test_a_file_says_which_version_it_is(text: str) -> None:
    assert faults(text) == ["1:1: version: the file has to begin with `version: 1`"]


@pytest.mark.parametrize("version", ["2", "'1'", "true", "1.5", "null"])
def test_there_is_one_version(version: str) -> None:
    assert faults(f"version: {version}\n") == [
        "1:10: version: has to be 1, the only version there is"
    ]


@pytest.mark.parametrize("text", ["", "- a\n", "words\n", "# nothing\n"])
def test_a_file_is_a_mapping(text: str) -> None:
    assert faults(text) == ["1:1: has to be a mapping (key: value)"]


@pytest.mark.parametrize("name", [at.name for at in KEYS])
def test_every_key_can_be_written_and_has_a_type(name: str) -> None:
    text = "{x: 1}"
    for part in reversed(name.split(".")):
        text = f"{{{part}: {text}}}"
    (fault,) = faults(f"version: 1\n{text[1:-1]}\n")
    assert f": {name}: has to be " in fault
