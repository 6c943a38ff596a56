"""What holds for every expression: it is read or refused, and comes to what its types say."""

from __future__ import annotations

import json
from collections.abc import Mapping

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.core.expression_types import Names, Type, Typing, type_of
from bot.core.expression_values import evaluate, same
from bot.core.expressions import Mistake
from bot.core.kinds import Field, Kind, fits, kind_of
from bot.core.references import Scope, parse, read, resolve
from bot.errors import UserError

MANY = settings(max_examples=150, deadline=None)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,8}", fullmatch=True)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12
)
SOUP = (
    "inputs steps item index result secrets .a .b [0] ['x'] and or not in default == != < >= "
    "( ) [ ] , true null 'text' \"text\" 12 -1.5 ' \" ${{ }} . $ &"
)
WORDS = st.sampled_from(SOUP.split())


@MANY
@given(st.lists(WORDS, max_size=25).map(" ".join) | st.text(max_size=60))
def test_whatever_is_written_is_read_or_refused_at_a_character_of_it(inside: str) -> None:
    text = f"${{{{ {inside} }}}}"
    try:
        read(text)
    except Mistake as exc:
        assert 0 <= exc.position < len(text)


@MANY
@given(st.lists(WORDS, max_size=12).map(" ".join), VALUES)
def test_whatever_can_be_read_comes_to_a_value_or_to_an_error(inside: str, value: object) -> None:
    scope = Scope(inputs={"a": value, "b": 1}, steps={"a": {"b": value}, "b": None}, item=value)
    try:
        resolve(f"x ${{{{ {inside} }}}}", scope)
        resolve(f"${{{{ {inside} }}}}", scope)
    except UserError as exc:
        assert exc.reason == "bad_reference"


@MANY
@given(VALUES)
def test_a_whole_reference_gives_the_very_value(value: object) -> None:
    scope = Scope(inputs={"x": value}, steps={"s": {"y": value}}, item=value, index=3)
    for path in ("inputs.x", "steps.s.y", "item", "(inputs.x)", "inputs.none default item"):
        assert resolve(f"${{{{ {path} }}}}", scope) is value


@MANY
@given(VALUES)
def test_every_part_of_a_value_is_reached_by_its_path(value: object) -> None:
    scope = Scope(inputs={"x": value}, steps={})
    waiting = [("inputs.x", value)]
    while waiting:
        path, part = waiting.pop()
        if len(path) > 200:
            continue
        assert resolve(f"${{{{ {path} }}}}", scope) is part
        if isinstance(part, Mapping):
            waiting += [(f"{path}[{quoted(name)}]", inner) for name, inner in part.items()]
        elif isinstance(part, list):
            waiting += [(f"{path}[{number}]", inner) for number, inner in enumerate(part)]


@MANY
@given(st.text())
def test_every_text_can_be_written_as_a_literal(text: str) -> None:
    assert resolve(f"${{{{ {quoted(text)} }}}}", Scope(inputs={}, steps={})) == text
    assert resolve(f"a{{${{{{ {quoted(text)} }}}}", Scope(inputs={}, steps={})) == f"a{{{text}"


@MANY
@given(st.text().filter(lambda text: "${{" not in text), st.text() | st.integers())
def test_text_round_a_reference_stays_as_it_is(around: str, value: object) -> None:
    assume(around.strip())
    assume(not around.endswith(("$", "${")))
    found = resolve(f"{around}${{{{ inputs.x }}}}{around}", Scope(inputs={"x": value}, steps={}))
    assert found == f"{around}{value}{around}"
    assert parse(around) is None


@MANY
@given(VALUES, VALUES)
def test_equality_is_that_of_json(left: object, right: object) -> None:
    assert same(left, left)
    assert same(left, json.loads(json.dumps(left)))
    assert same(left, right) == same(right, left)
    if isinstance(left, bool) != isinstance(right, bool):
        assert not same(left, right)


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


# Types: what the loader says of an expression is what the run gets.

INPUTS = {
    "line": Field(kind=Kind.STRING),
    "text": Field(kind=Kind.TEXT),
    "number": Field(kind=Kind.INTEGER),
    "switch": Field(kind=Kind.BOOLEAN),
    "choice": Field(kind=Kind.CHOICE, choices=("fast", "slow")),
    "choices": Field(kind=Kind.CHOICES, choices=("fast", "slow")),
    "list": Field(kind=Kind.LIST),
    "object": Field(kind=Kind.OBJECT),
}
GIVEN = st.fixed_dictionaries(
    {
        "line": st.text(max_size=5).filter(lambda text: "\n" not in text),
        "text": st.text(max_size=5),
        "number": st.integers(),
        "switch": st.booleans(),
        "choice": st.sampled_from(["fast", "slow"]),
        "choices": st.lists(st.sampled_from(["fast", "slow"])),
        "list": st.lists(SCALARS, max_size=3),
        "object": st.dictionaries(NAMES, SCALARS, max_size=3),
    }
)
LEAVES = st.sampled_from([f"inputs.{name}" for name in INPUTS]) | st.sampled_from(
    ["'fast'", "'x'", "1", "-2", "true", "false", "null", "[]", "['fast', 'x']"]
)


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    two = st.tuples(inner, inner)
    operators = ["==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or", "default"]
    return st.one_of(
        inner.map(lambda one: f"(not {one})"),
        two.map(lambda pair: f"[{pair[0]}, {pair[1]}]"),
        st.builds(
            lambda pair, word: f"({pair[0]} {word} {pair[1]})", two, st.sampled_from(operators)
        ),
    )


EXPRESSIONS = st.recursive(LEAVES, grown, max_leaves=8)
NULLS = ("nothing", "null")


@settings(max_examples=400, deadline=None)
@given(EXPRESSIONS, GIVEN)
def test_what_passes_the_types_does_not_fail_in_the_run(
    text: str, inputs: Mapping[str, object]
) -> None:
    expression = read(f"${{{{ {text} }}}}")
    assert expression is not None
    typing = Typing(Names(inputs={name: type_of(field) for name, field in INPUTS.items()}))
    types = typing.of(expression)
    if typing.mistakes:
        return
    try:
        value = evaluate(expression, Scope(inputs=inputs, steps={}))
    except Mistake as exc:
        # With a default, each side may do for itself; and null has no order.
        assert "default" in text or any(word in exc.problem for word in NULLS)
        return
    assert any(is_of(value, one) for one in types), (value, types)


def is_of(value: object, expected: Type) -> bool:
    return fits(kind_of(value), expected.kind)
