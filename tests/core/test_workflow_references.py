"""References in a workflow's file are checked, by name and by type, before anything runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.core.expression_types import Names, Type, Typing
from bot.core.expressions import Mixed
from bot.core.kinds import Field, Kind
from bot.core.references import read
from bot.core.workflow import Fields
from bot.core.workflow_reading import examine
from bot.core.workflow_sheet import MOST_PROBLEMS
from bot.located_yaml import read_yaml


def take(kind: Kind, **more: object) -> Field:
    return Field(kind=kind, needed=False, **more)  # type: ignore[arg-type]


TYPES = {
    "make": Fields(
        takes={},
        gives={
            "project": Field(kind=Kind.PROJECT),
            "files": Field(kind=Kind.INTEGER),
            "findings": Field(kind=Kind.LIST),
            "mode": Field(kind=Kind.CHOICE, choices=("fast", "slow")),
        },
    ),
    "take": Fields(
        takes={
            "string": take(Kind.STRING),
            "text": take(Kind.TEXT),
            "integer": take(Kind.INTEGER),
            "boolean": take(Kind.BOOLEAN),
            "choice": take(Kind.CHOICE, choices=("fast", "slow")),
            "choices": take(Kind.CHOICES, choices=("fast", "slow")),
            "list": take(Kind.LIST),
            "object": take(Kind.OBJECT),
            "secret": take(Kind.SECRET),
            "project": take(Kind.PROJECT),
            "into": take(Kind.DESTINATION),
            "any": take(Kind.ANY),
            "header": take(Kind.TEXT, secrets=True),
            "headers": take(Kind.OBJECT, secrets=True),
            "key": take(Kind.SECRET, secrets=True),
        },
        gives={"url": Field(kind=Kind.STRING), "body": Field(kind=Kind.ANY)},
    ),
}
FILE = """\
name: w
inputs:
  string: {{type: string}}
  text: {{type: text}}
  integer: {{type: integer}}
  boolean: {{type: boolean}}
  choice: {{type: choice, choices: [fast, slow]}}
  other: {{type: choice, choices: [fast, best]}}
  choices: {{type: choices, choices: [fast, slow]}}
  others: {{type: choices, choices: [best]}}
  list: {{type: list}}
  object: {{type: object}}
  secret: {{type: secret}}
  project: {{type: project}}
  into: {{type: destination}}
  broken: {{type: zzz}}
steps:
  - {{id: make, uses: make}}
  - {{id: each, uses: make, for_each: ["a", "b"],
     outputs: {{twice: "${{{{ result.project.name }}}}"}}}}
  - {{id: strange, uses: zzz}}
  - id: step
    uses: take
    {line}
  - {{id: later, uses: take}}
outputs:
  {output}
