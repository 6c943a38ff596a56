"""A workflow's data is checked before anything runs."""

from __future__ import annotations

import copy

import pytest

from bot.core.workflow import Fields, read_workflow, to_data
from bot.errors import ConfigurationError

TYPES = {
    "make": Fields(takes={"pack": True, "note": False}, gives=frozenset({"project"})),
    "send": Fields(takes={"project": True}, gives=frozenset({"url"})),
}
GOOD: dict[str, object] = {
    "name": "generate",
    "inputs": {"pack": {"type": "string"}, "plan": {"type": "boolean", "default": False}},
    "steps": [
        {"id": "files", "uses": "make", "with": {"pack": "${{ inputs.pack }}"}},
        {
            "id": "out",
            "uses": "send",
            "if": "${{ not inputs.plan }}",
            "with": {"project": "${{ steps.files.project }}"},
        },
    ],
}


def test_a_good_one_reads_back_from_its_snapshot() -> None:
    workflow = read_workflow(GOOD, TYPES, source="w")
    assert [step.id for step in workflow.steps] == ["files", "out"]
    assert workflow.defaults == {"plan": False}
    assert read_workflow(to_data(workflow), TYPES, source="w") == workflow


def changed(path: list[object], value: object) -> dict[str, object]:
    data = copy.deepcopy(GOOD)
    here: object = data
    for part in path[:-1]:
        here = here[part]  # type: ignore[index]
    here[path[-1]] = value  # type: ignore[index]
    return data


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (["name"], "Generate It", "name: must be"),
        (["stepz"], [], "unknown field 'stepz'; did you mean 'steps'?"),
        (["steps"], [], "at least one step"),
        (["steps", 0, "uses"], "maek", "unknown step type 'maek'; did you mean 'make'?"),
        (["steps", 0, "with"], {}, "lacks 'pack'"),
        (["steps", 0, "with", "pak"], 1, "unknown field 'pak'; did you mean 'pack'?"),
        (["steps", 1, "id"], "files", "taken by an earlier step"),
        (["steps", 0, "with", "pack"], "${{ inputs.pac }}", "no input 'pac'; did you mean 'pack'"),
        (["steps", 0, "with", "pack"], "${{ steps.out.url }}", "no step 'out' comes before it"),
        (["steps", 1, "with", "project"], "${{ steps.files.projet }}", "gives no 'projet'"),
        (["steps", 1, "if"], "${{ plan }}", "begins with inputs or steps"),
        (["inputs", "pack"], {"type": "strin"}, "unknown type 'strin'; did you mean 'string'?"),
        (["inputs", "pack"], "string", "must be a mapping"),
        (["steps", 0], "files", "must be a mapping"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(
    path: list[object], value: object, words: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_workflow(changed(path, value), TYPES, source="w.yaml")
    assert words in caught.value.message
    assert caught.value.message.startswith("w.yaml: ")


def test_all_problems_are_told_at_once() -> None:
    data = changed(["steps", 0, "uses"], "nothing")
    data["name"] = "?"
    with pytest.raises(ConfigurationError) as caught:
        read_workflow(data, TYPES, source="w")
    assert "name:" in caught.value.message
    assert "unknown step type" in caught.value.message
