"""Everything that is found out about a project's files, in one value."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from bot.core.hidden import masker
from bot.generation.files import GeneratedFile
from bot.generation.pack_format import Pack
from bot.sandbox.port import Sandbox
from bot.verification.declared import run_declared
from bot.verification.evidence import CheckEvidence, Evidence, Note, digest_of_files
from bot.verification.masking import MaskingSandbox
from bot.verification.scripts import check_scripts, has_scripts
from bot.verification.static import Finding
from bot.verification.toolchains import Toolchains

MOST_FINDINGS = 100


def verify(
    files: Sequence[GeneratedFile],
    findings: Sequence[Finding],
    pack: Pack | None,
    *,
    sandbox: Sandbox,
    toolchains: Toolchains,
    poll: Callable[[], object],
    missing: Sequence[CheckEvidence] = (),
    only_looking: bool = False,
    secrets: Collection[str] = (),
) -> Evidence:
    """Run everything that is to be run, and put it beside what was found already.

    Args:
        findings: What `bot.verification.static.examine` says of the files.
        pack: The pack whose checks are run; None where there is none.
        poll: Called about twice a second; what it raises ends it all.
        missing: Checks that are known not to be run.
        secrets: What is known to be secret of what the files were made of; none of it is told.
        only_looking: Nothing is run, and nothing is said of what would be.
    """
    mask = masker(secrets)
    notes = [
        Note(path=found.path, line=found.line, message=mask(found.message)) for found in findings
    ]
    if secrets:
        sandbox = MaskingSandbox(sandbox, secrets)
    ids: Mapping[str, str] = {}
    checks: tuple[CheckEvidence, ...] = tuple(missing)
    if not only_looking:
        checks += check_scripts(files, pack, sandbox=sandbox, toolchains=toolchains, poll=poll)
    if pack is not None and not only_looking:
        ids, ran = run_declared(files, pack, sandbox=sandbox, toolchains=toolchains, poll=poll)
        checks += ran
    return Evidence(
        files_digest=digest_of_files(files),
        files=len(files),
        pack=pack.origin if pack is not None else "",
        toolchains=ids,
        checks=checks,
        findings=tuple(notes[:MOST_FINDINGS]),
        more=max(0, len(notes) - MOST_FINDINGS),
    )


def wants_sandbox(files: Sequence[GeneratedFile], pack: Pack | None) -> bool:
    """Whether anything of these files is to be run."""
    return bool(pack is not None and pack.checks) or has_scripts(files)
