"""Repositories of the local forge as pages show them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.git_values import Change
from bot.core.identity import Repository
from bot.core.limits import shown_size
from bot.core.pages import LogEntry, StoredFile
from bot.services import People
from bot.web.code import MAX_SHOWN_BYTES, Listing, listing
from bot.web.tree import Folder, crumbs, tree

COMMITS = 20


@dataclass(frozen=True, kw_only=True)
class FileView:
    """One file with what can be shown of it."""

    path: str
    size: str
    is_executable: bool
    listing: Listing


@dataclass(frozen=True, kw_only=True)
class RepositoryView:
    """A repository at one branch, tag or commit. ``file`` is the one that was picked, if any."""

    repository: Repository
    address: str
    ref: str
    is_default: bool
    clone: str
    root: Folder
    files: int
    size: str
    commits: Sequence[LogEntry]
    changes: Sequence[Change]
    path: str
    crumbs: tuple[tuple[str, str], ...]
    file: FileView | None
    readme: FileView | None
    folder_exists: bool

    @property
    def is_missing(self) -> bool:
        """Whether a path was asked for at which nothing lies."""
        return bool(self.path) and self.file is None and not self.folder_exists


def repository_view(
    people: People, repository: Repository, *, ref: str = "", path: str = ""
) -> RepositoryView | None:
    """The repository at ``ref``, or None where that is no branch, tag or commit of it.

    ``path`` picks a file or a folder; one that does not exist picks nothing.
    """
    ref = ref or repository.default_branch
    commits = people.log(repository, ref, limit=COMMITS)
    if not commits:
        return None
    files = [_readable(file) for file in people.files_of(repository, ref)]
    return RepositoryView(
        repository=repository,
        address=f"/repositories/{repository.full_name}",
        ref=ref,
        is_default=ref == repository.default_branch,
        clone=f"git clone {shlex.quote(repository.clone_url)}",
        root=tree(files, path),
        files=len(files),
        size=shown_size(sum(file.size_bytes for file in files)),
        commits=commits,
        changes=people.changes(repository),
        path=path,
        folder_exists=any(file.path.startswith(f"{path}/") for file in files),
        crumbs=crumbs(path),
        file=_file(people, repository, ref, path, files),
        readme=None if path else _file(people, repository, ref, "README.md", files),
    )


def _file(
    people: People, repository: Repository, ref: str, path: str, files: Sequence[StoredFile]
) -> FileView | None:
    stored = next((file for file in files if file.path == path), None)
    if stored is None:
        return None
    # One byte more than is shown tells that there is more.
    content = people.read_file(repository, ref, path, MAX_SHOWN_BYTES + 1)
    if content is None:
        return None
    return FileView(
        path=path,
        size=shown_size(stored.size_bytes),
        is_executable=stored.mode == 0o100755,
        listing=listing(path, content),
    )


def _readable(file: StoredFile) -> StoredFile:
    """The same with a path that can stand in a page; git takes any bytes for a name."""
    path = file.path.encode("utf-8", "replace").decode()
    return StoredFile(path=path, mode=file.mode, size_bytes=file.size_bytes, blob_id=file.blob_id)
