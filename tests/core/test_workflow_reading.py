"""What is wrong with a workflow's file is told with its line, column and the nearest name."""

from __future__ import annotations

import copy

import pytest

from bot.core.kinds import Field, Kind
from bot.core.located import Located
from bot.core.workflow import Fields, InputSpec, RetryRule, Workflow
from bot.core.workflow_reading import Problem, examine, read_workflow
from bot.errors import ConfigurationError
from bot.located_yaml import read_yaml

TYPES = {
    "make": Fields(
        takes={
            "pack": Field(kind=Kind.STRING, summary="the pack's name"),
            "mode": Field(kind=Kind.CHOICE, choices=("fast", "slow"), needed=False),
        },
        gives={"project": Field(kind=Kind.PROJECT)},
    ),
    "send": Fields(takes={"body": Field(kind=Kind.ANY, needed=False)}, gives={}),
    "approval": Fields(takes={}, gives={}),
}
ABSENT = {"agent": "no model is asked", "export": ""}


def problems(text: str) -> list[str]:
    data = read_yaml(text, source="w.yaml", reason="bad_workflow")
    workflow, found = examine(data, TYPES, source="w.yaml", absent=ABSENT)
    assert (workflow is None) == bool(found)
    return [str(problem) for problem in found]


def good(text: str) -> Workflow:
    return read_workflow(
        read_yaml(text, source="w.yaml", reason="bad_workflow"), TYPES, source="w.yaml"
    )


HEAD = "name: w\nsteps:\n"
ASKS = """\
name: w
steps:
  - {id: a, uses: send}
  - {id: first, uses: approval, needs: [a]}
  - {id: second, uses: approval, needs: [NEEDED]}
"""
ONE = "name: w\nsteps: [{id: a, uses: send}]\n"


