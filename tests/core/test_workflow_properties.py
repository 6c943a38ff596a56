"""What holds for every workflow's file: it is read or refused, and survives its snapshot."""

from __future__ import annotations

import copy
import json
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.kinds import Field, Kind
from bot.core.workflow import Fields, InputSpec, RetryRule, StepPlan, Workflow, to_data
from bot.core.workflow_graph import as_mermaid, as_text, dependants, ready, stages
from bot.core.workflow_reading import examine, read_workflow
from bot.errors import UserError
from bot.located_yaml import read_yaml

TYPES = {
    "make": Fields(
        takes={"pack": Field(kind=Kind.STRING), "answers": Field(kind=Kind.OBJECT, needed=False)},
        gives={"project": Field(kind=Kind.PROJECT), "files": Field(kind=Kind.INTEGER)},
    ),
    "send": Fields(
        takes={
            "body": Field(kind=Kind.ANY, needed=False),
            "into": Field(kind=Kind.DESTINATION, needed=False),
            "modes": Field(kind=Kind.CHOICES, choices=("a", "b"), needed=False),
            "token": Field(kind=Kind.SECRET, needed=False, secrets=True),
        },
        gives={"url": Field(kind=Kind.STRING)},
        publishes=True,
    ),
}
GOOD = """\
name: generate
summary: Files, and where they go
timeout: 2h
inputs:
  pack: {type: string, help: "Which?"}
  modes: {type: choices, choices: [a, b], default: [a]}
  into: {type: destination, default: "."}
steps:
  - {id: files, uses: make, with: {pack: "${{ inputs.pack }}", answers: {a: [1, "${{ 1 }}"]}}}
  - id: out
    uses: send
    needs: [files]
    if: ${{ inputs.into.new and 'a' in inputs.modes }}
    for_each: ["x", "${{ inputs.pack }}"]
    retry: {count: 3, backoff: 10s, on: [transient]}
    timeout: 5m
    with: {body: "${{ item }} of ${{ steps.files.files }}", token: "${{ secrets.KEY }}"}
    outputs: {again: "${{ result.url }}"}
outputs: {urls: "${{ steps.out.url }}"}
"""
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(
        [
            "files",
            "out",
            "make",
            "send",
            "${{ inputs.pack }}",
            "${{ steps.out.url }}",
            "a ${{ item }}",
        ]
    )
)
NAMES = st.text(max_size=8) | st.sampled_from(
    ["name", "inputs", "steps", "outputs", "id", "uses", "with", "needs", "if", "for_each", "retry"]
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


def check(data: object) -> None:
    """Read data of any sort; where it is a workflow, it is the same after its snapshot."""
    workflow, problems = examine(data, TYPES, source="w")
    assert (workflow is None) == bool(problems)
    for problem in problems:
        assert str(problem).startswith("w")
    if workflow is not None:
        snapshot = json.loads(json.dumps(to_data(workflow)))
        assert read_workflow(snapshot, TYPES, source="snapshot") == workflow
        assert as_text(workflow)
        assert as_mermaid(workflow)


@settings(max_examples=60, deadline=None)
@given(ANYTHING)
def test_any_data_is_read_or_refused(data: object) -> None:
    check(data)


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_a_good_file_with_one_piece_exchanged_is_read_or_refused(data: st.DataObject) -> None:
    tree = plain_good()
    places = [*containers(tree)]
    here = data.draw(st.sampled_from(places))
    value = data.draw(ANYTHING)
    if isinstance(here, list):
        here[data.draw(st.integers(0, len(here) - 1))] = value
    else:
        here[data.draw(st.sampled_from(sorted(here)) | NAMES)] = value
    check(tree)


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, len(GOOD)), st.integers(0, 6), st.text(max_size=6) | st.sampled_from("{}[]:,'$")
)
def test_a_file_with_some_characters_exchanged_is_read_or_refused(
    start: int, length: int, instead: str
) -> None:
    text = GOOD[:start] + instead + GOOD[start + length :]
    try:
        data = read_yaml(text, reason="bad_workflow")
    except UserError as exc:
        assert exc.reason == "bad_workflow"
        return
    _, problems = examine(data, TYPES, source="w")
    lines = text.split("\n")
    for problem in problems:
        assert problem.line is not None
        assert 1 <= problem.line <= max(len(lines), 1)


