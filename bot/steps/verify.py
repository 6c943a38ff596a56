"""``verify``: what is wrong with the files is found out, and kept as evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.core.kinds import Field, Kind
from bot.core.runs import StepStatus
from bot.errors import Waits
from bot.generation.files import GeneratedFile
from bot.plans import awaits_approval
from bot.steps.evidence import (
    Asked,
    evidence_of,
    examined,
    found,
    gather,
    pack_of,
    save,
    stored_files,
)
from bot.steps.spec import StepContext, StepType
from bot.steps.values import mapping, project
from bot.store.port import Verification
from bot.verification.evidence import CheckEvidence, Evidence, Note, Result
from bot.verification.static import Finding
from bot.verification.toolchains import Toolchains
from bot.verification.verifying import verify, wants_sandbox

_SHOWN = 20
_SHOWN_OUTPUT = 2_000
#: How often to look whether another worker has verified the files.
_LOOK_AGAIN_S = 60.0


def _run(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
    stored, snapshot = project(context, given)
    files = load_files(context, stored.id, snapshot)
    findings = examined(files)
    for finding in findings[:_SHOWN]:
        context.log(f"{finding.path}:{finding.line}: {finding.message}")
    kept = None
    if context.rehearsal:
        evidence = _rehearsed(context, stored.id, files, findings)
    else:
        kept = _verified(context, files, findings, stored.id, snapshot)
        evidence = evidence_of(kept)
    if not (awaits_approval(context.run) or _may_be_amended(context)):
        context.services.store.projects.complete(
            stored.id, run_id=context.run.id, number=context.number
        )
    return _outputs(evidence, kept.digest if kept else evidence.digest, mapping(given, "project"))


def _may_be_amended(context: StepContext) -> bool:
    """Whether files may still be made anew, by a step behind this one: then another verifies them.

    A condition that does not hold shows only when its turn comes.
    """
    steps = context.run.steps
    own = next((one.position for one in steps if one.id == context.step_id), len(steps))
    return any(
        one.uses == "file_generation" and one.position > own and one.status is StepStatus.PENDING
        for one in steps
    )


def load_files(context: StepContext, project_id: str, snapshot: int) -> Sequence[GeneratedFile]:
    """The files of a snapshot with their contents; StepFailed where one is gone."""
    return stored_files(context.services, project_id, snapshot)


def _verified(
    context: StepContext,
    files: Sequence[GeneratedFile],
    findings: Sequence[Finding],
    project_id: str,
    snapshot: int,
) -> Verification:
    """What this round of the step has on the files, gathered now where nobody has before."""
    asked = Asked(
        run_id=context.run.id,
        step_id=context.step_id,
        round=context.round,
        project_id=project_id,
        snapshot=snapshot,
    )
    kept = found(context.services, asked) or _found_before(context, asked)
    if kept is not None:
        return kept
    _wait_for_sandbox(context, project_id, files)
    evidence = gather(context.services, project_id, files, findings, poll=context.stop_if_cancelled)
    for check in evidence.checks:
        context.log(_told(check))
    return save(context.services, asked, evidence)


def _found_before(context: StepContext, asked: Asked) -> Verification | None:
    """What another step of the run has on exactly these files, for this step, too.

    Whoever asks for this step again wants to know anew.
    """
    if asked.round:
        return None
    for kept in context.services.store.verifications.of_run(asked.run_id):
        if (kept.project_id, kept.snapshot) == (asked.project_id, asked.snapshot):
            context.log(f"these files were verified by the step {kept.step_id}")
            return save(context.services, asked, evidence_of(kept))
    return None


def _wait_for_sandbox(
    context: StepContext, project_id: str, files: Sequence[GeneratedFile]
) -> None:
    """Where no sandbox is to be had here, leave it to a worker that has one.

    Raises:
        Waits: Where such a worker listens. It wakes the run; this looks again in case it ended.
    """
    services = context.services
    if not wants_sandbox(files, pack_of(services, project_id, files)[0]):
        return
    if services.sandbox.problem() is None or not services.queue.verifiers():
        return
    context.log("another worker, which has a sandbox, is asked to verify the files")
    services.queue.verify(context.run.id)
    raise Waits(
        "A worker that has a sandbox verifies the files.",
        until=services.clock() + timedelta(seconds=_LOOK_AGAIN_S),
        reason="verification",
    )


def _rehearsed(
    context: StepContext,
    project_id: str,
    files: Sequence[GeneratedFile],
    findings: Sequence[Finding],
) -> Evidence:
    """What is to be run is not: a dry run is over within seconds."""
    pack, _ = pack_of(context.services, project_id, files)
    if pack is not None and pack.checks:
        context.log(f"would run the checks of {pack.name} in a sandbox")
    return verify(
        files,
        findings,
        None,
        sandbox=context.services.sandbox,
        toolchains=Toolchains(context.services.settings.toolchains_dir),
        poll=context.stop_if_cancelled,
        only_looking=True,
    )


def _told(check: CheckEvidence) -> str:
    if check.result is Result.NOT_RUN:
        return f"{check.name}: not run: needs {check.needs}"
    how = f"exit code {check.exit_code}" if check.exit_code is not None else check.ending
    return f"{check.name}: {check.result.value.replace('_', ' ')} ({how}, {check.duration_s} s)"


def _outputs(
    evidence: Evidence, digest: str, project_given: Mapping[str, object]
) -> Mapping[str, object]:
    return {
        "passed": evidence.passed,
        "complete": evidence.complete,
        "files": evidence.files,
        "findings": [_shown_note(note) for note in evidence.findings[:_SHOWN]],
        "more": max(0, len(evidence.findings) - _SHOWN) + evidence.more,
        "checks": [_shown_check(check) for check in evidence.checks],
        "digest": digest,
        "project": dict(project_given),
    }


def _shown_note(note: Note) -> dict[str, object]:
    return {"path": note.path, "line": note.line, "message": note.message}


def _shown_check(check: CheckEvidence) -> dict[str, object]:
    return {
        "name": check.name,
        "command": " ".join(check.command),
        "result": check.result.value,
        "ending": check.ending,
        "exit_code": check.exit_code,
        "duration_s": check.duration_s,
        "needs": check.needs,
        "remedy": check.remedy,
        "output": check.output[-_SHOWN_OUTPUT:],
        "notes": [_shown_note(note) for note in check.notes[:_SHOWN]],
    }


VERIFY = StepType(
    name="verify",
    summary="Verify them",
    description="Parses every file, follows every path, looks for secrets and for licences that "
    "do not fit, and runs the checks that the pack declares in a sandbox, without network, with "
    "the pack's locked tools. A path that leads astray or a secret ends the run; everything else "
    "is kept as evidence and reported, and policy may demand that all of it was run and has "
    "passed before anything is published.",
    longest_s=1800.0,
    takes={"project": Field(kind=Kind.PROJECT, summary="whose files are looked at")},
    gives={
        "passed": Field(
            kind=Kind.BOOLEAN, summary="whether nothing was found and no check has failed"
        ),
        "complete": Field(kind=Kind.BOOLEAN, summary="whether every check was run"),
        "files": Field(kind=Kind.INTEGER, summary="how many files were looked at"),
        "findings": Field(kind=Kind.LIST, summary="the first 20: path, line and message"),
        "more": Field(kind=Kind.INTEGER, summary="how many more there are"),
        "checks": Field(
            kind=Kind.LIST,
            summary="what was run: name, command, result (passed, failed, stopped, not_run), "
            "exit_code, duration_s, output, and what it needs where it was not run",
        ),
        "digest": Field(kind=Kind.STRING, summary="SHA-256 of the evidence"),
        "project": Field(kind=Kind.PROJECT, summary="the project that was looked at"),
    },
    run=_run,
)