def test_everything_that_a_file_can_say_is_read() -> None:
    workflow = good(
        """\
name: all-of_it2
summary: In one line
timeout: 2h
inputs:
  pack: {type: string, help: "Which?"}
  ci: {type: choice, choices: [a, b], default: b}
  many: {type: choices, choices: [a, b], default: [a]}
  into: {type: destination, default: "."}
  note: {type: text, default: null}
steps:
  - id: files
    uses: make
    with: {pack: "${{ inputs.pack }}"}
  - id: send
    uses: send
    if: ${{ inputs.note != null }}
    for_each: ${{ inputs.many }}
    retry: {count: 3, backoff: 10s, on: [transient, bad_gateway]}
    timeout: 5m
    outputs: {first: "${{ inputs.pack }}"}
  - {id: third, uses: send, needs: [files, files], timeout: 1.5, retry: {count: 0}, if: false}
  - {id: fourth, uses: send, needs: [], for_each: [1, 2]}
outputs:
  id: ${{ steps.files.project.id }}
"""
    )
    assert (workflow.name, workflow.summary) == ("all-of_it2", "In one line")
    assert workflow.timeout_s == 7200.0
    assert workflow.inputs == {
        "pack": InputSpec(kind=Kind.STRING, help="Which?"),
        "ci": InputSpec(kind=Kind.CHOICE, choices=("a", "b"), default="b", has_default=True),
        "many": InputSpec(kind=Kind.CHOICES, choices=("a", "b"), default=["a"], has_default=True),
        "into": InputSpec(kind=Kind.DESTINATION, default=".", has_default=True),
        "note": InputSpec(kind=Kind.TEXT, default=None, has_default=True),
    }
    files, send, third, fourth = workflow.steps
    assert (files.needs, files.condition, files.for_each, files.retry) == ((), None, None, None)
    assert files.arguments == {"pack": "${{ inputs.pack }}"}
    assert send.needs == ("files",)
    assert send.condition == "${{ inputs.note != null }}"
    assert send.for_each == "${{ inputs.many }}"
    assert send.retry == RetryRule(count=3, backoff_s=10.0, on=("transient", "bad_gateway"))
    assert send.timeout_s == 300.0
    assert send.outputs == {"first": "${{ inputs.pack }}"}
    assert third.needs == ("files",)
    assert third.timeout_s == 1.5
    assert third.retry == RetryRule(count=0, backoff_s=5.0)
    assert third.condition is False
    assert fourth.needs == ()
    assert fourth.for_each == [1, 2]
    assert workflow.outputs == {"id": "${{ steps.files.project.id }}"}
    assert not any(step.inserted for step in workflow.steps)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["w.yaml:1:1: the file: must be a mapping of names"]),
        ("[]", ["w.yaml:1:1: the file: must be a mapping of names"]),
        (
            "summary: x",
            [
                "w.yaml:1:1: the file: lacks 'name'",
                "w.yaml:1:1: the file: lacks 'steps'",
            ],
        ),
        (
            "nam: w\nsteps: [{id: a, uses: send}]",
            [
                "w.yaml:1:1: the file: unknown field 'nam'; did you mean 'name'?",
                "w.yaml:1:1: the file: lacks 'name'",
            ],
        ),
        (ONE + "zzz: 1", ["w.yaml:3:1: the file: unknown field 'zzz'"]),
        (ONE + "summary: 3", ["w.yaml:3:10: summary: must be a text"]),
        (
            ONE + f"summary: {'x' * 201}",
            ["w.yaml:3:10: summary: has 201 characters; 200 are the most"],
        ),
        (ONE + "timeout: soon", [f"w.yaml:3:10: timeout: {'must be a number of seconds'}"]),
        (ONE + "timeout: 0", ["w.yaml:3:10: timeout: must lie between 1 s and 2.592e+06 s"]),
        (ONE + "outputs: []", ["w.yaml:3:10: outputs: must be a mapping of names"]),
        (ONE + "inputs:", ["w.yaml:3:8: inputs: must be a mapping of names"]),
        ("name: W\nsteps: [{id: a, uses: send}]", ["w.yaml:1:7: name: must be a lower-case"]),
        ("name: 12\nsteps: [{id: a, uses: send}]", ["w.yaml:1:7: name: must be a lower-case"]),
        (
            f"name: {'n' * 64}\nsteps: [{{id: a, uses: send}}]",
            ["w.yaml:1:7: name: must be a lower-case letter, then at most 62"],
        ),
        ("name: w\nsteps: []", ["w.yaml:2:8: steps: must have at least one step"]),
        ("name: w\nsteps:", ["w.yaml:2:7: steps: must be a list"]),
        ("name: w\nsteps: {}", ["w.yaml:2:8: steps: must be a list"]),
    ],
)
def test_the_top_of_a_file(text: str, expected: list[str]) -> None:
    found = problems(text)
    assert len(found) == len(expected), found
    for problem, start in zip(found, expected, strict=True):
        assert problem.startswith(start)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("string", "1:3: inputs.x: must be a mapping of names"),
        ("{}", "1:3: inputs.x: lacks 'type'"),
        ("{type: strin}", "1:10: inputs.x.type: unknown type 'strin'; did you mean 'string'?"),
        ("{type: zzz}", "1:10: inputs.x.type: unknown type 'zzz'; known are string, text, integer"),
        ("{type: 3}", "1:10: inputs.x.type: unknown type 'no text'"),
        ("{type: any}", "1:10: inputs.x.type: unknown type 'any'"),
        ("{type: nothing}", "1:10: inputs.x.type: unknown type 'nothing'"),
        ("{type: repository}", "1:10: inputs.x.type: unknown type 'repository'"),
        ("{type: text, hel: a}", "1:16: inputs.x: unknown field 'hel'; did you mean 'help'?"),
        ("{type: text, help: [a]}", "1:22: inputs.x.help: must be a text"),
        (
            "{type: text, help: " + "x" * 501 + "}",
            "1:22: inputs.x.help: has 501 characters; 500 are the most",
        ),
        ("{type: choice}", "1:3: inputs.x: lacks 'choices'"),
        ("{type: choices}", "1:3: inputs.x: lacks 'choices'"),
        (
            "{type: text, choices: [a]}",
            "1:25: inputs.x.choices: stands only with the types choice and choices",
        ),
        ("{type: choice, choices: a}", "1:27: inputs.x.choices: must be a list"),
        ("{type: choice, choices: []}", "1:27: inputs.x.choices: must have at least one entry"),
        ("{type: choice, choices: [a, a]}", "1:27: inputs.x.choices: has an entry twice"),
        (
            "{type: choice, choices: [3.11]}",
            "1:28: inputs.x.choices: every choice must be a text; put it in quotes",
        ),
        (
            "{type: choice, choices: [" + ", ".join(f"a{n}" for n in range(101)) + "]}",
            "1:27: inputs.x.choices: has 101 entries; 100 are the most",
        ),
        (
            "{type: choice, choices: [" + "x" * 201 + "]}",
            "1:28: inputs.x.choices: has 201 characters; 200 are the most",
        ),
        (
            "{type: choice, choices: [fast, slow], default: fst}",
            "1:50: inputs.x.default: 'fst' is none of fast, slow; did you mean 'fast'?",
        ),
        (
            "{type: choices, choices: [fast, slow], default: [slow, no]}",
            "1:51: inputs.x.default: 'no' is none of fast, slow",
        ),
        ("{type: integer, default: '1'}", "1:28: inputs.x.default: must be a whole number"),
        ("{type: string, default: 1}", "1:27: inputs.x.default: must be one line of text"),
        ("{type: boolean, default: yes}", "1:28: inputs.x.default: must be true or false"),
        ("{type: object, default: []}", "1:27: inputs.x.default: must be a mapping"),
        (
            "{type: string, default: '${{ inputs.y }}'}",
            "1:27: inputs.x.default: no reference is read in a default",
        ),
        (
            "{type: object, default: {a: ['${{ 1 }}']}}",
            "1:27: inputs.x.default: no reference is read in a default",
        ),
        ("{type: secret, default: x}", "1:27: inputs.x.default: a secret does not stand in a file"),
        ("{type: project, default: {}}", "1:28: inputs.x.default: a project has no default"),
        ("{type: destination, default: a b}", "1:32: inputs.x.default: `a b` is not of the form"),
        ("{type: destination, default: {}}", "1:32: inputs.x.default: must be '.', owner/name or"),
    ],
)
def test_inputs(spec: str, expected: str) -> None:
    text = "inputs:\n  x: " + spec + "\n" + ONE
    line, _, rest = expected.partition(":")
    column, _, rest = rest.partition(":")
    found = problems(text)
    assert len(found) == 1, found
    assert found[0].startswith(f"w.yaml:{int(line) + 1}:{int(column) + 3}:{rest}")


