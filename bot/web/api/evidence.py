"""What a run has had verified, as data."""

from __future__ import annotations

from datetime import datetime

from flask import Response
from pydantic import BaseModel, Field

from bot.core.access_scopes import Scope
from bot.store.port import Verification
from bot.verification.evidence import Result
from bot.web.api import rights
from bot.web.api.answering import moment, whole
from bot.web.api.operation import Call, Needs, Operation

GROUP = "Runs"


class NoteAnswer(BaseModel):
    """Something wrong at a place."""

    path: str
    line: int | None
    message: str


class CheckRunAnswer(BaseModel):
    """What came of a check."""

    name: str
    command: list[str]
    result: Result
    ending: str = Field(description="`exited`, `timed_out` and so on; empty if it was not run.")
    exit_code: int | None
    duration_s: float
    output: str = Field(description="The end of what it printed, secrets masked.")
    needs: str = Field(description="Why it was not run.")
    remedy: str = Field(description="What mends that.")
    notes: list[NoteAnswer] = Field(description="Places in the project that its output names.")


class EvidenceAnswer(BaseModel):
    """What was verified of one snapshot, how, and what came of it."""

    id: str
    run_id: str
    step: str
    project_id: str
    snapshot: int
    digest: str = Field(description="SHA-256 in hex over all of the evidence.")
    files_digest: str = Field(description="SHA-256 in hex over every path, mode and content.")
    files: int
    pack: str
    toolchains: dict[str, str]
    passed: bool
    complete: bool = Field(description="Whether everything was run that is to be.")
    checks: list[CheckRunAnswer]
    findings: list[NoteAnswer]
    more: int
    created_at: datetime


class EvidenceList(BaseModel):
    """All that a run has had verified, oldest first."""

    items: list[EvidenceAnswer]
    next: str | None


def _evidence(call: Call) -> Response:
    run = rights.run(call)
    kept = call.services.store.verifications.of_run(run.id)
    return whole([_shape(one) for one in kept])


def _shape(one: Verification) -> dict[str, object]:
    return {
        **one.document,
        "id": one.id,
        "run_id": one.run_id,
        "step": one.step_id,
        "project_id": one.project_id,
        "snapshot": one.snapshot,
        "digest": one.digest,
        "created_at": moment(one.created_at),
    }


OPERATIONS = (
    Operation(
        method="GET",
        address="/runs/<uuid:id>/evidence",
        name="list_evidence",
        group=GROUP,
        summary="What was verified of a run's files, and what came of it",
        needs=Needs.READER,
        scope=Scope.READ,
        gives={200: EvidenceList},
        view=_evidence,
    ),
)