def plain_good() -> dict[str, object]:
    from bot.core.located import plain

    found = plain(read_yaml(GOOD, reason="bad_workflow"))
    assert isinstance(found, dict)
    return copy.deepcopy(found)


def containers(tree: object) -> list[dict[str, object] | list[object]]:
    found: list[dict[str, object] | list[object]] = []
    waiting = [tree]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict | list) and here:
            found.append(here)
            waiting += here.values() if isinstance(here, dict) else here
    return found


IDS = st.from_regex(r"[a-z][a-z0-9_-]{0,10}", fullmatch=True)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text("ab {}$%\n'\"é", max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(IDS, inner, max_size=3),
    max_leaves=6,
).filter(lambda value: "${{" not in json.dumps(value))


STEPS = st.builds(
    StepPlan,
    id=IDS,
    uses=st.just("send"),
    arguments=st.just({}) | st.fixed_dictionaries({"body": JSON}),
    condition=st.sampled_from([None, True, False, "${{ inputs.on default 1 }}"]),
    for_each=st.none() | st.lists(JSON, max_size=2),
    retry=st.none()
    | st.builds(
        RetryRule,
        count=st.integers(0, 10),
        backoff_s=st.floats(0, 3600),
        on=st.sampled_from([(), ("failed",), ("transient", "odd_reason")]),
    ),
    timeout_s=st.none() | st.floats(1, 2592000),
    outputs=st.just({}) | st.fixed_dictionaries({"own": JSON}),
    inserted=st.booleans(),
)
INPUT = InputSpec(kind=Kind.OBJECT, default=None, has_default=True)


def joined(steps: list[StepPlan], masks: list[int], outputs: dict[str, object]) -> Workflow:
    """A workflow of these steps, each of which needs those above it that its mask has."""
    ids = [step.id for step in steps]
    needing = [
        replace(step, needs=tuple(name for at, name in enumerate(ids[:number]) if mask >> at & 1))
        for number, (step, mask) in enumerate(zip(steps, masks, strict=False))
    ]
    return Workflow(name="w", inputs={"on": INPUT}, steps=tuple(needing), outputs=outputs)


WORKFLOWS = st.builds(
    joined,
    st.lists(STEPS, min_size=1, max_size=6, unique_by=lambda step: step.id),
    st.lists(st.integers(0, 31), min_size=6, max_size=6),
    st.just({}) | st.fixed_dictionaries({"own": JSON}),
)


@settings(max_examples=60, deadline=None)
@given(WORKFLOWS)
def test_every_workflow_survives_its_snapshot(workflow: Workflow) -> None:
    data = json.loads(json.dumps(to_data(workflow)))
    assert read_workflow(data, TYPES, source="snapshot") == workflow


@settings(max_examples=60, deadline=None)
@given(WORKFLOWS, st.randoms(use_true_random=False))
def test_every_order_of_ready_steps_comes_to_an_end(workflow: Workflow, chance: object) -> None:
    done: list[str] = []
    while some := ready(workflow, done):
        step = chance.choice(some)  # type: ignore[attr-defined]
        assert set(step.needs) <= set(done)
        done.append(step.id)
    assert sorted(done) == sorted(step.id for step in workflow.steps)


@settings(max_examples=60, deadline=None)
@given(WORKFLOWS)
def test_stages_and_dependants_agree_with_needs(workflow: Workflow) -> None:
    found = [step.id for stage in stages(workflow) for step in stage]
    assert sorted(found) == sorted(step.id for step in workflow.steps)
    for step in workflow.steps:
        behind = dependants(workflow, [step.id])
        assert step.id in behind
        for other in workflow.steps:
            if set(other.needs) & set(behind):
                assert other.id in behind