@pytest.mark.parametrize(
    "spec",
    [
        "{type: secret, default: null}",
        "{type: project, default: null}",
        "{type: destination, default: 'github:acme/orders'}",
        "{type: integer, default: 0}",
        "{type: list, default: [1, {a: b}]}",
        '{type: text, default: "a\\nb"}',
        "{type: choices, choices: [a], default: []}",
    ],
)
def test_inputs_that_are_as_they_should_be(spec: str) -> None:
    assert problems("inputs:\n  x: " + spec + "\n" + ONE) == []


def test_names_of_inputs_and_outputs_are_names() -> None:
    text = ONE + "inputs: {A b: {type: text}}\noutputs: {'1': x}"
    assert problems(text) == [
        "w.yaml:3:10: inputs: the name 'A b' must be a lower-case letter, then at most 62 "
        "lower-case letters, digits, - and _",
        "w.yaml:4:11: outputs: the name '1' must be a lower-case letter, then at most 62 "
        "lower-case letters, digits, - and _",
    ]


def test_there_is_an_end_to_inputs_and_outputs() -> None:
    inputs = "\n".join(f"  i{n}: {{type: text}}" for n in range(101))
    outputs = "\n".join(f"  o{n}: 1" for n in range(101))
    found = problems(ONE + f"inputs:\n{inputs}\noutputs:\n{outputs}\n")
    assert found == [
        "w.yaml:4:3: inputs: has 101 entries; 100 are the most",
        "w.yaml:106:3: outputs: has 101 entries; 100 are the most",
    ]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("x", "3:5: step 1: must be a mapping of names"),
        ("{uses: send}", "3:5: step 1: lacks 'id'"),
        ("{id: a}", "3:5: step 1: lacks 'uses'"),
        ("{id: A, uses: send}", "3:10: step 1, id: must be a lower-case letter"),
        ("{id: 'a[0]', uses: send}", "3:10: step 1, id: must be a lower-case letter"),
        ("{id: 1, uses: send}", "3:10: step 1, id: must be a lower-case letter"),
        ("{id: a, uses: 3}", "3:19: step a, uses: must be a text"),
        (
            "{id: a, uses: sned}",
            "3:19: step a, uses: unknown step type 'sned'; did you mean 'send'",
        ),
        (
            "{id: a, uses: agnet}",
            "3:19: step a, uses: unknown step type 'agnet'; did you mean 'agent'?",
        ),
        (
            "{id: a, uses: agent}",
            "3:19: step a, uses: the step type 'agent' is not in this version: no model is asked",
        ),
        (
            "{id: a, uses: export}",
            "3:19: step a, uses: the step type 'export' is not in this version",
        ),
        ("{id: a, uses: send, fi: x}", "3:25: step 1: unknown field 'fi'"),
        ("{id: a, uses: send, when: x}", "3:25: step 1: unknown field 'when'"),
        ("{id: a, uses: send, inserted: true}", "3:25: step 1: unknown field 'inserted'"),
        ("{id: a, uses: send, with: }", "3:30: step a, with: must be a mapping of names"),
        ("{id: a, uses: make}", "3:5: step a, with: lacks 'pack' (the pack's name)"),
        ("{id: a, uses: make, with: {}}", "3:31: step a, with: lacks 'pack' (the pack's name)"),
        (
            "{id: a, uses: make, with: {pack: p, mod: x}}",
            "3:41: step a, with: unknown field 'mod'; did you mean 'mode'?",
        ),
        ("{id: a, uses: send, outputs: 3}", "3:34: step a, outputs: must be a mapping of names"),
        ("{id: a, uses: send, timeout: x}", "3:34: step a, timeout: must be a number of seconds"),
        ("{id: a, uses: send, timeout: 5d}", "3:34: step a, timeout: must be a number of seconds"),
        ("{id: a, uses: send, timeout: true}", "3:34: step a, timeout: must be a number of"),
        ("{id: a, uses: send, timeout: [5]}", "3:34: step a, timeout: must be a number of"),
        ("{id: a, uses: send, timeout: 0s}", "3:34: step a, timeout: must lie between 1 s and"),
        ("{id: a, uses: send, timeout: 721h}", "3:34: step a, timeout: must lie between 1 s"),
        ("{id: a, uses: send, retry: 3}", "3:32: step a, retry: must be a mapping of names"),
        ("{id: a, uses: send, retry: {}}", "3:32: step a, retry: lacks 'count'"),
        (
            "{id: a, uses: send, retry: {count: 1, delay: 3}}",
            "3:43: step a, retry: unknown field 'delay'",
        ),
        ("{id: a, uses: send, retry: {count: -1}}", "3:40: step a, retry.count: must be a whole"),
        ("{id: a, uses: send, retry: {count: 11}}", "3:40: step a, retry.count: must be a whole"),
        ("{id: a, uses: send, retry: {count: 1.5}}", "3:40: step a, retry.count: must be a whole"),
        ("{id: a, uses: send, retry: {count: true}}", "3:40: step a, retry.count: must be a whole"),
        (
            "{id: a, uses: send, retry: {count: 1, backoff: -1}}",
            "3:52: step a, retry.backoff: must lie between 0 s and 3600 s",
        ),
        (
            "{id: a, uses: send, retry: {count: 1, backoff: 61m}}",
            "3:52: step a, retry.backoff: must lie between 0 s and 3600 s",
        ),
        ("{id: a, uses: send, retry: {count: 1, on: x}}", "3:47: step a, retry.on: must be a list"),
        (
            "{id: a, uses: send, retry: {count: 1, on: [Bad One]}}",
            "3:48: step a, retry.on: must be transient, failed, timeout or a reason code",
        ),
        (
            "{id: a, uses: send, retry: {count: 1, on: [3]}}",
            "3:48: step a, retry.on: must be transient, failed, timeout or a reason code",
        ),
        (
            "{id: a, uses: send, retry: {count: 1, on: [" + "x, " * 21 + "]}}",
            "3:47: step a, retry.on: has 21 entries; 20 are the most",
        ),
        ("{id: a, uses: send, needs: b}", "3:32: step a, needs: must be a list"),
        ("{id: a, uses: send, needs: [1]}", "3:33: step a, needs: must be the id of a step"),
        ("{id: a, uses: send, needs: [a]}", "3:33: step a, needs: a step cannot need itself"),
        ("{id: a, uses: send, needs: ['']}", "3:33: step a, needs: there is no step ''"),
        ("{id: a, uses: send, needs: [b]}", "3:33: step a, needs: there is no step 'b'"),
    ],
)
def test_steps(step: str, expected: str) -> None:
    found = problems(HEAD + "  - " + step)
    assert len(found) == 1, found
    assert found[0].startswith(f"w.yaml:{expected}")


