"""An organisation's own workflows: files of its repository for such things.

The commit at which one was read is kept with the run.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from bot.core.git_values import Commit
from bot.core.identity import Repository
from bot.forges.port import Forge
from bot.homes import Home, home_folder, home_of, reading
from bot.services import Services

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
    return home_folder(forge, "workflows")


def organisation_file(services: Services, name: str, near: Repository) -> WorkflowFile | None:
    """The file of that name that the owner of a repository has; None where there is none.

    Raises:
        Transient: Where it could not be read. That is never taken for *there is none*.
    """
    forge = services.forge(near.forge)
    with _reading(near):
        home = home_of(forge, near)
        return None if home is None else _file_at(forge, home, name)


def organisation_files(services: Services, near: Repository) -> Sequence[WorkflowFile]:
    """All files that the owner of a repository has, by name; of two of a name the one that counts.

    Raises:
        Transient: Where they could not be read.
    """
    forge = services.forge(near.forge)
    with _reading(near):
        home = home_of(forge, near)
        return () if home is None else _files_at(forge, home)


def _reading(near: Repository) -> AbstractContextManager[None]:
    return reading(near, "workflows", reason="workflow_unreadable")


def _files_at(forge: Forge, home: Home) -> Sequence[WorkflowFile]:
    where = home.repository
    listed = _KEPT.paths(forge, where, home.commit, workflow_folder(where.forge))
    names = dict.fromkeys(
        stem
        for suffix in _SUFFIXES
        for path in listed
        if path.endswith(suffix) and (stem := path.rpartition("/")[2].removesuffix(suffix))
    )
    read = (_file_at(forge, home, name) for name in sorted(names)[:_MOST_LISTED])
    return [file for file in read if file is not None]


def _file_at(forge: Forge, home: Home, name: str) -> WorkflowFile | None:
    where, commit = home.repository, home.commit
    for suffix in _SUFFIXES:
        path = f"{workflow_folder(where.forge)}/{name}{suffix}"
        text = _KEPT.read(forge, where, commit, path)
        if text is not None:
            return WorkflowFile(repository=where, commit=commit.id, path=path, text=text)
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
