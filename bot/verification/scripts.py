"""JavaScript and TypeScript, parsed by Node in a sandbox: by TypeScript's own parser where the
pack's toolchain brings it, else plain JavaScript by Node itself and the rest by Rolldown."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from bot.generation.files import GeneratedFile
from bot.generation.pack_format import Pack
from bot.sandbox.port import Sandbox, SandboxFile, SandboxLimits, SandboxOrder
from bot.verification.declared import MOST_NOTES, result_of, shown_output
from bot.verification.evidence import CheckEvidence, Note, Result
from bot.verification.toolchains import Lacking, Toolchains, Tools, node_program, node_version

NAME = "JavaScript and TypeScript parse"
_PLAIN = frozenset({".js", ".mjs", ".cjs"})
_TYPED = frozenset({".ts", ".mts", ".cts", ".tsx", ".jsx"})
_COMMAND = ("node", "parse")
_LIMITS = SandboxLimits(time_s=60.0, memory_bytes=1024 * 1024 * 1024, processes=128)
_NEEDS_NODE = "Install Node where the worker runs."
_NEEDS_TYPESCRIPT = (
    "The pack's Node toolchain has to bring `typescript` before its version 7, or `rolldown`, as "
    "`vite` does (`toolchain:` in its pack.yaml)."
)


def has_scripts(files: Sequence[GeneratedFile]) -> bool:
    """Whether there is anything to parse."""
    return any(_is_script(file) for file in files)


def check_scripts(
    files: Sequence[GeneratedFile],
    pack: Pack | None,
    *,
    sandbox: Sandbox,
    toolchains: Toolchains,
    poll: Callable[[], object],
) -> tuple[CheckEvidence, ...]:
    """One check for all scripts; none where there are none."""
    scripts = [file for file in files if _is_script(file)]
    if not scripts:
        return ()
    problem = sandbox.problem()
    if problem is not None:
        return (_not_run("a sandbox", problem),)
    if not node_version():
        return (_not_run("Node", _NEEDS_NODE),)
    tools = _tools(pack, toolchains)
    if isinstance(tools, Lacking):
        return (_not_run(tools.needs, tools.remedy),)
    return (_parsed(scripts, tools, sandbox, poll),)


def _is_script(file: GeneratedFile) -> bool:
    return PurePosixPath(file.path).suffix in _PLAIN | _TYPED and file.text is not None


def _tools(pack: Pack | None, toolchains: Toolchains) -> Tools | Lacking:
    if pack is not None and "node" in pack.toolchain:
        return toolchains.tools(pack)
    mounts, path = node_program()
    return Tools(mounts=mounts, path=path)


def _parsed(
    scripts: Sequence[GeneratedFile],
    tools: Tools,
    sandbox: Sandbox,
    poll: Callable[[], object],
) -> CheckEvidence:
    outcome = sandbox.run(
        SandboxOrder(
            command=["node", "--experimental-vm-modules", "--no-warnings", "-e", _program()],
            files={file.path: SandboxFile(content=file.content) for file in scripts},
            mounts=tools.mounts,
            path=tools.path,
            environment=tools.environment,
            stdin=json.dumps([file.path for file in scripts]).encode(),
            limits=_LIMITS,
        ),
        poll=poll,
    )
    told = _told(outcome.stdout) if outcome.succeeded else None
    if told is None:
        result = Result.FAILED if outcome.succeeded else result_of(outcome)
        return CheckEvidence(
            name=NAME,
            command=_COMMAND,
            result=result,
            ending=outcome.ending.value,
            exit_code=outcome.exit_code,
            duration_s=round(outcome.duration_s, 2),
            output=shown_output(outcome),
            needs="node" if result is Result.NOT_RUN else "",
            remedy=_NEEDS_NODE if result is Result.NOT_RUN else "",
        )
    notes = _notes(told, {file.path for file in scripts})
    unread = told.get("unread")
    lacks = bool(unread) and not notes
    return CheckEvidence(
        name=NAME,
        command=_COMMAND,
        result=Result.FAILED if notes else Result.NOT_RUN if lacks else Result.PASSED,
        ending=outcome.ending.value,
        exit_code=outcome.exit_code,
        duration_s=round(outcome.duration_s, 2),
        output="\n".join(f"{note.path}:{note.line}: {note.message}" for note in notes),
        needs="TypeScript's parser" if lacks else "",
        remedy=_NEEDS_TYPESCRIPT if lacks else "",
        notes=notes,
    )


def _program() -> str:
    return Path(__file__).with_name("parse.js").read_text(encoding="utf-8")


def _told(stdout: bytes) -> Mapping[str, object] | None:
    try:
        told = json.loads(stdout)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, Mapping) else None


def _notes(told: Mapping[str, object], known: set[str]) -> tuple[Note, ...]:
    faults = told.get("faults")
    found = []
    for fault in faults if isinstance(faults, list) else ():
        if isinstance(fault, Mapping) and fault.get("path") in known:
            line = fault.get("line")
            found.append(
                Note(
                    path=str(fault["path"]),
                    line=line if isinstance(line, int) and line > 0 else None,
                    message=str(fault.get("message"))[:300],
                )
            )
    return tuple(found[:MOST_NOTES])


def _not_run(needs: str, remedy: str) -> CheckEvidence:
    return CheckEvidence(
        name=NAME, command=_COMMAND, result=Result.NOT_RUN, needs=needs, remedy=remedy
    )
