"""Projects pass their own checks, and the document says of which that was seen.

`make packs` runs all checks of all combinations with the packs' locked toolchains. Here are
those packs whose tools our own development environment has.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.generation.generator import ProjectGenerator
from bot.generation.pack_format import Check
from tests.packs import evidence, proof, toolchains
from tests.packs.combination import PACKS, PLACE, combinations, packs

AT_HAND = ("flask-service", "python-cli", "python-package")
QUICK = ("lint", "format", "types", "tests")


@pytest.mark.parametrize("pack", AT_HAND)
def test_a_project_passes_its_own_checks(
    generator: ProjectGenerator, tmp_path: Path, mypy_cache: Path, pack: str
) -> None:
    made = generator.generate(pack, combinations(pack)[0].answers, defaults=PLACE)
    checks = [check for check in generator.library.get(pack).checks if check.name in QUICK]
    assert [check.name for check in checks] == list(QUICK)
    project = proof.write(made, tmp_path)
    for outcome in proof.run_checks(checks, project, toolchains.development(), mypy_cache):
        assert outcome.passed, outcome.output


@pytest.mark.parametrize("pack", packs())
def test_the_document_says_what_was_proven(generator: ProjectGenerator, pack: str) -> None:
    told = evidence.written().get(pack, "")
    remedy = f"run `make packs ARGS={pack}`"
    for combination in combinations(pack):
        assert evidence.title(combination) in told, remedy
    for check in generator.library.get(pack).checks:
        assert told.count(f"  {' '.join(check.run)}  ") == len(combinations(pack)), remedy


@pytest.mark.parametrize("pack", packs())
def test_each_choice_stands_in_a_combination(generator: ProjectGenerator, pack: str) -> None:
    made = [
        generator.generate(pack, combination.answers, defaults=PLACE).answers
        for combination in combinations(pack)
    ]
    for question in generator.library.get(pack).questions:
        wanted = set(question.choices) or ({True, False} if question.type == "boolean" else set())
        found = [answers[question.name] for answers in made if question.name in answers]
        flat = {item for value in found for item in (value if isinstance(value, list) else [value])}
        assert wanted <= flat, f"{question.name}: {wanted - flat}"


def run(folder: Path, *words: str) -> proof.Outcome:
    project = folder / "project"
    project.mkdir()
    check = Check(name="it", run=words)
    (outcome,) = proof.run_checks([check], project, toolchains.Toolchain(), folder)
    return outcome


def test_a_check_that_fails_is_told_with_what_it_said(tmp_path: Path) -> None:
    outcome = run(tmp_path, "sh", "-c", "echo broken; exit 3")
    assert (outcome.passed, outcome.told) == (False, "failed with 3")
    assert outcome.output == "broken\n"


def test_a_tool_that_is_absent_fails_nothing(tmp_path: Path) -> None:
    outcome = run(tmp_path, "no-such-tool", "check")
    assert (outcome.passed, outcome.told) == (None, "not run: needs no-such-tool")


def test_what_a_tool_told_is_the_same_each_time(tmp_path: Path) -> None:
    outcome = run(tmp_path, "echo", "==== 12 passed, 1 skipped in 3.21s ====")
    assert outcome.told == "12 passed, 1 skipped"


@pytest.mark.needs("bwrap")
def test_a_check_writes_nothing_but_its_project(tmp_path: Path) -> None:
    target = PACKS / "written-by-a-check"
    assert run(tmp_path, "touch", str(target)).passed is False
    assert not target.exists()


def test_new_evidence_takes_the_place_of_old_and_leaves_the_rest(tmp_path: Path) -> None:
    document = tmp_path / "packs.md"
    document.write_text(f"# Packs\n\n{evidence.BEGIN}{evidence.END}\nThe end.\n")
    first = {"b": "### `b`\n\nold\n\n", "gone": "### `gone`\n\n"}
    evidence.write(first, ["b", "gone"], document)
    evidence.write({"a": "### `a`\n\nnew\n\n"}, ["a", "b"], document)
    assert list(evidence.written(document)) == ["a", "b"]
    text = document.read_text()
    assert text.startswith("# Packs\n")
    assert text.endswith("old\n\n" + evidence.END + "\nThe end.\n")
