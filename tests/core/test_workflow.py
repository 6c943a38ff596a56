"""A workflow as a value, and the snapshot of it that a run keeps."""

from __future__ import annotations

import json

import pytest

from bot.core.kinds import Field, Kind
from bot.core.workflow import Fields, InputSpec, RetryRule, StepPlan, Workflow, to_data
from bot.core.workflow_reading import read_workflow

TYPES = {
    "make": Fields(
        takes={"pack": Field(kind=Kind.STRING)}, gives={"project": Field(kind=Kind.PROJECT)}
    ),
    "send": Fields(takes={"body": Field(kind=Kind.ANY, needed=False)}, gives={}),
}
FULL = Workflow(
    name="everything",
    summary="All there is",
    inputs={
        "pack": InputSpec(kind=Kind.STRING, help="Which pack?"),
        "ci": InputSpec(kind=Kind.CHOICE, choices=("a", "b"), default="a", has_default=True),
        "note": InputSpec(kind=Kind.TEXT, default=None, has_default=True),
    },
    steps=(
        StepPlan(id="files", uses="make", arguments={"pack": "${{ inputs.pack }}"}),
        StepPlan(
            id="post",
            uses="send",
            arguments={"body": ["${{ item }}", {"n": 1}]},
            needs=("files",),
            condition="${{ not inputs.note }}",
            for_each=[1, 2],
            retry=RetryRule(count=2, backoff_s=7.5, on=("failed", "bad_gateway")),
            timeout_s=90.0,
            outputs={"again": "${{ inputs.pack }}"},
        ),
        StepPlan(id="gate", uses="send", condition=False, retry=RetryRule(count=1), inserted=True),
    ),
    outputs={"id": "${{ steps.files.project.id }}", "all": "${{ steps.post.again }}"},
    timeout_s=3600.0,
)


def test_a_snapshot_survives_json_and_reads_back_as_the_same_workflow() -> None:
    data = json.loads(json.dumps(to_data(FULL)))
    assert read_workflow(data, TYPES, source="snapshot") == FULL


def test_a_snapshot_leaves_out_what_is_not_there() -> None:
    workflow = Workflow(name="one", steps=(StepPlan(id="a", uses="send"),))
    assert to_data(workflow) == {
        "name": "one",
        "steps": [{"id": "a", "uses": "send", "needs": []}],
    }


def test_a_snapshot_of_an_earlier_version_is_still_read() -> None:
    data = {
        "name": "generate",
        "inputs": {"pack": {"type": "string"}, "plan": {"type": "boolean", "default": False}},
        "steps": [
            {"id": "files", "uses": "make", "with": {"pack": "${{ inputs.pack }}"}},
            {"id": "out", "uses": "send", "with": {}, "if": "${{ not inputs.plan }}"},
        ],
    }
    assert read_workflow(data, TYPES, source="old").step("out").needs == ("files",)


def test_defaults_are_those_of_inputs_that_have_one() -> None:
    assert FULL.defaults == {"ci": "a", "note": None}


def test_a_step_is_found_by_its_id() -> None:
    assert FULL.step("post") is FULL.steps[1]
    with pytest.raises(KeyError):
        FULL.step("other")
