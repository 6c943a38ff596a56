"""Gathering the evidence on a project's files, by whichever worker does it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.core.hidden import hidden_texts
from bot.errors import NotSupported, StepFailed, UserError
from bot.generation.files import GeneratedFile
from bot.generation.pack_format import Pack
from bot.pack_sources.pins import PACKS, pinned_pack
from bot.sealing import open_inputs
from bot.services import Services
from bot.store.port import NewVerification, ProjectFile, Verification
from bot.verification.evidence import (
    CheckEvidence,
    Evidence,
    Result,
    digest_of_files,
    evidence_from_dict,
    evidence_to_dict,
)
from bot.verification.static import Finding, FindingKind, examine
from bot.verification.toolchains import Toolchains
from bot.verification.verifying import verify

_REFUSED = {FindingKind.PATH: "bad_path", FindingKind.SECRET: "secret_found"}


def stored_files(services: Services, project_id: str, snapshot: int) -> Sequence[GeneratedFile]:
    """The files of a snapshot with their contents; StepFailed where one is gone."""
    projects = services.store.projects
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


def examined(files: Sequence[GeneratedFile]) -> Sequence[Finding]:
    """What is wrong with files as they stand.

    Raises:
        StepFailed: ``bad_path`` and ``secret_found``: whatever policy says, a path that leads
            astray and a secret are never published.
    """
    findings = examine(files)
    for finding in findings:
        reason = _REFUSED.get(finding.kind)
        if reason is not None:
            place = finding.path if finding.line is None else f"{finding.path}:{finding.line}"
            raise StepFailed(
                f"{place}: {finding.message}.",
                reason=reason,
                remedy="Mend the answers or the pack; nothing was published.",
            )
    return findings


def gather(
    services: Services,
    project_id: str,
    files: Sequence[GeneratedFile],
    findings: Sequence[Finding],
    *,
    poll: Callable[[], object],
) -> Evidence:
    """Have everything run that is to be run.

    Args:
        poll: Called about twice a second; what it raises ends it all.
    """
    pack, missing = pack_of(services, project_id, files)
    return verify(
        files,
        findings,
        pack,
        sandbox=services.sandbox,
        toolchains=Toolchains(services.settings.toolchains_dir),
        poll=poll,
        missing=missing,
        secrets=_secrets_of(services, project_id),
    )


def _secrets_of(services: Services, project_id: str) -> Collection[str]:
    """The secret answers that a project was made of: a check may print its files.

    Raises:
        UserError: ``cannot_unseal``; what is not known cannot be kept out.
    """
    project = services.store.projects.get(project_id)
    maker = services.store.runs.get(project.run_id) if project and project.run_id else None
    if maker is None:
        return ()
    opened = open_inputs(services.keys, maker.inputs, maker.id)
    return frozenset(hidden_texts(opened))


def pack_of(
    services: Services, project_id: str, files: Sequence[GeneratedFile]
) -> tuple[Pack | None, Sequence[CheckEvidence]]:
    """The pack that files are from, by their origin; where it is not to be had, that as a check
    that was not run.

    Raises:
        Transient: Where it lies on a forge that does not answer.
    """
    # Whoever has written all of it anew has not thereby left the pack's checks behind.
    origins = _packs_of(files) or _packs_of(services.store.projects.files(project_id, snapshot=1))
    if not origins:
        return None, ()
    if len(origins) > 1:
        return None, (_of_several(origins),)
    (origin,) = origins
    try:
        return _pinned(services, project_id, origin) or _shipped(services, origin), ()
    except (NotSupported, UserError) as exc:
        name = origin.rpartition("@")[0]
        lacking = CheckEvidence(
            name=f"the checks of {name}",
            command=(),
            result=Result.NOT_RUN,
            needs=f"the pack {name}",
            remedy=exc.message,
        )
        return None, (lacking,)


def _packs_of(files: Iterable[GeneratedFile | ProjectFile]) -> set[str]:
    return {file.origin for file in files if "@" in file.origin}


def _of_several(origins: Iterable[str]) -> CheckEvidence:
    names = ", ".join(sorted(origins))
    return CheckEvidence(
        name=f"the checks of {names}",
        command=(),
        result=Result.NOT_RUN,
        needs="one pack for all files",
        remedy="No pack's checks are for files of another; generate each into a project of its own",
    )


def _pinned(services: Services, project_id: str, origin: str) -> Pack | None:
    """A pack that does not ship, as the run that made the project found it."""
    project = services.store.projects.get(project_id)
    maker = services.store.runs.get(project.run_id) if project and project.run_id else None
    pins = maker.source.get(PACKS) if maker else None
    for pin in pins.values() if isinstance(pins, Mapping) else ():
        if isinstance(pin, Mapping):
            pack = pinned_pack(services, pin)
            if pack.origin == origin:
                return pack
    return None


def _shipped(services: Services, origin: str) -> Pack:
    return services.generator.library.get(origin.rpartition("@")[0])


@dataclass(frozen=True, kw_only=True)
class Asked:
    """For what evidence is gathered: a round of a step, and a snapshot of a project."""

    run_id: str
    step_id: str
    round: int
    project_id: str
    snapshot: int


def found(services: Services, asked: Asked) -> Verification | None:
    """What was recorded before."""
    return services.store.verifications.found(
        asked.run_id, asked.step_id, asked.round, asked.project_id, asked.snapshot
    )


def save(services: Services, asked: Asked, evidence: Evidence) -> Verification:
    """Record evidence; what was recorded before, for the same, is what counts."""
    return services.store.verifications.save(
        NewVerification(
            run_id=asked.run_id,
            step_id=asked.step_id,
            round=asked.round,
            project_id=asked.project_id,
            snapshot=asked.snapshot,
            digest=evidence.digest,
            document=evidence_to_dict(evidence),
        )
    )


def evidence_of(verification: Verification) -> Evidence:
    """What was recorded, as a value."""
    return evidence_from_dict(verification.document)


def is_about(document: Mapping[str, object], files: Sequence[ProjectFile]) -> bool:
    """Whether evidence belongs to exactly these files."""
    return document.get("files_digest") == digest_of_files(files)
