"""What was verified, how, and what came of it, as a value that has a digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


class Result(StrEnum):
    """What came of a check."""

    PASSED = "passed"
    FAILED = "failed"
    #: Stopped at a limit: of time, memory, processes, output or disk.
    STOPPED = "stopped"
    NOT_RUN = "not_run"


class HashedFile(Protocol):
    """A file as far as its digest goes."""

    @property
    def path(self) -> str:
        """Where it lies in the project."""

    @property
    def mode(self) -> int:
        """As git writes it."""

    @property
    def content_hash(self) -> str:
        """SHA-256 of the content, 64 hex digits."""


@dataclass(frozen=True, kw_only=True)
class Note:
    """Something wrong at a place; ``line`` counts from 1 and is None where there is none."""

    path: str
    line: int | None
    message: str


@dataclass(frozen=True, kw_only=True)
class CheckEvidence:
    """What came of one check.

    Attributes:
        command: What was run, or would have been.
        ending: How the program ended, as the sandbox says it; empty where it was not run.
        exit_code: None unless it exited by itself.
        output: The end of what it printed, secrets masked.
        needs: Why it was not run; empty where it was. ``remedy`` is what mends that.
        notes: Places in the project that its output names.
    """

    name: str
    command: tuple[str, ...]
    result: Result
    ending: str = ""
    exit_code: int | None = None
    duration_s: float = 0.0
    output: str = ""
    needs: str = ""
    remedy: str = ""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All that is known of one snapshot of files.

    Attributes:
        files_digest: Of every path, mode and content; see `digest_of_files`.
        pack: ``name@version`` of the pack whose checks were run; empty where there is none.
        toolchains: The id of each toolchain that was mounted, by kind.
        findings: What is wrong with the files as they stand; ``more`` are not listed.
    """

    files_digest: str
    files: int
    pack: str = ""
    toolchains: Mapping[str, str]
    checks: tuple[CheckEvidence, ...]
    findings: tuple[Note, ...]
    more: int = 0

    @property
    def passed(self) -> bool:
        """Whether nothing was found and nothing that was run has failed."""
        ran_well = all(one.result in (Result.PASSED, Result.NOT_RUN) for one in self.checks)
        return ran_well and not self.findings and not self.more

    @property
    def complete(self) -> bool:
        """Whether everything that is to be run was run."""
        return not self.of(Result.NOT_RUN)

    def of(self, *results: Result) -> Sequence[CheckEvidence]:
        """The checks that came to one of these."""
        return [one for one in self.checks if one.result in results]

    @property
    def digest(self) -> str:
        """SHA-256 over all of it, 64 hex digits."""
        return hashlib.sha256(_canonical(evidence_to_dict(self))).hexdigest()


def digest_of_files(files: Iterable[HashedFile]) -> str:
    """SHA-256 over what is in a project, 64 hex digits: the same files, the same digest."""
    listed = sorted([file.path, file.mode, file.content_hash] for file in files)
    return hashlib.sha256(_canonical(listed)).hexdigest()


def evidence_to_dict(evidence: Evidence) -> dict[str, Any]:
    """Plain data, without the digest."""
    return {
        "files_digest": evidence.files_digest,
        "files": evidence.files,
        "pack": evidence.pack,
        "toolchains": dict(evidence.toolchains),
        "checks": [_check_to_dict(one) for one in evidence.checks],
        "findings": [_note_to_dict(one) for one in evidence.findings],
        "more": evidence.more,
        "passed": evidence.passed,
        "complete": evidence.complete,
    }


def evidence_from_dict(data: Mapping[str, Any]) -> Evidence:
    """What `evidence_to_dict` gave."""
    return Evidence(
        files_digest=data["files_digest"],
        files=data["files"],
        pack=data["pack"],
        toolchains=dict(data["toolchains"]),
        checks=tuple(_check_from_dict(one) for one in data["checks"]),
        findings=tuple(_note_from_dict(one) for one in data["findings"]),
        more=data["more"],
    )


def _check_to_dict(one: CheckEvidence) -> dict[str, Any]:
    return {
        "name": one.name,
        "command": list(one.command),
        "result": one.result.value,
        "ending": one.ending,
        "exit_code": one.exit_code,
        "duration_s": one.duration_s,
        "output": one.output,
        "needs": one.needs,
        "remedy": one.remedy,
        "notes": [_note_to_dict(note) for note in one.notes],
    }


def _check_from_dict(data: Mapping[str, Any]) -> CheckEvidence:
    return CheckEvidence(
        **{
            **data,
            "command": tuple(data["command"]),
            "result": Result(data["result"]),
            "notes": tuple(_note_from_dict(note) for note in data["notes"]),
        }
    )


def _note_to_dict(note: Note) -> dict[str, Any]:
    return {"path": note.path, "line": note.line, "message": note.message}


def _note_from_dict(data: Mapping[str, Any]) -> Note:
    return Note(path=data["path"], line=data["line"], message=data["message"])


def _canonical(data: object) -> bytes:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
