"""Commits and trees in memory, under the ids that git would give them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.git_commits import commit_id
from bot.core.git_objects import TREE_MODE, blob_id, root_tree_id, tree_id
from bot.core.git_values import Commit, FileToWrite, TreeEntry
from bot.errors import UserError
from bot.forges.trees import MAX_READ_BYTES, check_nothing_in_the_way

AUTHOR = "Firstcommit <firstcommit@localhost>"


@dataclass
class Objects:
    """What one repository holds, and where its branches stand."""

    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    #: The files of each commit, by path.
    files: dict[str, Mapping[str, TreeEntry]] = field(default_factory=dict)

    def head(self, branch: str) -> Commit | None:
        """The commit at a branch's tip."""
        at = self.branches.get(branch)
        return None if at is None else self.commits[at]

    def find(self, ref: str) -> Commit | None:
        """The commit that a tag or a whole id names."""
        return self.commits.get(self.tags.get(ref, ref))

    def entries(self, commit_id: str) -> Mapping[str, TreeEntry]:
        """Every path of a commit, folders too; UserError ``unknown_commit`` where it is none."""
        if commit_id not in self.commits:
            raise UserError(f"There is no commit {commit_id!a}.", reason="unknown_commit")
        found = self.files[commit_id]
        return {**_folders(found), **found}

    def read(self, commit_id: str, path: str) -> bytes | None:
        """The bytes of a file that is not larger than forges show."""
        entry = self.files.get(commit_id, {}).get(path)
        content = None if entry is None else self.blobs[entry.blob_id]
        return None if content is None or len(content) > MAX_READ_BYTES else content

    def commit(
        self, files: Sequence[FileToWrite], message: str, when: datetime, base: Commit | None
    ) -> Commit:
        """Write one commit of ``files`` over those of ``base``; on no branch yet."""
        below: Mapping[str, TreeEntry] = {}
        if base is not None:
            check_nothing_in_the_way(files, self.entries(base.id))
            below = self.files[base.id]
        whole = {**below, **{file.path: self._store(file) for file in files}}
        tree = root_tree_id((path, entry.mode, entry.blob_id) for path, entry in whole.items())
        parents = () if base is None else (base.id,)
        made = Commit(
            id=commit_id(
                tree_id=tree,
                parents=parents,
                author=AUTHOR,
                when_s=int(when.timestamp()),
                message=message,
            ),
            tree_id=tree,
            parents=parents,
            message=message,
        )
        self.commits[made.id] = made
        self.files[made.id] = whole
        return made

    def is_ahead(self, base: Commit, head: Commit) -> bool:
        """Whether ``head`` has commits that ``base`` lacks."""
        return head.id not in self._reached(base.id)

    def merge_base(self, base: Commit, head: Commit) -> Commit | None:
        """The newest commit that both have; None where they have none in common."""
        theirs, waiting = self._reached(base.id), [head.id]
        while waiting:
            at = waiting.pop(0)
            if at in theirs:
                return self.commits[at]
            waiting.extend(self.commits[at].parents)
        return None

    def _reached(self, commit: str) -> set[str]:
        reached: set[str] = set()
        waiting = [commit]
        while waiting:
            at = waiting.pop()
            if at not in reached:
                reached.add(at)
                waiting.extend(self.commits[at].parents)
        return reached

    def _store(self, file: FileToWrite) -> TreeEntry:
        identifier = blob_id(file.content)
        self.blobs[identifier] = file.content
        return TreeEntry(mode=file.mode, blob_id=identifier)


def _folders(files: Mapping[str, TreeEntry]) -> Mapping[str, TreeEntry]:
    """The folders of a set of files, under the ids of their trees."""
    inside: dict[str, dict[str, TreeEntry]] = {}
    for path, entry in files.items():
        folder, _, name = path.rpartition("/")
        inside.setdefault(folder, {})[name] = entry
        while folder:
            folder = folder.rpartition("/")[0]
            inside.setdefault(folder, {})
    found: dict[str, TreeEntry] = {}
    # The longest first: a folder's id needs those of the folders in it.
    for folder in sorted(inside, key=lambda path: -path.count("/")):
        if folder:
            lines = ((name, entry.mode, entry.blob_id) for name, entry in inside[folder].items())
            found[folder] = TreeEntry(mode=TREE_MODE, blob_id=tree_id(lines))
            above, _, name = folder.rpartition("/")
            inside[above][name] = found[folder]
    return found
