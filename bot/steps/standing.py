"""A project as it stands at the head of a change of ours, with what people have committed there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.changes import OurChange, our_change
from bot.core.destination import Destination
from bot.core.git_values import EXECUTABLE, REGULAR, Commit, TreeEntry
from bot.core.identity import Repository
from bot.core.paths import check_path
from bot.core.reviews import FileStatus
from bot.errors import StepFailed, UserError
from bot.forges.port import Forge
from bot.generation.files import GeneratedFile
from bot.generation.memory import MEMORY_PATH
from bot.steps.evidence import stored_files
from bot.steps.spec import StepContext

#: Of a change, so many files are looked at, and so many read that are not as we left them.
_MOST_LISTED = 3_000
_MOST_READ = 300
#: The origin of files that people have written or changed.
PERSON = "person"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The files at the head of a change, that commit, and the project that was committed last."""

    files: Sequence[GeneratedFile]
    head: Commit
    project: Mapping[str, object]


def standing(context: StepContext, into: Destination) -> Standing:
    """A project's files as they are at the tip of a branch of ours, and all that the change adds.

    What people deleted is not among them, and what they wrote is theirs. Whose project it is does
    not matter: all that is given lies in the change, or was put there by us.

    Raises:
        StepFailed: ``change_gone``, ``too_many_files``; and as `our_change` refuses.
    """
    forge = context.services.forge(into.forge)
    repository = forge.repository(into.repository)
    change = None if repository is None else forge.find_change(repository, branch=into.branch)
    if repository is None or repository.id != into.id or change is None:
        raise StepFailed(f"There is no open change from {into.branch}.", reason="change_gone")
    ours = our_change(context.services, repository, change.number)
    head = forge.head(repository, into.branch)
    if head is None:
        raise StepFailed(f"The branch {into.branch} is gone.", reason="change_gone")
    stored, snapshot = str(ours.project.get("id")), ours.project.get("snapshot")
    if not isinstance(snapshot, int) or context.services.store.projects.get(stored) is None:
        raise StepFailed("The project in this change was deleted.", reason="project_gone")
    before = {file.path: file for file in stored_files(context.services, stored, snapshot)}
    paths = {*before, *_added(forge, repository, ours, into)}
    at = forge.entries(repository, head, map(into.full_path, sorted(paths)))
    reader = _Reader(forge, repository, head, into)
    files = list(_files(context, reader, before, sorted(paths), at))
    return Standing(files=files, head=head, project=ours.project)


class _Reader:
    """Reads what differs, as long as that is not too much."""

    def __init__(
        self, forge: Forge, repository: Repository, head: Commit, into: Destination
    ) -> None:
        self._forge, self._repository, self._head, self.into = forge, repository, head, into
        self._left = _MOST_READ

    def read(self, path: str) -> bytes | None:
        """The bytes of a project's path; None where they cannot be had."""
        if not self._left:
            raise StepFailed(
                f"More than {_MOST_READ} files of the change were changed by people; that is too "
                "much to go on from.",
                reason="too_many_files",
            )
        self._left -= 1
        return self._forge.read_file(self._repository, self._head, self.into.full_path(path))


def _files(
    context: StepContext,
    reader: _Reader,
    before: Mapping[str, GeneratedFile],
    paths: Sequence[str],
    at: Mapping[str, TreeEntry],
) -> Iterator[GeneratedFile]:
    for path in paths:
        entry, ours = at.get(reader.into.full_path(path)), before.get(path)
        if entry is None or entry.mode not in (REGULAR, EXECUTABLE):
            continue
        if ours is not None and (entry.blob_id == ours.blob_id or path == MEMORY_PATH):
            yield replace(ours, mode=entry.mode)
            continue
        context.stop_if_cancelled()
        content = reader.read(path)
        if content is not None:
            yield GeneratedFile(path=path, content=content, mode=entry.mode, origin=PERSON)


def _added(
    forge: Forge, repository: Repository, ours: OurChange, into: Destination
) -> Iterator[str]:
    """The paths within the project that the change touches, as far as a project can hold them."""
    prefix = f"{into.path}/" if into.path else ""
    for file in forge.changed_files(repository, ours.details, most=_MOST_LISTED):
        if file.status is FileStatus.REMOVED or not file.path.startswith(prefix):
            continue
        path = file.path.removeprefix(prefix)
        try:
            yield check_path(path)
        except UserError:
            continue