@pytest.mark.parametrize(
    ("timeout", "seconds"),
    [("1s", 1.0), ("2m", 120.0), ("720h", 2592000.0), ("2592000", 2592000.0)],
)
def test_times(timeout: str, seconds: float) -> None:
    assert good(ONE + f"timeout: {timeout}").timeout_s == seconds


def steps(*lines: str) -> str:
    return HEAD + "".join(f"  - {line}\n" for line in lines)


def test_an_id_is_used_once() -> None:
    text = steps("{id: a, uses: send}", "{id: a, uses: send}", "{id: a, uses: send}")
    assert problems(text) == [
        "w.yaml:4:10: step a: the id 'a' is taken by an earlier step",
        "w.yaml:5:10: step a: the id 'a' is taken by an earlier step",
    ]


def test_a_step_needs_only_what_is_written_above_it() -> None:
    text = steps("{id: a, uses: send, needs: [b]}", "{id: b, uses: send, needs: []}")
    assert problems(text) == [
        "w.yaml:3:33: step a, needs: step 'b' is written below; a step needs only what is written "
        "above it"
    ]


def test_steps_that_need_each_other_are_shown_in_a_ring() -> None:
    text = steps(
        "{id: a, uses: send, needs: [c]}",
        "{id: b, uses: send}",
        "{id: c, uses: send, needs: [b, x]}",
    )
    assert problems(text) == [
        "w.yaml:3:33: step a, needs: these steps need each other: a -> c -> b -> a",
        "w.yaml:5:36: step c, needs: there is no step 'x'",
    ]


