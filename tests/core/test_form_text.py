"""What of an opening text is a form, and what was answered below its headings."""

from __future__ import annotations

import time

import pytest

from bot.core.form_text import FormText, answer_in, heading_key, heading_names, read_form

FORM = """\
### Command

/generate python-package

### Name

orders

### Description

_No response_

### CI

github
"""


def read(text: str) -> FormText:
    form = read_form(text)
    assert form is not None
    return form


def answers(text: str) -> dict[str, str]:
    return {section.heading: section.answer for section in read(text).sections}


def test_a_form_is_its_command_and_an_answer_a_heading():
    form = read(FORM)
    assert form.command.answer == "/generate python-package"
    assert 3 in form.command_lines
    assert answers(FORM) == {"Name": "orders", "Description": "", "CI": "github"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/generate python-package name=orders",
        "## Command\n\n/generate python-package",
        "### Commands\n\n/generate python-package",
        "> ### Command\n>\n> /generate python-package",
        "```\n### Command\n\n/generate python-package\n```",
        "<!--\n### Command\n-->\n/generate python-package",
        "- ### Command\n\n/generate python-package",
    ],
)
def test_a_text_without_the_commands_heading_is_none(text):
    assert read_form(text) is None


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way(end):
    assert answers(FORM.replace("\n", end))["Name"] == "orders"


def test_what_stands_above_the_command_is_no_answer():
    assert answers(f"### Why\n\nWe need it.\n\n{FORM}").keys() == {"Name", "Description", "CI"}


def test_headings_in_code_and_quotes_are_a_part_of_the_answer():
    body = "```\n### CI\n```\n\n> ### CI"
    assert answers(FORM.replace("_No response_", body))["Description"] == body


@pytest.mark.parametrize("opener", ["```", "~~~", "<!--", "<pre>"])
def test_what_an_unclosed_block_swallows_is_told(opener):
    form = read(FORM.replace("_No response_", f"{opener}\nmore"))
    assert [section.heading for section in form.sections] == ["Name", "Description"]
    assert form.hidden == ("CI",)


def test_a_closed_block_hides_nothing_that_counts():
    assert read(FORM.replace("_No response_", "```\n### Name\n```")).hidden == ()
    assert read(FORM + "\n```\n### Name\n```").hidden == ()


def test_each_commands_heading_has_lines_of_its_own():
    form = read(FORM + "\n### Command\n\n/approve 3f9a1c\n")
    assert {3, 19} <= form.command_lines
    assert not {7, 11, 15} & form.command_lines


@pytest.mark.parametrize(
    ("said", "ours"),
    [
        ("/generate x", True),
        ("@bot help", True),
        ("", True),
        ("_No response_", True),
        ("npm", False),
    ],
)
def test_somebody_elses_form_is_known_by_its_commands_field(said, ours):
    assert read(f"### Command\n\n{said}\n\n### Name\n\nx").may_be_ours is ours


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("\n\n_No response_\n\n", ""),
        ("\n<!-- how to answer -->\n\n", ""),
        ("\n<!-- how -->\n<!-- to -->\norders\n", "orders"),
        ("\norders\n<!-- how\nto -->\n", "orders"),
        ("a\n\n<!-- note -->\n\nb", "a\n\n<!-- note -->\n\nb"),
        ("<!-- open", "<!-- open"),
        ("shut -->", "shut -->"),
        ("  indented", "indented"),
    ],
)
def test_comments_round_an_answer_are_none_of_it(body, said):
    assert answer_in(body) == said


@pytest.mark.parametrize(
    "heading",
    ["Oldest python", "oldest_python", "OLDEST-PYTHON", "**Oldest python**:", "Oldest  python?"],
)
def test_case_and_punctuation_make_no_difference(heading):
    assert heading_key(heading) == "oldest_python"


@pytest.mark.parametrize("heading", ["Lizenz (licence)", "Lizenz `licence`", "Lizenz (licence):"])
def test_a_translated_heading_names_its_question(heading):
    assert heading_names(heading)[0] == "licence"


def test_closing_marks_are_no_part_of_a_heading():
    assert answers("### Command\n\n/x\n\n### Name ###\n\norders") == {"Name": "orders"}


@pytest.mark.parametrize(
    "text",
    [
        "### Command\n" * 6_000,
        "### Command\n" + "### a\n\n" * 9_000,
        "### Command\n\n" + "<!-- -->" * 8_000 + "x",
        "### Command\n\n" + " " * 60_000 + "x",
        "### Command\n\n" + "<!--" * 16_000,
        "### Command\n\n" + "-->" * 20_000,
    ],
)
def test_a_hostile_text_takes_no_time(text):
    begun = time.process_time()
    form = read(text)
    for section in (form.command, *form.sections):
        assert isinstance(section.answer, str)
    assert time.process_time() - begun < 5
