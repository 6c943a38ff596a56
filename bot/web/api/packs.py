"""Template packs: what there is, what each asks for, and what would be made of answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal

from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from bot.core.access_scopes import Scope
from bot.core.identity import Repository
from bot.core.limits import ProjectLimits
from bot.core.pack_addresses import NamedPack, read_pack_address
from bot.errors import StepFailed, UserError
from bot.forms import form_file
from bot.generation.answer_schema import answer_schema
from bot.generation.answers import (
    EMPTY,
    AnswerProblem,
    AnswersRefused,
    masked_in,
)
from bot.generation.files import GeneratedFile, GeneratedProjectFiles
from bot.generation.pack_format import Pack
from bot.generation.suggested import pack_defaults
from bot.pack_sources.asking import Asker
from bot.pack_sources.finding import available_packs, find_pack
from bot.web.api import repositories
from bot.web.api.answering import answer, listing
from bot.web.api.operation import Call, Needs, Operation, Paging, Strict
from bot.web.api.pack_shapes import (
    CheckedAnswers,
    PackPage,
    PreviewAnswer,
    WholePackAnswer,
    pack_shape,
    preview_shape,
    problem_shape,
    whole_shape,
)
from bot.web.api.problem import Refused
from bot.web.api.repositories import RepositoryName
from bot.web.api.slices import by_name

GROUP = "Packs"
_MASK = "***"


class PackQuery(Paging):
    """Which packs."""

    text: str = Field("", max_length=100, description="Part of name, summary or a tag.")
    repository: RepositoryName | None = Field(
        None, description="For which repository: the packs of its owner count, too."
    )


class OnePackQuery(Strict):
    """For which repository."""

    repository: RepositoryName | None = None


class FormQuery(OnePackQuery):
    """For which forge, and for which repository."""

    forge: Literal["github", "gitlab"] = Field(
        "github", description="Where people are to fill it in: an issue form, or a template."
    )


class FormAnswer(BaseModel):
    """A form, as a file that a forge takes it from."""

    path: str = Field(description="Where it lies in a repository.")
    text: str


class Answers(Strict):
    """Answers to a pack's questions."""

    answers: dict[str, Any] = Field({}, description="By question.", examples=[{"name": "orders"}])
    forge: str = Field(
        "",
        max_length=32,
        description="Where the project would go, which some questions are answered by; your own "
        "forge where not said.",
    )


class Preview(Answers):
    """Answers, and the file whose text is to be shown."""

    path: str | None = Field(None, max_length=4096)


class AnswerSchema(BaseModel):
    """A JSON Schema (2020-12)."""

    model_config = ConfigDict(extra="allow")


def _list(call: Call) -> Response:
    wanted = call.query.text.lower()
    found = [pack for pack in _packs(call) if wanted in _words(pack)]
    return listing(
        call.services, call.query, "packs", by_name(found, lambda pack: pack.name), pack_shape
    )


def _get(call: Call) -> Response:
    return answer(whole_shape(_pack(call), _ceilings(call)))


def _schema(call: Call) -> Response:
    return answer(answer_schema(_pack(call), pack_defaults(call.caller.actor.forge)))


def _form(call: Call) -> Response:
    forge = call.query.forge
    form = form_file(_pack(call), forge, suggested=pack_defaults(forge))
    return answer({"path": form.path, "text": form.text})


def _check(call: Call) -> Response:
    pack, given = _pack(call), call.body.answers
    try:
        resolved = call.services.generator.answers(pack, given, _defaults(call))
    except AnswersRefused as exc:
        problems = [problem_shape(each) for each in _told(pack, given, exc.problems)]
        return answer({"valid": False, "answers": None, "problems": problems})
    except StepFailed as exc:
        raise _broken(exc) from exc
    secrets = _secrets(pack, given)
    shown = {name: masked_in(resolved.values[name], secrets, _MASK) for name in resolved.kept}
    return answer({"valid": True, "answers": shown, "problems": []})


def _preview(call: Call) -> Response:
    pack, body = _pack(call), call.body
    try:
        made = call.services.generator.preview(
            pack, body.answers, defaults=_defaults(call), limits=_ceilings(call)
        )
    except AnswersRefused as exc:
        return answer(_refused(_told(pack, body.answers, exc.problems)))
    except UserError as exc:
        # No single answer is to blame for a path that cannot be, or for too much of anything.
        whole = AnswerProblem(question="", reason=exc.reason, message=exc.message)
        return answer(_refused(_told(pack, body.answers, (whole,))))
    except StepFailed as exc:
        raise _broken(exc) from exc
    return answer(preview_shape(made, _shown(made, body.path)))


def _shown(made: GeneratedProjectFiles, path: str | None) -> GeneratedFile | None:
    if path is None:
        return None
    found = made.files.get(path)
    if found is None:
        raise UserError("The project would have no such file.", reason="unknown_file")
    return found


def _refused(problems: tuple[AnswerProblem, ...]) -> dict[str, object]:
    told = [problem_shape(problem) for problem in problems]
    return {"valid": False, "problems": told, "files": [], "total_size": 0, "content": None}


