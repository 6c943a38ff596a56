"""What of a project is written where."""

from __future__ import annotations

import pytest

from bot.core.destination import Destination
from bot.core.git_values import EXECUTABLE, REGULAR, TreeEntry
from bot.core.policy import WorkflowFiles
from bot.generation.files import GeneratedFile
from bot.steps.landing import Landing, sort_out


def into(path: str = "") -> Destination:
    return Destination(
        forge="github",
        repository="acme/shop",
        id="1",
        new=False,
        existing=True,
        visibility="private",
        path=path,
        branch="work",
        base="main",
        draft=True,
    )


def file(
    path: str, content: bytes = b"x\n", mode: int = REGULAR, origin: str = "library@1.0.0"
) -> GeneratedFile:
    return GeneratedFile(path=path, content=content, mode=mode, origin=origin)


def landing(
    *files: GeneratedFile,
    path: str = "",
    workflows: WorkflowFiles = WorkflowFiles.ALWAYS,
    **there: TreeEntry,
) -> Landing:
    existing = {name.replace("__", "/"): entry for name, entry in there.items()}
    return sort_out(into(path), files, existing=existing, workflows=workflows)


def entry(of: GeneratedFile, mode: int | None = None) -> TreeEntry:
    return TreeEntry(mode=mode or of.mode, blob_id=of.blob_id)


def test_what_is_new_is_written() -> None:
    found = landing(file("a"), file("b"))
    assert [one.path for one in found.write] == ["a", "b"]
    assert not found.replaces


def test_what_is_there_is_left_alone() -> None:
    same = file("a")
    found = landing(same, file("b"), a=entry(same))
    assert [one.path for one in found.write] == ["b"]
    assert found.unchanged == ("a",)


def test_other_bytes_and_other_modes_are_replaced() -> None:
    one, other = file("a"), file("b")
    found = landing(one, other, a=entry(file("a", b"y\n")), b=entry(other, EXECUTABLE))
    assert found.replaces == ("a", "b")
    assert found.wanted["b"].mode == REGULAR


def test_paths_are_the_destinations() -> None:
    found = landing(file("a"), path="packages/ui", packages__ui__a=entry(file("a", b"y\n")))
    assert found.replaces == ("packages/ui/a",)
    assert set(found.wanted) == {"packages/ui/a"}


@pytest.mark.parametrize(
    ("where", "path", "left_out"),
    [
        ("", ".github/workflows/ci.yml", True),
        ("", ".github/dependabot.yml", False),
        ("packages", ".github/workflows/ci.yml", False),
        (".github", "workflows/ci.yml", True),
    ],
)
def test_workflow_files_are_left_out_where_they_would_run(
    where: str, path: str, left_out: bool
) -> None:
    found = landing(file(path), path=where, workflows=WorkflowFiles.NEVER)
    assert bool(found.left_out) is left_out


def test_a_workflow_file_that_is_there_already_needs_no_right() -> None:
    same = file(".github/workflows/ci.yml")
    found = sort_out(
        into(), [same], existing={same.path: entry(same)}, workflows=WorkflowFiles.NEVER
    )
    assert found.unchanged == (same.path,)
    assert not found.left_out


@pytest.mark.parametrize(
    ("allowed", "origin", "left_out"),
    [
        (WorkflowFiles.NEVER, "library@1.0.0", True),
        (WorkflowFiles.PACKS, "library@1.0.0", False),
        (WorkflowFiles.PACKS, "agent", True),
        (WorkflowFiles.PACKS, "person", True),
        (WorkflowFiles.ALWAYS, "agent", False),
    ],
)
def test_policy_says_whose_workflow_files_are_written(
    allowed: WorkflowFiles, origin: str, left_out: bool
) -> None:
    found = landing(file(".github/workflows/ci.yml", origin=origin), workflows=allowed)
    assert bool(found.left_out) is left_out