def test_the_ring_is_the_shortest_there_is() -> None:
    text = steps(
        "{id: a, uses: send, needs: [e]}",
        "{id: b, uses: send, needs: [a]}",
        "{id: c, uses: send, needs: [a]}",
        "{id: d, uses: send, needs: [b, c]}",
        "{id: e, uses: send, needs: [d, c]}",
    )
    assert problems(text) == [
        "w.yaml:3:33: step a, needs: these steps need each other: a -> e -> c -> a"
    ]


def test_the_nearest_step_is_named() -> None:
    text = steps("{id: files, uses: send}", "{id: b, uses: send, needs: [file]}")
    assert problems(text)[0].endswith("there is no step 'file'; did you mean 'files'?")


def test_a_hundred_steps_are_the_most() -> None:
    assert problems(steps(*(f"{{id: s{n}, uses: send}}" for n in range(100)))) == []
    found = problems(steps(*(f"{{id: s{n}, uses: send}}" for n in range(101))))
    assert found == ["w.yaml:3:3: steps: has 101 entries; 100 are the most"]


def test_a_snapshot_has_room_for_the_steps_that_policy_put_in() -> None:
    data: dict[str, object] = {
        "name": "w",
        "steps": [{"id": f"s{n}", "uses": "send", "inserted": n < 5} for n in range(105)],
    }
    workflow = read_workflow(data, TYPES, source="snapshot")
    assert sum(step.inserted for step in workflow.steps) == 5


