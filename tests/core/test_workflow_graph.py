"""Which steps can be begun, what depends on what, and how that is drawn."""

from __future__ import annotations

import pytest

from bot.core.workflow import RetryRule, StepPlan, Workflow
from bot.core.workflow_graph import as_mermaid, as_text, dependants, ready, stages


def step(id: str, *needs: str) -> StepPlan:
    return StepPlan(id=id, uses="send", needs=needs)


DIAMOND = Workflow(
    name="diamond",
    steps=(step("a"), step("b", "a"), step("c", "a"), step("d", "b", "c"), step("lone")),
)


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        ([], ["a", "lone"]),
        (["a"], ["b", "c", "lone"]),
        (["a", "b"], ["c", "lone"]),
        (["a", "b", "c", "lone"], ["d"]),
        (["a", "b", "c", "d", "lone"], []),
        (["lone", "somebody-elses"], ["a"]),
    ],
)
def test_a_step_is_ready_when_all_that_it_needs_is_done(
    done: list[str], expected: list[str]
) -> None:
    assert [plan.id for plan in ready(DIAMOND, done)] == expected


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (["a"], ("a", "b", "c", "d")),
        (["c", "b"], ("b", "c", "d")),
        (["d"], ("d",)),
        (["lone"], ("lone",)),
        ([], ()),
        (["unknown"], ()),
    ],
)
def test_dependants_are_a_step_and_all_that_come_after_it(
    ids: list[str], expected: tuple[str, ...]
) -> None:
    assert dependants(DIAMOND, ids) == expected


def test_stages_hold_what_can_run_side_by_side() -> None:
    assert [[plan.id for plan in stage] for stage in stages(DIAMOND)] == [
        ["a", "lone"],
        ["b", "c"],
        ["d"],
    ]
    assert stages(Workflow(name="empty")) == ()


NOTED = Workflow(
    name="noted",
    summary="What a listing tells",
    steps=(
        StepPlan(id="first", uses="make", retry=RetryRule(count=0)),
        StepPlan(
            id="end",
            uses="send",
            needs=("first",),
            condition='${{ inputs.a == "#1" and\n  inputs.b < 2 }}',
            for_each="${{ inputs.list }}",
            retry=RetryRule(count=3),
            timeout_s=90.0,
        ),
        StepPlan(id="gate", uses="ask", needs=("first", "end"), condition=True, inserted=True),
        StepPlan(id="more", uses="send", for_each=[1, 2]),
    ),
)


def test_the_listing_tells_stage_type_needs_and_what_is_special() -> None:
    assert as_text(NOTED) == (
        "noted: What a listing tells\n"
        "\n"
        "stage  step   uses  needs\n"
        "1      first  make  -\n"
        '2      end    send  first       if inputs.a == "#1" and inputs.b < 2; for each of '
        "inputs.list; retried 3 times; at most 90 s\n"
        "3      gate   ask   first, end  put in by policy; if true\n"
        "1      more   send  -           for each of 2 items\n"
    )


def test_a_long_condition_is_cut() -> None:
    long = StepPlan(id="a", uses="send", condition=f"${{{{ 'x' == '{'y' * 100}' }}}}")
    line = as_text(Workflow(name="long", steps=(long,))).splitlines()[-1]
    assert line.endswith("if 'x' == '" + "y" * 72)


def test_a_workflow_without_steps_is_listed_too() -> None:
    assert as_text(Workflow(name="none")) == "none\n\nstage  step  uses  needs\n"
    assert as_mermaid(Workflow(name="none")) == "flowchart TD\n"


def test_the_chart_quotes_what_means_something_to_mermaid() -> None:
    assert as_mermaid(NOTED) == (
        "flowchart TD\n"
        '    s1["first<br/>make"]\n'
        '    s2["end<br/>send<br/>if inputs.a == #quot;#35;1#quot; and inputs.b #lt; 2<br/>'
        'for each of inputs.list<br/>retried 3 times<br/>at most 90 s"]\n'
        '    s3["gate<br/>ask<br/>put in by policy<br/>if true"]\n'
        '    s4["more<br/>send<br/>for each of 2 items"]\n'
        "    s1 --> s2\n"
        "    s1 --> s3\n"
        "    s2 --> s3\n"
    )
