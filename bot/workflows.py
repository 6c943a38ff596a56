"""Workflows that are checked against the steps there are: shipped ones, an organisation's own, and
the snapshots that runs keep.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from bot.core import workflow_gates
from bot.core.identity import Repository
from bot.core.kinds import Field, Kind
from bot.core.located import Problem, nearest
from bot.core.policy import Policy
from bot.core.workflow import Workflow
from bot.core.workflow_publications import publications
from bot.core.workflow_reading import examine, read_workflow
from bot.errors import ConfigurationError, UserError
from bot.homes import organisation_home
from bot.located_yaml import read_yaml
from bot.resources import config_dir
from bot.services import Services
from bot.steps import registry
from bot.workflow_files import (
    WorkflowFile,
    organisation_file,
    organisation_files,
    workflow_folder,
)

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_MOST_TOLD = 10
#: Whether those who are told may read a repository, which a file that is wrong lies in.
MayRead = Callable[[Repository], bool]
_CHECK_IT = "`firstcommit workflows check FILE` shows this before a file is pushed."


@dataclass(frozen=True, kw_only=True)
class Found:
    """A workflow, and where it came from: what a run keeps as its source."""

    workflow: Workflow
    source: dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Available:
    """A workflow that can be named. ``problem`` says why it cannot be run, if it cannot; then
    ``workflow`` is None."""

    name: str
    summary: str
    source: Mapping[str, object]
    workflow: Workflow | None = None
    problem: str = ""


def available(
    services: Services, repository: Repository, *, may_read: MayRead | None = None
) -> Sequence[Available]:
    """The workflows that a command in a repository can name, by name: those of its owner, and
    those that ship and that its owner has none of the same name of. Faulty ones are listed, too.

    It tells what the owner's own repository for such things holds to whoever may read this one.

    Args:
        may_read: Of what is wrong with a file of a private repository, only those are told the
            words who may read it; else whoever reads ``repository``.

    Raises:
        Transient: Where the owner's could not be read.
    """
    found = {one.name: one for one in shipped()}
    for file in organisation_files(services, repository):
        found[file.name] = _theirs(file, may_read or _may_any_reader_of(repository))
    return [found[name] for name in sorted(found)]


def shipped() -> Sequence[Available]:
    """The workflows that ship, by name."""
    return [
        Available(name=one.name, summary=one.summary, source={"kind": "shipped"}, workflow=one)
        for one in map(load_workflow, shipped_names())
    ]


def _theirs(file: WorkflowFile, may_read: MayRead) -> Available:
    wrong = Available(name=file.name, summary="", source=file.source)
    if not _NAME.fullmatch(file.name):
        return replace(
            wrong,
            problem=f"No command can name it: {file.name[:64]!r} is not of lower-case letters, "
            "digits, - and _.",
        )
    try:
        workflow = _read_theirs(file, file.name, may_read)
    except UserError as exc:
        return replace(wrong, problem=exc.message)
    return replace(wrong, summary=workflow.summary, workflow=workflow)


def find_workflow(
    services: Services,
    name: str,
    repository: Repository | None,
    *,
    may_read: MayRead | None = None,
) -> Found:
    """The workflow of that name for what is asked for in a repository, or (None) in none.

    One of the repository's owner comes before one that ships. A wrong file is told of, and never
    passed over for a shipped one of the same name.

    Args:
        may_read: As of `available`.

    Raises:
        UserError: ``unknown_workflow``, or ``bad_workflow`` with everything that is wrong.
        Transient: Where the owner's could not be read.
    """
    if not _NAME.fullmatch(name):
        raise _unknown(name, repository)
    file = organisation_file(services, name, repository) if repository else None
    if file is not None and repository is not None:
        shown = may_read or _may_any_reader_of(repository)
        return Found(workflow=_read_theirs(file, name, shown), source=file.source)
    if name not in shipped_names():
        raise _unknown(name, repository)
    return Found(workflow=load_workflow(name), source={"kind": "shipped"})


@lru_cache(maxsize=32)
def load_workflow(name: str) -> Workflow:
    """The shipped workflow of that name.

    Raises:
        UserError: ``unknown_workflow``.
        ConfigurationError: ``bad_workflow`` where the file is wrong.
    """
    if name not in shipped_names():
        raise _unknown(name)
    path = config_dir() / "workflows" / f"{name}.yaml"
    try:
        return read_file(path.read_bytes(), source=path.name, name=name)
    except UserError as exc:
        raise ConfigurationError(exc.message, reason=exc.reason, remedy=exc.remedy) from exc


@lru_cache(maxsize=1)
def shipped_names() -> tuple[str, ...]:
    """The names of the workflows that ship, in order."""
    return tuple(sorted(path.stem for path in (config_dir() / "workflows").glob("*.yaml")))


def checked(data: object, *, source: str) -> Workflow:
    """A workflow from plain data: the snapshot that a run keeps.

    Raises:
        ConfigurationError: ``bad_workflow``, with every problem on a line of its own.
    """
    # The same few snapshots are asked for again and again, and checking costs far more than this.
    return _checked_json(json.dumps(data), source, tuple(registry.step_types()))


@lru_cache(maxsize=128)
def _checked_json(text: str, source: str, step_types: tuple[str, ...]) -> Workflow:
    data = json.loads(text)
    return read_workflow(data, registry.fields(), source=source, absent=registry.ABSENT)


def read_file(text: bytes | str, *, source: str, name: str | None = None) -> Workflow:
    """The workflow that a file says.

    Args:
        source: What the file is called in problems.
        name: What the workflow has to be called, if that is known.

    Raises:
        UserError: ``bad_workflow``, with every problem on a line of its own.
    """
    workflow, problems = look_through(text, source=source, name=name)
    if workflow is None:
        message = "\n".join(str(problem) for problem in problems)
        raise UserError(message, reason="bad_workflow", remedy=_CHECK_IT)
    return workflow


def look_through(
    text: bytes | str, *, source: str, name: str | None = None
) -> tuple[Workflow | None, tuple[Problem, ...]]:
    """The workflow that a file says, or None and all that is wrong with it.

    Args:
        source: What the file is called in problems.
        name: What the workflow has to be called, if that is known.
    """
    try:
        data = read_yaml(text, source=source, reason="bad_workflow")
    except UserError as exc:
        return None, (_unreadable(exc, source),)
    known = registry.fields()
    workflow, problems = examine(data, known, source=source, absent=registry.ABSENT)
    if workflow is None or name is None or workflow.name == name:
        return workflow, problems
    entry = data.value["name"] if isinstance(data.value, dict) else data
    wrong = Problem(
        line=entry.line,
        column=entry.column,
        place="name",
        message=f"must be {name!r}, as the file is called",
        source=source,
    )
    return None, (wrong,)


def gated(workflow: Workflow, policy: Policy) -> Workflow:
    """The workflow with the gates that policy demands and its file lacks.

    Raises:
        UserError: ``ungated_workflow`` where the workflow has nothing that could be approved.
    """
    fields = registry.fields()
    return workflow_gates.gated(workflow, fields, approval=policy.approval, verify=policy.verify)


def has_plan(workflow: Workflow) -> bool:
    """Whether a run of it has anything to approve: it publishes something, or asks by itself."""
    if any(step.uses == workflow_gates.APPROVAL_STEP for step in workflow.steps):
        return True
    return bool(publications(workflow, registry.fields()))


def publishes(uses: str) -> bool:
    """Whether steps of a type publish; a type that is no longer there does not."""
    known = registry.step_types().get(uses)
    return known is not None and known.publishes


def makes_files(uses: str) -> bool:
    """Whether steps of a type make a project's files out of something else.

    One that may amend a project, and need not be given any, does.
    """
    known = registry.step_types().get(uses)
    if known is None:
        return False
    needed = [field for field in known.takes.values() if field.needed]
    return _has_project(known.gives.values()) and not _has_project(needed)


def _has_project(fields: Iterable[Field]) -> bool:
    return any(one.kind is Kind.PROJECT for one in fields)


def unpublished(workflow: Workflow) -> Workflow:
    """The workflow without all that it publishes, and without asking anybody to approve that."""
    known = registry.step_types()
    return replace(
        workflow,
        steps=tuple(
            replace(step, condition=False)
            if step.uses == workflow_gates.APPROVAL_STEP or known[step.uses].publishes
            else step
            for step in workflow.steps
        ),
    )


def _unreadable(problem: UserError, source: str) -> Problem:
    """What keeps a file from being read at all, with the place that its message begins with."""
    found = re.match(r":?(?:(\d+):)?(?:(\d+):)? ?", problem.message.removeprefix(source))
    line, column = (found[1], found[2]) if found else (None, None)
    return Problem(
        line=int(line) if line else None,
        column=int(column) if column else None,
        place="",
        message=problem.message.removeprefix(source)[found.end() if found else 0 :],
        source=source,
    )


def _may_any_reader_of(thread: Repository) -> MayRead:
    """Whoever reads a thread may not see everything that its owner's repositories hold."""
    return lambda repository: repository.id == thread.id