def test_what_is_inserted_is_said_by_true_or_false() -> None:
    data = {"name": "w", "steps": [{"id": "a", "uses": "send", "inserted": 1}]}
    assert [str(one) for one in examine(data, TYPES, source="s")[1]] == [
        "s: step a, inserted: must be true or false"
    ]


def test_all_problems_are_told_at_once_in_the_order_of_the_file() -> None:
    text = """\
steps:
  - {id: a, uses: mak}
  - {id: b, uses: make, with: {pak: 1}, timeout: x}
name: W
inputs: {x: {type: y}}
"""
    assert [one.split(": ")[0] for one in problems(text)] == [
        "w.yaml:2:19",
        "w.yaml:3:31",
        "w.yaml:3:32",
        "w.yaml:3:50",
        "w.yaml:4:7",
        "w.yaml:5:20",
    ]


def test_a_hundred_problems_are_enough_for_one_reading() -> None:
    unknown = ", ".join(f"x{n}: 1" for n in range(99))
    assert len(problems(steps(f"{{id: a, uses: send, with: {{{unknown}}}}}"))) == 99
    unknown = ", ".join(f'x{n}: "${{{{ 1 + }}}}"' for n in range(101))
    named = ", ".join(f'"${{{{ inputs.x{n} }}}}"' for n in range(1000))
    found = problems(steps(f"{{id: a, uses: send, with: {{{unknown}, body: [{named}]}}}}"))
    assert len(found) == 101
    assert found[-1] == "w.yaml: there are more; these are 100"


def test_the_error_lists_every_problem_on_a_line_of_its_own() -> None:
    data = {"name": "W", "steps": [{"id": "a", "uses": "mak"}]}
    with pytest.raises(ConfigurationError) as caught:
        read_workflow(data, TYPES, source="w")
    assert caught.value.reason == "bad_workflow"
    assert caught.value.message == (
        "w: name: must be a lower-case letter, then at most 62 lower-case letters, digits, - and _"
        "\nw: step a, uses: unknown step type 'mak'; did you mean 'make'?"
    )
    assert "workflows check" in caught.value.remedy


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (object(), "w: steps[0].with.body: must be plain data"),
        (b"bytes", "w: steps[0].with.body: must be plain data"),
        (float("inf"), "w: steps[0].with.body: must be a finite number"),
        (float("nan"), "w: steps[0].with.body: must be a finite number"),
        (2**63, "w: steps[0].with.body: is too large a number"),
        (-(2**63) - 1, "w: steps[0].with.body: is too large a number"),
        pytest.param(10**5000, "w: steps[0].with.body: is too large a number", id="huge"),
        ("a\0", "w: steps[0].with.body: holds the character 0x0, which no text may hold"),
        ("\ud800", "w: steps[0].with.body: holds the character 0xd800, which no text may hold"),
        ("x" * 50_001, "w: steps[0].with.body: has 50001 characters; 50000 are the most"),
        ({1: "a"}, "w: steps[0].with.body: a name in it is of the type int; put it in quotes"),
        ({10**5000: 1}, "w: steps[0].with.body: a name in it is of the type int"),
        ({"\0": 1}, "w: steps[0].with.body: holds the character 0x0"),
        ({"${{ 1 }}": 1}, "w: steps[0].with.body: no reference is read in the name '${{ 1 }}'"),
        ([1, {"x": object()}], "w: steps[0].with.body[1].x: must be plain data"),
    ],
)
def test_data_that_is_no_plain_data_is_refused(value: object, problem: str) -> None:
    data = {"name": "w", "steps": [{"id": "a", "uses": "send", "with": {"body": value}}]}
    workflow, found = examine(data, TYPES, source="w")
    assert workflow is None
    assert [str(one).startswith(problem) for one in found] == [True], found
    assert (found[0].line, found[0].column) == (None, None)


