"""A snapshot's files as members of an archive, read from the store a few at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.errors import UserError
from bot.exports.spec import Member
from bot.store.port import Outline, Projects

#: What is read by one query, unless a single file is larger.
BATCH_BYTES = 1024 * 1024
BATCH_FILES = 250


def stored_members(projects: Projects, project_id: str, snapshot: int) -> Iterator[Member]:
    """The files of a snapshot, by path.

    Raises:
        UserError: ``content_gone``, as soon as a file is come to whose content is not there, or
            at once where the project is not.
    """
    listed = _listed(projects, project_id, snapshot)
    if not listed and projects.get(project_id) is None:
        # Else whoever downloads it just then would be given an empty archive.
        raise UserError("The project is no longer stored.", reason="content_gone")
    for batch in _batches(listed):
        # A generator of its own: its contents go before those of the next batch are read.
        yield from _members(projects, batch)


def _listed(projects: Projects, project_id: str, snapshot: int) -> Sequence[Outline]:
    """Without the beginnings of the contents, which would weigh more than all the rest."""
    return [
        Outline(
            path=file.path,
            type=file.type,
            size=file.size,
            mode=file.mode,
            content_hash=file.content_hash,
        )
        for file in projects.files(project_id, snapshot=snapshot)
    ]


def _batches(files: Iterable[Outline]) -> Iterator[list[Outline]]:
    batch: list[Outline] = []
    size = 0
    for file in files:
        if batch and (size + file.size > BATCH_BYTES or len(batch) >= BATCH_FILES):
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += file.size
    if batch:
        yield batch


def _members(projects: Projects, batch: Sequence[Outline]) -> Iterator[Member]:
    contents = projects.contents({file.content_hash for file in batch})
    for file in batch:
        if file.content_hash not in contents:
            words = f"The content of {file.path!a} is no longer stored."
            raise UserError(words, reason="content_gone")
        yield Member(path=file.path, mode=file.mode, content=contents[file.content_hash])
