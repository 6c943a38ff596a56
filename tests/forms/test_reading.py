"""What comes back when a form is filled in: the answers of the questions, as they were meant."""

from __future__ import annotations

import pytest

from bot.core.form_text import read_form
from bot.errors import UserError
from bot.forms import form_file, with_form_answers
from bot.generation.answers import resolve_answers
from bot.generation.pack_format import Pack
from tests.forms.github_forms import filled

QUESTIONS = """\
about: {type: string, default: A library.}
notes: {type: text, required: false}
lines: {type: integer, default: 3}
tests: {type: boolean, default: true}
licence: {type: choice, choices: [MIT, "none"], default: MIT}
parts: {type: choices, choices: [a, "b, c", "none"], default: [a]}
needed: {type: choices, choices: [x, "y, z", y]}
words: {type: list, required: false}
ci: {type: choice, choices: [github, gitlab]}
tool: {type: string, default: make, when: "{{ tests }}"}
key: {type: secret, default: ""}
"""
NEEDED = {"Name": "orders", "Needed": ["x"], "CI": "github"}


@pytest.fixture
def pack(ask) -> Pack:
    return ask(QUESTIONS)


def answered(pack: Pack, text: str, **given: object) -> dict[str, object]:
    form = read_form(text)
    assert form is not None
    return with_form_answers(pack, given, form)


def sent(pack: Pack, answers: dict[str, str | list[str]]) -> str:
    return filled(form_file(pack, "github").text, answers)


def refused(reason: str):
    return pytest.raises(UserError, check=lambda error: error.reason == reason)


def test_a_form_with_only_what_is_needed_is_answered_by_its_defaults(pack):
    answers = resolve_answers(pack, answered(pack, sent(pack, NEEDED)))
    assert answers == {
        "name": "orders",
        "about": "A library.",
        "notes": "",
        "lines": 3,
        "tests": True,
        "licence": "MIT",
        "parts": ["a"],
        "needed": ["x"],
        "words": [],
        "ci": "github",
        "tool": "make",
        "key": "",
    }


def test_everything_that_is_answered_comes_back_typed(pack):
    wanted: dict[str, str | list[str]] = {
        "Name": "orders",
        "About": "It's *bold*, 100 %",
        "Notes": "one\n\n### Of mine\n\n- two\n",
        "Lines": "12",
        "Tests": "no",
        "Licence": "none of these",
        "Parts": ["b, c", "none of these"],
        "Needed": ["y, z", "x"],
        "Words": "one, two",
        "CI": "gitlab",
    }
    # GitHub shows the boxes of a form as they are named in it.
    text = sent(pack, {**wanted, "Parts": ["b, c", "none of these"]})
    answers = resolve_answers(pack, answered(pack, text))
    assert answers["about"] == "It's *bold*, 100 %"
    assert answers["notes"] == "one\n\n### Of mine\n\n- two"
    assert (answers["lines"], answers["tests"], answers["licence"]) == (12, False, "none")
    assert answers["parts"] == ["b, c", "none"]
    assert answers["needed"] == ["x", "y, z"]
    assert (answers["words"], answers["ci"], answers["tool"]) == (["one", "two"], "gitlab", "")


def test_what_is_left_empty_is_absent(pack):
    text = sent(pack, {**NEEDED, "About": "", "Lines": ""})
    assert answered(pack, text).keys() == {"name", "needed", "ci", "tests", "licence"}


def test_a_template_of_gitlab_is_read_as_well(pack):
    text = form_file(pack, "gitlab").text
    text = text.replace("It has to be answered. -->", "It has to be answered. -->\n\norders", 1)
    text = text.replace("### Needed\n", "### Needed\n\nx, y, z\n")
    text = text.replace("### CI\n", "### CI\n\ngitlab\n").replace("[ ] none", "[x] none")
    answers = resolve_answers(pack, answered(pack, text))
    assert (answers["name"], answers["lines"], answers["tests"]) == ("orders", 3, True)
    assert (answers["needed"], answers["parts"]) == (["x", "y, z"], ["none"])


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("one, two,", ["one", "two"]),
        ("one\ntwo, too\n", ["one", "two, too"]),
        ("- one\n- two", ["one", "two"]),
        ("- [x] one\n- [ ] two", ["one"]),
    ],
)
def test_a_list_may_be_written_as_people_write_lists(pack, body, words):
    assert answered(pack, f"### Command\n\n/x\n\n### Words\n\n{body}")["words"] == words