@pytest.mark.parametrize("value", [2**63 - 1, -(2**63), "x" * 50_000, 1.5, None])
def test_plain_data_goes_up_to_its_limits(value: object) -> None:
    data = {"name": "w", "steps": [{"id": "a", "uses": "send", "with": {"body": value}}]}
    assert read_workflow(data, TYPES, source="w").steps[0].arguments == {"body": value}


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


def test_nesting_has_an_end_that_is_told() -> None:
    def data(depth: int) -> object:
        return {
            "name": "w",
            "steps": [{"id": "a", "uses": "send", "with": {"body": nested(depth)}}],
        }

    assert examine(data(20), TYPES, source="w")[1] == ()
    for depth in (21, 50_000):
        _, found = examine(data(depth), TYPES, source="w")
        assert len(found) == 1
        assert str(found[0]).endswith("]: is nested more than 24 deep")


def test_located_data_is_measured_too() -> None:
    found = Located(value=1, line=1, column=1)
    for _ in range(50):
        found = Located(value=[found], line=1, column=1)
    assert "is nested more than 24 deep" in str(examine(found, TYPES, source="w")[1][0])


def test_a_file_of_too_many_values_is_not_gone_through() -> None:
    data = {"name": "w", "steps": [{"id": "a", "uses": "send", "with": {"body": [0] * 30_000}}]}
    (problem,) = examine(data, TYPES, source="w")[1]
    assert problem.message == "the file has more than 20000 values"


@pytest.mark.parametrize(("items", "is_read"), [(19_992, True), (19_993, False)])
def test_values_are_counted(items: int, is_read: bool) -> None:
    data = {"name": "w", "steps": [{"id": "a", "uses": "send", "with": {"body": [0] * items}}]}
    assert (examine(data, TYPES, source="w")[1] == ()) is is_read


def test_what_was_read_is_not_changed() -> None:
    data = {"name": "w", "steps": [{"id": "a", "uses": "send", "with": {"body": [{"a": [1]}]}}]}
    before = copy.deepcopy(data)
    read_workflow(data, TYPES, source="w")
    assert data == before


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem(line=3, column=5, place="a", message="b", source="f"), "f:3:5: a: b"),
        (Problem(line=3, column=None, place="a", message="b", source="f"), "f:3: a: b"),
        (Problem(line=3, column=5, place="", message="b"), "3:5: b"),
        (Problem(line=None, column=None, place="", message="b"), "b"),
    ],
)
def test_a_problem_leaves_out_what_is_not_known(problem: Problem, text: str) -> None:
    assert str(problem) == text


def test_two_steps_that_would_ask_for_approval_at_once_are_refused() -> None:
    assert problems(ASKS.replace("NEEDED", "first")) == []
    (problem,) = problems(ASKS.replace("NEEDED", "a"))
    assert problem.startswith("w.yaml:5:5: step second: ")
    assert "at the same time as step 'first'" in problem
    assert "add 'first' to its needs" in problem


def test_an_approval_for_each_of_a_list_is_refused() -> None:
    (problem,) = problems("name: w\nsteps: [{id: a, uses: approval, for_each: [1, 2]}]\n")
    assert problem.startswith("w.yaml:2:43: step a, for_each: a thread has one plan")
