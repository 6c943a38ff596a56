"""``file_generation``: a stored project, of a pack, of files that agents wrote, or of both."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.core.destination import destinations_in
from bot.core.kinds import Field, Kind
from bot.core.limits import ProjectLimits
from bot.core.policy import policy_from_data
from bot.core.runs import Run
from bot.errors import BotError, StepFailed, UserError
from bot.generation.amending import read_files
from bot.generation.files import FileSet, GeneratedFile
from bot.generation.pack_format import Pack
from bot.generation.suggested import pack_defaults
from bot.pack_sources.pins import pack_by_name, pack_of_run
from bot.sealing import revealed
from bot.services import Services
from bot.settings import Settings
from bot.steps.evidence import stored_files
from bot.steps.spec import StepContext, StepType
from bot.steps.standing import standing
from bot.steps.values import destination, mapping, project, revealed_mapping, text
from bot.store.port import NewFile

_USUAL = "Generate the files"
_READ = "Read what is in the change"


def _run(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
    try:
        made = _made(context, given)
    except UserError as exc:
        raise StepFailed(exc.message, reason=exc.reason, remedy=exc.remedy) from exc
    if made is None:
        context.log("files would be generated here of what a step before gives")
        return {"project": None, "head": None}
    _rename(context, made.name)
    snapshot = _save(context, made.files)
    context.log(f"{len(made.files)} files" + (f" from {made.pack}" if made.pack else ""))
    return {
        "project": {
            "id": context.run.project_id,
            "snapshot": snapshot,
            "name": made.name,
            "pack": made.pack,
            "summary": made.summary,
            "files": len(made.files),
            "size": made.files.total_size,
        },
        "head": made.head or None,
    }


@dataclass(frozen=True, kw_only=True)
class _Made:
    """Files, and what they are called; ``pack`` with its version, empty where there is none.

    ``head`` is the commit that they were read from, where they lie in a change.
    """

    files: FileSet
    name: str
    pack: str = ""
    summary: str = ""
    head: str = ""


def _made(context: StepContext, given: Mapping[str, object]) -> _Made | None:
    """The files that are asked for; None in a dry run in which nothing to make them of is known.

    Raises:
        UserError: As the generator does.
    """
    limits = ceilings(context.services.settings)
    added = read_files(given.get("files"), limits)
    if sum(bool(given.get(name)) for name in ("pack", "project", "change")) > 1:
        raise StepFailed("Give a pack, a project or a change, only one.", reason="bad_input")
    if given.get("project") is not None:
        begun = _of_project(context, given)
    elif given.get("change") is not None:
        begun = _of_change(context, given)
    elif given.get("pack"):
        begun = _of_pack(context, given, limits)
    elif not added and context.rehearsal:
        return None
    else:
        begun = _Made(files=FileSet(files=()), name=str(given.get("name") or _own_name(context)))
    replaces, without = _paths(given, "replaces"), _paths(given, "without")
    if not added and not without and begun.files:
        return begun
    files = context.services.generator.amend(
        begun.files.files,
        added,
        name=begun.name,
        run=context.run.id,
        limits=limits,
        may_replace=replaces,
        without=without,
    )
    return replace(begun, files=files)


def _of_pack(context: StepContext, given: Mapping[str, object], limits: ProjectLimits) -> _Made:
    services, run = context.services, context.run
    pack = pack_of_run(services, run, text(given, "pack"))
    _refuse_forbidden(run, pack)
    generated = services.generator.generate(
        pack,
        revealed_mapping(given, "answers"),
        defaults=defaults_of(run),
        limits=limits,
        run=run.id,
    )
    return _Made(
        files=generated.files,
        name=generated.name,
        pack=f"{generated.pack}@{generated.version}",
        summary=str(generated.answers.get("description") or ""),
    )


def defaults_of(run: Run) -> Mapping[str, object]:
    """What a pack's questions default to because of where a run's project goes."""
    places = destinations_in(run.inputs)
    near = run.repository.forge if run.repository else run.requester.forge
    forge = places[0].forge if places else near
    return pack_defaults(forge, nested=bool(places and places[0].path))


def _of_project(context: StepContext, given: Mapping[str, object]) -> _Made:
    stored, snapshot = project(context, given)
    told = mapping(given, "project")
    files = stored_files(context.services, stored.id, snapshot)
    return _as_told(told, files)


def _of_change(context: StepContext, given: Mapping[str, object]) -> _Made:
    at = standing(context, destination(given, "change"))
    return replace(_as_told(at.project, at.files), head=at.head.id)


def _as_told(told: Mapping[str, object], files: Sequence[GeneratedFile]) -> _Made:
    return _Made(
        files=FileSet(files=tuple(files)),
        name=str(told["name"]),
        pack=str(told["pack"]),
        summary=str(told["summary"]),
    )


def _paths(given: Mapping[str, object], name: str) -> Collection[str]:
    listed = given.get(name)
    return [str(path) for path in listed] if isinstance(listed, list | tuple) else []


def _own_name(context: StepContext) -> str:
    stored = context.services.store.projects.get(str(context.run.project_id))
    return stored.name if stored else "project"


def _rename(context: StepContext, name: str) -> None:
    """A project that nobody has named yet is called after its workflow until its plan has one."""
    projects = context.services.store.projects
    stored = projects.get(str(context.run.project_id))
    if stored is not None and stored.name == context.run.workflow.get("name") != name:
        projects.change(stored.id, name=name)


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


def ceilings(settings: Settings) -> ProjectLimits:
    """The operator's limits for one project."""
    return ProjectLimits(
        file_bytes=settings.max_file_bytes,
        files=settings.max_files,
        project_bytes=settings.max_project_bytes,
    )


