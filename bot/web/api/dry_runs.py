"""Dry runs: what a command would do, asked by whoever would write it; nothing comes of it."""

from __future__ import annotations

from flask import Response
from pydantic import BaseModel, Field

from bot.core.access_scopes import Scope
from bot.core.runs import Run, StepStatus
from bot.trials import Rehearsal, Tried
from bot.web.api import repositories
from bot.web.api.answering import answer
from bot.web.api.operation import Call, Needs, Operation, Strict
from bot.web.api.quotes import QuoteAnswer, quote_shape
from bot.web.api.repositories import RepositoryName
from bot.web.api.requesting import account_on
from bot.web.api.workflow_shapes import SourceAnswer, source_shape


class NewDryRun(Strict):
    """A command as in a comment, and where it would be written."""

    text: str = Field(
        min_length=1, max_length=65_536, examples=["/generate python-package name=orders"]
    )
    repository: RepositoryName


class EffectAnswer(BaseModel):
    """One thing that would be done outside."""

    number: int = Field(description="From 1, in the order in which they would be done.")
    at: str = Field(description="A forge, or `api`.")
    kind: str
    where: str = Field(description="The repository or thread; empty where it is neither.")
    summary: str


class TriedStepAnswer(BaseModel):
    """A step of the run that would be."""

    id: str
    uses: str
    status: StepStatus


class TriedRunAnswer(BaseModel):
    """The run that would be."""

    workflow: str
    source: SourceAnswer
    steps: list[TriedStepAnswer] = Field(description="With the parts of those done several times.")


class TriedFileAnswer(BaseModel):
    """A file that would be generated."""

    path: str
    type: str
    size: int
    mode: str = Field(description="As git writes it: `100644`, or `100755`.")


class WaitAnswer(BaseModel):
    """A step at which somebody would have to approve a plan."""

    step: str
    digest: str


class DryRunAnswer(BaseModel):
    """What would come of a command."""

    carried_out: bool
    reason: str = Field(
        description="`run`; `waits` where it would be put off; a reason why not, as threads are "
        "told; or `too_long` where the dry run was stopped, with the effects so far."
    )
    message: str
    remedy: str
    reply: str = Field(description="Our last word in the thread, as Markdown.")
    run: TriedRunAnswer | None
    effects: list[EffectAnswer]
    files: list[TriedFileAnswer]
    total_size: int
    waits: list[WaitAnswer]
    quote: QuoteAnswer | None = Field(
        description="What the run may cost; null where it asks no language model."
    )
    named: list[str] = Field(description="Steps that cannot be rehearsed, and are only named.")


def _create(call: Call) -> Response:
    there = repositories.named(call, call.body.repository)
    tried = Tried(
        text=call.body.text,
        # Never as somebody else, whoever asks: it would tell what others may see.
        actor=account_on(call, there.forge),
        forge=there.forge,
        repository=there.full_name,
    )
    told = call.services.rehearsals.rehearse(call.services, tried)
    quote = quote_shape(call.services, told.run) if told.run else None
    return answer({**_shape(told), "quote": quote})


def _shape(told: Rehearsal) -> dict[str, object]:
    return {
        "carried_out": told.carried_out,
        "reason": told.reason,
        "message": told.message,
        "remedy": told.remedy,
        "reply": told.comment,
        "run": _run(told.run) if told.run else None,
        "effects": [
            {
                "number": effect.number,
                "at": effect.at,
                "kind": effect.kind,
                "where": effect.where,
                "summary": effect.summary,
            }
            for effect in told.effects
        ],
        "files": [
            {"path": file.path, "type": file.type, "size": file.size, "mode": f"{file.mode:o}"}
            for file in told.files
        ],
        "total_size": sum(file.size for file in told.files),
        "waits": [{"step": step, "digest": digest} for step, digest in told.waits],
        "named": list(told.named),
    }


def _run(run: Run) -> dict[str, object]:
    return {
        "workflow": str(run.workflow.get("name", "")),
        "source": source_shape(run.source),
        "steps": [
            {"id": step.id, "uses": step.uses, "status": str(step.status)}
            for step in (*run.steps, *run.parts)
        ],
    }


OPERATIONS = (
    Operation(
        method="POST",
        address="/dry-runs",
        name="create_dry_run",
        group="Commands",
        summary="Say what a command would do, and do nothing",
        description="The program itself runs, with everything that it would do outside only noted "
        "down: what is listed is what the command then does, in the same order. Each person has "
        "one at a time, and all together have a few; 503 says to ask again.",
        needs=Needs.READER,
        scope=Scope.READ,
        body=NewDryRun,
        takes_words=True,
        gives={200: DryRunAnswer},
        view=_create,
    ),
)
