"""Kinds: what fits where, and what keeps a value from being of its kind."""

from __future__ import annotations

import pytest

from bot.core.kinds import (
    INPUT_KINDS,
    PARTS,
    WORDS,
    Field,
    Kind,
    SecretName,
    SecretText,
    fits,
    kind_of,
    problem_with,
)

DESTINATION = dict.fromkeys(PARTS[Kind.DESTINATION], "x")
TOKEN = SecretName(name="TOKEN")


def test_inputs_can_be_of_the_eleven_kinds_of_the_format() -> None:
    assert [str(kind) for kind in INPUT_KINDS] == [
        "string",
        "text",
        "integer",
        "boolean",
        "choice",
        "choices",
        "list",
        "secret",
        "object",
        "project",
        "destination",
    ]


def test_every_kind_has_words() -> None:
    assert set(WORDS) == set(Kind)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, Kind.NOTHING),
        ("", Kind.STRING),
        ("a\nb", Kind.TEXT),
        (True, Kind.BOOLEAN),
        (0, Kind.INTEGER),
        ({}, Kind.OBJECT),
        ([], Kind.LIST),
        ((), Kind.LIST),
        (1.5, Kind.ANY),
        (b"", Kind.ANY),
    ],
)
def test_plain_data_has_a_kind(value: object, kind: Kind) -> None:
    assert kind_of(value) is kind


#: What may stand where a kind is wanted, besides itself, nothing and anything.
ALSO = {
    Kind.STRING: {Kind.TEXT, Kind.CHOICE},
    Kind.TEXT: {Kind.STRING, Kind.CHOICE},
    Kind.CHOICE: {Kind.STRING, Kind.TEXT},
    Kind.LIST: {Kind.CHOICES},
    Kind.CHOICES: {Kind.LIST},
    Kind.OBJECT: {Kind.PROJECT, Kind.DESTINATION, Kind.REPOSITORY},
    Kind.ANY: set(Kind),
}


@pytest.mark.parametrize("wanted", Kind)
def test_only_what_needs_no_conversion_fits(wanted: Kind) -> None:
    expected = {wanted, Kind.NOTHING, Kind.ANY} | ALSO.get(wanted, set())
    assert {given for given in Kind if fits(given, wanted)} == expected


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.STRING, "one line"),
        (Kind.TEXT, "two\nlines"),
        (Kind.INTEGER, 3),
        (Kind.BOOLEAN, False),
        (Kind.CHOICE, "a"),
        (Kind.CHOICES, ["a", "b"]),
        (Kind.CHOICES, ("b",)),
        (Kind.LIST, [1, "x"]),
        (Kind.SECRET, "hush"),
        (Kind.SECRET, "two\nlines"),
        (Kind.OBJECT, {"a": 1}),
        (Kind.DESTINATION, DESTINATION),
        (Kind.ANY, None),
        (Kind.ANY, 1.5),
    ],
)
def test_a_value_of_its_kind_has_no_problem(kind: Kind, value: object) -> None:
    assert problem_with(value, Field(kind=kind, choices=("a", "b"))) is None


@pytest.mark.parametrize(
    ("kind", "value", "problem"),
    [
        (Kind.STRING, "two\nlines", "must be one line of text"),
        (Kind.STRING, 1, "must be one line of text"),
        (Kind.TEXT, None, "must be a text"),
        (Kind.TEXT, b"x", "must be a text"),
        (Kind.INTEGER, True, "must be a whole number"),
        (Kind.INTEGER, 1.5, "must be a whole number"),
        (Kind.INTEGER, "1", "must be a whole number"),
        (Kind.BOOLEAN, 1, "must be true or false"),
        (Kind.CHOICE, "c", "'c' is none of a, b"),
        (Kind.CHOICE, ["a"], "must be one of its choices"),
        (Kind.CHOICES, "a", "must be a list of its choices"),
        (Kind.CHOICES, ["a", "c"], "'c' is none of a, b"),
        (Kind.CHOICES, [{}], "'{}' is none of a, b"),
        (Kind.LIST, {}, "must be a list"),
        (Kind.SECRET, 1, "must be a secret text"),
        (Kind.SECRET, None, "must be a secret text"),
        (Kind.OBJECT, [], "must be a mapping"),
        (Kind.PROJECT, "p1", "must be a generated project"),
        (Kind.PROJECT, {"id": "p1"}, "lacks 'snapshot'"),
        (Kind.DESTINATION, {}, "lacks 'forge'"),
        (Kind.REPOSITORY, None, "must be a repository"),
    ],
)
def test_the_problem_says_what_it_must_be(kind: Kind, value: object, problem: str) -> None:
    assert problem_with(value, Field(kind=kind, choices=("a", "b"))) == problem


def test_any_text_is_a_choice_where_no_choices_are_known() -> None:
    assert problem_with("whatever", Field(kind=Kind.CHOICE)) is None


@pytest.mark.parametrize("kind", Kind)
def test_what_need_not_be_given_may_be_null(kind: Kind) -> None:
    assert problem_with(None, Field(kind=kind, needed=False)) is None


@pytest.mark.parametrize("value", [TOKEN, SecretText(parts=("Bearer ", TOKEN))])
def test_secrets_are_named_only_where_a_field_takes_them(value: object) -> None:
    assert problem_with(value, Field(kind=Kind.TEXT, secrets=True)) is None
    problem = problem_with(value, Field(kind=Kind.ANY))
    assert problem == "may not hold a secret of the organisation"


def test_the_name_of_a_secret_is_all_that_is_shown_of_it() -> None:
    assert str(SecretText(parts=("Bearer ", TOKEN))) == "Bearer secrets.TOKEN"
