"""What a thread is told of the archives that its run has made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.destination import Destination, resolved_destinations
from bot.core.identity import Repository
from bot.core.runs import ExportStatus, Run
from bot.errors import BotError
from bot.exports import exporter
from bot.exports.downloads import built_folder, filename
from bot.exports.links import VALID_FOR, signed_path
from bot.services import Services
from bot.steps.repo_creation import repository_key
from bot.store.port import Export, Project


@dataclass(frozen=True, kw_only=True)
class ArchiveLine:
    """An archive as the living comment shows it.

    ``url`` downloads it until ``until``; empty where the thread is no place for such a link.
    """

    name: str
    size: int
    sha256: str
    url: str = ""
    until: datetime | None = None


def archive_lines(services: Services, run: Run) -> Sequence[ArchiveLine]:
    """The archives that a run has made so far, in the order of its steps."""
    exports = [services.store.exports.get(made) for made in _made(run)]
    return [
        _line(services, run, export)
        for export in exports
        if export is not None and export.status is ExportStatus.COMPLETED
    ]


def _made(run: Run) -> Iterator[str]:
    """The ids of what its steps, or the parts of these, have exported."""
    for step in run.steps:
        for part in run.parts_of(step.id) or (step,):
            if step.uses == "export" and part.outputs is not None:
                yield str(part.outputs.get("export"))


def _line(services: Services, run: Run, export: Export) -> ArchiveLine:
    until = (export.completed_at or export.updated_at) + VALID_FOR
    url = ""
    if until > services.clock() and _may_hold_link(services, run, export):
        path = signed_path(services.keys, export.id, until)
        url = f"{services.settings.public_url}{path}"
    return ArchiveLine(
        name=filename(exporter(export.type), built_folder(export)),
        size=export.archive_size or 0,
        sha256=export.archive_hash or "",
        url=url,
        until=until if url else None,
    )


def _may_hold_link(services: Services, run: Run, export: Export) -> bool:
    """Whether whoever reads the run's thread may have the files, and is by now alone with that.

    So it is in a private repository that the project itself was published to.
    """
    if run.thread is None or not services.settings.public_url:
        return False
    repository = run.thread.repository
    project = services.store.projects.get(export.project_id)
    return (
        project is not None
        and _is_destination(services, project, repository)
        and _is_private(services, repository)
    )


def _is_destination(services: Services, project: Project, repository: Repository) -> bool:
    maker = services.store.runs.get(project.run_id) if project.run_id else None
    if maker is None:
        return False
    return any(
        into.forge == repository.forge and _id(services, maker, into) == repository.id
        for into in resolved_destinations(maker.workflow, maker.inputs)
    )


def _id(services: Services, maker: Run, into: Destination) -> str | None:
    """The id of a destination's repository; None for a new one that has not been made."""
    if not into.new:
        return into.id
    made = services.store.ledger.find(f"run:{maker.id}", repository_key(into))
    return made.external_id if made else None


def _is_private(services: Services, repository: Repository) -> bool:
    """As the forge says now: it may have been opened to everybody since the command."""
    try:
        found = services.forge(repository.forge).repository(repository.full_name)
    except BotError:
        return False
    return found is not None and found.id == repository.id and found.private
