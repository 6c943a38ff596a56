"""Answers as people type them, made into values; everything wrong told at once."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.errors import StepFailed, UserError
from bot.generation.answers import AnswersRefused, kept_answers, resolve_answers
from tests.generation.conftest import WritePack


def resolve(
    write_pack: WritePack,
    questions: str,
    defaults: Mapping[str, object] | None = None,
    **given: object,
) -> dict[str, object]:
    body = "questions:\n  name: {type: string, default: orders}\n  " + questions
    answers = resolve_answers(write_pack(body).get("demo"), given, defaults or {})
    assert answers.pop("name") == "orders"
    return answers


GOOD = [
    ("integer", "42", 42),
    ("integer", " -7 ", -7),
    ("integer", 42, 42),
    ("boolean", "true", True),
    ("boolean", "Yes", True),
    ("boolean", "on", True),
    ("boolean", "no", False),
    ("boolean", "0", False),
    ("boolean", False, False),
    ("list", "a,b , c,a", ["a", "b", "c"]),
    ("list", ["a", "b"], ["a", "b"]),
    ("string", "  x y ", "x y"),
    ("text", "a\r\nb\n", "a\nb\n"),
    ("secret", " kept as it is ", " kept as it is "),
    ("choice, choices: [MIT, Apache-2.0]", "mit", "MIT"),
    ("choice, choices: [a, A]", "A", "A"),
    ("choices, choices: [x, y, z]", "z,x", ["x", "z"]),
    ("choices, choices: [x, y]", ["y"], ["y"]),
]


@pytest.mark.parametrize(("kind", "given", "value"), GOOD)
def test_an_answer_gets_its_type(
    write_pack: WritePack, kind: str, given: object, value: object
) -> None:
    assert resolve(write_pack, f"x: {{type: {kind}}}", x=given) == {"x": value}


BAD = [
    ("integer", "4.5", "whole number"),
    ("integer", "9" * 30, "whole number"),
    ("integer", True, "whole number"),
    ("boolean", "perhaps", "true or false"),
    ("boolean", 1, "true or false"),
    ("list", "a,,b", "empty item"),
    ("list", 5, "a list"),
    ("list", ["a"] * 201, "more than 200"),
    ("list", [1], "a list"),
    ("string", "a\nb", "one line"),
    ("string", "a\x1b[31m", "control character"),
    ("string", "a\ud800", "control character"),
    ("string", "x" * 1001, "longer than 1,000"),
    ("string", 5, "text"),
    ("string", {"a": 1}, "text"),
    ("text", "x" * 65_537, "longer than"),
    ("choice, choices: [MIT, Apache-2.0]", "Apache", "did you mean 'Apache-2.0'?"),
    ("choice, choices: [MIT]", None, "one of MIT"),
    ("choices, choices: [x, y]", "x,q", "one of x, y"),
    ("string, pattern: '[a-z]+'", "ABC", "match [a-z]+"),
    ("string, pattern: '[a-z]+'", "abc\n", "one line"),
    ("string, pattern: '[a-z]+', help: 'small letters'", "A1", "small letters"),
    ("list, pattern: '[a-z]+'", "ok,NO", "'NO'"),
    ("string, validator: \"{{ 'is too plain' if x == 'a' }}\"", "a", "is too plain"),
]


@pytest.mark.parametrize(("kind", "given", "fault"), BAD)
def test_an_answer_that_does_not_fit_is_told(
    write_pack: WritePack, kind: str, given: object, fault: str
) -> None:
    with pytest.raises(AnswersRefused) as refused:
        resolve(write_pack, f"x: {{type: {kind}}}", x=given)
    assert refused.value.reason == "bad_answer"
    assert refused.value.message.splitlines()[1].startswith("- `x` ")
    assert fault in refused.value.message


def test_every_problem_is_told_at_once(write_pack: WritePack) -> None:
    questions = (
        "port: {type: integer, default: 8080}\n  colour: {type: choice, choices: [red, blue]}\n"
        '  hue: {type: string, default: "{{ colour }}"}'
    )
    with pytest.raises(AnswersRefused) as refused:
        resolve(write_pack, questions, port="many", nmae="x")
    assert [(problem.question, problem.reason) for problem in refused.value.problems] == [
        ("nmae", "unknown_answer"),
        ("port", "bad_answer"),
        ("colour", "missing_answer"),
    ]
    assert refused.value.reason == "unknown_answer"
    assert "did you mean `name`?" in refused.value.message
    assert "one of red, blue" in refused.value.message
    assert "name, port, colour, hue" in refused.value.remedy


def test_an_unknown_key_is_shown_so_that_it_breaks_out_of_nothing(write_pack: WritePack) -> None:
    with pytest.raises(UserError) as refused:
        resolve(write_pack, "x: {type: string, default: ''}", **{"a\n# heading" + "b" * 500: "x"})
    assert "\n# heading" not in refused.value.message
    assert len(refused.value.message) < 300


def test_a_default_may_be_a_template_over_earlier_answers(write_pack: WritePack) -> None:
    questions = "author: {type: string, default: 'The {{ name }} authors'}"
    assert resolve(write_pack, questions) == {"author": "The orders authors"}


def test_what_is_empty_and_needed_is_missing(write_pack: WritePack) -> None:
    with pytest.raises(AnswersRefused) as refused:
        resolve(write_pack, "x: {type: string, default: a, required: true}", x="  ")
    assert refused.value.reason == "missing_answer"


def test_what_is_not_needed_is_empty_of_its_type(write_pack: WritePack) -> None:
    questions = (
        "a: {type: string, required: false}\n  b: {type: integer, required: false}\n"
        "  c: {type: choices, choices: [x], required: false}\n"
        "  d: {type: choice, choices: [x], required: false}\n  e: {type: boolean}"
    )
    assert resolve(write_pack, questions, d="") == {
        "a": "",
        "b": None,
        "c": [],
        "d": "",
        "e": False,
    }


CI = "ci: {type: choice, choices: [github, gitlab, none]}"


def test_the_place_suggests_what_is_not_answered(write_pack: WritePack) -> None:
    assert resolve(write_pack, CI, {"ci": "gitlab", "other": "x"}) == {"ci": "gitlab"}


def test_an_answer_wins_over_what_the_place_suggests(write_pack: WritePack) -> None:
    assert resolve(write_pack, CI, {"ci": "gitlab"}, ci="none") == {"ci": "none"}


def test_a_suggestion_that_the_pack_has_not_is_passed_over(write_pack: WritePack) -> None:
    questions = CI.replace("none]", "none], default: none")
    assert resolve(write_pack, questions, {"ci": "gerrit"}) == {"ci": "none"}


WHEN = (
    "web: {type: boolean, default: false}\n  port: {type: integer, default: 80, when: '{{ web }}'}"
)


def test_a_question_whose_condition_fails_is_not_asked(write_pack: WritePack) -> None:
    assert resolve(write_pack, WHEN) == {"web": False, "port": None}


def test_a_question_whose_condition_holds_is_asked(write_pack: WritePack) -> None:
    assert resolve(write_pack, WHEN, web="yes") == {"web": True, "port": 80}


def test_an_answer_to_a_question_that_is_not_asked_is_refused(write_pack: WritePack) -> None:
    with pytest.raises(AnswersRefused, match="`port` is not asked for"):
        resolve(write_pack, WHEN, port="81")


def test_a_secret_is_neither_kept_nor_told(write_pack: WritePack) -> None:
    body = (
        "questions:\n  name: {type: string}\n  key: {type: secret, pattern: '[a-z]+'}\n"
        "  pin: {type: integer, secret: true}\n  unasked: {type: string, default: x, when: no}\n"
    )
    pack = write_pack(body).get("demo")
    answers = resolve_answers(pack, {"name": "a", "key": "hush", "pin": 1234})
    assert answers == {"name": "a", "key": "hush", "pin": 1234, "unasked": ""}
    assert kept_answers(pack, answers) == {"name": "a"}
    with pytest.raises(AnswersRefused) as refused:
        resolve_answers(pack, {"name": "a", "key": "HUSH-9", "pin": "12x4"})
    assert "HUSH" not in str(refused.value) and "12x4" not in str(refused.value)


def test_a_template_of_the_pack_that_fails_names_its_line(write_pack: WritePack) -> None:
    with pytest.raises(
        StepFailed, match=r"demo/pack\.yaml, line 6: question x, default: 'nmae' is undefined"
    ) as failed:
        resolve(write_pack, "x: {type: string, default: '{{ nmae }}'}")
    assert failed.value.reason == "template_error"
