"""``export``: an archive of a project's files, measured, and made again whenever it is fetched."""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.kinds import Field, Kind
from bot.core.runs import ExportStatus, Failure
from bot.errors import StepFailed, UserError
from bot.exports import EXPORTERS, RepositoryExporter, exporter
from bot.exports.downloads import built_folder, filename, measure
from bot.exports.folders import folder_name
from bot.exports.options import OPTIONS, read_options
from bot.steps.spec import StepContext, StepType
from bot.steps.values import optional_mapping, project, text
from bot.store.port import Export, Project


def _run(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
    stored, snapshot = project(context, given)
    try:
        return _export(context, given, stored, snapshot)
    except LookupError as exc:
        if context.services.store.projects.get(stored.id) is not None:
            raise
        raise StepFailed("The project was deleted meanwhile.", reason="project_gone") from exc


def _export(
    context: StepContext, given: Mapping[str, object], stored: Project, snapshot: int
) -> Mapping[str, object]:
    maker = exporter(text(given, "type"))
    options = read_options(optional_mapping(given, "config"))
    exports = context.services.store.exports
    export = exports.request(
        stored.id,
        maker.type,
        snapshot=snapshot,
        created_by=f"{context.run.requester.forge}:{context.run.requester.login}",
        run_id=context.run.id,
        config=options.as_config(),
    )
    export = exports.start(export.id, run_id=context.run.id, number=context.number)
    if export.status is not ExportStatus.COMPLETED:
        export = _make(context, export, options.folder or folder_name(stored.name))
    return _outputs(maker, export, stored)


def _make(context: StepContext, export: Export, folder: str) -> Export:
    """Find out what the archive comes to; a worker that dies on the way has left nothing."""
    context.log(f"making a {export.type.value} of snapshot {export.snapshot}")
    store, run_id, number = context.services.store, context.run.id, context.number
    try:
        archive = measure(store.projects, export, folder, poll=context.stop_if_cancelled)
    except UserError as exc:
        failure = Failure(reason=exc.reason, message=exc.message, remedy=exc.remedy)
        store.exports.fail(export.id, failure, run_id=run_id, number=number)
        raise
    return store.exports.complete(export.id, run_id=run_id, number=number, archive=archive)


def _outputs(maker: RepositoryExporter, export: Export, stored: Project) -> Mapping[str, object]:
    return {
        "export": export.id,
        "project": stored.id,
        "name": filename(maker, built_folder(export)),
        "size": export.archive_size,
        "sha256": export.archive_hash,
    }


EXPORT = StepType(
    name="export",
    summary="Make the archive",
    description="Makes an archive of a project's files, with everything in one folder. The same "
    "files give the same bytes: paths are sorted, times are fixed, and nobody is named as the "
    "owner. It is not kept but made again whenever somebody downloads it; nothing leaves this "
    "server by this step.",
    takes={
        "project": Field(kind=Kind.PROJECT, summary="whose files are put into it"),
        "type": Field(
            kind=Kind.CHOICE,
            summary="what kind of archive",
            choices=tuple(one.type.value for one in EXPORTERS),
        ),
        "config": Field(
            kind=Kind.OBJECT,
            summary="; ".join(f"`{key}`: {words}" for key, words in OPTIONS.items()),
            needed=False,
            default={},
        ),
    },
    gives={
        "export": Field(kind=Kind.STRING, summary="the id of the export's record"),
        "project": Field(kind=Kind.STRING, summary="the id of the project"),
        "name": Field(kind=Kind.STRING, summary="what the archive's file is called"),
        "size": Field(kind=Kind.INTEGER, summary="its size in bytes"),
        "sha256": Field(kind=Kind.STRING, summary="its SHA-256 in hex"),
    },
    run=_run,
)
