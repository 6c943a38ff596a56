"""Texts that are no references are refused at the character that is wrong."""

from __future__ import annotations

import pytest

from bot.core.expressions import Literal, Mistake, Mixed, Path
from bot.core.references import parse, read
from bot.errors import UserError


@pytest.mark.parametrize(
    ("text", "position", "problem"),
    [
        ("a ${{ inputs.x", 3, "'${{' is not closed by '}}'"),
        ("${{ 'x }}", 5, "this text is not closed by the quote that it begins with"),
        ('${{ "x }}', 5, "this text is not closed by the quote that it begins with"),
        ("${{ a && b }}", 7, "'&&' is written 'and' here"),
        ("${{ true || false }}", 10, "'||' is written 'or' here"),
        ("${{ inputs.a ?? 1 }}", 14, "'??' is written 'default' here"),
        ("${{ !true }}", 5, "'!' is written 'not' here"),
        ("${{ 1 = 1 }}", 7, "'=' is written '==' here"),
        ("${{ 1 + 1 }}", 7, "'+' means nothing here"),
        ("${{ ${{ 1 }} }}", 5, "'$' means nothing here"),
        ("${{ 1a }}", 5, "a name does not begin with a digit"),
        ("${{ 1.a }}", 6, "expected the end of the reference, '}}', not '.'"),
        ("${{ 1234567890123456789 }}", 5, "a number has at most 18 digits"),
        ("${{ }}", 5, "expected a value, not the end"),
        ("${{ and }}", 5, "expected a value, not 'and'"),
        ("${{ 1 == }}", 10, "expected a value, not the end"),
        ("${{ 1 not 2 }}", 11, "expected 'in' behind 'not', not '2'"),
        ("${{ 1 == 2 == 3 }}", 12, "comparisons do not chain; join them by 'and'"),
        ("${{ 1 < 2 not in 3 }}", 11, "comparisons do not chain; join them by 'and'"),
        ("${{ 1 2 }}", 7, "expected the end of the reference, '}}', not '2'"),
        ("${{ (1 }}", 8, "expected ')', not the end"),
        ("${{ [1 2] }}", 8, "expected ',', not '2'"),
        ("${{ [1,] }}", 8, "expected a value, not ']'"),
        ("${{ inputs }}", 5, "'inputs' stops too early; write inputs.NAME"),
        ("${{ steps.a }}", 5, "'steps.a' stops too early; write steps.ID.OUTPUT"),
        ("${{ result }}", 5, "'result' stops too early; write result.OUTPUT"),
        ("${{ secrets }}", 5, "'secrets' stops too early; write secrets.NAME"),
        ("${{ inputs[0] }}", 12, "a name is missing here; write inputs.NAME"),
        ("${{ steps.a[0] }}", 13, "a name is missing here; write steps.ID.OUTPUT"),
        ("${{ index.x }}", 11, "'index' has no parts"),
        ("${{ secrets.A.b }}", 15, "'secrets.NAME' has no parts"),
        ("${{ not secrets.A }}", 9, "a secret stands alone: nothing is computed of it"),
        ("${{ [secrets.A] }}", 6, "a secret stands alone: nothing is computed of it"),
        ("${{ secrets.A default 'x' }}", 5, "a secret stands alone: nothing is computed of it"),
        ("${{ inputs. }}", 13, "expected a name, not the end"),
        ("${{ inputs.0 }}", 12, "expected a name, not '0'"),
        ("${{ item[x] }}", 10, "expected an item's number, from 0, or a name in quotes, not 'x'"),
        ("${{ item[-1] }}", 10, "expected an item's number, from 0, or a name in quotes"),
        ("${{ item[1.5] }}", 10, "expected an item's number, from 0, or a name in quotes"),
        ("${{ item[0 }}", 12, "expected ']', not the end"),
        ("${{ index() }}", 5, "there are no functions here, nothing is called"),
        ("${{ inputs.a() }}", 5, "there are no functions here, nothing is called"),
        ("${{ 1 in inputs.__class__() }}", 10, "there are no functions here, nothing is called"),
        ("${{ input.a }}", 5, "'input' is nothing known here; did you mean 'inputs'?"),
        ("${{ flase }}", 5, "'flase' is nothing known here; did you mean 'false'?"),
        (
            "${{ env.HOME }}",
            5,
            "'env' is nothing known here; a path begins with one of inputs, steps, item, index, "
            "result, secrets, and a text stands in quotes",
        ),
        (f"${{{{ {'(' * 21}1{')' * 21} }}}}", 25, "this is nested more than 20 deep"),
        (f"${{{{ {'[' * 21}1{']' * 21} }}}}", 25, "this is nested more than 20 deep"),
        (f"${{{{ {'not ' * 500}1 }}}}", 2005, "this reference has more than 500 words"),
    ],
)
def test_what_is_no_reference_is_refused_at_its_character(
    text: str, position: int, problem: str
) -> None:
    with pytest.raises(Mistake) as caught:
        read(text)
    assert caught.value.problem.startswith(problem)
    assert caught.value.position + 1 == position


def test_the_error_shows_the_character_and_the_text() -> None:
    with pytest.raises(UserError) as caught:
        parse("a ${{ 1 + 1 }}")
    assert caught.value.reason == "bad_reference"
    assert caught.value.message == "'+' means nothing here, at character 9 of 'a ${{ 1 + 1 }}'"


def test_a_long_text_is_cut_in_the_error() -> None:
    with pytest.raises(UserError) as caught:
        parse("x" * 1000 + "${{")
    assert caught.value.message.endswith(f"at character 1001 of '{'x' * 80}…'")


@pytest.mark.parametrize(
    "deep", ["(" * 20 + "1" + ")" * 20, "not " * 400 + "true", "1 or " * 200 + "1"]
)
def test_as_much_as_anybody_may_write_is_read(deep: str) -> None:
    assert parse(f"${{{{ {deep} }}}}") is not None


def test_nodes_know_where_they_begin() -> None:
    found = read("ab ${{ inputs.x }}")
    assert isinstance(found, Mixed)
    path = found.parts[1]
    assert isinstance(path, Path)
    assert (path.position, path.parts[0].position) == (7, 14)


def test_a_path_is_shown_as_it_is_written() -> None:
    path = read("${{ steps.a.list[0].x }}")
    assert isinstance(path, Path)
    assert path.shown() == "steps.a.list[0].x"
    assert path.shown(2) == "steps.a.list"


def test_space_of_any_kind_separates_words() -> None:
    found = read("${{\n\t'x'\r\n}}")
    assert isinstance(found, Literal)
    assert found.value == "x"
