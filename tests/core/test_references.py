"""``${{ … }}``: typed values by path, and nothing else."""

from __future__ import annotations

import pytest

from bot.core.references import Scope, is_true, parse, resolve
from bot.errors import UserError

SCOPE = Scope(
    inputs={"into": {"new": True, "path": ""}, "tags": ["a", "b"], "plan": False},
    steps={"files": {"project": {"id": "p1", "files": 3}}, "gate": None},
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${{ inputs.into.new }}", True),
        ("${{inputs.tags}}", ["a", "b"]),
        ("${{ not inputs.into.new }}", False),
        ("${{ not not inputs.into.path }}", False),
        ("${{ steps.files.project }}", {"id": "p1", "files": 3}),
        ("${{ steps.files.project.files }}", 3),
        ("${{ steps.gate.approved }}", None),
        ("plain", "plain"),
        ("$ {{ inputs.tags }}", "$ {{ inputs.tags }}"),
    ],
)
def test_a_reference_gives_what_it_names_with_its_type(text: str, value: object) -> None:
    assert resolve(text, SCOPE) == value


def test_references_are_found_in_lists_and_mappings() -> None:
    given = {"a": ["${{ inputs.plan }}", 1], "b": {"c": "${{ inputs.tags }}"}}
    assert resolve(given, SCOPE) == {"a": [False, 1], "b": {"c": ["a", "b"]}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x ${{ inputs.a }}", "whole value, at character 3"),
        ("${{ inputs }}", "stops too early, at character 5"),
        ("${{ steps.files }}", "stops too early"),
        ("${{ env.HOME }}", "begins with inputs or steps"),
        ("${{ inputs.a b }}", "expected one path"),
        ("${{ }}", "expected one path"),
        ("${{ inputs.__class__() }}", "no path of names"),
        ("${{ inputs.a }}${{ inputs.b }}", "expected one path"),
    ],
)
def test_what_is_no_reference_is_refused_at_its_place(text: str, words: str) -> None:
    with pytest.raises(UserError) as caught:
        parse(text)
    assert words in caught.value.message


@pytest.mark.parametrize("text", ["${{ inputs.absent }}", "${{ steps.files.project.id.x }}"])
def test_naming_what_is_not_there_is_an_error(text: str) -> None:
    with pytest.raises(UserError, match="there is no"):
        resolve(text, SCOPE)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (None, True),
        ("${{ inputs.into.new }}", True),
        ("${{ not inputs.into.new }}", False),
        ("${{ steps.gate.approved }}", False),
        (False, False),
    ],
)
def test_conditions(condition: object, holds: bool) -> None:
    assert is_true(condition, SCOPE) is holds
