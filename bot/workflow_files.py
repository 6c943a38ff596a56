"""An organisation's own workflows: files of its repository for such things.

They are read from its default branch only, at one commit, which is kept with the run.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.git_values import Commit
from bot.core.identity import Repository
from bot.errors import Transient, UserError
from bot.forges.port import Forge
from bot.homes import is_home_of, organisation_home
from bot.services import Services

_FOLDERS = {"gitlab": ".gitlab/firstcommit/workflows"}
_SUFFIXES = (".yaml", ".yml")
_MOST_KEPT = 256
#: Files of one folder that are read when they are listed.
_MOST_LISTED = 100


@dataclass(frozen=True, kw_only=True)
class WorkflowFile:
    """A file as it is at a commit of the default branch of an organisation's repository."""

    repository: Repository
    commit: str
    path: str
    text: bytes

    @property
    def name(self) -> str:
        """What the file is called, and so the workflow in it."""
        return self.path.rpartition("/")[2].rpartition(".")[0]

    @property
    def source(self) -> dict[str, object]:
        """What a run keeps of where its workflow came from."""
        return {
            "kind": "organisation",
            "forge": self.repository.forge,
            "repository": self.repository.full_name,
            "commit": self.commit,
            "path": self.path,
        }


def workflow_folder(forge: str) -> str:
    """Where an organisation's workflows lie in its repository for such things."""
    return _FOLDERS.get(forge, ".github/firstcommit/workflows")


def organisation_file(services: Services, name: str, near: Repository) -> WorkflowFile | None:
    """The file of that name that the owner of a repository has; None where there is none.

    Raises:
        Transient: Where it could not be read. That is never taken for *there is none*.
    """
    forge = services.forge(near.forge)
    full_name = organisation_home(near)
    try:
        found = forge.repository(full_name)
        if found is None or not is_home_of(found, near):
            return None
        head = forge.head(found, found.default_branch)
        return None if head is None else _file_at(forge, found, head, name)
    except UserError as exc:
        raise _unreadable(full_name, exc) from exc


def organisation_files(services: Services, near: Repository) -> Sequence[WorkflowFile]:
    """All files that the owner of a repository has, by name; of two of a name the one that counts.

    Raises:
        Transient: Where they could not be read.
    """
    forge = services.forge(near.forge)
    full_name = organisation_home(near)
    try:
        found = forge.repository(full_name)
        if found is None or not is_home_of(found, near):
            return ()
        head = forge.head(found, found.default_branch)
        return () if head is None else _files_at(forge, found, head)
    except UserError as exc:
        raise _unreadable(full_name, exc) from exc


def _files_at(forge: Forge, where: Repository, head: Commit) -> Sequence[WorkflowFile]:
    listed = _KEPT.paths(forge, where, head, workflow_folder(where.forge))
    names = dict.fromkeys(
        stem
        for suffix in _SUFFIXES
        for path in listed
        if path.endswith(suffix) and (stem := path.rpartition("/")[2].removesuffix(suffix))
    )
    read = (_file_at(forge, where, head, name) for name in sorted(names)[:_MOST_LISTED])
    return [file for file in read if file is not None]


def _unreadable(full_name: str, problem: UserError) -> Transient:
    return Transient(
        f"The workflows of {full_name} cannot be read: {problem.message}",
        reason="workflow_unreadable",
        remedy=problem.remedy,
    )


def _file_at(forge: Forge, where: Repository, head: Commit, name: str) -> WorkflowFile | None:
    for suffix in _SUFFIXES:
        path = f"{workflow_folder(where.forge)}/{name}{suffix}"
        text = _KEPT.read(forge, where, head, path)
        if text is not None:
            return WorkflowFile(repository=where, commit=head.id, path=path, text=text)
    return None


class _Kept:
    """What was read in this process. A file at a commit stays what it is for ever."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._texts: OrderedDict[tuple[str, ...], bytes | None] = OrderedDict()
        self._listed: tuple[tuple[str, ...], Sequence[str]] = ((), ())

    def read(self, forge: Forge, where: Repository, at: Commit, path: str) -> bytes | None:
        key = (where.forge, where.id, at.id, path)
        with self._lock:
            if key in self._texts:
                self._texts.move_to_end(key)
                return self._texts[key]
        text = forge.read_file(where, at, path)
        with self._lock:
            self._texts[key] = text
            while len(self._texts) > _MOST_KEPT:
                self._texts.popitem(last=False)
        return text

    def paths(self, forge: Forge, where: Repository, at: Commit, folder: str) -> Sequence[str]:
        """The files of a folder; only the last answer is kept, for pages that ask again."""
        key = (where.forge, where.id, at.id, folder)
        known, paths = self._listed
        if known != key:
            paths = forge.paths(where, at, folder)
            self._listed = (key, paths)
        return paths


_KEPT = _Kept()
