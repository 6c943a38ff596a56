"""Strict YAML: every piece with its place, and nothing that surprises whoever wrote it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.located import Located, plain
from bot.errors import UserError
from bot.located_yaml import MOST_BYTES, read_yaml


def read(raw: bytes | str) -> Located:
    return read_yaml(raw, source="f.yaml", reason="bad_file")


def refusal(raw: bytes | str) -> str:
    with pytest.raises(UserError) as caught:
        read(raw)
    assert caught.value.reason == "bad_file"
    return caught.value.message


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("TRUE", True),
        ("yes", "yes"),
        ("on", "on"),
        ("Off", "Off"),
        ("n", "n"),
        ("'true'", "true"),
        ("", None),
        ("~", None),
        ("null", None),
        ("Null", None),
        ('""', ""),
        ('"null"', "null"),
        ("12", 12),
        ("-3", -3),
        ("+3", 3),
        ("0", 0),
        ("'12'", "12"),
        ("007", "007"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("1.50", 1.5),
        ("-0.5", -0.5),
        ("1.5e3", 1500.0),
        ("1e3", "1e3"),
        ("1.", "1."),
        (".5", ".5"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("1.2.3", "1.2.3"),
        ("2026-11-01", "2026-11-01"),
        ("=", "="),
        ("|\n  a\n  b\n", "a\nb\n"),
        (">\n  a\n  b\n", "a b\n"),
        ("[a, 1, [true]]", ["a", 1, [True]]),
        ("{a: 1, on: {b: }}", {"a": 1, "on": {"b": None}}),
        ("- a\n- b: 1\n", ["a", {"b": 1}]),
        ("<<: 1", {"<<": 1}),
        ("# nothing but this\n", None),
        ("---\na: 1\n...\n", {"a": 1}),
        ("\ufeffa: 1", {"a": 1}),
        ("a: Grüße €\n", {"a": "Grüße €"}),
    ],
)
def test_plain_scalars_are_what_they_look_like(text: str, value: object) -> None:
    found = plain(read(text))
    assert found == value
    assert type(found) is type(value)
    assert plain(read(text.encode())) == value


def test_places_count_from_one() -> None:
    found = read("# first\nname: x\nsteps:\n  - {id: a, uses: b}\n  - id: c\n")
    assert isinstance(found.value, dict)
    assert (found.line, found.column) == (2, 1)
    assert found.keys == {"name": (2, 1), "steps": (3, 1)}
    name, steps = found.value["name"], found.value["steps"]
    assert (name.line, name.column) == (2, 7)
    assert isinstance(steps.value, list)
    assert (steps.line, steps.column) == (4, 3)
    assert [(step.line, step.column) for step in steps.value] == [(4, 5), (5, 5)]
    assert steps.value[0].keys == {"id": (4, 6), "uses": (4, 13)}


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("a: plain text", 4),
        ("a: 'quoted'", 5),
        ('a: "quoted"', 5),
        ("a: 'it''s'", None),
        ('a: "x\\ty"', None),
        ("a: |\n  block\n", None),
        ("a: two\n  lines", None),
        ("a: 'two\n  lines'", None),
        ("a: é b", 4),
    ],
)
def test_characters_can_be_pointed_at_where_they_stand_as_they_are(
    text: str, column: int | None
) -> None:
    found = read(text)
    assert isinstance(found.value, dict)
    assert found.value["a"].text_column == column


def test_numbers_have_no_characters_to_point_at() -> None:
    assert read("12").text_column is None


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "f.yaml:3:1: the name 'a' stands here twice, first in line 1"),
        ("{a: {b: 1, b: 2}}", "f.yaml:1:12: the name 'b' stands here twice, first in line 1"),
        ("a: &x 1\nb: *x\n", "f.yaml:1:4: anchors (&name) are not read"),
        ("a: *x\n", "f.yaml:1:4: aliases (*name) are not read"),
        ("*x : 1\n", "f.yaml:1:1: aliases (*name) are not read"),
        ("a: !!python/name:os.system x\n", "f.yaml:1:4: tags (!name) are not read"),
        ("a: !x {}\n", "f.yaml:1:4: tags (!name) are not read"),
        ("- 1\n- ! x\n", "f.yaml:2:3: tags (!name) are not read"),
        ("1: a", "f.yaml:1:1: a name must be a text; put it in quotes"),
        ("true: a", "f.yaml:1:1: a name must be a text; put it in quotes"),
        ("? [a]\n: b", "f.yaml:1:3: a name must be a text; put it in quotes"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2:1: a second document begins here; a file has one"),
        ("[" * 30 + "]" * 30, "f.yaml:1:26: this is nested more than 24 deep"),
        ("[" * 30_000, "f.yaml:1:26: this is nested more than 24 deep"),
        ("a: 1234567890123456789", "f.yaml:1:4: a number has at most 18 digits"),
        ("9" * 5000, "f.yaml:1:1: a number has at most 18 digits"),
        ('"\\0"', "f.yaml:1:1: this text holds a character that no text may hold"),
        ('a: "\\ud800"', "f.yaml:1:4: this text holds a character that no text may hold"),
        ('a: "\\UFFFFFFFF"', "f.yaml: the file holds a character or number that YAML does not"),
        ("a: \x07", "f.yaml: the file holds a character or number that YAML does not have"),
        ("a: \ud800", "f.yaml:1: the file is not in UTF-8"),
        ("%YAML " + "1" * 5000 + ".1\n---\n", "f.yaml: the file holds a character or number"),
        (b"a: 1\nb: \xff", "f.yaml:2: the file is not in UTF-8"),
        ("a: [1", "f.yaml:1:6: not YAML: expected ',' or ']', but got '<stream end>'"),
        ("a: 'x", "f.yaml:1:6: not YAML: found unexpected end of stream"),
        ("a: b: c", "f.yaml:1:5: not YAML: mapping values are not allowed here"),
        ("\t- a", "f.yaml:1:1: not YAML: found character '\\t' that cannot start any token"),
        ("a" * (MOST_BYTES + 1), "f.yaml: the file has 65537 bytes; 65536 are the most"),
        (b"a" * (MOST_BYTES + 1), "f.yaml: the file has 65537 bytes; 65536 are the most"),
        ("é" * (MOST_BYTES // 2 + 1), "f.yaml: the file has 65538 bytes"),
    ],
)
def test_what_is_not_read_is_refused_at_its_place(raw: bytes | str, message: str) -> None:
    assert refusal(raw).startswith(message)


def test_as_much_as_may_be_is_read() -> None:
    assert plain(read("x" * MOST_BYTES)) == "x" * MOST_BYTES
    assert read("[" * 25 + "]" * 25).line == 1
    assert plain(read("123456789012345678")) == 123456789012345678


def test_a_file_needs_no_name() -> None:
    with pytest.raises(UserError) as caught:
        read_yaml("a: *x", reason="bad_policy")
    assert caught.value.message == "1:4: aliases (*name) are not read"


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=200),
        st.text(alphabet="{}[],:-?|>'\"&*!%#@` \n\tab1\\xu", max_size=80),
    )
)
def test_whatever_is_written_is_read_or_refused(raw: bytes | str) -> None:
    try:
        found = read(raw)
    except UserError as exc:
        assert exc.message.startswith("f.yaml")
    else:
        assert found.line >= 1
