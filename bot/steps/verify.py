"""``verify``: every file parses, no path leads astray, and no secret is on its way out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.core.kinds import Field, Kind
from bot.errors import StepFailed
from bot.generation.files import GeneratedFile
from bot.generation.parsing import Finding, FindingKind, check_files
from bot.plans import awaits_approval
from bot.steps.spec import StepContext, StepType
from bot.steps.values import mapping, project

_SHOWN = 20
_REFUSED = {FindingKind.PATH: "bad_path", FindingKind.SECRET: "secret_found"}


def _run(context: StepContext, given: Mapping[str, object]) -> Mapping[str, object]:
    stored, snapshot = project(context, given)
    files = load_files(context, stored.id, snapshot)
    findings = check_files(files)
    _refuse(findings)
    for finding in findings[:_SHOWN]:
        context.log(f"{finding.path}:{finding.line}: {finding.message}")
    if not awaits_approval(context.run):
        context.services.store.projects.complete(
            stored.id, run_id=context.run.id, number=context.number
        )
    return {
        "passed": not findings,
        "files": len(files),
        "findings": [
            {"path": finding.path, "line": finding.line, "message": finding.message}
            for finding in findings[:_SHOWN]
        ],
        "more": max(0, len(findings) - _SHOWN),
        "project": dict(mapping(given, "project")),
    }


def load_files(context: StepContext, project_id: str, snapshot: int) -> Sequence[GeneratedFile]:
    """The files of a snapshot with their contents; StepFailed where one is gone."""
    projects = context.services.store.projects
    listed = projects.files(project_id, snapshot=snapshot)
    contents = projects.contents({file.content_hash for file in listed})
    gone = [file.path for file in listed if file.content_hash not in contents]
    if gone:
        raise StepFailed(f"The content of {gone[0]} is no longer stored.", reason="content_gone")
    return [
        GeneratedFile(
            path=file.path,
            content=contents[file.content_hash],
            mode=file.mode,
            origin=file.origin,
        )
        for file in listed
    ]


def _refuse(findings: Sequence[Finding]) -> None:
    """Whatever policy says: a path that leads astray and a secret are never published."""
    for finding in findings:
        reason = _REFUSED.get(finding.kind)
        if reason is not None:
            place = finding.path if finding.line is None else f"{finding.path}:{finding.line}"
            raise StepFailed(
                f"{place}: {finding.message}.",
                reason=reason,
                remedy="Mend the answers or the pack; nothing was published.",
            )


VERIFY = StepType(
    name="verify",
    summary="Verify them",
    description="Parses every file, follows every path and looks for secrets. A path that leads "
    "astray or a secret ends the run; other findings are reported, and policy may demand that "
    "there are none before anything is published.",
    takes={"project": Field(kind=Kind.PROJECT, summary="whose files are looked at")},
    gives={
        "passed": Field(kind=Kind.BOOLEAN, summary="whether nothing was found"),
        "files": Field(kind=Kind.INTEGER, summary="how many files were looked at"),
        "findings": Field(kind=Kind.LIST, summary="the first 20: path, line and message"),
        "more": Field(kind=Kind.INTEGER, summary="how many more there are"),
        "project": Field(kind=Kind.PROJECT, summary="the project that was looked at"),
    },
    run=_run,
)