def _told(
    pack: Pack, given: Mapping[str, Any], problems: tuple[AnswerProblem, ...]
) -> tuple[AnswerProblem, ...]:
    """The problems, none of which tells a secret: a validator says what its pack wants."""
    secrets = _secrets(pack, given)
    return tuple(
        replace(problem, message=str(masked_in(problem.message, secrets, _MASK)))
        for problem in problems
    )


def _secrets(pack: Pack, given: Mapping[str, Any]) -> tuple[str, ...]:
    """The secrets that were sent, the longest first: one may be a part of another."""
    values = [given.get(question.name) for question in pack.questions if question.secret]
    texts = {text for value in values if value not in EMPTY for text in _forms(str(value))}
    return tuple(sorted(texts - {""}, key=len, reverse=True))


def _forms(text: str) -> tuple[str, ...]:
    return text, text.strip()


def _packs(call: Call) -> Iterator[Pack]:
    for each in available_packs(call.services, _near(call), _asker(call)):
        # A faulty one is told of to whoever asks for it by name.
        if each.pack is not None:
            yield each.pack


def _words(pack: Pack) -> str:
    return "\n".join([pack.name, pack.summary, *pack.tags]).lower()


def _pack(call: Call) -> Pack:
    name = call.path["name"]
    if not isinstance(read_pack_address(name), NamedPack):
        raise UserError("Only packs that have a name here are shown.", reason="unknown_pack")
    try:
        return find_pack(call.services, name, near=_near(call), asker=_asker(call))
    except StepFailed as exc:
        raise Refused(409, exc.reason, exc.message) from exc


def _near(call: Call) -> Repository | None:
    """Whose packs count besides those that ship: only where the caller may see what is there."""
    text = call.query.repository
    return None if text is None else repositories.named(call, text)


def _asker(call: Call) -> Asker:
    text = call.query.repository or ""
    account = call.caller.on(text.partition(":")[0]) if text else call.caller.actor
    return Asker(actor=account, operates=call.caller.operates)


def _defaults(call: Call) -> Mapping[str, object]:
    return pack_defaults(call.body.forge or call.caller.actor.forge)


def _ceilings(call: Call) -> ProjectLimits:
    settings = call.services.settings
    return ProjectLimits(
        file_bytes=settings.max_file_bytes,
        files=settings.max_files,
        project_bytes=settings.max_project_bytes,
    )


def _broken(exc: StepFailed) -> Refused:
    """A template that fails is the pack's mistake, and not that of whoever answers."""
    return Refused(409, exc.reason, "A template of this pack fails on these answers.")


OPERATIONS = (
    Operation(
        method="GET",
        address="/packs",
        name="list_packs",
        group=GROUP,
        summary="List template packs by name",
        needs=Needs.IDENTITY,
        scope=Scope.READ,
        query=PackQuery,
        gives={200: PackPage},
        view=_list,
    ),
    Operation(
        method="GET",
        address="/packs/<name>",
        name="get_pack",
        group=GROUP,
        summary="One template pack with its questions and files",
        needs=Needs.IDENTITY,
        scope=Scope.READ,
        query=OnePackQuery,
        gives={200: WholePackAnswer},
        view=_get,
    ),
    Operation(
        method="GET",
        address="/packs/<name>/schema",
        name="get_pack_schema",
        group=GROUP,
        summary="What a pack asks for, as a JSON Schema",
        description="It holds for each answer by itself; checking knows the rest. What your own "
        "forge suggests need not be given.",
        needs=Needs.IDENTITY,
        scope=Scope.READ,
        query=OnePackQuery,
        gives={200: AnswerSchema},
        view=_schema,
    ),
    Operation(
        method="GET",
        address="/packs/<name>/form",
        name="get_pack_form",
        group=GROUP,
        summary="A pack's form for people who open issues",
        description="A filled-in one is a command, with its answers. Secrets are not asked for; a "
        "pack that needs one has no form (no_form).",
        needs=Needs.IDENTITY,
        scope=Scope.READ,
        query=FormQuery,
        gives={200: FormAnswer},
        view=_form,
    ),
    Operation(
        method="POST",
        address="/packs/<name>/check",
        name="check_answers",
        group=GROUP,
        summary="Check answers to a pack's questions",
        description="Nothing is made or kept. Every problem is told at once.",
        needs=Needs.IDENTITY,
        scope=Scope.READ,
        query=OnePackQuery,
        body=Answers,
        gives={200: CheckedAnswers},
        view=_check,
    ),
    Operation(
        method="POST",
        address="/packs/<name>/preview",
        name="preview_pack",
        group=GROUP,
        summary="Show what a pack would make of answers",
        description="Nothing is kept. In place of secrets something else is filled in.",
        needs=Needs.IDENTITY,
        scope=Scope.READ,
        query=OnePackQuery,
        body=Preview,
        gives={200: PreviewAnswer},
        view=_preview,
    ),
)
