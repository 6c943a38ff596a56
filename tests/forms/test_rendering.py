"""The files that forges take forms from, held to what GitHub says that it refuses."""

from __future__ import annotations

import pytest

from bot.errors import NotSupported
from bot.forms import form_file
from bot.generation.packs import PackLibrary
from bot.resources import templates_dir
from tests.forms.github_forms import faults, prefilled

SHIPPED = PackLibrary(templates_dir() / "packs")
#: One of each kind, with all that could trip a form over.
ODD = """\
command: {type: string, help: "yes", default: "no"}
password: {type: string, help: "- it's a \\"trap\\": #1 \\\\ {{ x }} \\u2028 \\u0085", default: ""}
secret_token: {type: text, default: "a\\n### Name\\n--> b", required: false}
lines: {type: integer, help: "a --> b"}
tests: {type: boolean}
colour: {type: choice, choices: ["none", "true", "1.0", "a, b"]}
parts: {type: choices, choices: ["none", "yes", "a, b"], default: ["a, b"]}
needed: {type: choices, choices: ["none", "no"]}
words: {type: list, default: [a, b]}
made: {type: string, default: "{{ name }}-x"}
asked: {type: string, default: x, when: "{{ tests }}"}
key: {type: secret, default: ""}
"""


@pytest.mark.parametrize("pack", SHIPPED.names())
def test_every_pack_that_ships_has_a_form_that_github_takes(pack):
    form = form_file(SHIPPED.get(pack), "github", suggested={"ci": "github"})
    assert form.path == f".github/ISSUE_TEMPLATE/{pack}.yml"
    assert faults(form.text) == []
    command = prefilled(form.text)["Command"]
    assert command["type"] == "input"
    assert command["attributes"]["value"] == f"/generate {pack}"
    assert command["validations"] == {"required": True}


def test_odd_questions_make_a_form_that_github_takes(ask):
    form = form_file(ask(ODD), "github")
    assert faults(form.text) == []
    fields = prefilled(form.text)
    assert len(fields) == 13
    assert fields["P…"]["attributes"]["description"] == '- it\'s a "trap": #1 \\ {{ x }}.'
    assert fields["Its command"]["attributes"]["value"] == "no"
    assert fields["Parts"]["type"] == "checkboxes"
    assert fields["Needed"]["attributes"]["multiple"] is True
    assert fields["S… t…"]["type"] == "textarea"
    assert "value" not in fields["Asked"]["attributes"]


def test_a_faulty_form_would_be_noticed():
    assert faults(
        "name: x\nbody:\n"
        "- {type: input, attributes: {label: Password}}\n"
        "- {type: dropdown, id: a b, attributes: {label: password!, options: [None, no, no]}}\n"
    ) == [
        "description must be a string",
        "labels are too similar",
        "label contains forbidden word",
        "id can only contain numbers, letters, -, _",
        "options must be strings",
        "options must be unique",
        "options must not include the reserved word, none",
    ]


def test_a_form_is_made_the_same_each_time(ask):
    pack = ask(ODD)
    assert form_file(pack, "github") == form_file(pack, "github")


def test_a_template_of_gitlab_has_the_same_headings(ask):
    pack = ask(ODD)
    form = form_file(pack, "gitlab")
    assert form.path == ".gitlab/issue_templates/demo.md"
    headings = [line[4:] for line in form.text.splitlines() if line.startswith("### ")]
    labels = list(prefilled(form_file(pack, "github").text))
    # The default that holds a heading of its own.
    headings.remove("Name")
    assert sorted(headings) == sorted(labels)
    assert "\n/generate demo\n" in form.text


def test_no_other_forge_has_forms(ask):
    with pytest.raises(NotSupported, match="Did you mean gitlab"):
        form_file(ask(), "gitlba")
