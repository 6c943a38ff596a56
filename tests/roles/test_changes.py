"""What agents say of a change that is there is checked as all that they say."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.core.model_calls import Unfit
from bot.roles.change_review import numbered
from bot.roles.prompts import written
from bot.roles.registry import roles
from bot.roles.role import SeenFile, Setting

PATCH = "@@ -1,2 +1,3 @@\n A = 1\n-B = 1\n+B = 2\n+C = 3\n\\ No newline at end of file"
CHANGE = Setting(
    given={"changed": [{"path": "a.py", "status": "modified", "patch": PATCH}], "title": "Mine"}
)
FILES = {
    "README.md": SeenFile(path="README.md", text="# x\n", origin="library@1.0.0"),
    "mine.py": SeenFile(path="mine.py", text="A = 1\n", origin="person"),
}


def problems(role: str, answer: Mapping[str, object], setting: Setting) -> str:
    with pytest.raises(Unfit) as unfit:
        roles()[role].read(setting, answer)
    return unfit.value.problems


def review(**finding: object) -> Mapping[str, object]:
    usual = {"severity": "minor", "path": "a.py", "line": 2, "message": "No."}
    return {"summary": "So so.", "findings": [{**usual, **finding}]}


def test_lines_of_the_new_side_are_numbered() -> None:
    lines = [line[:6].strip() for line in numbered(PATCH).splitlines()]
    assert lines == ["", "1", "", "2", "3", ""]


def test_what_is_not_shown_is_named() -> None:
    files = [{"path": "big.py", "status": "added", "patch": "+x\n" * 60_000}]
    _, prompt = written(roles()["change_review"], Setting(given={"changed": files}))
    assert "big.py (added)" in prompt and len(prompt) < 2_000


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (review(path="b.py"), "which the change does not touch"),
        (review(line=-1), "numbered from 1"),
        (review(message=" "), "a text is empty"),
        (review(suggestion="B = 2"), "what stands there already"),
        (review(line=9, suggestion="x"), "does not show"),
        (review(suggestion="x\n" * 31), "more than 30 lines"),
        (review(message="AKIA" + "Z7Q2M4X6B5N2C3V7"), "looks like a secret"),
        ({"summary": "", "findings": []}, "`summary` is empty"),
    ],
)
def test_a_review_is_refused_with_exact_words(answer: Mapping[str, object], told: str) -> None:
    assert told in problems("change_review", answer, CHANGE)


def test_a_finding_on_a_line_that_is_not_shown_holds() -> None:
    assert roles()["change_review"].read(CHANGE, review(line=99)).text == "So so."


def revised(*files: tuple[str, str]) -> Mapping[str, object]:
    written = [{"path": path, "content": content} for path, content in files]
    return {"summary": "It is otherwise.", "files": written}


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (revised(), "1 to 30 files"),
        (revised(("../x", "1\n")), "../x"),
        (revised((".github/workflows/x.yml", "on: push\n")), "policy lets those come from"),
        (revised((".firstcommit/project.yml", "x: 1\n")), "kept by the program"),
        (revised(("readme.md", "# y\n")), "where case"),
        (revised(("README.md", "# x\n")), "nothing was amended"),
        (revised(("x.py", "def\n")), "x.py:1"),
    ],
)
def test_a_revision_is_refused_with_exact_words(answer: Mapping[str, object], told: str) -> None:
    assert told in problems("revision", answer, Setting(task="x", files=FILES))


def test_all_of_a_change_may_be_mended_and_of_a_project_only_what_agents_wrote() -> None:
    answer = {"cause": "It was wrong.", "files": [{"path": "mine.py", "content": "A = 2\n"}]}
    checks = [{"name": "tests", "result": "failed", "output": "no"}]
    given: Mapping[str, object] = {"checks": checks}
    alone = Setting(files=FILES, given=given)
    assert "written by a person" in problems("repair", answer, alone)
    (file,) = (
        roles()["repair"]
        .read(Setting(files=FILES, given={**given, "of_change": True}), answer)
        .files
    )
    assert file.content == "A = 2\n"
