"""The gates that policy demands stand where a workflow's file lacks them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.core.kinds import Field, Kind
from bot.core.policy import Approval, Verify
from bot.core.workflow import Fields, InputSpec, StepPlan, Workflow
from bot.core.workflow_gates import gated
from bot.core.workflow_names import steps_named
from bot.core.workflow_publications import origin, same
from bot.errors import UserError

PROJECT = Field(kind=Kind.PROJECT)
INTO = Field(kind=Kind.DESTINATION)
TYPES = {
    "file_generation": Fields(takes={}, gives={"project": PROJECT}),
    "agent": Fields(takes={}, gives={"project": PROJECT}),
    "header": Fields(takes={"project": PROJECT}, gives={"project": PROJECT}),
    "verify": Fields(takes={"project": PROJECT}, gives={"project": PROJECT}),
    "approval": Fields(takes={"project": PROJECT, "into": INTO}, gives={}),
    "notify": Fields(takes={}, gives={}),
    "repo_creation": Fields(takes={"into": INTO}, gives={}, publishes=True),
    "commit": Fields(takes={"project": PROJECT, "into": INTO}, gives={}, publishes=True),
    "open_change": Fields(takes={"into": INTO}, gives={}, publishes=True),
    "track": Fields(takes={"stories": Field(kind=Kind.LIST)}, gives={}, publishes=True),
}
FILES = "${{ steps.files.project }}"
HERE = "${{ inputs.into }}"
THERE = "${{ inputs.docs }}"


def step(id: str, uses: str, *needs: str, **more: Any) -> StepPlan:
    return StepPlan(id=id, uses=uses, needs=needs, **more)


def workflow(*steps: StepPlan) -> Workflow:
    places = {name: InputSpec(kind=Kind.DESTINATION) for name in ("into", "docs")}
    return Workflow(name="mine", inputs=places, steps=steps)


def with_approval(flow: Workflow, approval: Approval = Approval.ALWAYS) -> Workflow:
    return gated(flow, TYPES, approval=approval, verify=Verify.REPORT)


def with_verification(flow: Workflow) -> Workflow:
    return gated(flow, TYPES, approval=Approval.NEVER, verify=Verify.REQUIRE)


def commit(id: str, *needs: str, into: str = HERE, project: str = FILES, **more: Any) -> StepPlan:
    return step(id, "commit", *needs, arguments={"project": project, "into": into}, **more)


PLAIN = workflow(
    step("files", "file_generation"),
    step("repository", "repo_creation", "files", arguments={"into": HERE}),
    commit("commit", "repository"),
    step("change", "open_change", "commit", arguments={"into": HERE}),
)


def shown(flow: Workflow) -> dict[str, tuple[str, ...]]:
    """Each step with what it needs, in order."""
    return {plan.id: plan.needs for plan in flow.steps}


def test_nothing_is_put_in_where_policy_asks_for_nothing() -> None:
    assert gated(PLAIN, TYPES, approval=Approval.NEVER, verify=Verify.REPORT) == PLAIN


def test_a_workflow_that_publishes_nothing_stays_as_it_is() -> None:
    flow = workflow(step("files", "file_generation"), step("tell", "notify", "files"))
    assert with_approval(flow) == with_verification(flow) == flow


def test_a_missing_gate_stands_before_the_first_step_that_publishes() -> None:
    flow = with_approval(PLAIN)
    assert shown(flow) == {
        "files": (),
        "policy-gate": ("files",),
        "repository": ("policy-gate",),
        "commit": ("repository",),
        "change": ("commit",),
    }
    gate = flow.step("policy-gate")
    assert gate.inserted
    assert gate.arguments == {"project": FILES, "into": HERE}


def test_verification_comes_before_approval() -> None:
    flow = gated(PLAIN, TYPES, approval=Approval.ALWAYS, verify=Verify.REQUIRE)
    assert list(shown(flow))[:4] == ["files", "policy-verify", "policy-gate", "repository"]
    assert flow.step("policy-gate").needs == ("policy-verify",)
    assert flow.step("policy-verify").needs == ("files",)
    assert flow.step("policy-verify").arguments == {"project": FILES}


def test_the_files_own_gate_is_used_and_asks_always() -> None:
    own = {"project": "${{steps.checks.project}}", "into": "${{inputs.into}}"}
    flow = workflow(
        step("files", "file_generation"),
        step("checks", "verify", "files", arguments={"project": FILES}, condition=False),
        step("ask", "approval", "checks", arguments=own, condition="${{ inputs.plan }}"),
        commit("commit", "ask"),
    )
    made = gated(flow, TYPES, approval=Approval.ALWAYS, verify=Verify.REQUIRE)
    assert shown(made) == shown(flow)
    assert made.step("ask").condition is None
    assert made.step("checks").condition is None
    assert not made.step("ask").inserted


def test_a_gate_for_another_place_is_none() -> None:
    flow = workflow(
        step("files", "file_generation"),
        step("ask", "approval", "files", arguments={"project": FILES, "into": THERE}),
        commit("commit", "ask"),
    )
    made = with_approval(flow)
    assert made.step("commit").needs == ("policy-gate",)
    assert made.step("policy-gate").needs == ("ask",)


def test_a_gate_for_files_that_are_changed_afterwards_is_none() -> None:
    flow = workflow(
        step("files", "file_generation"),
        step("checks", "verify", "files", arguments={"project": FILES}),
        step("headers", "header", "checks", arguments={"project": FILES}),
        commit("commit", "headers", project="${{ steps.headers.project }}"),
    )
    made = with_verification(flow)
    assert made.step("policy-verify").arguments == {"project": "${{ steps.headers.project }}"}
    assert made.step("commit").needs == ("policy-verify",)


def test_a_gate_beside_the_steps_that_publish_is_none() -> None:
    flow = workflow(
        step("files", "file_generation"),
        step("ask", "approval", "files", arguments={"project": FILES, "into": HERE}),
        commit("commit", "files"),
    )
    made = with_approval(flow)
    assert "policy-gate" in made.step("commit").needs
    # Two plans never wait side by side.
    assert made.step("policy-gate").needs == ("ask",)


def test_each_place_gets_a_gate_and_all_come_before_anything_is_published() -> None:
    flow = workflow(
        step("files", "file_generation"),
        commit("code", "files"),
        commit("docs", "code", into=THERE),
    )
    assert shown(with_approval(flow)) == {
        "files": (),
        "policy-gate": ("files",),
        "policy-gate-2": ("policy-gate",),
        "code": ("policy-gate-2",),
        "docs": ("code",),
    }


def test_files_that_are_made_between_two_publications_are_approved_there() -> None:
    flow = workflow(
        step("files", "file_generation"),
        commit("code", "files"),
        step("more", "file_generation", "code"),
        commit("docs", "more", into=THERE, project="${{ steps.more.project }}"),
    )
    assert list(shown(with_approval(flow))) == [
        *("files", "policy-gate", "code", "more", "policy-gate-2", "docs"),
    ]


def test_one_verification_is_enough_for_two_places() -> None:
    flow = workflow(
        step("files", "file_generation"),
        commit("code", "files"),
        commit("docs", "files", into=THERE),
    )
    made = with_verification(flow)
    assert [plan.uses for plan in made.steps].count("verify") == 1
    assert made.step("docs").needs == ("policy-verify",)


def test_what_is_made_for_each_item_is_verified_for_each() -> None:
    each = "${{ inputs.projects }}"
    flow = workflow(commit("commit", project="${{ item }}", for_each=each))
    assert with_verification(flow).step("policy-verify").for_each == each
    same_files = workflow(
        step("files", "file_generation"),
        commit("commit", "files", into="${{ item }}", for_each=each),
    )
    assert with_verification(same_files).step("policy-verify").for_each is None


def test_places_of_a_list_cannot_be_approved_one_by_one() -> None:
    each = "${{ inputs.places }}"
    flow = workflow(
        step("files", "file_generation"),
        commit("commit", "files", into="${{ item }}", for_each=each),
    )
    with pytest.raises(UserError, match="for each item of a list") as caught:
        with_approval(flow)
    assert caught.value.reason == "ungated_workflow"


def test_who_publishes_nothing_is_asked_nothing() -> None:
    wanted = "${{ inputs.publish }}"
    flow = workflow(
        step("files", "file_generation"),
        commit("commit", "files", condition=wanted),
    )
    assert with_approval(flow).step("policy-gate").condition == wanted


def test_a_condition_that_is_known_only_later_is_no_reason_not_to_ask() -> None:
    late = "${{ steps.made.there }}"
    flow = workflow(
        step("files", "file_generation"),
        step("made", "repo_creation", "files", arguments={"into": HERE}),
        commit("commit", "made", into=THERE, condition=late),
    )
    assert with_approval(flow).step("policy-gate-2").condition is None


def test_a_step_without_project_or_place_belongs_to_what_there_is() -> None:
    flow = workflow(
        step("files", "file_generation"),
        step("issues", "track", "files"),
        commit("commit", "issues"),
    )
    made = with_approval(flow)
    assert list(shown(made)) == ["files", "policy-gate", "issues", "commit"]


def test_ids_that_are_taken_are_left_alone() -> None:
    flow = workflow(step("policy-gate", "file_generation"), commit("commit", "policy-gate"))
    flow = workflow(
        flow.steps[0], commit("commit", "policy-gate", project="${{ steps.policy-gate.project }}")
    )
    assert list(shown(with_approval(flow))) == ["policy-gate", "policy-gate-2", "commit"]


def test_only_a_models_files_are_approved_where_policy_says_so() -> None:
    assert with_approval(PLAIN, Approval.MODEL) == PLAIN
    by_model = workflow(step("files", "agent"), *PLAIN.steps[1:])
    assert with_approval(by_model, Approval.MODEL).step("policy-gate")


@pytest.mark.parametrize(
    ("flow", "words"),
    [
        (workflow(step("issues", "track")), "no generated files"),
        (
            Workflow(name="mine", steps=(step("files", "agent"), step("issues", "track", "files"))),
            "no destination",
        ),
    ],
)
def test_where_nothing_could_be_approved_it_is_said(flow: Workflow, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        with_approval(flow)
    assert caught.value.reason == "ungated_workflow"
    assert flow.steps[-1].id in caught.value.message


def test_files_that_need_what_is_published_cannot_be_approved_before() -> None:
    flow = workflow(
        step("repository", "repo_creation", arguments={"into": HERE}),
        step("files", "file_generation", "repository"),
        commit("commit", "files"),
    )
    with pytest.raises(UserError, match="made only after that") as caught:
        with_approval(flow)
    assert "before those that publish" in caught.value.remedy


def test_what_is_published_moves_behind_files_that_do_not_need_it() -> None:
    flow = workflow(
        step("repository", "repo_creation", arguments={"into": HERE}),
        step("files", "file_generation"),
        commit("commit", "repository", "files"),
    )
    assert shown(with_approval(flow)) == {
        "files": (),
        "policy-gate": ("files",),
        "repository": ("policy-gate",),
        "commit": ("repository",),
    }


USES = ("file_generation", "header", "verify", "approval", "notify", "repo_creation", "commit")


@st.composite
def flows(draw: st.DrawFn) -> Workflow:
    """Random graphs of steps that generate, look, ask and publish."""
    steps = [step("s0", "file_generation")]
    for number in range(1, draw(st.integers(1, 9))):
        known = [plan.id for plan in steps]
        needs = draw(st.lists(st.sampled_from(known), min_size=1, max_size=3, unique=True))
        before = closure(Workflow(name="w", steps=tuple(steps)), needs)
        makers = [
            plan.id for plan in steps if plan.id in before and "project" in TYPES[plan.uses].gives
        ]
        maker = draw(st.sampled_from(sorted(makers)))
        all_given = {
            "project": f"${{{{ steps.{maker}.project }}}}",
            "into": draw(st.sampled_from([HERE, THERE])),
        }
        uses = draw(st.sampled_from(USES))
        takes = TYPES[uses].takes
        given_now = {name: value for name, value in all_given.items() if name in takes}
        condition = draw(st.sampled_from([None, None, "${{ inputs.plan }}"]))
        steps.append(step(f"s{number}", uses, *needs, arguments=given_now, condition=condition))
    return workflow(*steps)


def closure(flow: Workflow, ids: Any) -> set[str]:
    found, waiting = set(), list(ids)
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting.extend(flow.step(one).needs)
    return found


def gated_or_skipped(flow: Workflow) -> Workflow:
    """With its gates, unless files come after the step that they would be approved for."""
    try:
        return gated(flow, TYPES, approval=Approval.ALWAYS, verify=Verify.REQUIRE)
    except UserError as exc:
        assert exc.reason == "ungated_workflow"
        assume(False)
        raise


@settings(max_examples=300, deadline=None)
@given(flows())
def test_every_step_that_publishes_stands_behind_its_gates(flow: Workflow) -> None:
    made = gated_or_skipped(flow)
    for number, plan in enumerate(made.steps):
        above = {other.id for other in made.steps[:number]}
        before = closure(made, plan.needs)
        assert before <= above, "a step stands behind all that it needs"
        assert steps_named([plan.arguments, plan.condition]) <= before
        if not TYPES[plan.uses].publishes:
            continue
        gates = [made.step(one) for one in before]
        asked = [one for one in gates if one.uses == "approval" and one.condition is None]
        assert any(same(one.arguments["into"], plan.arguments["into"]) for one in asked) or any(
            same(one.condition, plan.condition)
            for one in gates
            if one.inserted or one.uses == "approval"
        )
        if "project" in plan.arguments:
            wanted = origin(plan.arguments["project"], made.steps)
            looked = [one.arguments["project"] for one in gates if one.uses == "verify"]
            assert any(same(origin(one, made.steps), wanted) for one in looked)


def asks_in_line(flow: Workflow) -> bool:
    """Whether of any two approvals one comes before the other."""
    asking = [plan.id for plan in flow.steps if plan.uses == "approval"]
    return all(
        one in closure(flow, [other]) or other in closure(flow, [one])
        for one in asking
        for other in asking
    )


@settings(max_examples=150, deadline=None)
@given(flows())
def test_no_two_plans_wait_side_by_side_where_the_file_lets_none(flow: Workflow) -> None:
    assume(asks_in_line(flow))
    assert asks_in_line(gated_or_skipped(flow))


@settings(max_examples=150, deadline=None)
@given(flows())
def test_gates_are_put_in_once_and_take_nothing_away(flow: Workflow) -> None:
    made = gated_or_skipped(flow)
    assert gated(made, TYPES, approval=Approval.ALWAYS, verify=Verify.REQUIRE) == made
    kept = {plan.id for plan in made.steps if not plan.inserted}
    assert kept == {plan.id for plan in flow.steps}
    for plan in flow.steps:
        assert closure(flow, plan.needs) <= closure(made, made.step(plan.id).needs)
