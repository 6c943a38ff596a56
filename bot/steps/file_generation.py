"""``file_generation``: render a template pack into a stored project."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from bot.core.kinds import Field, Kind
from bot.core.limits import ProjectLimits
from bot.core.policy import policy_from_data
from bot.core.runs import Run
from bot.errors import BotError, StepFailed, UserError
from bot.generation.files import GeneratedProjectFiles
from bot.generation.pack_format import Pack
from bot.pack_sources.pins import pack_by_name, pack_of_run
from bot.sealing import revealed
from bot.services import Services
from bot.settings import Settings
from bot.steps.spec import StepContext, StepType
from bot.steps.values import revealed_mapping, text
from bot.store.port import NewFile


def _run(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
    services, run = context.services, context.run
    try:
        pack = pack_of_run(services, run, text(given, "pack"))
        _refuse_forbidden(run, pack)
        generated = services.generator.generate(
            pack,
            revealed_mapping(given, "answers"),
            limits=_ceilings(services.settings),
            run=run.id,
        )
    except UserError as exc:
        raise StepFailed(exc.message, reason=exc.reason, remedy=exc.remedy) from exc
    snapshot = _save(context, generated)
    context.log(f"{len(generated.files)} files from {generated.pack} {generated.version}")
    return {
        "project": {
            "id": run.project_id,
            "snapshot": snapshot,
            "name": generated.name,
            "pack": f"{generated.pack}@{generated.version}",
            "summary": str(generated.answers.get("description") or ""),
            "files": len(generated.files),
            "size": generated.files.total_size,
        }
    }


def _refuse_forbidden(run: Run, pack: Pack) -> None:
    """A workflow's file can name a pack that no command was asked about."""
    if not policy_from_data(run.policy).allows_pack(*pack.policy_names):
        raise StepFailed(
            f"The pack {pack.name} is not allowed here.",
            reason="pack_not_allowed",
            remedy="The policy's `packs` names those that are.",
        )


def _secrets_in(services: Services, run: Run, given: Mapping[str, object]) -> Collection[str]:
    """The answers to the pack's secret questions, and all of them where the pack is not known."""
    answers = revealed(given.get("answers"))
    if not isinstance(answers, Mapping):
        return ()
    try:
        questions = pack_by_name(services, run.source)(str(given.get("pack"))).questions
    except BotError:
        return list(_texts(answers))
    secret = {question.name for question in questions if question.secret}
    return list(_texts({name: value for name, value in answers.items() if name in secret}))


def _texts(value: object) -> Iterator[str]:
    """Everything that is written in plain data; numbers as they are written."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _ceilings(settings: Settings) -> ProjectLimits:
    return ProjectLimits(
        file_bytes=settings.max_file_bytes,
        files=settings.max_files,
        project_bytes=settings.max_project_bytes,
    )


def _save(context: StepContext, generated: GeneratedProjectFiles) -> int:
    files = [
        NewFile(path=file.path, content=file.content, mode=file.mode, origin=file.origin)
        for file in generated.files
    ]
    return context.services.store.projects.save_files(
        str(context.run.project_id), files, run_id=context.run.id, number=context.number
    )


FILE_GENERATION = StepType(
    name="file_generation",
    summary="Generate the files",
    description="Renders a template pack with the given answers into a stored project.",
    takes={
        "pack": Field(kind=Kind.STRING, summary="the pack's name"),
        "answers": Field(
            kind=Kind.OBJECT, summary="answers to the pack's questions", needed=False, default={}
        ),
    },
    gives={"project": Field(kind=Kind.PROJECT, summary="the project and its files")},
    run=_run,
    secrets_in=_secrets_in,
)