def _save(context: StepContext, made: FileSet) -> int:
    files = [
        NewFile(path=file.path, content=file.content, mode=file.mode, origin=file.origin)
        for file in made
    ]
    return context.services.store.projects.save_files(
        str(context.run.project_id), files, run_id=context.run.id, number=context.number
    )


FILE_GENERATION = StepType(
    name="file_generation",
    summary=_USUAL,
    description="Renders a template pack with the given answers into a stored project, and puts "
    "files over it that agents wrote: over the pack's own only where `replaces` says so. Without a "
    "pack, the files are the project; with `project`, they amend that one. All of it goes through "
    "the same gate and limits, and is a new snapshot.",
    takes={
        "pack": Field(kind=Kind.STRING, summary="the pack's name", needed=False),
        "answers": Field(
            kind=Kind.OBJECT, summary="answers to the pack's questions", needed=False, default={}
        ),
        "project": Field(
            kind=Kind.PROJECT, summary="what is amended, in place of a pack", needed=False
        ),
        "change": Field(
            kind=Kind.DESTINATION,
            summary="the branch of a change of ours, in place of either: its project is taken as "
            "it stands there, with what people have committed",
            needed=False,
        ),
        "files": Field(
            kind=Kind.LIST,
            summary="mappings `{path, content, executable?}`, and lists of these; of two with the "
            "same path the later one counts",
            needed=False,
        ),
        "replaces": Field(
            kind=Kind.LIST,
            summary="paths of files of the pack, or of a person, that `files` may replace",
            needed=False,
        ),
        "without": Field(kind=Kind.LIST, summary="paths of files that are left out", needed=False),
        "name": Field(
            kind=Kind.STRING,
            summary="what the project is called, where no pack asks for that",
            needed=False,
        ),
    },
    gives={
        "project": Field(kind=Kind.PROJECT, summary="the project and its files"),
        "head": Field(kind=Kind.STRING, summary="the commit that was read; null without `change`"),
    },
    run=_run,
    secrets_in=_secrets_in,
    titled=lambda arguments: _READ if "change" in arguments else _USUAL,
)
