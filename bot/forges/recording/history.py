"""Commits that nobody made, laid over those of a real forge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.git_commits import commit_id
from bot.core.git_objects import TREE_MODE, blob_id, root_tree_id
from bot.core.git_values import Commit, FileToWrite, TreeEntry
from bot.core.identity import Repository
from bot.forges.port import Publishing
from bot.forges.trees import (
    MAX_READ_BYTES,
    check_files,
    check_nothing_in_the_way,
    entries_below,
    files_in,
    folders_above,
)

_AUTHOR = "Firstcommit <firstcommit@localhost>"


@dataclass(frozen=True, kw_only=True)
class _Layer:
    """What was written, by all our commits down to the real one below; None: there is none."""

    made: Commit
    files: Mapping[str, FileToWrite]
    below: Commit | None


class History:
    """The commits of one forge: ours by what they hold, others by asking."""

    def __init__(self, real: Publishing) -> None:
        self._real = real
        self._layers: dict[str, _Layer] = {}

    def has(self, commit: Commit) -> bool:
        """Whether it is one of ours."""
        return self.knows(commit.id)

    def knows(self, commit_id: str) -> bool:
        """Whether a commit of that id is one of ours."""
        return commit_id in self._layers

    def written(self, commit_id: str) -> Mapping[str, FileToWrite]:
        """What one of ours has written, and those of ours below it."""
        layer = self._layers.get(commit_id)
        return layer.files if layer else {}

    def find(self, commit_id: str) -> Commit | None:
        """The one of ours that has that id."""
        layer = self._layers.get(commit_id)
        return None if layer is None else layer.made

    def commit(
        self,
        repository: Repository,
        files: Sequence[FileToWrite],
        message: str,
        *,
        when: datetime,
        base: Commit | None,
    ) -> Commit:
        """A commit of ``files`` over those of ``base``, on no branch yet.

        Its tree's id is the true one where all commits below it are ours, and else that of the
        files that were written: what else a real commit holds cannot be asked.
        """
        check_files(files)
        before: Mapping[str, FileToWrite] = {}
        below: Commit | None = None
        if base is not None:
            self._check_room(repository, base, files)
            known = self._layers.get(base.id)
            before, below = (known.files, known.below) if known else ({}, base)
        whole = {**before, **{file.path: file for file in files}}
        tree = root_tree_id(
            (path, file.mode, blob_id(file.content)) for path, file in whole.items()
        )
        parents = () if base is None else (base.id,)
        made = Commit(
            id=commit_id(
                tree_id=tree,
                parents=parents,
                author=_AUTHOR,
                when_s=int(when.timestamp()),
                message=message,
            ),
            tree_id=tree,
            parents=parents,
            message=message,
        )
        self._layers[made.id] = _Layer(made=made, files=whole, below=below)
        return made

    def entries(
        self, repository: Repository, commit: Commit, paths: Iterable[str]
    ) -> Mapping[str, TreeEntry]:
        """Those of ``paths`` that exist in the commit."""
        layer = self._layers.get(commit.id)
        if layer is None:
            return self._real.entries(repository, commit, paths)
        found: dict[str, TreeEntry] = {}
        others: list[str] = []
        for path in paths:
            entry = _entry(layer.files, path)
            if entry is None:
                others.append(path)
            else:
                found[path] = entry
        if layer.below is not None and others:
            found.update(self._real.entries(repository, layer.below, others))
        return found

    def read_file(self, repository: Repository, commit: Commit, path: str) -> bytes | None:
        """The bytes at a path of the commit, as the port says."""
        layer = self._layers.get(commit.id)
        if layer is None:
            return self._real.read_file(repository, commit, path)
        if path in layer.files:
            content = layer.files[path].content
            return content if len(content) <= MAX_READ_BYTES else None
        if layer.below is None:
            return None
        return self._real.read_file(repository, layer.below, path)

    def paths(self, repository: Repository, commit: Commit, folder: str) -> Sequence[str]:
        """The files right in a folder of the commit, as the port says."""
        layer = self._layers.get(commit.id)
        if layer is None:
            return self._real.paths(repository, commit, folder)
        found = set(files_in(folder, layer.files))
        if layer.below is not None:
            found.update(self._real.paths(repository, layer.below, folder))
        return sorted(found)

    def tree(self, repository: Repository, commit: Commit, folder: str) -> Mapping[str, TreeEntry]:
        """All that lies below a folder of the commit, as the port says."""
        layer = self._layers.get(commit.id)
        if layer is None:
            return self._real.tree(repository, commit, folder)
        below = {} if layer.below is None else self._real.tree(repository, layer.below, folder)
        ours = {
            path: TreeEntry(mode=file.mode, blob_id=blob_id(file.content))
            for path, file in layer.files.items()
        }
        return {**below, **entries_below(folder, ours)}

    def _check_room(
        self, repository: Repository, base: Commit, files: Sequence[FileToWrite]
    ) -> None:
        """Refuse what no real forge could write without deleting something."""
        paths = {file.path for file in files}
        paths.update(folder for file in files for folder in folders_above(file.path))
        check_nothing_in_the_way(files, self.entries(repository, base, sorted(paths)))


def _entry(files: Mapping[str, FileToWrite], path: str) -> TreeEntry | None:
    """A file, or a folder under the id of what was written into it."""
    if path in files:
        return TreeEntry(mode=files[path].mode, blob_id=blob_id(files[path].content))
    inside = f"{path}/"
    inner = [
        (name.removeprefix(inside), file.mode, blob_id(file.content))
        for name, file in files.items()
        if name.startswith(inside)
    ]
    return TreeEntry(mode=TREE_MODE, blob_id=root_tree_id(inner)) if path and inner else None
