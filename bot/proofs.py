"""The evidence of a run as people read it: in its comment, beside its commit, on its page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.git_values import Annotation
from bot.core.runs import Run
from bot.services import Services
from bot.steps.evidence import evidence_of
from bot.store.port import Verification
from bot.verification.evidence import CheckEvidence, Evidence, Note, Result

#: Of what a check printed, where all checks have to fit into one text.
_SHOWN_OUTPUT = 3_000


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Evidence, what it is of, and what it comes to."""

    verification: Verification
    evidence: Evidence

    @property
    def passed(self) -> int:
        """How many checks have passed."""
        return len(self.evidence.of(Result.PASSED))

    @property
    def failed(self) -> int:
        """How many checks have failed, or were stopped."""
        return len(self.evidence.of(Result.FAILED, Result.STOPPED))

    @property
    def idle(self) -> int:
        """How many checks were not run."""
        return len(self.evidence.of(Result.NOT_RUN))

    @property
    def findings(self) -> int:
        """How much was found without running anything."""
        return len(self.evidence.findings) + self.evidence.more

    @property
    def needs(self) -> list[tuple[str, str]]:
        """What was lacking and what mends it, each once."""
        idle = self.evidence.of(Result.NOT_RUN)
        return list(dict.fromkeys((check.needs, check.remedy) for check in idle))

    def tail(self, check: CheckEvidence) -> str:
        """The end of what a check printed."""
        output = check.output.strip()
        return output if len(output) <= _SHOWN_OUTPUT else f"…{output[-_SHOWN_OUTPUT:]}"


def proof_of(services: Services, run: Run) -> Proof | None:
    """The newest evidence that a run has."""
    kept = services.store.verifications.of_run(run.id)
    if not kept:
        return None
    return Proof(verification=kept[-1], evidence=evidence_of(kept[-1]))


def annotations_of(proof: Proof, run: Run) -> tuple[Annotation, ...]:
    """What was found, at the lines of the repository where the files lie."""
    folder = _folder(run)
    found = [("verification", note) for note in proof.evidence.findings]
    for check in proof.evidence.checks:
        found += [(check.name, note) for note in check.notes]
    return tuple(_annotation(folder, title, note) for title, note in found)


def _folder(run: Run) -> str:
    """Where the files lie in the repository, with a slash behind it; empty for all of it."""
    for step in run.steps:
        into = (step.inputs or {}).get("into") if step.uses == "commit" else None
        if isinstance(into, Mapping) and into.get("path"):
            return f"{into['path']}/"
    return ""


def _annotation(folder: str, title: str, note: Note) -> Annotation:
    return Annotation(
        path=f"{folder}{note.path}", line=note.line or 1, message=note.message, title=title
    )
