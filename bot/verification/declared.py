"""The checks that a pack declares for its projects, run in a sandbox."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from bot.core.secrets_scan import scan_text
from bot.errors import NotSupported
from bot.generation.files import GeneratedFile
from bot.generation.pack_format import Check, Pack
from bot.sandbox.port import (
    WORK,
    Ending,
    Sandbox,
    SandboxFile,
    SandboxLimits,
    SandboxOrder,
    SandboxOutcome,
)
from bot.verification.evidence import CheckEvidence, Note, Result
from bot.verification.toolchains import Lacking, Toolchains, Tools

LIMITS = SandboxLimits(
    time_s=300.0,
    memory_bytes=2 * 1024 * 1024 * 1024,
    processes=256,
    output_bytes=4 * 1024 * 1024,
    disk_bytes=512 * 1024 * 1024,
)
#: For all checks of a project together. Whoever waits for them waits longer, or begins anew.
TOTAL_S = 1500.0
_LEAST_S = 1.0
#: Of what a check printed, so many characters at its end are kept.
KEPT_OUTPUT = 20_000
MOST_NOTES = 50
_MOST_MESSAGE = 300
_ENVIRONMENT = {
    "CI": "true",
    "NO_COLOR": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "RUFF_NO_CACHE": "true",
    "MYPY_CACHE_DIR": "/tmp/mypy",  # noqa: S108 - of the sandbox's own
    "npm_config_offline": "true",
    "npm_config_update_notifier": "false",
}
_MASKED = "(a line that looks like a secret)"
#: Colours, titles and links of terminals, and what steers one, or the direction of a text.
_CONTROL = re.compile(
    r"(?:\x1b\[|\x9b)[0-9;:?]*[A-Za-z]|(?:\x1b\]|\x9d)[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)|"
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)
_KEY_BEGINS = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY")
_KEY_ENDS = re.compile(r"-----END [A-Z0-9 ]*PRIVATE KEY")
#: ``path:12: message`` and ``path:12:3: message``, ``path(12,3): message``, ``--> path:12:3``.
_PLACE = re.compile(
    rf"^(?:\s*-->\s+)?(?:\./|{WORK}/)?(?P<path>[^\s:()]{{1,200}})"
    r"(?::(?P<line>\d{1,6})(?::\d{1,6})?|\((?P<paren>\d{1,6}),\d{1,6}\))(?:[:\s]+(?P<said>.*))?$"
)

Stop = Callable[[], object]


def run_declared(
    files: Sequence[GeneratedFile],
    pack: Pack,
    *,
    sandbox: Sandbox,
    toolchains: Toolchains,
    poll: Stop,
    limits: SandboxLimits | None = None,
) -> tuple[Mapping[str, str], tuple[CheckEvidence, ...]]:
    """The ids of the toolchains used, and what came of each check, in the pack's order.

    Args:
        poll: Called between checks and meanwhile; what it raises ends it all.
        limits: Of each check; what `LIMITS` says where nothing is said.
    """
    if not pack.checks:
        return {}, ()
    problem = sandbox.problem()
    if problem is not None:
        return {}, not_run(pack, needs="a sandbox", remedy=problem)
    tools = toolchains.tools(pack)
    if isinstance(tools, Lacking):
        return {}, not_run(pack, needs=tools.needs, remedy=tools.remedy)
    laid_out = {file.path: SandboxFile(content=file.content, mode=file.mode) for file in files}
    checks = []
    limits, until = limits or LIMITS, time.monotonic() + TOTAL_S
    for check in pack.checks:
        poll()
        time_s = max(_LEAST_S, min(limits.time_s, until - time.monotonic()))
        order = _order(check, laid_out, tools, replace(limits, time_s=time_s))
        try:
            checks.append(_evidence(pack, check, sandbox.run(order, poll=poll), laid_out))
        except NotSupported as exc:
            # It was there a moment ago; what a machine cannot do is no failure of the project.
            checks.append(_idle(check, needs="a sandbox", remedy=exc.message))
    return tools.ids, tuple(checks)


def not_run(pack: Pack, *, needs: str, remedy: str) -> tuple[CheckEvidence, ...]:
    """Every check of a pack as not run, and why."""
    return tuple(_idle(check, needs=needs, remedy=remedy) for check in pack.checks)


def _idle(check: Check, *, needs: str, remedy: str) -> CheckEvidence:
    return CheckEvidence(
        name=check.name, command=check.run, result=Result.NOT_RUN, needs=needs, remedy=remedy
    )


def _order(
    check: Check, files: Mapping[str, SandboxFile], tools: Tools, limits: SandboxLimits
) -> SandboxOrder:
    return SandboxOrder(
        command=check.run,
        files=files,
        mounts=tools.mounts,
        path=tools.path,
        environment={**_ENVIRONMENT, **tools.environment},
        limits=limits,
    )


def _evidence(
    pack: Pack, check: Check, outcome: SandboxOutcome, files: Iterable[str]
) -> CheckEvidence:
    output = shown_output(outcome)
    result = result_of(outcome)
    missing = outcome.ending is Ending.NOT_FOUND
    return CheckEvidence(
        name=check.name,
        command=check.run,
        result=result,
        ending=outcome.ending.value,
        exit_code=outcome.exit_code,
        duration_s=round(outcome.duration_s, 2),
        output=output,
        needs=check.run[0] if missing else "",
        remedy=_remedy(pack, check) if missing else "",
        notes=() if result in (Result.PASSED, Result.NOT_RUN) else tuple(notes_in(output, files)),
    )


def _remedy(pack: Pack, check: Check) -> str:
    if pack.toolchain:
        return f"The lock file of {pack.name}'s toolchain has to bring {check.run[0]}."
    return (
        f"The pack {pack.name} names no toolchain that brings {check.run[0]} "
        "(`toolchain:` in its pack.yaml)."
    )


def result_of(outcome: SandboxOutcome) -> Result:
    """What an outcome comes to."""
    match outcome.ending:
        case Ending.EXITED:
            return Result.PASSED if outcome.exit_code == 0 else Result.FAILED
        case Ending.KILLED:
            return Result.FAILED
        case Ending.NOT_FOUND:
            return Result.NOT_RUN
        case _:
            return Result.STOPPED


def shown_output(outcome: SandboxOutcome) -> str:
    """The end of what was printed, as text that may be shown: no colours, no secrets."""
    printed = b"\n".join(part.rstrip() for part in (outcome.stdout, outcome.stderr) if part.strip())
    text = _CONTROL.sub("", printed.decode("utf-8", "replace").replace("\r\n", "\n"))
    if len(text) > KEPT_OUTPUT:
        text = "…\n" + text[-KEPT_OUTPUT:].partition("\n")[2]
    return _without_secrets(text)


def _without_secrets(text: str) -> str:
    lines, secret = text.split("\n"), _secret_lines(text)
    begun, ended = _KEY_BEGINS.search(text), _KEY_ENDS.search(text)
    # The beginning of a key may have been cut off.
    in_key = ended is not None and (begun is None or ended.start() < begun.start())
    for number, line in enumerate(lines):
        in_key = in_key or bool(_KEY_BEGINS.search(line))
        if in_key or number in secret:
            lines[number] = _MASKED
        in_key = in_key and not _KEY_ENDS.search(line)
    return "\n".join(lines)


def _secret_lines(text: str) -> set[int]:
    """The numbers from 0 of all lines with a secret; only so many are told of at once."""
    lines, above = set[int](), 0
    while found := scan_text("output", text):
        lines |= {above + one.line - 1 for one in found}
        last = max(one.line for one in found)
        above += last
        text = "\n".join(text.split("\n")[last:])
    return lines


def notes_in(output: str, files: Iterable[str]) -> Sequence[Note]:
    """The places in the project that a tool's output names, each once."""
    known, found, before = frozenset(files), dict[tuple[str, int], Note](), ""
    for line in output.splitlines():
        match = _PLACE.match(line)
        if match is not None and match["path"] in known:
            number = int(match["line"] or match["paren"])
            # Some tools say what is wrong on the line above the place.
            said = (match["said"] or before or "the check names this line").strip()
            note = Note(path=match["path"], line=number, message=said[:_MOST_MESSAGE])
            found.setdefault((note.path, number), note)
        before = line.strip()
    return list(found.values())[:MOST_NOTES]
