"""``${{ … }}``: typed values by path, compared and joined, and nothing that is called."""

from __future__ import annotations

import pytest

from bot.core.references import Scope, SecretName, SecretText, is_true, parse, resolve
from bot.errors import UserError

SCOPE = Scope(
    inputs={
        "into": {"new": True, "path": ""},
        "tags": ["a", "b"],
        "plan": False,
        "count": 3,
        "name": "orders",
        "nothing": None,
        "answers": {"a b": 1, "deep": {"er": [{"x": 7}]}},
        "ratio": 1.5,
    },
    steps={"files": {"project": {"id": "p1", "files": 3}, "true": 5}, "gate": None},
    item={"name": "first"},
    index=0,
    result={"url": "https://example.org"},
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${{ inputs.into.new }}", True),
        ("${{inputs.tags}}", ["a", "b"]),
        (" \n ${{ inputs.tags }}\n", ["a", "b"]),
        ("${{ inputs.tags[1] }}", "b"),
        ("${{ inputs.answers['a b'] }}", 1),
        ("${{ inputs.answers.deep.er[0].x }}", 7),
        ("${{ steps.files.project }}", {"id": "p1", "files": 3}),
        ("${{ steps.files.true }}", 5),
        ("${{ item.name }}", "first"),
        ("${{ index }}", 0),
        ("${{ result.url }}", "https://example.org"),
        ("${{ secrets.NPM_TOKEN }}", SecretName(name="NPM_TOKEN")),
        ("plain", "plain"),
        ("$ {{ inputs.tags }}", "$ {{ inputs.tags }}"),
        ("}} {{", "}} {{"),
        ("", ""),
    ],
)
def test_a_reference_gives_what_it_names_with_its_type(text: str, value: object) -> None:
    found = resolve(text, SCOPE)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("-3", -3),
        ("1.5", 1.5),
        ("true", True),
        ("false", False),
        ("null", None),
        ("'it''s'", "it's"),
        ('"say ""hi"""', 'say "hi"'),
        ("'}}'", "}}"),
        ("'${{'", "${{"),
        ("''", ""),
        ("[]", []),
        ("[1, 'a', [inputs.plan], null]", [1, "a", [False], None]),
        ("(((1)))", 1),
    ],
)
def test_literals(text: str, value: object) -> None:
    assert resolve(f"${{{{ {text} }}}}", SCOPE) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 == 1", True),
        ("1 == true", False),
        ("1 == 1.0", True),
        ("1 == '1'", False),
        ("0 == false", False),
        ("null == false", False),
        ("inputs.nothing == null", True),
        ("inputs.tags == ['a', 'b']", True),
        ("inputs.tags == ['a']", False),
        ("inputs.tags == ['a', 'c']", False),
        ("[true] == [1]", False),
        ("inputs.into == inputs.into", True),
        ("inputs.into == inputs.answers", False),
        ("inputs.into == inputs.tags", False),
        ("steps.files.project == inputs.answers.deep", False),
        ("1 != 2", True),
        ("1 != '1'", True),
        ("inputs.into != inputs.answers", True),
        ("inputs.tags != ['a']", True),
        ("inputs.tags != ['a', 'c']", True),
        ("inputs.tags != inputs.tags", False),
        ("1 != 1", False),
        ("2 < 3", True),
        ("3 < 3", False),
        ("3 <= 3", True),
        ("4 <= 3", False),
        ("3 > 2", True),
        ("3 > 3", False),
        ("3 >= 3", True),
        ("2 >= 3", False),
        ("1 < inputs.ratio", True),
        ("'a' < 'b'", True),
        ("'a' in inputs.tags", True),
        ("'c' in inputs.tags", False),
        ("1 in [true]", False),
        ("'c' not in inputs.tags", True),
        ("'a' not in inputs.tags", False),
        ("'path' in inputs.into", True),
        ("'der' in inputs.name", True),
        ("'x' in inputs.nothing", False),
        ("'x' not in inputs.nothing", True),
    ],
)
def test_comparisons_keep_kinds_apart(text: str, value: bool) -> None:
    assert resolve(f"${{{{ {text} }}}}", SCOPE) is value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("not inputs.plan", True),
        ("not inputs.name", False),
        ("not not inputs.name", True),
        ("not not not inputs.name", False),
        ("not not inputs.into.path", False),
        ("not 1 == 2", True),
        ("true and inputs.name", True),
        ("true and 0", False),
        ("false or inputs.tags", True),
        ("false or ''", False),
        ("true or false and false", True),
        ("(true or false) and false", False),
        ("not false and false", False),
        ("1 == 1 and 2 == 2 and 3 == 3", True),
        ("1 == 1 and 2 == 3 and 3 == 3", False),
        ("false and inputs.absent", False),
        ("true or inputs.absent", True),
    ],
)
def test_logic_binds_from_or_to_not_and_stops_early(text: str, value: bool) -> None:
    assert resolve(f"${{{{ {text} }}}}", SCOPE) is value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("inputs.absent default 'x'", "x"),
        ("inputs.nothing default 'x'", "x"),
        ("inputs.plan default true", False),
        ("inputs.into.path default 'x'", ""),
        ("inputs.absent.more[0].x default 1", 1),
        ("inputs.name.part default 1", 1),
        ("inputs.tags[2] default 'none'", "none"),
        ("inputs.tags.x default 'none'", "none"),
        ("inputs.absent default inputs.nothing default 2", 2),
        ("(inputs.absent default inputs.absent) default 3", 3),
        ("inputs.absent default null", None),
        ("inputs.nothing default inputs.name", "orders"),
        ("steps.gate.number default 7", 7),
        ("inputs.absent default 2 == 2", True),
        ("not inputs.absent default true", False),
        ("item.other default 'o'", "o"),
    ],
)
def test_a_default_stands_for_what_is_null_or_absent(text: str, value: object) -> None:
    assert resolve(f"${{{{ {text} }}}}", SCOPE) == value


