"""Ids computed from values, against those of the git command."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.git_objects import blob_id, root_tree_id, tree_id


def git(folder: Path, *words: str, stdin: bytes = b"") -> str:
    done = subprocess.run(["git", *words], cwd=folder, input=stdin, capture_output=True, check=True)
    return done.stdout.decode().strip()


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    git(folder, "init", "--quiet")
    return folder


def tree_of_git(repository: Path, files: list[tuple[str, int, str]]) -> str:
    git(repository, "read-tree", "--empty")
    lines = "".join(f"{mode:o} {object_id}\t{path}\0" for path, mode, object_id in files)
    git(repository, "update-index", "-z", "--index-info", stdin=lines.encode())
    return git(repository, "write-tree", "--missing-ok")


@pytest.mark.parametrize("content", [b"", b"hello\n", b"\0\xff binary", b"x" * 100_000])
def test_a_blob_has_the_id_that_git_gives_it(repository: Path, content: bytes) -> None:
    assert blob_id(content) == git(repository, "hash-object", "--stdin", stdin=content)


def test_a_tree_has_the_id_that_git_gives_it(repository: Path) -> None:
    content = blob_id(b"x")
    # A folder sorts as if its name ended in a slash: "a.b" < "a/" < "a0", and bytes decide.
    paths = ["a/x", "a.b", "a0", "a-b/c", "ab", "é/ü", "Z", "z", "deep/er/est/file", "deep/a"]
    files = [(path, 0o100755 if path == "ab" else 0o100644, content) for path in paths]
    assert root_tree_id(files) == tree_of_git(repository, files)


def test_no_files_make_the_empty_tree() -> None:
    assert root_tree_id([]) == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def test_direct_entries_make_the_same_tree(repository: Path) -> None:
    content = blob_id(b"x")
    inner = root_tree_id([("x", 0o100644, content)])
    entries = [("b", 0o100644, content), ("a", 0o040000, inner)]
    files = [("a/x", 0o100644, content), ("b", 0o100644, content)]
    assert tree_id(entries) == root_tree_id(files) == tree_of_git(repository, files)


NAMES = st.text("ab.-0/_é", min_size=1, max_size=6).filter(
    lambda name: all(part.strip(".") for part in name.split("/"))
)


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.sets(NAMES, min_size=1, max_size=12))
def test_any_tree_has_the_id_that_git_gives_it(repository: Path, names: set[str]) -> None:
    # Git's own answer to a file in a folder's place is to drop one of them; ours is to refuse.
    paths = [name for name in names if not any(other.startswith(name + "/") for other in names)]
    files = [(path, 0o100644, blob_id(path.encode())) for path in paths]
    assert root_tree_id(files) == tree_of_git(repository, files)


@pytest.mark.parametrize("paths", [["a", "a/b"], ["a/b", "a"], ["a", "a"]])
def test_a_place_taken_twice_is_refused(paths: list[str]) -> None:
    with pytest.raises(ValueError, match="a"):
        root_tree_id((path, 0o100644, blob_id(b"")) for path in paths)
