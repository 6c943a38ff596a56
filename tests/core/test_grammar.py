"""The grammar, row by row: what somebody wrote, and what we understand."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from bot.core.grammar import CommandLine, SyntaxProblem, find_commands


@dataclass(frozen=True)
class Heard:
    """A command without its place in the text."""

    verb: str
    positional: tuple[str, ...] = ()
    options: dict[str, object] = field(default_factory=dict)
    text: str | None = None


@dataclass(frozen=True)
class Wrong:
    """A problem, and where the finger points."""

    reason: str
    line: int
    column: int
    nearest: str | None = None


def heard(verb: str, *positional: str, says: str | None = None, **options: object) -> Heard:
    return Heard(verb, positional, options, says)


NOTHING: list[Heard | Wrong] = []

PREFIXES = [
    ("/generate", [heard("generate")]),
    ("/generate python-package", [heard("generate", "python-package")]),
    ("/GENERATE x", [heard("generate", "x")]),
    ("/firstcommit status", [heard("status")]),
    ("@firstcommit status", [heard("status")]),
    ("@FirstCommit Status", [heard("status")]),
    ("/firstcommit generate x", [heard("generate", "x")]),
    ("@firstcommit, generate x", [heard("generate", "x")]),
    ("@firstcommit: generate x", [heard("generate", "x")]),
    ("@firstcommit\tgenerate\tx", [heard("generate", "x")]),
    ("@firstcommit\u00a0generate\u00a0x", [heard("generate", "x")]),
    ("@firstcommit", [heard("help")]),
    ("/firstcommit", [heard("help")]),
    ("@firstcommit!", [heard("help")]),
    ("@firstcommit --help", [heard("help")]),
    ("/firstcommit -h", [heard("help")]),
    ("@firstcommit —help", [heard("help")]),
    ("/status", NOTHING),
    ("/help", NOTHING),
    ("/shrug", NOTHING),
    ("generate x", NOTHING),
    ("/ generate x", NOTHING),
    ("please ask @firstcommit to help", NOTHING),
    ("run /generate x", NOTHING),
    ("@firstcommit-bot help", NOTHING),
    ("@firstcommit/team help", NOTHING),
    ("@firstcommit's answer was wrong", NOTHING),
    ("/firstcommits help", NOTHING),
    ("@firstcommit.example.org help", NOTHING),
    ("/generate-foo", NOTHING),
    ("/generated", NOTHING),
    ("/generate/foo", NOTHING),
    ("/generate: x", NOTHING),
    ("/plan.", NOTHING),
    ("@generate x", NOTHING),
    ("／generate x", NOTHING),
    ("\\/generate x", NOTHING),
    ("&#47;generate x", NOTHING),
    ("", NOTHING),
    ("/", NOTHING),
    ("@", NOTHING),
]

LINES = [
    ("hello\n/generate x", [heard("generate", "x")]),
    ("/generate x\nthank you", [heard("generate", "x")]),
    ("hello\r\n\r\n/generate x\r\n", [heard("generate", "x")]),
    ("hello\r/generate x\rbye", [heard("generate", "x")]),
    ("/plan a\n\n/plan b", [heard("plan", "a"), heard("plan", "b")]),
    ("   /generate x", [heard("generate", "x")]),
    ("a paragraph\n      /generate x", [heard("generate", "x")]),
    ("\ufeff/generate x", [heard("generate", "x")]),
    ("\u200b /generate x", [heard("generate", "x")]),
    ("\u00a0\u00a0\u00a0\u00a0/generate x", [heard("generate", "x")]),
    ("a\u2028/generate x", NOTHING),
    ("a\x0c/generate x", NOTHING),
    ("/generate x\n---", [heard("generate", "x")]),
    ("- [ ] to do\n\n  /generate x", [heard("generate", "x")]),
    ("10. ten\n\n    /generate x", [heard("generate", "x")]),
    ("- /generate x", NOTHING),
    ("1. /generate x", NOTHING),
    ("# /generate x", NOTHING),
    ("**/generate x**", NOTHING),
    ("| /generate x |", NOTHING),
]

ELSEWHERE = [
    ("`/generate x`", NOTHING),
    ("a `code\n/generate x\n` b", NOTHING),
    ("a ``code ` still\n/generate x\n`` b", NOTHING),
    ("a ` alone\n/generate x", [heard("generate", "x")]),
    ("a \\`\n/generate x\n`", [heard("generate", "x")]),
    ("```\n/generate x\n```", NOTHING),
    ("```\n/generate x", NOTHING),
    ("````\n```\n/generate x\n````", NOTHING),
    ("~~~ text\n/generate x\n~~~\n/plan", [heard("plan")]),
    ("``` a`b\n/generate x", [heard("generate", "x")]),
    ("- item\n  ```\n  /generate x\n/plan y", [heard("plan", "y")]),
    ("    /generate x", NOTHING),
    ("\t/generate x", NOTHING),
    ("hello\n\n    /generate x\n\n    more\n/plan", [heard("plan")]),
    ("- item\n\n      /generate x", NOTHING),
    ("> /generate x", NOTHING),
    ("> quoted\n/generate x", NOTHING),
    ("> quoted\n\n/generate x", [heard("generate", "x")]),
    ("> # quoted heading\n/generate x", [heard("generate", "x")]),
    ("> ```\n> code\n/generate x", [heard("generate", "x")]),
    ("- > quoted\n  /generate x", NOTHING),
    (">>>\n/generate x\n>>>\n/plan", [heard("plan")]),
    (">>>\n/generate x", [heard("generate", "x")]),
    ("<!--\n/generate x\n\n/plan\n-->\n/retry", [heard("retry")]),
    ("see <!-- a\n/generate x\n--> here", NOTHING),
    ("see <!-- a\n/generate x", [heard("generate", "x")]),
    ("<!-- never closed\n\n/generate x", NOTHING),
    ("<div>\n<!--\n\n/generate x\n-->\n/plan", [heard("plan")]),
    ("[a\n/generate x\nb](https://example.org)", NOTHING),
    ("![a\n/generate x](b.png)", NOTHING),
    ("[a\n/generate x][ref]\n\n[ref]: https://example.org", NOTHING),
    ("[a\n/generate x\nb]", [heard("generate", "x")]),
    ("[a](\n/generate\n)", NOTHING),
    ("[a]:\n/generate\n\n/plan", [heard("plan")]),
    ("<pre>\n/generate x\n\n/plan\n</pre>\n/retry", [heard("retry")]),
    ("<code>\n\n/generate x\n\n</code>\n\n/plan", [heard("plan")]),
    ("a <code>b\n/generate x\n</code>", NOTHING),
    ("the <code> tag\n\n/generate x", [heard("generate", "x")]),
    ("a</code>\n/generate x", [heard("generate", "x")]),
    ("<blockquote>\n\n/generate x\n\n</blockquote>", NOTHING),
    ("<a href='x'>\n/generate x\n</a>", NOTHING),
    ("<img alt='\n/generate x\n'>", NOTHING),
    ("<details>\n<summary>s</summary>\n\n/generate x\n\n</details>", [heard("generate", "x")]),
    ("<details>\n/generate x\n</details>", [heard("generate", "x")]),
    ("/generate <!-- which? --> x", [heard("generate", "x")]),
    ("/generate `<!--` x `-->`", [heard("generate", "`<!--`", "x", "`-->`")]),
]

ARGUMENTS = [
    ("/generate p name=orders", [heard("generate", "p", name="orders")]),
    ("/generate p NAME=Orders", [heard("generate", "p", name="Orders")]),
    ("/generate p name=", [heard("generate", "p", name="")]),
    ("/generate p name= orders", [heard("generate", "p", "orders", name="")]),
    ('/generate p title="a b"', [heard("generate", "p", title="a b")]),
    ("/generate p title='a \"b\"'", [heard("generate", "p", title='a "b"')]),
    ("/generate p title=a\\ b", [heard("generate", "p", title="a b")]),
    ('/generate p title="a \\"b\\" \\n"', [heard("generate", "p", title='a "b" \\n')]),
    ('/generate p title=a" b "c', [heard("generate", "p", title="a b c")]),
    ("/generate p title=''", [heard("generate", "p", title="")]),
    ("/generate p formula=a=b", [heard("generate", "p", formula="a=b")]),
    ("/generate 'a b' c\\\"d", [heard("generate", "a b", 'c"d')]),
    ("/generate 'a=b' \\--c \"--\"", [heard("generate", "a=b", "--c", "--")]),
    ("/generate https://example.org/?a=b", [heard("generate", "https://example.org/?a=b")]),
    ("/generate p --name orders", [heard("generate", "p", name="orders")]),
    ("/generate p --name=orders", [heard("generate", "p", name="orders")]),
    ('/generate p --name="a b"', [heard("generate", "p", name="a b")]),
    ('/generate p --name "--x"', [heard("generate", "p", name="--x")]),
    ("/generate --existing p", [heard("generate", "p", existing=True)]),
    ("/generate --no-draft p", [heard("generate", "p", no_draft=True)]),
    ("/generate p --verbose", [heard("generate", "p", verbose=True)]),
    ("/generate p --a --b c", [heard("generate", "p", a=True, b="c")]),
    ("/generate p --a b=c", [heard("generate", "p", a=True, b="c")]),
    ("/generate p --url /?a=b", [heard("generate", "p", url="/?a=b")]),
    ("/generate p --a -- x", [heard("generate", "p", a=True, says="x")]),
    ("/generate p --depth -1", [heard("generate", "p", depth="-1")]),
    ("/generate p python-version=3.12", [heard("generate", "p", python_version="3.12")]),
    ("/generate p -v", [heard("generate", "p", "-v")]),
]

PHONES = [
    ("/generate p name=“a b”", [heard("generate", "p", name="a b")]),
    ("/generate p name=„a b“", [heard("generate", "p", name="a b")]),
    ("/generate p name=‘a b’", [heard("generate", "p", name="a b")]),
    ("/generate p name=‘don’t do’", [heard("generate", "p", name="don’t do")]),
    ("/generate “a b” c", [heard("generate", "a b", "c")]),
    ("/generate p name=it’s", [heard("generate", "p", name="it’s")]),
    ('/generate p name="say “hi” x"', [heard("generate", "p", name="say “hi” x")]),
    ('/generate p name=“a" b', [heard("generate", "p", "b", name="a")]),
    ("/generate p —existing", [heard("generate", "p", existing=True)]),
    ("/generate p –name orders", [heard("generate", "p", name="orders")]),
    ("/generate — a small CLI", [heard("generate", says="a small CLI")]),
    ("/generate p a—b", [heard("generate", "p", "a—b")]),
]

TEXTS = [
    ("/generate -- a small CLI", [heard("generate", says="a small CLI")]),
    ('/generate x --  it\'s  "raw" \\o/ ', [heard("generate", "x", says='it\'s  "raw" \\o/')]),
    ("/generate x -- a -- b", [heard("generate", "x", says="a -- b")]),
    ("/generate --", [heard("generate", says="")]),
    ("/generate\n```prompt\na\n\n/plan b\n```", [heard("generate", says="a\n\n/plan b")]),
    ("/generate\n\n~~~ Prompt\n  a\n~~~", [heard("generate", says="a")]),
    ("/generate -- a\n```prompt\nb\n```", [heard("generate", says="a\n\nb")]),
    ("/generate\n```prompt\nto the end", [heard("generate", says="to the end")]),
    ("/generate\n```prompt\n```", [heard("generate", says="")]),
    ("- x\n\n  /generate\n  ```prompt\n  a\n    b\n  ```", [heard("generate", says="a\n  b")]),
    ("/generate\n```\nno prompt\n```", [heard("generate")]),
    ("/generate\n```prompts\nno prompt\n```", [heard("generate")]),
    ("/generate\nwords between\n```prompt\na\n```", [heard("generate")]),
    ("/generate\n> ```prompt\n> a\n> ```", [heard("generate")]),
    ("```prompt\na\n```\n/generate", [heard("generate")]),
]

PROBLEMS = [
    ("@firstcommit genrate x", [Wrong("unknown_verb", 1, 14, "generate")]),
    ("/firstcommit stat", [Wrong("unknown_verb", 1, 14, "status")]),
    ("@firstcommit /generate x", [Wrong("unknown_verb", 1, 14, "generate")]),
    ("@firstcommit cancel?", [Wrong("unknown_verb", 1, 14, "cancel")]),
    ("@firstcommit, thanks a lot", [Wrong("unknown_verb", 1, 15)]),
    ("hi\n\n @firstcommit approve! x", [Wrong("unknown_verb", 3, 15, "approve")]),
    ("@firstcommit -- a small CLI", [Wrong("missing_verb", 1, 14)]),
    ("@firstcommit name=orders", [Wrong("missing_verb", 1, 14)]),
    ('/generate p name="orders', [Wrong("unclosed_quote", 1, 18)]),
    ("/generate don't", [Wrong("unclosed_quote", 1, 14)]),
    ("/generate “a", [Wrong("unclosed_quote", 1, 11)]),
    ("/generate p \\\nname=orders", [Wrong("trailing_backslash", 1, 13)]),
    ("/generate p name=a name=b", [Wrong("duplicate_key", 1, 20)]),
    ("/generate p name=a --NAME b", [Wrong("duplicate_key", 1, 20)]),
    ("/generate p a-b=1 a_b=2", [Wrong("duplicate_key", 1, 19)]),
    ("/generate p a.b=c", [Wrong("bad_key", 1, 13)]),
    ("/generate p 1a=c", [Wrong("bad_key", 1, 13)]),
    ("/generate p naïve=c", [Wrong("bad_key", 1, 13)]),
    ("/generate p name = orders", [Wrong("bad_key", 1, 18)]),
    ("/generate p --a.b c", [Wrong("bad_key", 1, 13)]),
    ("/generate p ---", [Wrong("bad_key", 1, 13)]),
    ("/plan 'a\n/plan b", [Wrong("unclosed_quote", 1, 7), heard("plan", "b")]),
]

TABLES = {
    "prefix": PREFIXES,
    "line": LINES,
    "elsewhere": ELSEWHERE,
    "argument": ARGUMENTS,
    "phone": PHONES,
    "text": TEXTS,
    "problem": PROBLEMS,
}
ROWS = [
    pytest.param(text, wanted, id=f"{table}: {text!a}")
    for table, rows in TABLES.items()
    for text, wanted in rows
]


@pytest.mark.parametrize(("text", "wanted"), ROWS)
def test_what_is_understood(text: str, wanted: list[Heard | Wrong]) -> None:
    assert [_short(found) for found in find_commands(text)] == wanted


def _short(found: CommandLine | SyntaxProblem) -> Heard | Wrong:
    if isinstance(found, SyntaxProblem):
        return Wrong(found.reason, found.line_number, found.column, found.nearest)
    return Heard(found.verb, found.positional, dict(found.options), found.text)


def test_a_command_tells_where_and_how_it_was_written() -> None:
    [command] = find_commands("hello\r\n\r\n  /Generate x  --existing \r\n")
    assert command == CommandLine(
        verb="generate",
        bare=True,
        positional=("x",),
        options=(("existing", True),),
        line_number=3,
        column=3,
        source="  /Generate x  --existing",
    )
    assert command.option("existing") is True
    assert command.option("name") is None


def test_a_problem_tells_its_verb_and_shows_the_line() -> None:
    [problem] = find_commands("  /generate 'x")
    assert problem == SyntaxProblem(
        reason="unclosed_quote",
        message="The quotation mark ' is never closed. "
        "An apostrophe is written \\' or inside double quotes.",
        bare=True,
        verb="generate",
        line_number=1,
        column=13,
        source="  /generate 'x",
    )
    assert isinstance(problem, SyntaxProblem)
    assert problem.source[problem.column - 1] == "'"


def test_what_is_shown_of_a_wrong_word_cannot_break_the_answer() -> None:
    [problem] = find_commands("@firstcommit `" + "x" * 60_000)
    assert isinstance(problem, SyntaxProblem)
    assert problem.message == "There is no command `'" + "x" * 39 + "`."


@pytest.mark.parametrize("prefix", ["/firstcommit ", "@firstcommit "])
def test_every_command_knows_whether_it_was_named(prefix: str) -> None:
    [named] = find_commands(prefix + "plan")
    [bare] = find_commands("/plan")
    assert (named.bare, bare.bare) == (False, True)


def test_the_name_is_a_setting() -> None:
    [command] = find_commands("@Robot status\n@firstcommit help", name="roBot")
    assert isinstance(command, CommandLine)
    assert command.verb == "status"


def test_a_letter_that_only_looks_like_one_of_the_name_is_another() -> None:
    kelvin = "\u212a"
    assert find_commands(f"@{kelvin}it help", name="kit") == ()


def test_quick_actions_of_the_forge_are_not_ours_unless_named() -> None:
    text = "/approve\n/plan x\n@firstcommit approve 3f9a1c"
    found = find_commands(text, forge_quick_actions=frozenset({"approve"}))
    assert [_short(command) for command in found] == [
        heard("plan", "x"),
        heard("approve", "3f9a1c"),
    ]


def test_which_options_take_no_value_is_told_by_the_caller() -> None:
    [command] = find_commands("/generate --dry-run x --draft y", flags=frozenset({"dry-run"}))
    assert _short(command) == heard("generate", "x", dry_run=True, draft="y")


def test_what_no_database_stores_is_replaced() -> None:
    [command] = find_commands("/generate a\x00b\ud800 -- \udfff")
    assert _short(command) == heard("generate", "a\ufffdb\ufffd", says="\ufffd")
    command.source.encode()