def _read_theirs(file: WorkflowFile, name: str, may_read: MayRead) -> Workflow:
    workflow, problems = _looked_through(file.text, name, tuple(registry.step_types()))
    if workflow is not None:
        return workflow
    quoted = not file.repository.private or may_read(file.repository)
    listed = "\n".join(f"- {_told(problem, quoted)}" for problem in problems[:_MOST_TOLD])
    more = len(problems) - _MOST_TOLD
    raise UserError(
        f"`{file.path}` of {file.repository.full_name}, at `{file.commit[:12]}`, is no workflow:"
        f"\n\n{listed}" + (f"\n- and {more} more" if more > 0 else ""),
        reason="bad_workflow",
        remedy=_CHECK_IT,
        wrong=[_at(file, problem, quoted) for problem in problems[:_MOST_TOLD]],
    )


# What a file says, and what is wrong with it, does not change until somebody pushes another one.
@lru_cache(maxsize=64)
def _looked_through(
    text: bytes, name: str, step_types: tuple[str, ...]
) -> tuple[Workflow | None, tuple[Problem, ...]]:
    return look_through(text, source="", name=name)


def _at(file: WorkflowFile, problem: Problem, quoted: bool) -> tuple[str, str]:
    where = ":".join(str(part) for part in (problem.line, problem.column) if part is not None)
    said = [problem.place, problem.message] if quoted else ["something is wrong here"]
    return f"{file.path}:{where}".rstrip(":"), ": ".join(part for part in said if part)


def _told(problem: Problem, quoted: bool) -> str:
    at = f"line {problem.line}, column {problem.column}" if problem.line else ""
    said = [at, problem.place, problem.message] if quoted else [at or "the whole file"]
    return ": ".join(part for part in said if part)


def _unknown(name: str, repository: Repository | None = None) -> UserError:
    known, own = shipped_names(), ""
    if repository is not None:
        folder = f"{organisation_home(repository)}, in `{workflow_folder(repository.forge)}/`"
        own = f" Those of {repository.owner} lie in {folder}."
    return UserError(
        f"There is no workflow {name[:64]!r}{nearest(name, known) or '.'}",
        reason="unknown_workflow",
        remedy=f"These ship: {', '.join(known)}.{own}",
    )