"""
#: Where FILE is wrong on purpose.
BROKEN = 2


def problems(line: str = "with: {}", output: str = "out: 1") -> list[str]:
    data = read_yaml(FILE.format(line=line, output=output), reason="bad_workflow")
    found = examine(data, TYPES, source="w")[1]
    assert sum("zzz" in one.message for one in found) == BROKEN
    return [f"{one.column}: {one.place}: {one.message}" for one in found if "zzz" not in str(one)]


def given(field: str, expression: str) -> list[str]:
    """What is wrong with an expression where that field is wanted; columns count from its start."""
    line = f'with: {{{field}: "${{{{ {expression} }}}}"}}'
    start = 5 + line.index("${{")
    found = []
    for problem in problems(line):
        column, _, rest = problem.partition(": ")
        assert rest.startswith(f"step step, with.{field}: ")
        found.append(f"{int(column) - start} {rest.partition(': ')[2]}")
    return found


INPUTS = (
    *("string", "text", "integer", "boolean", "choice", "choices"),
    *("list", "object", "secret", "project", "into"),
)
#: Which inputs may stand where each kind is wanted.
FITTING = {
    "string": {"string", "text", "choice"},
    "text": {"string", "text", "choice"},
    "integer": {"integer"},
    "boolean": {"boolean"},
    "choice": {"string", "text", "choice"},
    "choices": {"choices", "list"},
    "list": {"choices", "list"},
    "object": {"object", "project", "into"},
    "secret": {"secret"},
    "project": {"project"},
    "into": {"into"},
    "any": set(INPUTS),
}


@pytest.mark.parametrize("wanted", FITTING)
@pytest.mark.parametrize("name", INPUTS)
def test_an_input_stands_only_where_its_kind_fits(wanted: str, name: str) -> None:
    found = given(wanted, f"inputs.{name}")
    assert (found == []) == (name in FITTING[wanted]), found


def test_an_input_whose_type_is_wrong_is_told_once() -> None:
    assert given("integer", "inputs.broken") == []
    assert given("integer", "inputs.broken.part[0]") == []


@pytest.mark.parametrize(
    ("field", "expression"),
    [
        ("project", "steps.make.project"),
        ("string", "steps.make.project.name"),
        ("integer", "steps.make.project.files"),
        ("object", "steps.make.project"),
        ("integer", "steps.make.files"),
        ("list", "steps.make.findings"),
        ("any", "steps.make.findings[0].path"),
        ("integer", "steps.make.findings[0].path"),
        ("boolean", "inputs.into.new"),
        ("string", "inputs.into['branch']"),
        ("integer", "inputs.object.deep.er[0]"),
        ("choice", "inputs.choices[0]"),
        ("choice", "'fast'"),
        ("list", "['a', inputs.list]"),
        ("choices", "['fast']"),
        ("boolean", "inputs.list == [] and not inputs.object"),
        ("boolean", "inputs.secret == null"),
        ("boolean", "null != inputs.secret"),
        ("boolean", "inputs.choice == 'fast'"),
        ("boolean", "'slow' != steps.make.mode"),
        ("boolean", "inputs.choice == inputs.string"),
        ("boolean", "inputs.project != inputs.object"),
        ("boolean", "inputs.string < inputs.choice"),
        ("boolean", "inputs.integer >= steps.make.files"),
        ("boolean", "inputs.object.x < 1"),
        ("boolean", "null < 1"),
        ("boolean", "1 in inputs.list"),
        ("boolean", "'a' in inputs.object"),
        ("boolean", "'forge' in inputs.into"),
        ("boolean", "inputs.object.x in inputs.string"),
        ("boolean", "1 in inputs.object.x"),
        ("boolean", "1 not in null"),
        ("string", "inputs.string default 'x'"),
        ("string", "null default inputs.text"),
        ("integer", "inputs.object.x default 3"),
        ("secret", "inputs.secret default null"),
        ("text", "steps.make.project.name default inputs.text default 'x'"),
        # What a step gives that is done for each of a list is a list.
        ("list", "steps.each.project"),
        ("project", "steps.each.project[0]"),
        ("string", "steps.each.project[0].name"),
        ("list", "steps.each.twice"),
        ("string", "steps.each.twice[1]"),
        ("any", "steps.each.findings[0][1].x"),
        # Nothing is known of a step whose type is not known.
        ("integer", "steps.strange.whatever.more[0]"),
    ],
)
def test_what_is_right_is_passed(field: str, expression: str) -> None:
    assert given(field, expression) == []


@pytest.mark.parametrize(
    ("field", "expression", "expected"),
    [
        # Names.
        ("any", "inputs.strin", "11 there is no input 'strin'; did you mean 'string'?"),
        ("any", "inputs.zonk", "11 there is no input 'zonk'"),
        ("any", "steps.mak.files", "10 there is no step 'mak'; did you mean 'make'?"),
        ("any", "steps.make.file", "15 step 'make' gives no 'file'; did you mean 'files'?"),
        ("any", "steps.each.twise", "15 step 'each' gives no 'twise'; did you mean 'twice'?"),
        (
            "any",
            "steps.later.url",
            "10 step 'later' is written below; only what comes before can be named",
        ),
        ("any", "steps.step.url", "10 a step cannot name what it gives itself"),
        ("any", "item", "4 'item' is known only in what a step with for_each is given"),
        ("any", "index", "4 'index' is known only in what a step with for_each is given"),
        ("any", "result.x", "4 'result' is known only in the outputs of a step"),
        ("any", "secrets.KEY", "4 no secret of the organisation may stand here"),
        ("any", "input.x", "4 'input' is nothing known here; did you mean 'inputs'?"),
        # Parts.
        (
            "any",
            "inputs.project.nam",
            "19 inputs.project is a generated project, which has no 'nam'; did you mean 'name'?",
        ),
        ("any", "inputs.into.zonk", "16 inputs.into is a destination, which has no 'zonk'"),
        ("any", "inputs.string.x", "18 inputs.string is one line of text, which has no parts"),
        ("any", "inputs.integer[0]", "19 inputs.integer is a whole number, which has no items"),
        ("any", "inputs.object[0]", "18 inputs.object is a mapping, which has no items"),
        ("any", "inputs.list.x", "16 inputs.list is a list; name an item by [0] first"),
        ("any", "inputs.choices.x", "19 inputs.choices is a list of choices; name an item by [0]"),
        ("any", "inputs.choices[0].x", "22 inputs.choices[0] is a choice, which has no parts"),
        (
            "any",
            "steps.each.project.name",
            "23 steps.each.project is a list; name an item by [0] first",
        ),
        # Kinds.
        ("integer", "inputs.choice", "4 must be a whole number; this is a choice"),
        ("project", "inputs.string", "4 must be a generated project; this is one line of text"),
        ("project", "steps.each.project", "4 must be a generated project; this is a list"),
        ("text", "steps.each.twice", "4 must be a text; this is a list"),
        ("integer", "1 == 1", "6 must be a whole number; this is true or false"),
        ("integer", "not 1", "4 must be a whole number; this is true or false"),
        ("integer", "true and true", "4 must be a whole number; this is true or false"),
        ("integer", "[1]", "4 must be a whole number; this is a list"),
        ("integer", "[1, 'a'][0]", "12 expected the end"),
        ("integer", "inputs.object.x default 'a'", "4 must be a whole number; this is one line"),
        ("integer", "inputs.string default 3", "4 must be a whole number; this is one line of"),
        ("string", "inputs.string default 3", "4 must be one line of text; this is a whole number"),
        ("choice", "inputs.other", "4 may be 'best', which is none of fast, slow"),
        ("choices", "inputs.others", "4 may be 'best', which is none of fast, slow"),
        ("choice", "inputs.others[0]", "4 may be 'best', which is none of fast, slow"),
        # Comparisons.
        ("any", "inputs.integer == '1'", "19 a whole number is never equal to one line of text"),
        ("any", "inputs.list != 1", "16 a list is never equal to a whole number"),
        ("any", "inputs.into == inputs.project", "16 a destination is never equal to a generated"),
        ("any", "inputs.choice == 'fst'", "21 'fst' is none of fast, slow; did you mean 'fast'?"),
        ("any", "'best' != steps.make.mode", "4 'best' is none of fast, slow"),
        ("any", "1 < 'a'", "6 a whole number and one line of text have no order by which '<'"),
        ("any", "true < false", "9 true or false and true or false have no order by which '<'"),
        ("any", "inputs.list > null", "16 a list and nothing have no order by which '>' could"),
        ("any", "1 in 2", "6 a whole number is never in a whole number"),
        ("any", "1 in inputs.string", "6 a whole number is never in one line of text"),
        ("any", "1 not in inputs.object", "6 a whole number is never in a mapping"),
        ("any", "true in inputs.project", "9 true or false is never in a generated project"),
        # Secrets of the person who asks.
        ("any", "inputs.secret == 'x'", "18 a secret input can only be compared with null"),
        ("any", "'x' == inputs.secret", "8 a secret input can only be compared with null"),
        ("any", "inputs.secret < null", "18 a secret input can only be compared with null"),
        ("any", "inputs.secret in inputs.list", "18 a secret input can only be compared with null"),
        ("any", "inputs.secret == inputs.secret", "18 a secret input can only be compared with"),
        ("text", "inputs.secret", "4 must be a text; this is a secret text"),
    ],
)
def test_what_is_wrong_is_told_at_its_character(field: str, expression: str, expected: str) -> None:
    found = given(field, expression)
    assert len(found) == 1, found
    assert found[0].startswith(expected)


def test_every_mistake_of_an_expression_is_told() -> None:
    assert given("any", "inputs.a == inputs.b or steps.c.d") == [
        "11 there is no input 'a'",
        "23 there is no input 'b'",
        "34 there is no step 'c'",
    ]


def test_names_are_compared_only_as_long_as_somebody_is_told_of_them() -> None:
    text = "".join(f"${{{{ inputs.wrong{number} }}}}" for number in range(1500))
    expression = read(text)
    assert isinstance(expression, Mixed)
    asked = _Counted(wrong=Type(kind=Kind.STRING))
    typing = Typing(Names(inputs=asked))
    typing.of(expression)
    assert len(typing.mistakes) == MOST_PROBLEMS
    assert asked.listed <= MOST_PROBLEMS


class _Counted(dict[str, Type]):
    """Names that know how often they were gone through."""

    listed = 0

    def __iter__(self) -> Iterator[str]:
        self.listed += 1
        return super().__iter__()


def test_a_default_does_not_hide_what_is_wrong_before_it() -> None:
    assert given("any", "inputs.zonk default 1 == 2") == ["11 there is no input 'zonk'"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("{string: 3}", ["20: step step, with.string: must be one line of text"]),
        ('{string: "a\\nb"}', ["20: step step, with.string: must be one line of text"]),
        ("{integer: x}", ["21: step step, with.integer: must be a whole number"]),
        ("{choice: fst}", ["20: step step, with.choice: 'fst' is none of fast, slow; did you"]),
        ("{choices: [slow, fst]}", ["28: step step, with.choices[1]: 'fst' is none of fast, slow"]),
        ("{choices: fast}", ["21: step step, with.choices: must be a list of its choices"]),
        ("{choices: {a: 1}}", ["21: step step, with.choices: must be a list of its choices"]),
        ("{object: []}", ["20: step step, with.object: must be a mapping"]),
        ("{list: {a: 1}}", ["18: step step, with.list: must be a list"]),
        ("{secret: hush}", ["20: step step, with.secret: a secret does not stand in a file"]),
        ("{secret: 3}", ["20: step step, with.secret: must be a secret text"]),
        ("{into: acme/x}", ["18: step step, with.into: must be a destination"]),
        ('{integer: "a ${{ 1 }}"}', ["22: step step, with.integer: must be a whole number; this"]),
        ("{integer: \"${{ 'a' }}\"}", ["21: step step, with.integer: must be a whole number"]),
        ('{text: "a ${{ inputs.list }}"}', ["25: step step, with.text: a list cannot be written"]),
        ('{text: "a ${{ null }}"}', ["25: step step, with.text: nothing cannot be written into a"]),
        ('{text: "a ${{ inputs.into }}"}', ["25: step step, with.text: a destination cannot be"]),
        (
            '{text: "a ${{ inputs.secret }}"}',
            ["25: step step, with.text: a secret input must be the whole value"],
        ),
        ('{text: "a ${{ inputs.x }} ${{ inputs.y }}"}', ["32: ", "48: "]),
        (
            '{object: {deep: [{er: "${{ inputs.x }}"}]}}',
            ["45: step step, with.object.deep[0].er: there is no input 'x'"],
        ),
        ('{any: ["${{ 1 +"]}', ["25: step step, with.any[0]: '+' means nothing here"]),
        ('{list: ["${{ secrets.A }}"]}', ["24: step step, with.list[0]: no secret of the org"]),
        ('{zonk: "${{ inputs.x }}"}', ["12: step step, with: unknown field 'zonk'"]),
    ],
)
def test_what_stands_in_the_file_itself_is_checked(value: str, expected: list[str]) -> None:
    found = problems(f"with: {value}")
    assert len(found) == len(expected), found
    for one, start in zip(found, expected, strict=True):
        assert one.startswith(start), found


@pytest.mark.parametrize(
    "value",
    [
        "{string: null, integer: null, project: null}",
        '{text: "a\\nb", integer: 3, boolean: true, choice: fast, choices: [], list: [1, {}]}',
        '{string: "a ${{ inputs.string }} ${{ inputs.integer }} ${{ inputs.boolean }}"}',
        '{text: "a ${{ inputs.choice default 1 }} ${{ inputs.object.x }}"}',
        '{choices: ["${{ inputs.choice }}", fast], object: {a: "${{ inputs.secret }}"}}',
        '{header: "Bearer ${{ secrets.A }}", headers: {x: ["${{ secrets.B }}"]}}',
        '{key: "${{ secrets.A }}"}',
        '{key: "a${{ secrets.A }}"}',
        '{key: "${{ inputs.secret }}"}',
    ],
)
def test_what_stands_there_rightly_is_passed(value: str) -> None:
    assert problems(f"with: {value}") == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('{key: "a${{ inputs.string }}"}', "must be a secret text; this is a text"),
        ('{header: "${{ secrets.A == 1 }}"}', "a secret stands alone"),
        ('{headers: "${{ secrets.A }}"}', "must be a mapping; this is a text"),
    ],
)
def test_organisations_secrets_are_texts(value: str, expected: str) -> None:
    (problem,) = problems(f"with: {value}")
    assert expected in problem


def test_a_line_break_before_a_reference_is_no_line_of_text() -> None:
    found = problems('with: {string: "a\\n${{ inputs.string }}"}')
    assert found == [
        "20: step step, with.string: must be one line of text, at character 1",
    ]


PARTS = ("id", "snapshot", "name", "pack", "summary", "files")


def test_a_project_can_be_put_together() -> None:
    parts = ", ".join(f'{name}: "${{{{ inputs.project.{name} }}}}"' for name in (*PARTS, "size"))
    assert problems(f"with: {{project: {{{parts}}}}}") == []


def test_a_project_that_is_put_together_has_its_parts() -> None:
    parts = ", ".join(f'{name}: "${{{{ inputs.string }}}}"' for name in PARTS)
    found = problems(f"with: {{project: {{{parts}, sise: 1}}}}")
    assert [one.partition(": ")[2] for one in found] == [
        "step step, with.project: lacks 'size'",
        "step step, with.project.snapshot: must be a whole number; this is one line of text",
        "step step, with.project.files: must be a whole number; this is one line of text",
        "step step, with.project: unknown field 'sise'; did you mean 'size'?",
    ]


class TestDestinations:
    """Only what the command has resolved: of nothing else were policy and rights asked."""

    WORDS = "must be an input of the type destination, or an item of for_each that is one; "

    @pytest.mark.parametrize("expression", ["inputs.into", "inputs.into default inputs.into"])
    def test_an_input_is_one(self, expression: str) -> None:
        assert given("into", expression) == []

    @pytest.mark.parametrize(
        "line",
        [
            'for_each: ["${{ inputs.into }}"]\n    with: {into: "${{ item }}"}',
            'for_each: "${{ [inputs.into, inputs.into] }}"\n    with: {into: "${{ item }}"}',
            'for_each: [{to: "${{ inputs.into }}"}]\n    with: {into: "${{ item.to }}"}',
        ],
    )
    def test_so_is_an_item(self, line: str) -> None:
        assert problems(line) == []

    @pytest.mark.parametrize(
        ("expression", "character"),
        [
            ("inputs.object.into", 4),
            ("inputs.list[0]", 4),
            ("steps.strange.json", 4),
            ("steps.make.findings[0].into", 4),
            ("inputs.into default inputs.object.into", 24),
        ],
    )
    def test_data_that_may_look_like_one_is_none(self, expression: str, character: int) -> None:
        (found,) = given("into", expression)
        assert found.startswith(f"{character} {self.WORDS}")

    def test_nor_is_one_that_stands_in_the_file(self) -> None:
        parts = 'forge: github, repository: acme/site, id: "7", path: "", branch: x, base: main'
        switches = "new: false, existing: true, visibility: private, draft: false"
        (found,) = problems(f"with: {{into: {{{parts}, {switches}}}}}")
        assert found.startswith(f"18: step step, with.into: {self.WORDS}")


def test_a_character_that_cannot_be_shown_by_its_column_is_counted() -> None:
    line = "with:\n      text: |\n        a\n        ${{ inputs.x }}\n"
    assert problems(line) == ["13: step step, with.text: there is no input 'x', at character 14"]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("true", []),
        ('"${{ inputs.boolean }}"', []),
        ('"${{ inputs.list }}"', []),
        ('"${{ inputs.secret }}"', []),
        ("${{ inputs.choice in ['fast'] }}", []),
        ("", ["8: step step, if: must be true, false or a reference; write ${{ … }} round"]),
        ("1", ["9: step step, if: must be true, false or a reference"]),
        ("inputs.boolean", ["9: step step, if: must be true, false or a reference"]),
        ("[true]", ["9: step step, if: must be true, false or a reference"]),
        (
            "${{ true }} and ${{ false }}",
            ["9: step step, if: must be one reference; write 'and' and 'or' inside of it"],
        ),
        ("${{ inputs.x }}", ["20: step step, if: there is no input 'x'"]),
        ("${{ 1 + }}", ["15: step step, if: '+' means nothing here"]),
        ("${{ secrets.A }}", ["13: step step, if: no secret of the organisation may stand here"]),
        ("${{ item }}", ["13: step step, if: 'item' is known only in what a step with for_each"]),
        ("${{ later.x }}", ["13: step step, if: 'later' is nothing known here"]),
    ],
)
def test_conditions(condition: str, expected: list[str]) -> None:
    found = problems(f"if: {condition}")
    assert len(found) == len(expected), found
    for one, start in zip(found, expected, strict=True):
        assert one.startswith(start), found


def test_the_item_is_not_known_to_the_condition() -> None:
    found = problems("for_each: [1]\n    if: ${{ item }}")
    assert [one.partition(": ")[2] for one in found] == [
        "step step, if: 'item' is known only in what a step with for_each is given"
    ]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ("[]", []),
        ('[1, "${{ inputs.string }}"]', []),
        ("${{ inputs.list }}", []),
        ("${{ inputs.object.x }}", []),
        ("${{ inputs.choices }}", []),
        ("${{ steps.each.project }}", []),
        ("", ["must be a list"]),
        ("3", ["must be a list"]),
        ("abc", ["must be a list"]),
        ("{a: 1}", ["must be a list"]),
        ("${{ inputs.string }}", ["must be a list; this is one line of text"]),
        ('"a ${{ inputs.string }}"', ["must be a list; this is a text"]),
        ('["${{ inputs.x }}"]', ["there is no input 'x'"]),
        ('["${{ inputs.secret }}"]', ["a secret input may not stand in what is kept"]),
        ('["${{ item }}"]', ["'item' is known only"]),
        ("[" + "1, " * 100 + "]", []),
        ("[" + "1, " * 101 + "]", ["has 101 items; 100 are the most"]),
    ],
)
def test_lists_that_a_step_is_done_for(items: str, expected: list[str]) -> None:
    found = problems(f"for_each: {items}")
    assert len(found) == len(expected), found
    for one, words in zip(found, expected, strict=True):
        assert one.partition("for_each")[2].partition(": ")[2].startswith(words), found


@pytest.mark.parametrize(
    ("items", "field", "expected"),
    [
        ("${{ steps.each.project }}", 'project: "${{ item }}"', []),
        ("${{ steps.each.project }}", 'string: "${{ item.name }}"', []),
        (
            "${{ steps.each.project }}",
            'string: "${{ item }}"',
            ["must be one line of text; this is a generated project"],
        ),
        ("${{ inputs.choices }}", 'choice: "${{ item }}"', []),
        ("${{ inputs.others }}", 'choice: "${{ item }}"', ["may be 'best', which is none of"]),
        ("${{ inputs.list }}", 'integer: "${{ item.deep }}"', []),
        ("[1, a]", 'project: "${{ item }}"', []),
        ("\"${{ [1, 'a'] }}\"", 'project: "${{ item }}"', []),
        ('"${{ [1, 2] }}"', 'integer: "${{ item }}"', []),
        (
            '"${{ [1, 2] }}"',
            'project: "${{ item }}"',
            ["must be a generated project; this is a whole number"],
        ),
        ("[1]", 'integer: "${{ index }}"', []),
        ("[1]", 'string: "${{ index }}"', ["must be one line of text; this is a whole number"]),
    ],
)
def test_an_item_is_of_the_kind_of_its_list(items: str, field: str, expected: list[str]) -> None:
    found = problems(f"for_each: {items}\n    with: {{{field}}}")
    assert len(found) == len(expected), found
    for one, words in zip(found, expected, strict=True):
        assert words in one


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ('{more: "${{ result.url }}", all: "${{ inputs.string }}"}', []),
        ('{more: {a: ["${{ result.body.x }}"]}}', []),
        ('{more: "${{ result.ur }}"}', ["the step gives no 'ur'; did you mean 'url'?"]),
        ('{url: "${{ result.url }}"}', ["the step gives 'url' already; choose another name"]),
        ('{more: "${{ steps.make.files }}"}', ["there is no step 'make'"]),
        ('{more: "${{ item }}"}', ["'item' is known only"]),
        ('{more: "${{ inputs.secret }}"}', ["a secret input may not stand in what is kept"]),
        ('{more: ["${{ [inputs.secret] }}"]}', ["a secret input may not stand in what is kept"]),
        ('{more: "${{ secrets.A }}"}', ["no secret of the organisation may stand here"]),
        ("{'Bad Name': 1}", ["the name 'Bad Name' must be a lower-case letter"]),
    ],
)
def test_outputs_that_a_file_makes_of_a_steps_own(outputs: str, expected: list[str]) -> None:
    found = problems(f"for_each: [1]\n    outputs: {outputs}")
    assert len(found) == len(expected), found
    for one, words in zip(found, expected, strict=True):
        assert words in one, found


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ('a: "${{ steps.later.url }}"', []),
        ('a: {b: "${{ steps.make.project }}", c: null}', []),
        ('a: "${{ steps.make.zonk }}"', ["22: outputs.a: step 'make' gives no 'zonk'"]),
        ('a: "${{ steps.zonk.x }}"', ["17: outputs.a: there is no step 'zonk'"]),
        ('a: "${{ inputs.secret }}"', ["18: outputs.a: a secret input may not stand in what is"]),
        ('a: "${{ result.x }}"', ["11: outputs.a: 'result' is known only in the outputs of a"]),
    ],
)
def test_outputs_of_the_workflow(output: str, expected: list[str]) -> None:
    found = problems(output=output)
    assert len(found) == len(expected), found
    for one, start in zip(found, expected, strict=True):
        assert one.startswith(start), found


TWO = """\
name: w
steps:
  - {id: a, uses: make}
  - {id: b, uses: make, needs: []}
  - {id: c, uses: take, needs: [%s], with: {project: "${{ steps.%s.project }}"}}
