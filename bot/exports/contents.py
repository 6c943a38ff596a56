"""A snapshot's files as members of an archive, read from the store a few at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.errors import UserError
from bot.exports.spec import Member
from bot.store.port import Projects

#: What is read by one query, unless a single file is larger.
BATCH_BYTES = 1024 * 1024
BATCH_FILES = 250


@dataclass(frozen=True, kw_only=True)
class _Listed:
    path: str
    mode: int
    size: int
    hash: str


def stored_members(projects: Projects, project_id: str, snapshot: int) -> Iterator[Member]:
    """The files of a snapshot, by path.

    Raises:
        UserError: ``content_gone``, as soon as a file is come to whose content is not there.
    """
    for batch in _batches(_listed(projects, project_id, snapshot)):
        # A generator of its own: its contents go before those of the next batch are read.
        yield from _members(projects, batch)


def _listed(projects: Projects, project_id: str, snapshot: int) -> Sequence[_Listed]:
    """Without the beginnings of the contents, which would weigh more than all the rest."""
    return [
        _Listed(path=file.path, mode=file.mode, size=file.size, hash=file.content_hash)
        for file in projects.files(project_id, snapshot=snapshot)
    ]


def _batches(files: Iterable[_Listed]) -> Iterator[list[_Listed]]:
    batch: list[_Listed] = []
    size = 0
    for file in files:
        if batch and (size + file.size > BATCH_BYTES or len(batch) >= BATCH_FILES):
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += file.size
    if batch:
        yield batch


def _members(projects: Projects, batch: Sequence[_Listed]) -> Iterator[Member]:
    contents = projects.contents({file.hash for file in batch})
    for file in batch:
        if file.hash not in contents:
            words = f"The content of {file.path!a} is no longer stored."
            raise UserError(words, reason="content_gone")
        yield Member(path=file.path, mode=file.mode, content=contents[file.hash])