@pytest.mark.parametrize(
    "text", ["steps.gate.approved", "steps.gate.approved.by[0].login", "inputs.nothing.x"]
)
def test_behind_null_there_is_null(text: str) -> None:
    assert resolve(f"${{{{ {text} }}}}", SCOPE) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a ${{ inputs.name }} b", "a orders b"),
        ("${{ inputs.name }}${{ inputs.count }}", "orders3"),
        ("${{ inputs.name }} ", "orders"),
        ("x${{ inputs.plan }}", "xfalse"),
        ("x${{ inputs.into.new }}", "xtrue"),
        ("x${{ inputs.ratio }}", "x1.5"),
        ("x${{ '}}' }}y", "x}}y"),
        ("a\n${{ inputs.name }}\n", "a\norders\n"),
    ],
)
def test_inside_a_text_it_is_written_into_it(text: str, value: str) -> None:
    assert resolve(text, SCOPE) == value


def test_a_secret_inside_a_text_stays_a_name() -> None:
    found = resolve("Bearer ${{ secrets.A }} ${{ inputs.count }}", SCOPE)
    assert isinstance(found, SecretText)
    assert found.parts == ("Bearer ", SecretName(name="A"), " ", "3")


def test_references_are_found_in_lists_and_mappings() -> None:
    given = {"a": ["${{ inputs.plan }}", 1, None], "b": {"c": ("${{ inputs.tags }}",)}}
    assert resolve(given, SCOPE) == {"a": [False, 1, None], "b": {"c": [["a", "b"]]}}


def test_what_somebody_wrote_into_an_input_is_never_a_reference() -> None:
    scope = Scope(inputs={"title": "${{ secrets.KEY }}"}, steps={})
    assert resolve("${{ inputs.title }}", scope) == "${{ secrets.KEY }}"
    assert resolve("re: ${{ inputs.title }}", scope) == "re: ${{ secrets.KEY }}"


def test_values_are_gone_through_as_deep_as_any_that_was_read() -> None:
    value: object = "${{ inputs.count }}"
    for _ in range(16):
        value = {"a": [value]}
    assert "3" in str(resolve(value, SCOPE))
    with pytest.raises(UserError, match="nested more than 32 deep"):
        resolve([value], SCOPE)


def test_deep_values_are_refused_and_compared_without_a_crash() -> None:
    deep: list[object] = []
    for _ in range(20_000):
        deep = [deep]
    with pytest.raises(UserError, match="nested more than"):
        resolve(deep, SCOPE)
    scope = Scope(inputs={"a": deep, "b": deep}, steps={})
    assert resolve("${{ inputs.a == inputs.b }}", scope) is True


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("${{ inputs.absent }}", "there is no 'absent' in inputs, at character 12"),
        ("${{ inputs.name.x }}", "there is no 'x' in inputs.name, at character 17"),
        ("${{ inputs.tags[2] }}", "there is no 2 in inputs.tags, at character 17"),
        ("${{ inputs.tags['0'] }}", "there is no '0' in inputs.tags"),
        ("${{ inputs.into[0] }}", "there is no 0 in inputs.into"),
        ("${{ inputs.x default inputs.y }}", "there is no 'y' in inputs, at character 29"),
        ("${{ steps.other.x }}", "there is no step 'other', at character 11"),
        ("${{ steps.other.x default 1 }}", "there is no step 'other'"),
        ("${{ 1 < 'a' }}", "a whole number and one line of text have no order by which '<'"),
        ("${{ null >= 1 }}", "nothing and a whole number have no order by which '>=' could tell"),
        ("${{ true < 2 }}", "true or false and a whole number have no order"),
        ("${{ inputs.ratio < 'a' }}", "a number and one line of text have no order"),
        ("${{ 1 in 'a1' }}", "a whole number cannot be in one line of text, at character 7"),
        ("${{ 1 in inputs.into }}", "a whole number cannot be in a mapping"),
        ("${{ 'a' in 1 }}", "one line of text cannot be in a whole number"),
        ("x ${{ inputs.tags }}", "a list cannot be written into a text, at character 7"),
        ("x ${{ inputs.into }}", "a mapping cannot be written into a text"),
        ("x ${{ steps.gate.x }}", "nothing cannot be written into a text; give it a default"),
    ],
)
def test_what_cannot_be_done_with_a_value_is_an_error(text: str, words: str) -> None:
    with pytest.raises(UserError) as caught:
        resolve(text, SCOPE)
    assert caught.value.reason == "bad_reference"
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("${{ item }}", "'item' is known only in a step with for_each, at character 5"),
        ("${{ index }}", "'index' is known only in a step with for_each"),
        ("${{ result.x }}", "'result' is known only in the outputs of a step"),
    ],
)
def test_some_names_are_known_only_at_some_places(text: str, words: str) -> None:
    with pytest.raises(UserError) as caught:
        resolve(text, Scope(inputs={}, steps={}))
    assert words in caught.value.message


def test_an_item_may_be_null() -> None:
    assert resolve("${{ item }}", Scope(inputs={}, steps={}, item=None, index=0)) is None


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (None, True),
        ("${{ inputs.into.new }}", True),
        ("${{ not inputs.into.new }}", False),
        ("${{ steps.gate.approved }}", False),
        ("${{ inputs.tags }}", True),
        (False, False),
        (True, True),
    ],
)
def test_conditions(condition: object, holds: bool) -> None:
    assert is_true(condition, SCOPE) is holds


def test_plain_text_is_no_expression() -> None:
    assert parse("plain }} text") is None
    assert parse("${{ 1 }}") is not None
