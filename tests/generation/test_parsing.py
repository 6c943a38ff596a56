"""What verification finds in files as they stand."""

from __future__ import annotations

import pytest

from bot.generation.files import GeneratedFile
from bot.generation.parsing import Finding, FindingKind, check_files

WORKFLOW = ".github/workflows/ci.yml"


def find(path: str, content: str | bytes) -> tuple[Finding, ...]:
    raw = content.encode() if isinstance(content, str) else content
    return check_files([GeneratedFile(path=path, content=raw, origin="agent")])


#: Forty levels, each of which repeats the one before it twice.
DOUBLING = "x0: &x0 {a: 1}\n" + "".join(
    f"x{n}: &x{n} {{<<: [*x{n - 1}, *x{n - 1}]}}\n" for n in range(1, 40)
)

GOOD = [
    ("a.py", "x: int = 1\n"),
    ("a.py", 'x = f"{y}{z:{w}}"\n' * 100),
    ("a.yml", "a: &x {k: [1, 2]}\nb: [*x, *x, {<<: *x}]\n"),
    ("a.yml", "a: &x 1\nb: &x 2\nc: *x\n"),
    ("a.yml", "[" * 100 + "1" + "]" * 100),
    ("a.toml", ".".join("a" * 30) + ' = "' + "one. " * 100 + '"\n'),
    ("a.py", ""),
    ("a.json", '{"a": [1, null]}'),
    ("a.yml", "a: 1\n---\nb: !reference [x, y]\n"),
    ("a.yml", "a: &x 1\nb: *x\n"),
    ("a.toml", 'a = "b"\n'),
    ("tsconfig.json", '{\n  // comments are allowed\n  "a": 1,\n}'),
    (".vscode/settings.json", "{ /* here too */ }"),
    ("a.py.j2", "{{ not python }}"),
    ("a.rb", "puts (("),
    ("a.py", b"\0\xff binary is no text"),
    (WORKFLOW, "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n"),
    (WORKFLOW, "'on': [push]\njobs:\n  a: {uses: ./.github/workflows/b.yml}\n"),
]


@pytest.mark.parametrize(("path", "content"), GOOD)
def test_a_file_that_parses_passes(path: str, content: str | bytes) -> None:
    assert find(path, content) == ()


BAD = [
    ("a.py", "x = 1\ndef f(:\n", 2, "is not Python"),
    ("a.pyi", "class", 1, "is not Python"),
    ("a.py", "(" * 200_000, 1, "is not Python"),
    ("a.py", "-" * 300_000 + "1", None, "nested too deeply"),
    ("a.json", '{"a":\n\n1,}', 3, "is not JSON"),
    ("a.json", "", 1, "is not JSON"),
    ("a.json", "[" * 200_000, None, "nested too deeply"),
    ("a.yml", "a: 1\nb: [\n", 3, "is not YAML"),
    ("a.yaml", "a: *x\n", 1, "no anchor 'x'"),
    ("a.yaml", "a: &x 1\n---\nb: *x\n", 3, "no anchor 'x'"),
    ("a.yaml", "\ta: 1\n", 1, "is not YAML"),
    ("a.yaml", "[" * 200_000, 1, "nested too deeply"),
    ("a.yaml", "a: \x01\n", None, "not allowed"),
    ("a.yaml", DOUBLING, 15, "repeat too much"),
    ("a.yaml", "a: &x\n  b: *x\n", 2, "stands in what it repeats"),
    ("a.yaml", "a: &x {<<: *x}\n", 1, "stands in what it repeats"),
    ("a.yaml", "a: &x " + "[" * 60 + "]" * 60 + "\nb: " + "[" * 60 + "*x", 2, "too deeply"),
    ("a.py", 'x = f"' + "{y}" * 300_000 + '"', None, "too many replacement fields"),
    ("a.py", 'x = f"{a}{b}"\n' * 80_000, None, "too many replacement fields"),
    ("a.toml", "a" + ".a" * 500_000 + " = 1\n", None, "more than 32 parts"),
    ("a.toml", "'a b'" + " . 'a b'" * 50 + " = 1\n", None, "more than 32 parts"),
    ("a.toml", "[" + "a." * 50 + "a]\n", None, "more than 32 parts"),
    ("a.toml", 'a = 1\nb = "\n', 2, "is not TOML"),
    ("a.toml", "a = " + "[" * 200_000, None, "nested too deeply"),
]


@pytest.mark.parametrize(("path", "content", "line", "message"), BAD)
def test_a_file_that_does_not_parse_is_named_with_its_line(
    path: str, content: str, line: int | None, message: str
) -> None:
    (found,) = find(path, content)
    assert (found.path, found.line, found.kind) == (path, line, FindingKind.SYNTAX)
    assert message in found.message
    assert len(found.message) <= 300


WORKFLOWS = [
    ("jobs: {a: {runs-on: x}}\n", 1, "'on' is missing"),
    ("on: push\n", 1, "'jobs' is missing"),
    ("on: push\n\njobs: {}\n", 3, "at least one"),
    ("on: push\njobs: [a]\n", 2, "at least one"),
    ("on: push\njobs:\n  build:\n    steps: []\n", 4, "'build' has no 'runs-on'"),
    ("- a\n", 1, "'on' is missing"),
    ("", 1, "'on' is missing"),
    ("on: push\n---\non: push\n", 2, "document"),
    ("? [a, b]\n: c\n", 1, "'on' is missing"),
]


@pytest.mark.parametrize(("content", "line", "message"), WORKFLOWS)
def test_a_workflow_file_that_is_none_is_found(content: str, line: int, message: str) -> None:
    (found,) = find(WORKFLOW, content)
    assert (found.line, found.kind) == (line, FindingKind.WORKFLOW)
    assert message in found.message


def test_secrets_are_found_with_their_place_and_without_their_value() -> None:
    token = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hJ5"
    (found,) = find("deploy/notes.md", f"first\n{token}\n")
    assert (found.line, found.kind) == (2, FindingKind.SECRET)
    assert token not in repr(found)


def test_paths_are_checked_together_and_one_by_one() -> None:
    def kinds(*paths: str) -> list[tuple[str, FindingKind]]:
        files = [GeneratedFile(path=path, content=b"", origin="agent") for path in paths]
        return [(found.path, found.kind) for found in check_files(files)]

    assert kinds("a", "../b", ".git/config") == [
        ("../b", FindingKind.PATH),
        (".git/config", FindingKind.PATH),
    ]
    assert kinds("a.md", "A.md") == [("", FindingKind.PATH)]
    link = GeneratedFile(path="a", content=b"/etc/passwd", mode=0o120000, origin="agent")
    assert [found.kind for found in check_files([link])] == [FindingKind.PATH]