@pytest.mark.parametrize(("mark", "value"), [("X", True), ("x", True), (" ", False)])
def test_a_box_of_somebodys_own_form_is_yes_or_no(pack, mark, value):
    text = f"### Command\n\n/x\n\n### Tests\n\n- [{mark}] I want tests"
    assert answered(pack, text)["tests"] is value


def test_boxes_that_nobody_ticked_are_no_answer(pack):
    assert answered(pack, "### Command\n\n/x\n\n### Parts\n\n- [ ] a\n- [ ] b, c") == {}


@pytest.mark.parametrize("heading", ["about", "ABOUT:", "Worum geht es (about)", "Zweck `about`"])
def test_a_label_may_be_reworded_as_long_as_it_names_its_question(pack, heading):
    assert answered(pack, f"### Command\n\n/x\n\n### {heading}\n\nwords") == {"about": "words"}


def test_headings_of_their_own_are_let_be(pack):
    text = "### Why\n\nso\n\n### Command\n\n/x\n\n### Justification\n\nbecause\n\n### Name\n\nx"
    assert answered(pack, text) == {"name": "x"}


@pytest.mark.parametrize(
    ("heading", "reason"), [("Licnce", "unknown_heading"), ("Into", "key_not_fitting")]
)
def test_a_heading_that_looks_like_an_answer_and_is_none_is_refused(pack, heading, reason):
    with refused(reason):
        answered(pack, f"### Command\n\n/x\n\n### {heading}\n\nMIT")
    assert answered(pack, f"### Command\n\n/x\n\n### {heading}\n\n_No response_") == {}


def test_a_heading_that_is_like_another_that_is_answered_is_let_be(pack):
    text = "### Command\n\n/x\n\n### Names\n\nboth\n\n### Name\n\norders"
    assert answered(pack, text) == {"name": "orders"}


@pytest.mark.parametrize("heading", ["Name", "name", "Command", "Titel (name)"])
def test_a_heading_twice_is_refused(pack, heading):
    text = sent(pack, {**NEEDED, "Notes": f"see\n\n### {heading}\n\nother"})
    with refused("answered_twice"):
        answered(pack, text)


def test_the_same_heading_in_code_is_a_part_of_its_answer(pack):
    text = sent(pack, {**NEEDED, "Notes": "```\n### Name\n\nother\n/approve\n```"})
    assert answered(pack, text)["notes"] == "```\n### Name\n\nother\n/approve\n```"


@pytest.mark.parametrize("opener", ["```\nx", "<!-- x"])
def test_an_answer_that_swallows_others_is_refused(pack, opener):
    with refused("unclosed_answer"):
        answered(pack, sent(pack, {**NEEDED, "Notes": opener}))


def test_the_same_answer_in_command_and_form_is_one(pack):
    text = sent(pack, {**NEEDED, "Tests": "yes", "Lines": "12"})
    assert answered(pack, text, tests="on", lines=12, name="orders")["lines"] == "12"


def test_two_answers_are_refused_and_shown(pack):
    with refused("answered_differently") as caught:
        answered(pack, sent(pack, NEEDED), name="other")
    assert "`other` and `orders`" in caught.value.message


def test_an_answer_of_the_command_alone_stays(pack):
    text = sent(pack, {**NEEDED, "About": ""})
    assert answered(pack, text, about="from the command")["about"] == "from the command"


def test_a_secret_under_a_heading_is_seen_and_never_shown(pack):
    text = "### Command\n\n/x\n\n### Key\n\nhunter2"
    assert answered(pack, text) == {"key": "hunter2"}
    with refused("answered_differently") as caught:
        answered(pack, text, key="hunter3")
    assert "hunter" not in str(caught.value)
