"""What a pack's form asks, and under which labels."""

from __future__ import annotations

import pytest

from bot.core.form_text import heading_key
from bot.errors import UserError
from bot.forms.fields import FormField, form_fields, question_of


def field(pack, name: str, **suggested: object) -> FormField:
    (found,) = (one for one in form_fields(pack, suggested) if one.question.name == name)
    return found


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("licence", "Licence"),
        ("oldest_python", "Oldest python"),
        ("ci", "CI"),
        ("base_url", "Base URL"),
        ("command", "Its command"),
        ("api_token", "API t…"),
        ("password", "P…"),
        ("pass_word", "P… w…"),
    ],
)
def test_a_name_becomes_a_label(ask, name, label):
    assert field(ask(f"{name}: {{type: string}}"), name).label == label


def test_no_two_labels_can_be_taken_for_each_other(ask):
    names = ["its_command", "command", "a_b", "a__b", "password", "passphrase", "p", "p_2"]
    pack = ask("\n".join(f"{name}: {{type: string}}" for name in names))
    fields = form_fields(pack)
    keys = [heading_key(one.label) for one in fields]
    assert len(set(keys)) == len(keys) == len(names) + 1
    assert "command" not in keys
    for one in fields:
        assert question_of(pack, (heading_key(one.label),)) == one.question


def test_a_heading_may_also_be_the_questions_name(ask):
    pack = ask("api_token_life: {type: integer}")
    found = question_of(pack, ("api_token_life",))
    assert found is not None
    assert question_of(pack, ("command",)) is None


def test_a_secret_is_never_asked_for(ask):
    pack = ask("key: {type: secret, default: ''}\npin: {type: integer, secret: true, default: 1}")
    assert [one.question.name for one in form_fields(pack)] == ["name"]


def test_a_pack_that_needs_a_secret_has_no_form(ask):
    with pytest.raises(UserError, check=lambda error: error.reason == "no_form"):
        form_fields(ask("key: {type: secret}"))


def test_a_default_is_filled_in(ask):
    pack = ask(
        "about: {type: string, default: A library.}\n"
        "lines: {type: integer, default: 3}\n"
        "tests: {type: boolean, default: true}\n"
        "colour: {type: choice, choices: [red, green], default: green}"
    )
    assert field(pack, "about").value == "A library."
    assert field(pack, "lines").value == "3"
    assert field(pack, "tests").value == "yes"
    assert field(pack, "colour").chosen == 1


def test_a_dropdown_with_a_default_offers_no_way_to_choose_nothing(ask):
    pack = ask("colour: {type: choice, choices: [red, green], default: green}")
    assert field(pack, "colour").required


def test_a_boolean_without_a_default_is_no(ask):
    found = field(ask("tests: {type: boolean}"), "tests")
    assert (found.value, found.chosen, found.required) == ("no", 1, True)


def test_what_is_asked_only_sometimes_is_never_filled_in(ask):
    pack = ask(
        "tests: {type: boolean, default: true}\n"
        'tool: {type: choice, choices: [a, b], default: a, when: "{{ tests }}"}'
    )
    found = field(pack, "tool")
    assert (found.value, found.required, found.assumed, found.conditional) == ("", False, "a", True)


def test_what_the_place_suggests_is_told_and_not_filled_in(ask):
    pack = ask("ci: {type: choice, choices: [github, gitlab]}")
    found = field(pack, "ci", ci="gitlab")
    assert (found.value, found.required, found.assumed) == ("", False, "gitlab")
    assert field(pack, "ci", ci="elsewhere").required


def test_several_choices_are_ticked_unless_one_is_needed(ask):
    pack = ask(
        "parts: {type: choices, choices: [a, b], default: [a, b]}\n"
        "needed: {type: choices, choices: [a, b]}"
    )
    assert field(pack, "parts").is_ticked
    assert field(pack, "parts").assumed == "a, b"
    assert not field(pack, "needed").is_ticked
    assert field(pack, "needed").required


def test_none_is_offered_in_other_words(ask):
    pack = ask('ci: {type: choice, choices: [github, "none", none of these], default: "none"}')
    assert [one.shown for one in field(pack, "ci").options] == ["github", "(none)", "none of these"]
    assert field(pack, "ci").chosen == 1
