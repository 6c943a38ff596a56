"""Files as they stand: what their readers would not take."""

from __future__ import annotations

import textwrap

import pytest

from bot.generation.files import GeneratedFile
from bot.verification.licences import licence_of
from bot.verification.static import Finding, FindingKind, examine

WORKFLOW = ".github/workflows/ci.yml"
APACHE = "Apache License\nVersion 2.0, January 2004\n"
MIT = (
    "MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy, "
    "to deal in the Software without restriction.\n"
)


def look(**files: str) -> list[Finding]:
    return list(
        examine(
            GeneratedFile(path=path, content=textwrap.dedent(text).encode(), origin="agent")
            for path, text in files.items()
        )
    )


def told(path: str, text: str) -> list[tuple[int | None, str]]:
    return [(found.line, found.message) for found in look(**{path: text})]


GOOD = """\
    name: CI
    on:
      push: {branches: [main]}
      schedule: [{cron: "0 6 * * 1"}]
    permissions: {contents: read}
    jobs:
      test:
        runs-on: ubuntu-latest
        strategy: {matrix: {python: ["3.11", "3.12"]}}
        steps:
          - uses: actions/checkout@v4
          - id: run
            run: make test
      release:
        needs: [test]
        uses: acme/.github/.github/workflows/release.yml@main
        with: {python: "${{ matrix.python }}"}
"""


def test_a_workflow_as_one_writes_it_is_well() -> None:
    assert told(WORKFLOW, GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("push:", "pushes:", 3, "no event 'pushes'"),
        ('"0 6 * * 1"', '"hourly"', 4, "five fields"),
        ("contents: read", "content: read", 5, "no permission 'content'"),
        ("contents: read", "contents: all", 5, "one of read, write and none"),
        ("strategy:", "stratgy:", 9, "no key 'stratgy'"),
        ("actions/checkout@v4", "actions/checkout", 11, "OWNER/NAME@REF"),
        ("run: make test", "name: nothing", 12, "either 'uses' or 'run'"),
        ("needs: [test]", "needs: [tests]", 15, "needs 'tests', which is no job"),
    ],
)
def test_what_a_forge_would_refuse_in_a_workflow_is_found(
    old: str, new: str, line: int, says: str
) -> None:
    ((found_line, message),) = told(WORKFLOW, GOOD.replace(old, new))
    assert found_line == line
    assert says in message


def test_an_action_needs_what_it_runs() -> None:
    text = "name: a\ndescription: b\nruns:\n  using: composite\n  steps:\n    - run: x\n"
    assert told("action.yml", text) == [(6, "a step of an action that has 'run' needs a 'shell'")]
    assert told("action.yml", text.replace("composite", "node3"))[0][1].startswith("'runs.using'")
    assert told("data/action.yml", "anything: goes\n") == []


def test_a_pipelines_jobs_and_stages_have_to_be_there() -> None:
    text = """\
        stages: [check]
        .base: {image: python}
        tests:
          extends: .bas
          stage: test
          script: [make]
          needs: [lint]
        lint: {stage: check, scrpt: [make]}
    """
    assert {message for _, message in told(".gitlab-ci.yml", text)} == {
        "the job 'lint' has no 'script'",
        "the job 'lint' has no key 'scrpt'",
        "the job 'tests' is of the stage 'test', which is not listed",
        "the job 'tests' names '.bas', which is no job",
    }


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("spec: {inputs: {a: {}}}\n---\ntests: {script: [make]}\n", []),
        ("a: &x {script: a}\nb: {<<: *x, stage: build}\n", []),
        ("a: &x {script: a}\nb: &x {script: b}\n", [(2, "an anchor is there twice")]),
        ("a: &x\n  <<: *x\n  script: a\n", [(2, "an alias stands in what it repeats")]),
    ],
)
def test_a_pipeline_is_read_as_its_reader_does(text: str, found: list[tuple[int, str]]) -> None:
    said = told(".gitlab-ci.yml", text)
    assert [(line, message.rpartition(": ")[2]) for line, message in said] == found


