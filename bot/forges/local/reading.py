"""What lies in a repository on disk: branches, trees, files and history."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from bot.core.git_objects import TREE_MODE
from bot.core.git_values import Commit, TreeEntry
from bot.core.names import is_branch_name
from bot.core.pages import LogEntry, StoredFile
from bot.forges.local.git import Git, GitFailed

_ID = re.compile(r"[0-9a-f]{40}")


def head(git: Git, branch: str) -> Commit | None:
    """The commit at the tip of a branch."""
    if not is_branch_name(branch):
        return None
    return _commit_at(git, f"refs/heads/{branch}")


def find_commit(git: Git, ref: str) -> Commit | None:
    """The commit that a tag or a whole id names."""
    if not is_branch_name(ref):
        return None
    # What is written behind a name is git's; a name that is none cannot hold it.
    tagged = _commit_at(git, f"refs/tags/{ref}^{{commit}}")
    return tagged or (_commit_at(git, ref) if _ID.fullmatch(ref) else None)


def _commit_at(git: Git, name: str) -> Commit | None:
    answer = git.run("cat-file", "--batch", stdin=f"{name}\n".encode())
    first, _, rest = answer.partition(b"\n")
    words = first.split()
    if len(words) != 3 or words[1] != b"commit":
        return None
    return _commit(words[0].decode(), rest[: int(words[2])])


def resolve(git: Git, ref: str) -> str | None:
    """The id of the commit that a branch, tag or id names."""
    try:
        answer = git.run(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"
        )
    except (GitFailed, ValueError):
        # ValueError: a NUL in the name, which no argument can hold.
        return None
    return answer.decode().strip()


def all_entries(git: Git, commit_id: str) -> Mapping[str, TreeEntry]:
    """Every path of a commit's tree, folders too."""
    answer = git.run("ls-tree", "-r", "-t", "-z", "--full-tree", commit_id)
    return {
        path: TreeEntry(mode=int(mode, 8), blob_id=object_id)
        for (mode, _, object_id), path in _tree_lines(answer)
    }


def files(git: Git, commit_id: str) -> Sequence[StoredFile]:
    """Every file of a commit's tree with its size, by path."""
    answer = git.run("ls-tree", "-r", "-l", "-z", "--full-tree", commit_id)
    return [
        StoredFile(
            path=path,
            mode=int(mode, 8),
            # A submodule has a dash where a file has its size.
            size_bytes=int(size) if size.isdigit() else 0,
            blob_id=object_id,
        )
        for (mode, _, object_id, size), path in _tree_lines(answer)
    ]


def file_bytes(git: Git, commit_id: str, path: str, max_bytes: int) -> bytes | None:
    """The first bytes of a file, or None where there is no such file."""
    entry = all_entries(git, commit_id).get(path)
    if entry is None or entry.mode == TREE_MODE:
        return None
    return git.first_bytes("cat-file", "blob", entry.blob_id, size_bytes=max_bytes)


def log(git: Git, commit_id: str, limit: int) -> Sequence[LogEntry]:
    """The commits that lead to one, newest first."""
    form = "%x00".join(["%H", "%P", "%an", "%at", "%s", "%b"])
    answer = git.run("log", "-z", f"--max-count={limit}", f"--format={form}", commit_id)
    fields = answer.decode("utf-8", "replace").removesuffix("\0").split("\0")
    records = (fields[at : at + 6] for at in range(0, len(fields), 6))
    return [
        LogEntry(
            id=commit,
            parents=tuple(parents.split()),
            author=author,
            at=datetime.fromtimestamp(int(at), tz=UTC),
            subject=subject,
            body=body.strip(),
        )
        for commit, parents, author, at, subject, body in records
    ]


def log_text(git: Git, commit_id: str) -> str:
    """The last commits as ``git log --stat`` shows them."""
    return git.run("log", "--stat", "--max-count=20", commit_id).decode("utf-8", "replace")


def is_ahead(git: Git, base_id: str, head_id: str) -> bool:
    """Whether ``head_id`` has commits that ``base_id`` lacks."""
    answer = git.run("rev-list", "--count", "--max-count=1", f"{base_id}..{head_id}")
    return answer.strip() != b"0"


def merge_base(git: Git, one: str, other: str) -> str | None:
    """The newest commit that both have; None where they have none in common."""
    try:
        return git.run("merge-base", one, other).decode("ascii").split()[0]
    except (GitFailed, IndexError):
        return None


def _tree_lines(answer: bytes) -> Iterator[tuple[list[str], str]]:
    for line in answer.decode("utf-8", "surrogateescape").split("\0"):
        if line:
            columns, _, path = line.partition("\t")
            yield columns.split(), path


def _commit(commit_id: str, raw: bytes) -> Commit:
    headers, _, message = raw.decode("utf-8", "replace").partition("\n\n")
    lines = [line.partition(" ") for line in headers.split("\n")]
    return Commit(
        id=commit_id,
        tree_id=next(value for key, _, value in lines if key == "tree"),
        parents=tuple(value for key, _, value in lines if key == "parent"),
        message=message,
    )
