"""Commit ids, compared with those that git gives."""

from __future__ import annotations

import subprocess

import pytest

from bot.core.git_commits import commit_id

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


@pytest.mark.parametrize("message", ["One\n", "Grüße\n\nzweite\n", "without an end", ""])
@pytest.mark.parametrize("parent_count", [0, 1, 2])
def test_the_id_is_gits_own(tmp_path, message, parent_count):
    subprocess.run(["git", "init", "-q", "--bare", tmp_path], check=True)

    def by_git(text: str, *parents: str) -> str:
        who = {"NAME": "Ada", "EMAIL": "ada@localhost", "DATE": "1790000000 +0000"}
        command = ["git", "-C", tmp_path, "commit-tree", EMPTY_TREE]
        done = subprocess.run(
            command + [word for parent in parents for word in ("-p", parent)],
            input=text.encode(),
            capture_output=True,
            check=True,
            env={
                f"GIT_{role}_{key}": value
                for role in ("AUTHOR", "COMMITTER")
                for key, value in who.items()
            }
            | {"PATH": "/usr/bin:/bin:/usr/local/bin"},
        )
        return done.stdout.decode().strip()

    written = subprocess.run(
        ["git", "-C", tmp_path, "hash-object", "-w", "-t", "tree", "/dev/null"],
        capture_output=True,
        check=True,
    )
    assert written.stdout.decode().strip() == EMPTY_TREE
    parents = [by_git(f"parent {number}\n") for number in range(parent_count)]
    assert by_git(message, *parents) == commit_id(
        tree_id=EMPTY_TREE,
        parents=parents,
        author="Ada <ada@localhost>",
        when_s=1790000000,
        message=message,
    )