def test_jobs_that_repeat_one_another_are_not_looked_at_without_end() -> None:
    steps = "   - run: x\n" * 900
    jobs = "".join(f" b{number}: *job\n" for number in range(9_000))
    text = f"on: push\njobs:\n a: &job\n  runs-on: x\n  steps:\n{steps}{jobs}"
    ((_, message),) = told(WORKFLOW, text)
    assert "repeat too much" in message


def test_a_manifest_that_takes_hours_to_read_is_not_read() -> None:
    ((_, message),) = told("pyproject.toml", "a" + ".a" * 500_000 + " = 1\n")
    assert "more than 32 parts" in message


DOCKERFILE = """\
    # syntax=docker/dockerfile:1
    ARG VERSION=3
    FROM python:$VERSION AS build
    RUN pip install \\
        # said in between
        wheel
    RUN <<END
    FROM is no instruction here
    END
    FROM scratch
    COPY --from=build /a /b
    CMD ["run", "it"]
"""


def test_a_container_file_as_one_writes_it_is_well() -> None:
    assert told("Dockerfile", DOCKERFILE) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("ARG VERSION=3", "RUN early", 2, "before the first FROM"),
        ("FROM scratch", "FORM scratch", 10, "'FORM' is no instruction"),
        ("FROM scratch", "FROM a AS build", 10, "two stages"),
        ("--from=build", "--from=7", 11, "no stage 7"),
        ('["run", "it"]', "['run']", 12, "no list of texts in quotes"),
        ("COPY --from=build /a /b", "COPY /a", 11, "whereto"),
    ],
)
def test_what_a_builder_would_refuse_is_found(old: str, new: str, line: int, says: str) -> None:
    ((found_line, message),) = told("Dockerfile", DOCKERFILE.replace(old, new))
    assert found_line == line
    assert says in message


def test_markup_is_parsed_and_declares_nothing() -> None:
    assert told("a.svg", "<svg><g></svg>") == [(1, "is not XML: mismatched tag")]
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]>\n<x>&a;</x>'
    assert told("a.xml", bomb) == [(1, "declares entities of its own")]


def test_python_is_told_with_the_version_that_read_it() -> None:
    ((line, message),) = told("a.py", "print 'x'\n")
    assert line == 1
    assert message.startswith("is not Python 3.")


@pytest.mark.parametrize(
    ("manifest", "named", "text", "says"),
    [
        ("pyproject.toml", '[project]\nlicense = "Apache-2.0"\n', APACHE, ""),
        ("pyproject.toml", '[project]\nlicense = "Apache-2.0"\n', MIT, "holds MIT"),
        ("pyproject.toml", '[project]\nlicense = {text = "MIT"}\n', MIT, ""),
        ("pyproject.toml", '[project]\nlicense = "MIT OR Apache-2.0"\n', MIT, ""),
        ("package.json", '{"license": "GPL-3.0-or-later"}', MIT, "names GPL-3.0-or-later"),
        ("package.json", '{"license": "UNLICENSED"}', MIT, "keeps all rights"),
        ("package.json", '{"license": "MIT"}', "All rights reserved.", ""),
        ("package.json", "{}", MIT, ""),
    ],
)
def test_the_licence_that_lies_there_is_the_one_that_is_named(
    manifest: str, named: str, text: str, says: str
) -> None:
    found = look(**{manifest: named, "LICENSE": text})
    assert [one.kind for one in found] == ([FindingKind.LICENCE] if says else [])
    assert says in "".join(one.message for one in found)


def test_a_licence_that_is_named_has_to_lie_there() -> None:
    ((line, message),) = told("pyproject.toml", '[project]\nlicense = "MIT"\n')
    assert line == 2
    assert "no file with its text" in message


def test_parts_of_others_may_have_licences_of_their_own() -> None:
    files = {"package.json": '{"license": "MIT"}', "LICENSE": MIT, "vendor/x/LICENSE": APACHE}
    assert look(**files) == []
    assert licence_of(APACHE) == "Apache-2.0"