"""


@pytest.mark.parametrize(
    ("needs", "named", "expected"),
    [
        ("a", "a", []),
        ("a, b", "b", []),
        ("a", "b", ["step c, with.project: step 'b' is not reached through needs; add it to them"]),
        ("", "a", ["step c, with.project: step 'a' is not reached through needs; add it to them"]),
        # One mistake is told once: all that is above counts as reached.
        ("zonk", "a", ["step c, needs: there is no step 'zonk'"]),
    ],
)
def test_a_step_names_only_what_it_reaches_through_its_needs(
    needs: str, named: str, expected: list[str]
) -> None:
    data = read_yaml(TWO % (needs, named), reason="bad_workflow")
    found = examine(data, TYPES, source="w")[1]
    assert [f"{one.place}: {one.message}" for one in found] == expected


def test_needs_reach_through_others() -> None:
    text = "name: w\nsteps:\n" + "".join(f"  - {{id: s{n}, uses: make}}\n" for n in range(99))
    text += '  - {id: z, uses: take, with: {project: "${{ steps.s0.project }}"}}\n'
    assert examine(read_yaml(text, reason="bad_workflow"), TYPES, source="w")[1] == ()


def test_plain_data_counts_the_character() -> None:
    data = {
        "name": "w",
        "steps": [{"id": "a", "uses": "take", "with": {"any": "ab ${{ inputs.x }}"}}],
    }
    assert [str(one) for one in examine(data, TYPES, source="w")[1]] == [
        "w: step a, with.any: there is no input 'x', at character 15"
    ]
