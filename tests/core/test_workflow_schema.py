"""The schema of workflow files: what editors complete, and what they mark as wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.core.kinds import INPUT_KINDS, PARTS, Field, Kind
from bot.core.located import plain
from bot.core.workflow import Fields
from bot.core.workflow_reading import examine
from bot.core.workflow_schema import schema
from bot.located_yaml import read_yaml
from bot.resources import config_dir
from bot.steps import registry
from tests.core.json_schema import JsonSchema

TYPES = {
    "make": Fields(
        takes={
            "pack": Field(kind=Kind.STRING, summary="the pack's name"),
            "mode": Field(kind=Kind.CHOICE, choices=("fast", "slow"), needed=False, default="fast"),
            "modes": Field(kind=Kind.CHOICES, choices=("fast", "slow"), needed=False),
            "free": Field(kind=Kind.CHOICE, needed=False),
            "text": Field(kind=Kind.TEXT, needed=False),
            "count": Field(kind=Kind.INTEGER, needed=False),
            "switch": Field(kind=Kind.BOOLEAN, needed=False),
            "list": Field(kind=Kind.LIST, needed=False),
            "object": Field(kind=Kind.OBJECT, needed=False),
            "token": Field(kind=Kind.SECRET, needed=False),
            "into": Field(kind=Kind.DESTINATION, needed=False),
            "any": Field(kind=Kind.ANY, needed=False),
        },
        gives={},
        summary="Make the files",
    ),
    "rest": Fields(takes={}, gives={}),
}
SCHEMA: Any = schema(TYPES)


def agree(text: str) -> bool:
    """Whether a file keeps the schema; the loader must say the same."""
    data = plain(read_yaml(text, reason="bad_workflow"))
    allowed = JsonSchema(SCHEMA).allows(data)
    problems = examine(read_yaml(text, reason="bad_workflow"), TYPES, source="w")[1]
    assert allowed == (not problems), problems
    return allowed


def test_it_is_json_and_names_its_dialect() -> None:
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize(
    "path", sorted((config_dir() / "workflows").glob("*.yaml")), ids=lambda path: path.stem
)
def test_every_workflow_that_ships_keeps_it(path: Path) -> None:
    data = plain(read_yaml(path.read_bytes(), reason="bad_workflow"))
    assert JsonSchema(schema(registry.fields())).allows(data)


FILES = [
    ("summary: x", True),
    ("summary: 1", False),
    (f"summary: {'x' * 201}", False),
    ("timeout: 90", True),
    ("timeout: 5m", True),
    ("timeout: 5d", False),
    ("timeout: [1]", False),
    ("zonk: 1", False),
    ("outputs: {a: 1, b: [x]}", True),
    ("outputs: {A: 1}", False),
    ("outputs: 3", False),
    ("inputs: {a: {type: string, help: x, default: y}}", True),
    ("inputs: {a: {type: choice, choices: [x, y], default: x}}", True),
    ("inputs: {A: {type: string}}", False),
    ("inputs: {a: {type: zonk}}", False),
    ("inputs: {a: {help: x}}", False),
    ("inputs: {a: {type: string, zonk: 1}}", False),
    ("inputs: {a: {type: choice}}", False),
    ("inputs: {a: {type: choices, choices: []}}", False),
    ("inputs: {a: {type: choice, choices: [1]}}", False),
    ("inputs: {a: {type: choice, choices: [x, x]}}", False),
    ("inputs: {a: {type: text, choices: [x]}}", False),
    (f"inputs: {{a: {{type: text, help: {'x' * 501}}}}}", False),
    *((f"inputs: {{a: {{type: {kind}}}}}", "choice" not in kind) for kind in INPUT_KINDS),
]


@pytest.mark.parametrize(("line", "allowed"), FILES)
def test_files(line: str, allowed: bool) -> None:
    assert agree("name: w\nsteps: [{id: a, uses: rest}]\n" + line) is allowed


@pytest.mark.parametrize(
    "text",
    ["[]", "name: w", "steps: [{id: a, uses: rest}]", "name: W\nsteps: [{id: a, uses: rest}]"],
)
def test_a_file_has_a_name_and_steps(text: str) -> None:
    assert not agree(text)


@pytest.mark.parametrize(
    ("step", "allowed"),
    [
        ("uses: rest", True),
        ("uses: rest, with: {}", True),
        ("uses: zonk", False),
        ("zonk: 1", False),
        ("uses: rest, zonk: 1", False),
        ("uses: rest, inserted: true", False),
        ("uses: rest, needs: []", True),
        ("uses: rest, needs: [A]", False),
        ("uses: rest, if: true", True),
        ('uses: rest, if: "${{ not 1 }}"', True),
        ("uses: rest, if: always", False),
        ("uses: rest, for_each: [1]", True),
        ('uses: rest, for_each: "${{ [1] }}"', True),
        ("uses: rest, for_each: 3", False),
        ("uses: rest, retry: {count: 3, backoff: 10s, on: [transient, odd_one]}", True),
        ("uses: rest, retry: {count: 11}", False),
        ("uses: rest, retry: {count: -1}", False),
        ("uses: rest, retry: {backoff: 1}", False),
        ("uses: rest, retry: {count: 1, backoff: soon}", False),
        ("uses: rest, retry: {count: 1, on: [Odd]}", False),
        ("uses: rest, retry: 3", False),
        ("uses: rest, timeout: 5m", True),
        ("uses: rest, timeout: true", False),
        ("uses: rest, outputs: {a: 1}", True),
        ("uses: rest, outputs: {A: 1}", False),
        ("uses: rest, with: {pack: x}", False),
        ("uses: make", False),
        ("uses: make, with: {}", False),
        ("uses: make, with: {pack: x}", True),
        ("uses: make, with: {pack: 3}", False),
        ("uses: make, with: {pack: null}", False),
        ("uses: make, with: {pack: \"${{ 'x' }}\"}", True),
        ("uses: make, with: {pack: x, mode: slow}", True),
        ("uses: make, with: {pack: x, mode: null}", True),
        ("uses: make, with: {pack: x, mode: slwo}", False),
        ("uses: make, with: {pack: x, free: slwo}", True),
        ("uses: make, with: {pack: x, modes: [slow]}", True),
        ("uses: make, with: {pack: x, modes: [slwo]}", False),
        ("uses: make, with: {pack: x, text: y}", True),
        ("uses: make, with: {pack: x, text: [y]}", False),
        ("uses: make, with: {pack: x, count: 3}", True),
        ("uses: make, with: {pack: x, count: three}", False),
        ('uses: make, with: {pack: x, count: "${{ 3 }}"}', True),
        ("uses: make, with: {pack: x, switch: false}", True),
        ("uses: make, with: {pack: x, switch: 0}", False),
        ("uses: make, with: {pack: x, list: [1]}", True),
        ("uses: make, with: {pack: x, list: {a: 1}}", False),
        ("uses: make, with: {pack: x, object: {a: 1}}", True),
        ("uses: make, with: {pack: x, object: [1]}", False),
        ("uses: make, with: {pack: x, token: hush}", False),
        ("uses: make, with: {pack: x, any: [1, {a: 2}]}", True),
        ("uses: make, with: {pack: x, into: .}", False),
        ("uses: make, with: {pack: x, into: {}}", False),
        ("uses: make, with: {pack: x, zonk: 1}", False),
    ],
)
def test_steps(step: str, allowed: bool) -> None:
    assert agree(f"name: w\nsteps: [{{id: a, {step}}}]") is allowed


def test_a_destination_is_named_and_never_written_out() -> None:
    parts = ", ".join(
        f"{name}: {'true' if kind is Kind.BOOLEAN else 'x'}"
        for name, kind in PARTS[Kind.DESTINATION].items()
    )
    line = "name: w\nsteps: [{id: a, uses: make, with: {pack: x, into: {%s}}}]"
    assert not agree(line % parts)
    named = "name: w\ninputs: {to: {type: destination}}\nsteps: [{id: a, uses: make, with: %s}]"
    assert agree(named % '{pack: x, into: "${{ inputs.to }}"}')


@pytest.mark.parametrize(("number", "allowed"), [(0, False), (100, True), (101, False)])
def test_steps_are_counted(number: int, allowed: bool) -> None:
    listed = ", ".join(f"{{id: s{n}, uses: rest}}" for n in range(number))
    assert agree(f"name: w\nsteps: [{listed}]") is allowed


def test_editors_read_what_step_types_and_fields_say_of_themselves() -> None:
    step = SCHEMA["$defs"]["step"]
    assert step["properties"]["uses"]["oneOf"] == [
        {"const": "make", "description": "Make the files"},
        {"const": "rest"},
    ]
    fields = step["allOf"][0]["then"]["properties"]["with"]["properties"]
    assert fields["pack"]["description"] == "the pack's name. Kind: string"
    assert fields["mode"]["default"] == "fast"
    assert {"enum": ["fast", "slow"]} in fields["mode"]["anyOf"]


def test_every_field_of_every_step_type_has_a_place_in_it() -> None:
    found: Any = schema(registry.fields())
    conditions = found["$defs"]["step"]["allOf"]
    places = {one["if"]["properties"]["uses"]["const"]: one["then"] for one in conditions}
    for name, fields in registry.fields().items():
        assert set(places[name]["properties"]["with"]["properties"]) == set(fields.takes)
